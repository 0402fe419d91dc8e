//! Puts the Rust blocks of the chapters together as modules. A block that would not be compiled is refused, and so is a chapter
//! with Rust in it that no list names.

use std::{fmt::Write, fs, path::Path};

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// Chapters that go on from each other.
const TUTORIAL: &[&str] =
    &["tutorial-1-decisions", "tutorial-2-reading", "tutorial-3-boundaries", "tutorial-4-changing"];

/// Chapters that stand alone.
const OTHERS: &[&str] = &["consistency", "engines", "operating", "testing", "when"];

fn main() {
    println!("cargo::rerun-if-changed=.");
    let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    let folder = Path::new(&folder);
    let mut code = String::new();
    for chapter in TUTORIAL.iter().rev() {
        code = module(folder, chapter, &code);
    }
    code.extend(OTHERS.iter().map(|chapter| module(folder, chapter, "")));
    refuse_what_no_list_names(folder);
    let out = std::env::var("OUT_DIR").expect("cargo says where to write");
    fs::write(Path::new(&out).join("chapters.rs"), code).expect("the modules are written");
}

/// A chapter as a module, with the next one inside.
fn module(folder: &Path, chapter: &str, next: &str) -> String {
    let blocks = blocks(folder, chapter);
    let mut module = String::new();
    let name = chapter.replace('-', "_");
    let goes_on = TUTORIAL.iter().skip(1).any(|other| *other == chapter);
    let outer = if goes_on { "    #[allow(unused_imports)]\n    use super::*;\n" } else { "" };
    write!(module, "mod {name} {{\n{outer}{}\n{next}}}\n", blocks.join("\n")).expect("a text takes text");
    module
}

/// The Rust blocks of a chapter, in order.
fn blocks(folder: &Path, chapter: &str) -> Vec<String> {
    let path = folder.join(chapter).with_extension("md");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (mut blocks, mut inside) = (Vec::new(), None::<String>);
    for event in Parser::new(&text) {
        if let Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) = event {
            panic!("{}: fence code blocks and name their language", path.display());
        }
        if let Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) = &event
            && language.starts_with("rust")
        {
            assert_eq!(&**language, "rust", "{}: a Rust block takes no word more", path.display());
            inside = Some(String::new());
        }
        if let (Event::Text(code), Some(inside)) = (&event, &mut inside) {
            inside.push_str(code);
        }
        if let Event::End(TagEnd::CodeBlock) = event {
            blocks.extend(inside.take());
        }
    }
    blocks
}

fn refuse_what_no_list_names(folder: &Path) {
    for entry in fs::read_dir(folder).expect("the book has a folder").flatten() {
        let path = entry.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let is_page = path.extension().is_some_and(|extension| extension == "md");
        if is_page && !TUTORIAL.iter().chain(OTHERS).any(|chapter| *chapter == name) {
            assert!(
                blocks(folder, &name).is_empty(),
                "{name}.md has Rust in it and is in no list of build.rs"
            );
        }
    }
}
