//! `backup` and `restore` of the embedded store, also while another process serves it.

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use clap::Subcommand;
use diptych::{App, CopyProgress, StoreUrl, Stores};

use crate::{CliError, output::Bar};

/// Copying the store.
#[derive(Subcommand, Debug)]
pub(crate) enum BackupCommand {
    /// Copy the embedded store into a new folder, also while it is being served
    #[command(
        long_about = "Copy the embedded store into a new folder, also while it is being served: the log, read models, keys and, \
        where it is in the store's folder, the master key. Whoever has the copy can read what is in it; keep it where only \
        those may look who may look at the store. The copy is a folder that can be served with --store."
    )]
    Backup {
        /// The new folder
        to: PathBuf,
    },
    /// Put a copy back as the embedded store that --store names, which must not be there yet
    Restore {
        /// The copy
        from: PathBuf,
    },
}

/// Does it.
///
/// # Errors
/// [`CliError`] where the store is no embedded one, or a file cannot be read or written.
pub(crate) async fn run(command: BackupCommand, app: &App) -> Result<ExitCode, CliError> {
    let url = app.store_url().cloned().unwrap_or(StoreUrl::Memory);
    let (goes_on, bar) = (Arc::new(AtomicBool::new(true)), Mutex::new(Bar::of("copying")));
    let asked = Arc::clone(&goes_on);
    let told = Arc::new(move |CopyProgress { file, pages, of }: CopyProgress| {
        bar.lock().unwrap_or_else(PoisonError::into_inner).at(Some(&file), pages, of);
        asked.load(Ordering::Relaxed)
    });
    let (to, copying): (_, futures::future::BoxFuture<'_, _>) = match command {
        BackupCommand::Backup { to } => (to.display().to_string(), Box::pin(Stores::backup(&url, to, told))),
        BackupCommand::Restore { from } => (url.to_string(), Box::pin(Stores::restore(from, &url, told))),
    };
    tokio::pin!(copying);
    let done = tokio::select! {
        done = &mut copying => done?,
        interrupted = tokio::signal::ctrl_c() => {
            interrupted.map_err(CliError::Signals)?;
            goes_on.store(false, Ordering::Relaxed);
            copying.await?
        }
    };
    if done {
        println!("copied to {to}");
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("called off; nothing of the copy stays");
    Ok(ExitCode::from(130))
}
