//! Charts as SVG, drawn here: lines that take their colours from the style sheet, so that dark and light are one picture. A
//! chart library writes its colours into the picture, and inline styles, which the pages' policy forbids.

use std::fmt::Write;

use maud::{Markup, html};

/// How wide and high a sparkline's own coordinates are; the style sheet says how large it is shown.
const WIDE: f64 = 160.0;
const HIGH: f64 = 36.0;
/// How many points a line across a sparkline has when it is full.
const FULL: usize = 150;

/// A line without axes; `what` is told to those who do not see it.
pub(super) fn sparkline(values: &[f64], what: &str) -> Markup {
    let most = values.iter().copied().fold(0.0, f64::max);
    let places = places(values, most, WIDE, HIGH);
    let line = path(&places);
    html! {
        svg class="spark" viewBox={ "0 0 " (WIDE) " " (HIGH) } preserveAspectRatio="none" role="img" aria-label=(what) {
            @if let (Some((first, _)), Some((last, _))) = (places.first(), places.last()) {
                path class="area" d={ (line) "L" (brief(*last)) " " (HIGH) "L" (brief(*first)) " " (HIGH) "Z" } {}
                path class="line" d=(line) {}
            } @else {
                path class="line none" d={ "M0 " (HIGH - 1.0) "H" (WIDE) } {}
            }
        }
    }
}

/// Two lines over time with their scale: what follows, below what it follows.
pub(super) struct Following<'a> {
    pub(super) head: &'a [f64],
    pub(super) position: &'a [f64],
}

/// A position against the head over the last minutes.
pub(super) fn following(lines: &Following<'_>, what: &str) -> Markup {
    let (wide, high) = (640.0, 160.0);
    let all = || lines.head.iter().chain(lines.position).copied().filter(|value| *value > 0.0);
    let (low, most) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
    let low = if low.is_finite() { (low - (most - low) * 0.05).max(0.0) } else { 0.0 };
    let shifted = |values: &[f64]| values.iter().map(|value| (value - low).max(0.0)).collect::<Vec<_>>();
    let range = (most - low).max(1.0);
    let line = |values: &[f64]| path(&places(&shifted(values), range, wide, high));
    html! {
        figure class="chart" {
            svg viewBox={ "0 0 " (wide) " " (high) } preserveAspectRatio="none" role="img" aria-label=(what) {
                @for at in [0.25, 0.5, 0.75] { path class="grid" d={ "M0 " (high * at) "H" (wide) } {} }
                path class="line head" d=(line(lines.head)) {}
                path class="line position" d=(line(lines.position)) {}
            }
            figcaption {
                span class="key head" { "head" } span class="key position" { "position" }
                span class="range" { (rounded(low)) " – " (rounded(most)) ", the last five minutes" }
            }
        }
    }
}

fn rounded(value: f64) -> String {
    format!("{value:.0}")
}

/// Where the values stand, the newest at the right edge.
fn places(values: &[f64], most: f64, wide: f64, high: f64) -> Vec<(f64, f64)> {
    let step = wide / float(FULL - 1);
    let count = values.len().min(FULL);
    let shown = &values[values.len() - count..];
    let top = if most > 0.0 { most } else { 1.0 };
    shown
        .iter()
        .enumerate()
        .map(|(at, value)| {
            let x = wide - float(count - 1 - at) * step;
            (x, (high - 1.5) - (value / top).clamp(0.0, 1.0) * (high - 3.0))
        })
        .collect()
}

fn path(places: &[(f64, f64)]) -> String {
    let mut d = String::new();
    for (at, (x, y)) in places.iter().enumerate() {
        let command = if at == 0 { 'M' } else { 'L' };
        // Writing to a string cannot fail.
        if write!(d, "{command}{} {}", brief(*x), brief(*y)).is_err() {
            break;
        }
    }
    d
}

/// A coordinate, to a tenth.
pub(super) fn brief(value: f64) -> String {
    format!("{value:.1}")
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_value_stands_at_the_right_edge() {
        let places = places(&[0.0, 5.0, 10.0], 10.0, WIDE, HIGH);
        let (x, y) = places[2];
        assert!((x - WIDE).abs() < 1e-9 && y < places[0].1, "{places:?}");
        assert!(sparkline(&[], "nothing").into_string().contains("aria-label=\"nothing\""));
    }
}
