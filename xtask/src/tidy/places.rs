//! Places that hold on one machine only: its folders, and the addresses of registries, which the ordinary clients
//! know by themselves.

use super::finding::Finding;

/// Top folders that are one machine's. Written without slashes, so that this file passes its own check.
const FOLDERS: [&str; 3] = ["root", "home", "work"];
/// Name and domain of each registry, in two parts for the same reason.
const REGISTRIES: [[&str; 2]; 6] = [
    ["crates", "io"],
    ["registry", "npmjs"],
    ["proxy", "golang"],
    ["repo", "maven"],
    ["deb", "debian"],
    ["pypi", "org"],
];
/// What may stand before a path that begins at the root.
const BEFORE: [char; 8] = [' ', '\t', '"', '\'', '`', '(', '=', '<'];
/// Lock files are the clients' own.
const EXEMPT: &str = "Cargo.lock";

pub(crate) fn check(path: &str, text: &str) -> Vec<Finding> {
    if path == EXEMPT {
        return Vec::new();
    }
    let folders = FOLDERS.map(|folder| format!("/{folder}/"));
    let registries = REGISTRIES.map(|parts| parts.join("."));
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for folder in folders.iter().filter(|folder| names_path(line, folder)) {
            let text = format!("a path below {folder} is one machine's; make it relative or a setting");
            findings.push(Finding::refused(path, number, text));
        }
        for address in registries.iter().filter(|address| line.contains(address.as_str())) {
            let text =
                format!("{address} is a registry's address; leave it to the ordinary client's settings");
            findings.push(Finding::refused(path, number, text));
        }
    }
    findings
}

fn names_path(line: &str, folder: &str) -> bool {
    let mut places = line.match_indices(folder).map(|(at, _)| at);
    places.any(|at| line.get(..at).is_some_and(|before| before.is_empty() || before.ends_with(BEFORE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(line: &str) -> usize {
        check("a.md", line).len()
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        for folder in FOLDERS {
            assert_eq!(count(&format!("/{folder}/x")), 1);
            assert_eq!(count(&format!("open(\"/{folder}/x\")")), 1);
            assert_eq!(count(&format!("cd /{folder}/x")), 1);
        }
    }

    #[test]
    fn a_folder_of_that_name_further_down_is_not() {
        for folder in FOLDERS {
            assert_eq!(count(&format!("a/{folder}/x")), 0);
            assert_eq!(count(&format!("http://host/{folder}/x")), 0);
        }
    }

    #[test]
    fn an_address_of_a_registry_is_found_except_in_the_lock_file() {
        for parts in REGISTRIES {
            let line = format!("see https://{}/x", parts.join("."));
            assert_eq!(count(&line), 1);
            assert_eq!(check(EXEMPT, &line), []);
        }
    }
}
