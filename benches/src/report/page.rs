//! The page: a table of every measure, what stands beside each, what figures consist of, and the charts.

use std::fmt::Write;

use crate::{
    ratio::Median,
    row::{Detail, Target},
    run::{Ran, RanMeasure, Verdict},
};

/// When and on what a run was made.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) when: String,
    pub(crate) machine: String,
    pub(crate) pairs: usize,
    pub(crate) quick: bool,
}

const HEAD: &str = "\
# Benchmarks

Made by `cargo xtask bench`; what was tried where a target was missed is in [the notes](benchmarks-notes.md).
";

const HOW: &str = "\
Every figure stands beside its baseline **of the same run**: in a pair both do equal work one after the other, and who is first
changes from pair to pair. The ratio is the median of the pairs' ratios, with an interval that holds the median with at least 95 %
whatever the spread (between two of the ordered ratios). *met by the median* says that the interval reaches over the target. A baseline
does the least that the job needs, by hand on rusqlite or tokio-postgres: it groups as freely as ours, writes the same payload bytes and
syncs as ours.
Figures of one machine say little about another; ratios travel better.
";

/// The page in Markdown. `charts` are files in `benchmarks/`, without their ending, and their titles.
pub(super) fn page(ran: &[Ran], made: &Made, charts: &[(String, String)]) -> String {
    let quick = if made.quick {
        "\n**This is the quick form: it shows that everything runs, and its figures mean little.**\n"
    } else {
        ""
    };
    let mut page = format!(
        "{HEAD}{quick}\n{HOW}\nMade {}: {} pairs a row at most, {}.\n",
        made.when, made.pairs, made.machine
    );
    page.push_str("\n| measure | ours | beside it | ratio | target | | typed events decoded |\n|---|--:|--:|--:|--:|---|---|\n");
    for line in ran.iter().flat_map(|ran| &ran.lines) {
        put(&mut page, format_args!("{}\n", table_row(line)));
    }
    for (file, title) in charts {
        put(&mut page, format_args!("\n![{title}](benchmarks/{file}.svg)\n"));
    }
    page.push_str("\n## What stands beside each\n\n| measure | unit | beside it |\n|---|---|---|\n");
    for RanMeasure { measure, .. } in ran.iter().flat_map(|ran| &ran.lines) {
        put(&mut page, format_args!("| {} | {} | {} |\n", measure.title, measure.unit, measure.baseline));
    }
    for detail in ran.iter().flat_map(|ran| &ran.details) {
        if let Detail::Parts { title, unit, parts } = detail {
            put(&mut page, format_args!("\n## {title}\n\n| | {unit} | share |\n|---|--:|--:|\n"));
            let sum: f64 = parts.iter().map(|(_, part)| part).sum();
            for (name, part) in parts {
                put(&mut page, format_args!("| {name} | {part:.1} | {:.0} % |\n", part / sum * 100.0));
            }
            put(&mut page, format_args!("| **sum** | {sum:.1} | |\n"));
        }
    }
    page
}

/// One line of the table.
pub(crate) fn table_row(line: &RanMeasure) -> String {
    let (ours, by_hand) = line.figures();
    let ratio = line.value().filter(|_| by_hand.is_some());
    let ratio = ratio.map(|it| format!("{:.2} [{:.2}, {:.2}]", it.median, it.low, it.high));
    let ours = match (ours, by_hand) {
        (Some(ours), None) => alone(ours),
        (ours, _) => ours.map(|ours| figure(ours.median)).unwrap_or_default(),
    };
    let cells = [
        line.measure.title.to_owned(),
        ours,
        by_hand.map(|by_hand| figure(by_hand.median)).unwrap_or_default(),
        ratio.unwrap_or_default(),
        target(line.measure.target),
        verdict(line.verdict()).to_owned(),
        line.measure.decoded.to_owned(),
    ];
    cells
        .iter()
        .fold("|".to_owned(), |row, cell| if cell.is_empty() { row + " |" } else { row + " " + cell + " |" })
}

fn alone(ours: Median) -> String {
    format!("{} [{}, {}]", figure(ours.median), figure(ours.low), figure(ours.high))
}

/// Three digits that count, without an exponent.
pub(super) fn figure(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 1.0 => format!("{value:.3}"),
        size if size < 10.0 => trimmed(format!("{value:.2}")),
        size if size < 100.0 => trimmed(format!("{value:.1}")),
        _ => thousands(&format!("{value:.0}")),
    }
}

fn trimmed(text: String) -> String {
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn thousands(digits: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn target(target: Target) -> String {
    match target {
        Target::AtLeast(least) => format!("≥ {least:.2}"),
        Target::AtMost(most) => format!("≤ {most:.2}"),
        Target::Below(bound) => format!("< {}", figure(bound)),
        Target::Told => String::new(),
    }
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::MetByTheMedian => "met by the median",
        Verdict::Missed => "**missed**",
        Verdict::Told => "",
    }
}

/// A `String` never refuses what is written to it.
fn put(page: &mut String, text: std::fmt::Arguments<'_>) {
    if page.write_fmt(text).is_err() {
        unreachable!("a string takes what is written to it");
    }
}

#[cfg(test)]
mod tests {
    use super::figure;

    #[test]
    fn figures_have_three_digits_that_count() {
        for (value, text) in [
            (0.0, "0"),
            (0.1234, "0.123"),
            (1.5, "1.5"),
            (12.34, "12.3"),
            (300.0, "300"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(figure(value), text);
        }
    }
}
