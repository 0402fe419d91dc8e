//! What a run leaves: the page with the table, the charts beside it, and every single number for programs.

mod chart;
mod numbers;
mod page;

use std::{fs, path::Path};

use diptych::Result;

pub(crate) use numbers::numbers;
pub(crate) use page::{Made, table_row};

use crate::{
    row::{Detail, Target},
    run::Ran,
};

/// The ratio that is wanted, where one is wanted in this way.
type Wanted = fn(Target) -> Option<f64>;

const fn at_least(target: Target) -> Option<f64> {
    match target {
        Target::AtLeast(wanted) => Some(wanted),
        Target::AtMost(_) | Target::Below(_) | Target::Told => None,
    }
}

const fn at_most(target: Target) -> Option<f64> {
    match target {
        Target::AtMost(wanted) => Some(wanted),
        Target::AtLeast(_) | Target::Below(_) | Target::Told => None,
    }
}

/// Writes `benchmarks.md`, and beside it `benchmarks/` with the charts and `numbers.json`, into a folder.
///
/// # Errors
/// What could not be written or drawn.
pub(crate) fn write(out: &Path, ran: &[Ran], made: &Made) -> Result {
    let beside = out.join("benchmarks");
    fs::create_dir_all(&beside)?;
    let mut charts = Vec::new();
    let ratios: [(&str, &str, Wanted); 2] = [
        ("at-least", "Wanted: at least the line", at_least),
        ("at-most", "Wanted: at most the line", at_most),
    ];
    for (file, title, wanted) in ratios {
        let bars = chart::bars(ran, wanted);
        if !bars.is_empty() {
            fs::write(beside.join(format!("{file}.svg")), chart::ratios(title, &bars)?)?;
            charts.push((file.to_owned(), title.to_owned()));
        }
    }
    for detail in ran.iter().flat_map(|ran| &ran.details) {
        if let Detail::Curve { file, title, across, up, lines } = detail {
            fs::write(beside.join(format!("{file}.svg")), chart::curve(title, across, up, lines)?)?;
            charts.push(((*file).to_owned(), title.clone()));
        }
    }
    fs::write(beside.join("numbers.json"), format!("{:#}\n", numbers(ran, made)))?;
    fs::write(out.join("benchmarks.md"), page::page(ran, made, &charts))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        row::{Line, Measure, Pair},
        run::RanMeasure,
    };

    fn made_up() -> Vec<Ran> {
        let measure = |name, target| Measure {
            name,
            title: "Doing a thing & more",
            unit: "things/s",
            target,
            decoded: "no",
            baseline: "the thing itself",
        };
        let pairs = |by_hand| (1..=9).map(|n| Pair { ours: f64::from(n) * 10.0, by_hand }).collect();
        let lines = vec![
            RanMeasure { measure: measure("most", Target::AtLeast(0.7)), pairs: pairs(Some(60.0)) },
            RanMeasure { measure: measure("few", Target::AtMost(0.5)), pairs: pairs(Some(60.0)) },
            RanMeasure { measure: measure("own", Target::Below(200.0)), pairs: pairs(None) },
        ];
        let points = vec![(10.0, 1.0), (1_000.0, 2.0), (100_000.0, 4.0)];
        let curve = Detail::Curve {
            file: "curve",
            title: "A curve".to_owned(),
            across: "size",
            up: "µs",
            lines: vec![Line { name: "one", points }],
        };
        let parts = Detail::Parts {
            title: "Parts".to_owned(),
            unit: "bytes",
            parts: vec![("a".to_owned(), 3.0), ("b".to_owned(), 1.0)],
        };
        vec![Ran { row: "thing", lines, details: vec![curve, parts] }]
    }

    #[test]
    fn the_page_says_of_each_measure_how_it_stands_and_every_chart_is_drawn() {
        let folder = tempfile::tempdir().unwrap();
        let made = Made { when: "today".to_owned(), machine: "a machine".to_owned(), pairs: 9, quick: true };
        write(folder.path(), &made_up(), &made).unwrap();
        let page = fs::read_to_string(folder.path().join("benchmarks.md")).unwrap();
        for line in [
            "| Doing a thing & more | 50 | 60 | 0.83 [0.33, 1.33] | ≥ 0.70 | met by the median | no |",
            "| Doing a thing & more | 50 | 60 | 0.83 [0.33, 1.33] | ≤ 0.50 | **missed** | no |",
            "| Doing a thing & more | 50 [20, 80] | | | < 200 | met | no |",
            "| a | 3.0 | 75 % |",
        ] {
            assert!(page.contains(line), "{line}\n{page}");
        }
        for chart in ["at-least", "at-most", "curve"] {
            assert!(page.contains(&format!("(benchmarks/{chart}.svg)")), "{chart}\n{page}");
            let svg = fs::read_to_string(folder.path().join(format!("benchmarks/{chart}.svg"))).unwrap();
            assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
        }
        let numbers = fs::read_to_string(folder.path().join("benchmarks/numbers.json")).unwrap();
        let numbers: serde_json::Value = serde_json::from_str(&numbers).unwrap();
        assert_eq!(numbers["measures"][0]["pairs"][8]["ours"], 90.0);
        assert_eq!(numbers["measures"][0]["value"]["median"], 50.0 / 60.0);
    }
}
