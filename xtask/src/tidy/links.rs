//! Links between our own pages: the file is tracked, the heading is there.
//!
//! Anchors are made of headings as GitHub does it. Addresses elsewhere are not followed.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::finding::Finding;
use super::source::Sources;

/// What a page offers and what it points at.
struct Page {
    anchors: BTreeSet<String>,
    /// Line (1-based) and destination.
    links: Vec<(usize, String)>,
}

pub(crate) fn check(sources: &Sources) -> Vec<Finding> {
    let pages: BTreeMap<&str, Page> = sources
        .files
        .iter()
        .filter(|file| file.path.ends_with(".md"))
        .map(|file| (file.path.as_str(), read(&file.text)))
        .collect();
    let paths: BTreeSet<&str> = sources.files.iter().flat_map(|file| with_folders(&file.path)).collect();
    let mut findings = Vec::new();
    for (path, page) in &pages {
        let internal = page.links.iter().filter(|(_, link)| is_internal(link));
        for (line, link) in internal {
            if let Some(wrong) = judge(path, link, &pages, &paths) {
                findings.push(Finding::refused(path, *line, wrong));
            }
        }
    }
    findings
}

/// What is wrong with a link on the page `from`, if anything.
fn judge(from: &str, link: &str, pages: &BTreeMap<&str, Page>, paths: &BTreeSet<&str>) -> Option<String> {
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = if path.is_empty() { Some(from.to_owned()) } else { resolve(from, path) };
    let Some(target) = target.filter(|target| paths.contains(target.as_str())) else {
        return Some(format!("the link `{link}` leads nowhere; point it at a file that git tracks"));
    };
    let page = pages.get(target.as_str())?;
    let anchor = anchor.filter(|anchor| !page.anchors.contains(*anchor))?;
    Some(format!("the link `{link}` names no heading of {target}; `{anchor}` is not one of its anchors"))
}

/// Whether a destination is a place in the tree; paths of Rust items in included pages are not.
fn is_internal(link: &str) -> bool {
    let has_scheme = link.split_once(':').is_some_and(|(scheme, _)| !scheme.contains(['/', '#', '.']));
    !has_scheme && !link.starts_with("//") && !link.is_empty()
}

/// The path a link means, relative to the root; `None` when it leaves the tree.
fn resolve(from: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = if link.starts_with('/') { Vec::new() } else { from.split('/').collect() };
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A path and every folder above it; the root is the empty one.
fn with_folders(path: &str) -> Vec<&str> {
    let folders = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
    folders.chain(["", path]).collect()
}

fn read(text: &str) -> Page {
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
    let mut page = Page { anchors: BTreeSet::new(), links: Vec::new() };
    let mut heading: Option<String> = None;
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        if let Event::Start(Tag::Heading { .. }) = event {
            heading = Some(String::new());
        } else if let Event::End(TagEnd::Heading(_)) = event {
            let anchor = anchor(&heading.take().unwrap_or_default());
            page.add_anchor(anchor);
        } else if let Event::Text(words) | Event::Code(words) = &event {
            if let Some(heading) = &mut heading {
                heading.push_str(words);
            }
        } else if let Event::Html(tag) | Event::InlineHtml(tag) = &event {
            page.anchors.extend(ids(tag));
        } else if let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event {
            let line = text.get(..range.start).map_or(1, |before| before.matches('\n').count() + 1);
            page.links.push((line, dest_url.into_string()));
        }
    }
    page
}

impl Page {
    /// The second heading of the same words is `words-1`, the third `words-2`.
    fn add_anchor(&mut self, anchor: String) {
        let numbered = (1..).map(|number| format!("{anchor}-{number}"));
        let free = std::iter::once(anchor.clone()).chain(numbered).find(|name| !self.anchors.contains(name));
        self.anchors.extend(free);
    }
}

fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The values of `id="…"` and `name="…"` in a piece of HTML.
fn ids(html: &str) -> Vec<String> {
    let starts = ["id=\"", "name=\""];
    let values = starts.iter().flat_map(|start| html.split(start).skip(1));
    values.filter_map(|rest| rest.split_once('"')).map(|(value, _)| value.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::source::File;
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<(String, usize)> {
        let files =
            files.iter().map(|(path, text)| File { path: (*path).to_owned(), text: (*text).to_owned() });
        let sources = Sources::of(files.collect());
        check(&sources).into_iter().map(|finding| (finding.path, finding.line)).collect()
    }

    #[test]
    fn a_link_to_a_tracked_file_or_folder_passes() {
        let page =
            "[a](docs/b.md) [b](./docs) [c](/docs/b.md) ![d](docs/../x.svg) [e](https://example.org/q)";
        assert_eq!(found(&[("a.md", page), ("docs/b.md", "[up](../a.md)"), ("x.svg", "")]), []);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found_at_its_line() {
        assert_eq!(found(&[("a.md", "# A\n\n[b](b.md)\n")]), [("a.md".to_owned(), 3)]);
        assert_eq!(found(&[("a.md", "[b](../a.md)")]), [("a.md".to_owned(), 1)]);
    }

    #[test]
    fn an_anchor_is_a_heading_of_its_page() {
        let b = "# What `decide` is, and isn't\n\n## Twice\n\n## Twice\n\n<a id=\"here\"></a>\n";
        let good = "[a](b.md#what-decide-is-and-isnt) [b](b.md#twice-1) [c](b.md#here)\n# Own\n[d](#own)";
        assert_eq!(found(&[("a.md", good), ("b.md", b)]), []);
        assert_eq!(found(&[("a.md", "[a](b.md#twice-2)\n[b](#own)"), ("b.md", b)]).len(), 2);
    }

    #[test]
    fn what_looks_like_a_link_in_code_is_none() {
        assert_eq!(found(&[("a.md", "`[a](b.md)`\n\n```\n[a](b.md)\n```\n")]), []);
    }

    #[test]
    fn a_path_of_a_rust_item_is_not_followed() {
        assert_eq!(found(&[("a.md", "[a](crate::Store)")]), []);
    }
}
