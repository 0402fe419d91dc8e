//! Which crate of ours may depend on which: arrows point down only.
//!
//! ```text
//! shop → cli → http → runtime → core        adapters → core        testkit → runtime
//! ```
//!
//! Dev-dependencies are free. The runtime may open an adapter that a feature of it names, so those are optional.

use toml::{Table, Value};

use super::finding::Finding;
use super::source::Sources;

struct Layer {
    name: &'static str,
    below: &'static [&'static str],
    /// Allowed too, when optional.
    by_feature: &'static [&'static str],
}

const fn layer(name: &'static str, below: &'static [&'static str]) -> Layer {
    Layer { name, below, by_feature: &[] }
}

const RUNTIME: &[&str] = &["diptych", "diptych-core", "diptych-macros"];
const CORE: &[&str] = &["diptych-core"];

/// Every package of ours. What is not here is refused, so that adding a crate says where it stands.
const LAYERS: &[Layer] = &[
    layer("diptych-core", &[]),
    layer("diptych-macros", &[]),
    layer("diptych-client", &[]),
    layer("diptych-faults", &[]),
    layer("diptych-sqlite", CORE),
    layer("diptych-postgres", CORE),
    layer("diptych-nats", CORE),
    layer("diptych-mongodb", CORE),
    layer("diptych-elasticsearch", CORE),
    layer("diptych-tantivy", CORE),
    layer("diptych-redis", CORE),
    Layer {
        name: "diptych",
        below: &["diptych-core", "diptych-macros"],
        by_feature: &[
            "diptych-sqlite",
            "diptych-postgres",
            "diptych-nats",
            "diptych-tantivy",
            "diptych-mongodb",
            "diptych-elasticsearch",
            "diptych-redis",
        ],
    },
    layer("diptych-testkit", RUNTIME),
    layer("diptych-http", RUNTIME),
    layer("diptych-cli", &["diptych-http", "diptych-client", "diptych", "diptych-core", "diptych-macros"]),
    layer(
        "shop",
        &[
            "diptych-cli",
            "diptych-http",
            "diptych-client",
            "diptych",
            "diptych-core",
            "diptych-macros",
            "diptych-sqlite",
        ],
    ),
    layer(
        "diptych-benches",
        &["diptych", "diptych-core", "diptych-macros", "diptych-sqlite", "diptych-postgres"],
    ),
    layer("diptych-book", &[]),
    layer("xtask", &[]),
];

pub(crate) fn check(sources: &Sources) -> Vec<Finding> {
    let manifests = sources.files.iter().filter(|file| file.path.rsplit('/').next() == Some("Cargo.toml"));
    manifests.flat_map(|file| check_manifest(&file.path, &file.text)).collect()
}

fn check_manifest(path: &str, text: &str) -> Vec<Finding> {
    let manifest: Table = match text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![Finding::refused(path, 1, format!("this is not TOML: {error}"))],
    };
    // The root of the workspace is no package.
    let Some(name) = manifest.get("package").and_then(|it| it.get("name")).and_then(Value::as_str) else {
        return Vec::new();
    };
    let Some(layer) = LAYERS.iter().find(|layer| layer.name == name) else {
        let text = format!("`{name}` has no layer; say in xtask/src/tidy/arrows.rs what it may depend on");
        return vec![Finding::refused(path, 1, text)];
    };
    let dependencies = dependency_tables(&manifest).into_iter().flatten();
    dependencies
        .filter_map(|(key, value)| {
            let wrong = judge(layer, package(key, value), is_optional(value))?;
            Some(Finding::refused(path, line_of(text, key), wrong))
        })
        .collect()
}

/// What is wrong with depending on this package, if anything.
fn judge(layer: &Layer, on: &str, optional: bool) -> Option<String> {
    let is_ours = LAYERS.iter().any(|layer| layer.name == on);
    if !is_ours || layer.below.contains(&on) || (optional && layer.by_feature.contains(&on)) {
        return None;
    }
    let name = layer.name;
    if layer.by_feature.contains(&on) {
        return Some(format!(
            "{name} may depend on {on} only as `optional = true`, by a feature of its name"
        ));
    }
    let allowed =
        if layer.below.is_empty() { "none of our crates".to_owned() } else { layer.below.join(", ") };
    Some(format!("{name} must not depend on {on}: arrows point down, and below it is {allowed}"))
}

/// `[dependencies]` and `[build-dependencies]`, also those for some targets only.
fn dependency_tables(manifest: &Table) -> Vec<&Table> {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let holders = targets.filter_map(Value::as_table).chain([manifest]);
    holders
        .flat_map(|holder| ["dependencies", "build-dependencies"].map(|kind| holder.get(kind)))
        .filter_map(|table| table.and_then(Value::as_table))
        .collect()
}

fn package<'a>(key: &'a str, value: &'a Value) -> &'a str {
    value.get("package").and_then(Value::as_str).unwrap_or(key)
}

fn is_optional(value: &Value) -> bool {
    value.get("optional").and_then(Value::as_bool).unwrap_or(false)
}

/// The line on which a dependency is declared: the first that begins with its key.
fn line_of(text: &str, key: &str) -> usize {
    let declares = |line: &str| {
        let rest = line.trim_start_matches('"').strip_prefix(key);
        rest.is_some_and(|rest| rest.starts_with([' ', '.', '=', '"']))
    };
    text.lines().position(declares).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(package: &str, rest: &str) -> Vec<(usize, String)> {
        let text = format!("[package]\nname = \"{package}\"\n{rest}");
        check_manifest("a/Cargo.toml", &text)
            .into_iter()
            .map(|finding| (finding.line, finding.text))
            .collect()
    }

    #[test]
    fn arrows_that_point_down_pass() {
        assert_eq!(found("shop", "[dependencies]\ndiptych-cli.workspace = true\nserde = \"1\""), []);
        assert_eq!(found("diptych-sqlite", "[dependencies]\ndiptych-core.workspace = true"), []);
    }

    #[test]
    fn an_arrow_that_points_up_is_found_at_its_line() {
        let found = found("diptych-core", "[dependencies]\nserde = \"1\"\ndiptych.workspace = true");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, 5);
    }

    #[test]
    fn an_adapter_does_not_know_the_runtime_whatever_the_name_or_target() {
        let renamed = "[dependencies]\nruntime = { package = \"diptych\", path = \"../diptych\" }";
        assert_eq!(found("diptych-sqlite", renamed).len(), 1);
        assert_eq!(
            found("diptych-sqlite", "[target.'cfg(unix)'.dependencies]\ndiptych.workspace = true").len(),
            1
        );
    }

    #[test]
    fn the_runtime_opens_an_adapter_only_by_a_feature() {
        let optional = "[dependencies]\ndiptych-sqlite = { workspace = true, optional = true }";
        assert_eq!(found("diptych", optional), []);
        assert_eq!(found("diptych", "[dependencies]\ndiptych-sqlite.workspace = true").len(), 1);
    }

    #[test]
    fn dev_dependencies_are_free() {
        assert_eq!(found("diptych-core", "[dev-dependencies]\ndiptych-testkit.workspace = true"), []);
    }

    #[test]
    fn a_crate_without_a_layer_is_found() {
        assert_eq!(found("diptych-new", "").len(), 1);
    }

    #[test]
    fn a_workspace_that_is_no_package_has_no_layer() {
        assert_eq!(check_manifest("Cargo.toml", "[workspace]\nmembers = []"), []);
    }
}
