//! The map as SVG. Colours and movement are the style sheet's.

use maud::{Markup, html};

use super::layout::{BOX_HIGH, BOX_WIDE, Line, Map, Placed};
use crate::console::{chart::brief, figures};

/// How many letters fit into a box, and beside a rate.
const FITS: usize = 23;
const FITS_BESIDE: usize = 17;
/// How many colours the style sheet has.
const HUES: usize = 12;

pub(super) fn picture(map: &Map, columns: &[&str]) -> Markup {
    html! {
        svg viewBox={ "-2 0 " (brief(map.wide + 4.0)) " " (brief(map.high + 6.0)) } class="system" {
            @for (at, name) in columns.iter().enumerate() {
                @if let Some(x) = map.columns.get(at).and_then(|column| column.first()).map(|placed| placed.x) {
                    text class="column" x=(brief(x + 2.0)) y="16" { (name) }
                }
            }
            g class="lines" { @for line in &map.lines { (drawn(map, line)) } }
            @for (column, placed) in map.columns.iter().enumerate() {
                @for (at, placed) in placed.iter().enumerate() { (boxed(placed, column, at)) }
            }
        }
    }
}

fn drawn(map: &Map, line: &Line) -> Markup {
    let (Some(from), Some(to)) = (map.placed(line.from), map.placed(line.to)) else { return html! {} };
    let (x1, y1) = (from.x + BOX_WIDE, from.y + BOX_HIGH / 2.0);
    let (x2, y2) = (to.x, to.y + BOX_HIGH / 2.0);
    let bend = (x2 - x1) * 0.5;
    let d = format!(
        "M{} {}C{} {} {} {} {} {}",
        brief(x1),
        brief(y1),
        brief(x1 + bend),
        brief(y1),
        brief(x2 - bend),
        brief(y2),
        brief(x2),
        brief(y2)
    );
    let busy = from.node.rate > 0.0 && to.node.rate > 0.0;
    html! {
        path class={ "link" (hue(from.hue.or(to.hue))) @if busy { " busy" } @if to.node.failing { " failing" } }
            data-from=(key(line.from)) data-to=(key(line.to)) d=(d) {}
    }
}

fn boxed(placed: &Placed, column: usize, at: usize) -> Markup {
    let Placed { node, x, y, hue: own } = placed;
    let rate = figures::short(node.rate);
    let said = format!("{}: {rate} a second{}", node.name, if node.failing { ", failing" } else { "" });
    let inner = html! {
        title { (said) }
        rect class="box" x=(brief(*x)) y=(brief(*y)) width=(brief(BOX_WIDE)) height=(brief(BOX_HIGH)) rx="5" {}
        rect class="edge" x=(brief(*x)) y=(brief(*y)) width="4" height=(brief(BOX_HIGH)) rx="2" {}
        text class="name" x=(brief(x + 11.0)) y=(brief(y + 17.0)) { (shortened(&node.name, if node.rate > 0.0 { FITS_BESIDE } else { FITS })) }
        @if node.rate > 0.0 { text class="rate" x=(brief(x + BOX_WIDE - 7.0)) y=(brief(y + 17.0)) { (rate) "/s" } }
        @else if node.handler { text class="rate" x=(brief(x + BOX_WIDE - 7.0)) y=(brief(y + 17.0)) { "⚡" } }
    };
    let class = format!("node{}{}", hue(*own), if node.failing { " failing" } else { "" });
    html! {
        @match &node.href {
            Some(href) => a class=(class) href=(href) data-key=(key((column, at))) { (inner) },
            None => g class=(class) data-key=(key((column, at))) { (inner) },
        }
    }
}

fn key((column, at): (usize, usize)) -> String {
    format!("{column}-{at}")
}

fn hue(hue: Option<usize>) -> String {
    hue.map(|hue| format!(" hue-{}", hue % HUES)).unwrap_or_default()
}

fn shortened(name: &str, fits: usize) -> String {
    if name.chars().count() <= fits {
        return name.to_owned();
    }
    name.chars().take(fits - 1).chain(['…']).collect()
}
