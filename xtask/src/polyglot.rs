//! The shop on everything at once: PostgreSQL for writing, MongoDB, Elasticsearch and Redis for reading.

use std::path::Path;

use crate::cargo::Call;
use crate::problem::Problem;
use crate::services;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// What the shop is told beside where things are kept: `serve` (the default), `demo`, `--listen …`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
}

/// Gets and starts the servers, which stay up (`cargo xtask services down` ends them), and runs the shop on them.
///
/// # Errors
/// What cannot be had or built, and what the shop ends with.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Problem> {
    let [store, documents, search, cache] =
        services::urls(root, ["postgresql", "ferretdb", "elasticsearch", "redis"])?;
    let key = services::folder(root).join("polyglot.key").display().to_string();
    let set = [
        ("--store", store),
        ("--read-db", documents),
        ("--search", search),
        ("--cache", cache),
        ("--master-key-file", key),
    ];
    let mut arguments = vec!["run", "--package", "shop", "--all-features", "--"];
    arguments.extend(set.iter().flat_map(|(flag, value)| [*flag, value.as_str()]));
    arguments.extend(options.arguments.iter().map(String::as_str));
    let call = Call::cargo(root, &arguments);
    eprintln!("$ {}", call.text());
    call.run()
}
