//! The charts, as SVG: bars of ratios with their intervals and their targets, and curves.

use diptych::Result;
use plotters::{coord::Shift, prelude::*};

use crate::{
    number::float,
    ratio::Median,
    row::{Line, Target},
    run::Ran,
};

/// One bar.
pub(super) struct Bar {
    title: &'static str,
    value: Median,
    wanted: f64,
    met: bool,
}

/// The bars of those measures of which something is wanted in this way.
pub(super) fn bars(ran: &[Ran], wanted: impl Fn(Target) -> Option<f64>) -> Vec<Bar> {
    let lines = ran.iter().flat_map(|ran| &ran.lines);
    let bars = lines.filter_map(|line| {
        let (wanted, value) = (wanted(line.measure.target)?, line.value()?);
        let met = line.measure.target.is_met_by(value.median);
        Some(Bar { title: line.measure.title, value, wanted, met })
    });
    bars.collect()
}

const WIDTH: u32 = 960;
const FONT: &str = "sans-serif";
const INK: RGBColor = RGBColor(40, 44, 52);
const MET: RGBColor = RGBColor(96, 150, 180);
const MISSED: RGBColor = RGBColor(205, 110, 80);
const LINES: [RGBColor; 4] =
    [RGBColor(40, 110, 170), RGBColor(205, 110, 80), RGBColor(90, 150, 90), RGBColor(130, 90, 160)];

/// Each bar over its own target, so that one line is the target of all; the ratio itself stands beside its name.
pub(super) fn ratios(title: &str, bars: &[Bar]) -> Result<String> {
    const A_BAR: u32 = 46;
    let count = u32::try_from(bars.len())?;
    draw((WIDTH, 90 + A_BAR * count), |area| {
        let most = bars.iter().map(|bar| bar.value.high / bar.wanted).fold(1.3, f64::max).min(4.0);
        let rows = f64::from(count);
        let mut chart = ChartBuilder::on(&area)
            .caption(title, (FONT, 20, &INK))
            .margin(12)
            .x_label_area_size(36)
            .build_cartesian_2d(0.0..most, rows..0.0)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .light_line_style(INK.mix(0.08))
            .x_desc("ratio over its target")
            .label_style((FONT, 13, &INK))
            .draw()?;
        for (n, bar) in bars.iter().enumerate() {
            let top = float(n);
            let over = |ratio: f64| (ratio / bar.wanted).min(most);
            let colour = if bar.met { MET } else { MISSED };
            let (from, to) = ((0.0, top + 0.42), (over(bar.value.median), top + 0.88));
            chart.draw_series([Rectangle::new([from, to], colour.mix(0.8).filled())])?;
            let interval = [over(bar.value.low), over(bar.value.high)];
            let across = interval.map(|at| (at, top + 0.65));
            chart.draw_series([PathElement::new(across, INK.stroke_width(2))])?;
            for at in interval {
                chart.draw_series([PathElement::new(
                    [(at, top + 0.55), (at, top + 0.75)],
                    INK.stroke_width(2),
                )])?;
            }
            let Median { median, low, high, .. } = bar.value;
            let text = format!("{}: {median:.2} [{low:.2}, {high:.2}], target {:.2}", bar.title, bar.wanted);
            chart.draw_series([Text::new(text, (0.0, top + 0.08), (FONT, 14).into_font().color(&INK))])?;
        }
        let line = [(1.0, 0.0), (1.0, rows)];
        chart.draw_series([PathElement::new(line, INK.stroke_width(2))])?;
        Ok(())
    })
}

/// Lines over a scale by powers, from 0 up.
pub(super) fn curve(title: &str, across: &str, up: &str, lines: &[Line]) -> Result<String> {
    let points = || lines.iter().flat_map(|line| &line.points);
    let least = points().map(|point| point.0).fold(f64::INFINITY, f64::min).max(f64::MIN_POSITIVE);
    let most = points().map(|point| point.0).fold(least * 10.0, f64::max);
    let highest = points().map(|point| point.1).fold(f64::MIN_POSITIVE, f64::max) * 1.1;
    draw((WIDTH, 420), |area| {
        let mut chart = ChartBuilder::on(&area)
            .caption(title, (FONT, 20, &INK))
            .margin(16)
            .x_label_area_size(40)
            .y_label_area_size(64)
            .build_cartesian_2d((least..most).log_scale(), 0.0..highest)?;
        chart
            .configure_mesh()
            .light_line_style(INK.mix(0.04))
            .bold_line_style(INK.mix(0.12))
            .x_desc(across)
            .y_desc(up)
            .x_label_formatter(&|value| super::page::figure(*value))
            .y_label_formatter(&|value| super::page::figure(*value))
            .label_style((FONT, 13, &INK))
            .draw()?;
        for (line, colour) in lines.iter().zip(LINES.iter().cycle()) {
            let stroke = colour.stroke_width(2);
            chart
                .draw_series(LineSeries::new(line.points.iter().copied(), stroke))?
                .label(line.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], stroke));
            if line.points.len() < 10 {
                chart.draw_series(line.points.iter().map(|at| Circle::new(*at, 4, colour.filled())))?;
            }
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .background_style(WHITE.mix(0.8))
            .border_style(INK.mix(0.2))
            .label_font((FONT, 14, &INK))
            .draw()?;
        Ok(())
    })
}

fn draw(
    size: (u32, u32),
    drawing: impl FnOnce(DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), Box<dyn std::error::Error>>,
) -> Result<String> {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    area.fill(&WHITE)?;
    drawing(area.clone()).map_err(|error| error.to_string())?;
    area.present()?;
    drop(area);
    Ok(svg)
}
