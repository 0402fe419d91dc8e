//! Proof: requests made from the OpenAPI document find no 5xx and no answer outside of it.
//!
//! schemathesis makes them: values at the edges of every schema, random ones, wrong ones, and sequences in which what
//! one answer made is used by the next. `schemathesis.toml` says what is left out, and why. `DIPTYCH_TEST_SCHEMATHESIS`
//! names the program; `cargo xtask test` gets it.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use diptych_testkit::{Effort, Evidence, deadline};
use tokio::process::Command;

use crate::{
    program::Program,
    shop::{Shop, Store, fresh_folder},
};

const ASKED: &str = "DIPTYCH_TEST_SCHEMATHESIS";
/// How an operator stops a projection; whoever tries that makes every other route say what it says then: 503.
const OPERATE: &str = "/api/admin/projections/{name}/{operation}";
/// Takes lines of JSON, which schemathesis cannot make; `clients/operating.rs` tries it.
const IMPORT: &str = "/api/admin/import";

#[test]
fn requests_made_from_the_document_are_answered_as_it_says() {
    let Some(schemathesis) = Schemathesis::given() else { return };
    deadline::prove(async move {
        let effort = Effort::of_environment();
        let (stores, seeds) = match effort {
            Effort::Short => (vec![Store::Memory], vec![1]),
            Effort::Long => (vec![Store::Memory, Store::Sqlite], (1..=10).collect()),
        };
        let examples = effort.of(4, 400).to_string();
        // The edges of every schema are thousands of requests; the test command has not the time for them.
        let phases = match effort {
            Effort::Short => "examples,fuzzing,stateful",
            Effort::Long => "examples,coverage,fuzzing,stateful",
        };
        for store in stores {
            let mut evidence = Evidence::of("HTTP: requests from the OpenAPI document", store.name());
            for seed in &seeds {
                let asked = ["--seed", &seed.to_string(), "--max-examples", &examples, "--phases", phases];
                let asked = asked.map(str::to_owned);
                let program = Program::start(&store.fresh()).await;
                let left_out = ["--exclude-path", OPERATE, "--exclude-path", IMPORT];
                let all = schemathesis.asks(&program.shop, &asked, &left_out).await;
                program.kill().await;
                let program = Program::start(&store.fresh()).await;
                let operate = schemathesis.asks(&program.shop, &asked, &["--include-path", OPERATE]).await;
                program.kill().await;
                for (what, output) in [("requests", &all), ("requests of an operator", &operate)] {
                    evidence.add(what, requests(output));
                }
            }
            evidence.add("seeds, from 1", seeds.len());
            evidence.hand_in();
        }
    });
}

/// A test of the test.
#[test]
fn a_document_that_lies_is_found_out() {
    let Some(schemathesis) = Schemathesis::given() else { return };
    deadline::prove(async move {
        let program = Program::start("memory:").await;
        let mut document = program.shop.get("/openapi.json").await.is(200).json();
        document["components"]["schemas"]["Live"]["properties"]["status"] =
            serde_json::json!({ "const": "dead" });
        let path = fresh_folder().join("openapi.json");
        std::fs::write(&path, document.to_string()).unwrap();
        let url = format!("http://{}", program.shop.address);
        let asked = ["--url", &url, "--include-path", "/livez", "--max-examples", "1", "--no-shrink"];
        let output = schemathesis.run(&path, &asked.map(str::to_owned)).await;
        let text = text(&output);
        assert!(!output.status.success() && text.contains("Response violates schema"), "{text}");
    });
}

struct Schemathesis(OsString);

impl Schemathesis {
    /// As the environment names it. Without it there is nothing to test, which is said.
    fn given() -> Option<Self> {
        let given = std::env::var_os(ASKED);
        if given.is_none() {
            eprintln!("not run: {ASKED} names no schemathesis; `cargo xtask test` gets it");
        }
        given.map(Self)
    }

    /// Asks a shop; nothing that it finds is let through, and no operation is passed over.
    async fn asks(&self, shop: &Shop, asked: &[String], which: &[&str]) -> Output {
        let document = format!("http://{}/openapi.json", shop.address);
        let asked = [asked, &which.iter().map(ToString::to_string).collect::<Vec<_>>()].concat();
        let output = self.run(Path::new(&document), &asked).await;
        let text = text(&output);
        assert!(output.status.success(), "{text}");
        let number = |label: &str| {
            let rest = text.lines().find_map(|line| line.trim().strip_prefix(label));
            rest.and_then(|rest| rest.split('/').next()?.trim().parse::<u32>().ok()).unwrap_or_default()
        };
        let (selected, tested) = (number("Selected:"), number("Tested:"));
        assert!(selected > 0 && selected == tested, "{tested} of {selected} operations were tried\n{text}");
        output
    }

    async fn run(&self, document: &Path, asked: &[String]) -> Output {
        let settings =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/http/proof_schema/schemathesis.toml");
        let mut command = Command::new(&self.0);
        command.arg("--config-file").arg(settings).arg("run").arg(document);
        command.args(["--no-color", "--checks", "all"]).args(asked);
        command.current_dir(fresh_folder()).stdin(Stdio::null()).kill_on_drop(true);
        command.output().await.expect("schemathesis starts")
    }
}

fn text(output: &Output) -> String {
    let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    said.concat()
}

/// How many requests it says that it has made.
fn requests(output: &Output) -> u64 {
    let text = text(output);
    let line = text.lines().find(|line| line.contains(" generated, ")).unwrap_or_default();
    line.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or_default()
}
