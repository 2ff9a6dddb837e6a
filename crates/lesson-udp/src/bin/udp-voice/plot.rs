//! The same shares as curves, in SVG.
//!
//! It can be read in black and white: the two ways differ in their lines and
//! marks and not by colour alone. It brings its own paper, dark where the reader
//! has asked for that.

use std::{error::Error, time::Duration};

use plotters::{coord::Shift, prelude::*};

use common::link::Faults;

use crate::sweep::{Loss, Shares, WAYS, Way};

/// A panel for each loss.
pub(crate) fn draw(shares: &Shares) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&PAPER)?;
        let panels = root.margin(4, 4, 4, 12).split_evenly((2, 3));
        for (panel, loss) in panels.iter().zip(&shares.losses) {
            draw_one(panel, loss, longest(shares))?;
        }
        root.present()?;
    }
    Ok(dress(&svg, shares))
}

fn draw_one(
    area: &DrawingArea<SVGBackend, Shift>,
    loss: &Loss,
    longest: u64,
) -> Result<(), Box<dyn Error>> {
    let text = |size| ("sans-serif", size).into_font().color(&INK);
    // Small losses need a scale of their own to be seen at all.
    let most = if loss.share.get() < 0.05 { 16 } else { 100 };
    let mut chart = ChartBuilder::on(area)
        .caption(format!("loss {}", loss.name), text(16))
        .margin(6)
        .x_label_area_size(36)
        .y_label_area_size(42)
        .build_cartesian_2d(0..longest, 0.0..f64::from(most))?;
    chart
        .configure_mesh()
        .x_labels(5)
        .y_labels(5)
        .max_light_lines(1)
        .bold_line_style(GRID)
        .axis_style(INK)
        .label_style(text(12))
        .x_desc("heard after, ms")
        .y_desc("missing, %")
        .y_label_formatter(&|y| format!("{y:.0}"))
        .draw()?;
    for (way, name) in WAYS {
        let missing = |ms| 100.0 * loss.missing(way, Duration::from_millis(ms));
        // What is higher than the panel is left out: it would lie along its edge.
        let points = |count| {
            let all = (0..=count).map(move |n| longest * n / count);
            let all = all.map(move |x| (x, missing(x)));
            all.filter(move |&(_, y)| y <= f64::from(most))
        };
        let line = LineSeries::new(points(80), color(way).stroke_width(2));
        let drawn = chart.draw_series(line)?;
        drawn.label(name).legend(move |at| {
            let line = PathElement::new([(0, 0), (24, 0)], color(way));
            EmptyElement::at(at) + line + mark((12, 0), way)
        });
        let marks =
            points(8).map(|at| EmptyElement::at(at) + mark((0, 0), way));
        chart.draw_series(marks)?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .label_font(text(12))
        .background_style(PAPER)
        .draw()?;
    Ok(())
}

/// A square for datagrams, and for the stream one that stands on its tip.
fn mark((x, y): (i32, i32), way: Way) -> Polygon<(i32, i32)> {
    let corners = match way {
        Way::Datagrams => [(-3, -3), (3, -3), (3, 3), (-3, 3)],
        Way::Stream => [(-5, 0), (0, -5), (5, 0), (0, 5)],
    };
    Polygon::new(corners.map(|(dx, dy)| (x + dx, y + dy)), color(way).filled())
}

fn color(way: Way) -> RGBColor {
    match way {
        Way::Datagrams => RGBColor(0x1d, 0x5f, 0xa8),
        Way::Stream => RGBColor(0xb4, 0x43, 0x0c),
    }
}

/// As far as something is to be seen: the way there, twice more for what is sent
/// again, and as much once more and a bit.
fn longest(shares: &Shares) -> u64 {
    let longest = u64::try_from((shares.there() * 8).as_millis());
    longest.expect("minutes")
}

/// Adds what a screen reader says, dashes, and colours for dark paper.
fn dress(svg: &str, shares: &Shares) -> String {
    let Faults { delay, jitter, seed, .. } = &shares.faults;
    let playout = 2 * shares.there();
    let losses = shares.losses.iter().map(|loss| {
        let at = |way| 100.0 * loss.missing(way, playout);
        format!(
            " Loss {}: {:.1} % as datagrams, {:.1} % as a stream.",
            loss.name,
            at(Way::Datagrams),
            at(Way::Stream)
        )
    });
    let losses: String = losses.collect();
    let head = format!(
        "<title>Frames that are late or lost</title>\n\
         <desc>The share of frames that are missing when they are needed, over \
         how long after it was spoken each is heard. Delay {delay:?} ± \
         {jitter:?}, seed {seed}. Heard after {playout:?}:{losses}</desc>\n\
         <style>\n{STYLE}</style>\n"
    );
    let end = svg.find('>').map_or(0, |end| end + 1);
    format!(
        "{}\n{head}{}",
        &svg[..end].replace("<svg ", "<svg role=\"img\" "),
        svg[end..].trim_start()
    )
}

const SIZE: (u32, u32) = (960, 560);

const PAPER: RGBColor = WHITE;
const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);

/// By the colours above: it is all that plotters lets one tell shapes by.
const STYLE: &str = "\
[stroke='#B4430C'] { stroke-dasharray: 7 4 }
@media (prefers-color-scheme: dark) {
  [fill='#FFFFFF'] { fill: #1c1f24 }
  [stroke='#FFFFFF'] { stroke: #1c1f24 }
  [fill='#222222'] { fill: #dddddd }
  [stroke='#222222'] { stroke: #dddddd }
  [stroke='#DDDDDD'] { stroke: #444444 }
  [fill='#1D5FA8'] { fill: #7ab8f5 }
  [stroke='#1D5FA8'] { stroke: #7ab8f5 }
  [fill='#B4430C'] { fill: #ff9e64 }
  [stroke='#B4430C'] { stroke: #ff9e64 }
}
";
