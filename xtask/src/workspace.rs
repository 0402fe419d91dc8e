//! Where the workspace is and which of its files git tracks.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::Call;
use crate::problem::Problem;

/// The folder that holds the workspace's `Cargo.toml`, as told by the `cargo run` that started this.
///
/// # Errors
/// When it was not started by cargo.
pub(crate) fn root() -> Result<PathBuf, Problem> {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").ok_or(Problem::NoWorkspace)?;
    Path::new(&own).parent().map(Path::to_path_buf).ok_or(Problem::NoWorkspace)
}

/// The tracked files that are there now, relative to the root, with `/` between the parts.
///
/// # Errors
/// When git is not there or this is not its working tree.
pub(crate) fn tracked_files(root: &Path) -> Result<Vec<String>, Problem> {
    let mut git = Command::new("git");
    git.current_dir(root).args(["ls-files", "-z"]);
    let listed = Call::new(git).output()?;
    Ok(listed
        .split('\0')
        .filter(|path| !path.is_empty() && root.join(path).is_file())
        .map(str::to_owned)
        .collect())
}
