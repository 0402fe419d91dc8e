//! How numbers, times and names are written on a page.

use diptych::Timestamp;
use maud::{Markup, html};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// What may stand in a path or a query as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A part of a URL.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

/// A whole number, its thousands apart: `1 234 567`.
pub(super) fn whole(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A rate or another measure, with as many digits as a glance takes.
pub(super) fn short(number: f64) -> String {
    match number {
        n if !n.is_finite() => "–".to_owned(),
        n if n >= 999_500.0 => format!("{:.1} M", n / 1e6),
        n if n >= 9_995.0 => format!("{:.1} k", n / 1e3),
        n if n >= 99.5 => format!("{n:.0}"),
        n if n >= 9.95 => format!("{n:.1}"),
        n if n <= 0.0 => "0".to_owned(),
        n => format!("{n:.2}"),
    }
}

/// A time span given in seconds.
pub(super) fn span(seconds: f64) -> String {
    match seconds {
        s if !s.is_finite() => "–".to_owned(),
        s if s <= 0.0 => "0 s".to_owned(),
        s if s < 0.001 => format!("{:.0} µs", s * 1e6),
        s if s < 0.01 => format!("{:.1} ms", s * 1e3),
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} h", s / 3_600.0),
        s => format!("{:.0} days", s / 86_400.0),
    }
}

/// A moment, as it is told by the API, with how long ago it was.
pub(super) fn moment(text: &str, now: Timestamp) -> Markup {
    let Ok(at) = Timestamp::parse(text) else { return html! { (text) } };
    html! { time datetime=(text) title=(text) { (span(now.since(at).as_secs_f64())) " ago" } }
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

pub(super) fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_default()
}

pub(super) fn fraction(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or_default()
}

pub(super) fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// A position or a count as a float, for charts; exact up to 2^53, which is more than a chart shows.
pub(super) fn float(number: u64) -> f64 {
    let high = u32::try_from(number >> 32).unwrap_or(u32::MAX);
    let low = u32::try_from(number & 0xffff_ffff).unwrap_or(u32::MAX);
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

/// How a projection's state is called.
pub(super) fn state(status: &Value) -> Markup {
    let state = text(status, "state");
    html! { span class={ "pill " (state) } { (state.replace('_', " ")) } }
}

/// The path of a projection's page.
pub(super) fn projection_path(name: &str) -> String {
    format!("/console/projections/{}", encoded(name))
}

/// The path of a stream's page.
pub(super) fn stream_path(stream: &Value) -> String {
    format!("/console/streams/{}/{}", encoded(text(stream, "category")), encoded(text(stream, "id")))
}

/// The path of a conversation's page.
pub(super) fn correlation_path(id: &str) -> String {
    format!("/console/correlations/{}", encoded(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_spans_are_short() {
        assert_eq!(whole(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(whole(12), "12");
        let shorts: Vec<_> = [0.0, 0.25, 12.34, 1234.5, 12_345.0, 2_000_000.0].map(short).into();
        assert_eq!(shorts, ["0", "0.25", "12.3", "1234", "12.3 k", "2.0 M"]);
        let spans: Vec<_> = [0.000_05, 0.004_2, 0.25, 3.0, 90.0, 600.0].map(span).into();
        assert_eq!(spans, ["50 µs", "4.2 ms", "250 ms", "3.0 s", "90 s", "10 min"]);
        assert!((float(1 << 33) - 8_589_934_592.0).abs() < f64::EPSILON);
    }
}
