//! Bar charts by day as inline SVG. Geometry in whole units: no float, the same bytes everywhere.
//! Not here: the table behind a chart, which the page shows with the same data.

use askama::{Template, filters::HtmlSafe};

const BAR: i64 = 8;
const STEP: i64 = 10;
const HEIGHT: i64 = 64;

/// One number per day. An empty series, or one of zeros, shows the bare axis.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "parts/chart.html")]
pub struct Series {
    /// Unique on the page; ties title and description to the picture.
    pub id: String,
    /// What it shows, `Clicks by day`.
    pub title: String,
    /// What one learns from it, for those who cannot see it: `34 in all, most on 12 Mar (9)`.
    pub description: String,
    /// The days, in order.
    pub points: Vec<Point>,
}

/// One day of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// `12 Mar`.
    pub day: String,
    /// What sets the height: a count or minor units; negative goes below the axis.
    pub amount: i64,
    /// The amount for people, `9` or `12.50 USD`.
    pub text: String,
}

/// One bar in the picture.
struct Bar<'a> {
    x: i64,
    y: i64,
    height: i64,
    is_below: bool,
    point: &'a Point,
}

impl Series {
    /// Width of the picture in its own units.
    fn width(&self) -> i64 {
        i64::try_from(self.points.len()).unwrap_or(0).max(1) * STEP
    }

    /// Distance of the zero line from the top.
    fn axis(&self) -> i64 {
        let (above, below) = self.extremes();
        if above + below == 0 { HEIGHT } else { scaled(above, above + below) }
    }

    fn bars(&self) -> Vec<Bar<'_>> {
        let (above, below) = self.extremes();
        let axis = self.axis();
        self.points
            .iter()
            .zip(0_i64..)
            .map(|(point, index)| {
                // A day with little must not look like a day with nothing.
                let height = scaled(i128::from(point.amount).abs(), above + below)
                    .max(i64::from(point.amount != 0));
                let is_below = point.amount < 0;
                let y = if is_below { axis } else { axis - height };
                Bar { x: index * STEP + (STEP - BAR) / 2, y, height, is_below, point }
            })
            .collect()
    }

    /// The largest distance above and below zero, both as positive numbers.
    fn extremes(&self) -> (i128, i128) {
        let amounts = || self.points.iter().map(|point| i128::from(point.amount));
        let above = amounts().max().unwrap_or(0).max(0);
        let below = -amounts().min().unwrap_or(0).min(0);
        (above, below)
    }
}

/// A part of the picture's height.
fn scaled(part: i128, whole: i128) -> i64 {
    if whole == 0 {
        return 0;
    }
    i64::try_from(part * i128::from(HEIGHT) / whole).unwrap_or(HEIGHT)
}

impl HtmlSafe for Series {}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(amounts: &[i64]) -> Series {
        let point = |amount: &i64| Point {
            day: "1 Mar".to_owned(),
            amount: *amount,
            text: amount.to_string(),
        };
        Series {
            id: "c".to_owned(),
            title: "Clicks by day".to_owned(),
            description: "None yet".to_owned(),
            points: amounts.iter().map(point).collect(),
        }
    }

    fn shape(amounts: &[i64]) -> Vec<(i64, i64)> {
        series(amounts).bars().iter().map(|bar| (bar.y, bar.height)).collect()
    }

    #[test]
    fn the_highest_day_fills_the_picture_and_zero_has_no_bar() {
        assert_eq!(shape(&[0, 5, 10]), [(64, 0), (32, 32), (0, 64)]);
    }

    #[test]
    fn days_that_took_back_more_than_they_earned_hang_below_the_axis() {
        assert_eq!(series(&[30, -10]).axis(), 48);
        assert_eq!(shape(&[30, -10]), [(0, 48), (48, 16)]);
        assert_eq!(shape(&[-10]), [(0, 64)]);
    }

    #[test]
    fn a_small_day_beside_a_huge_one_is_still_visible() {
        assert_eq!(shape(&[1, i64::MAX]), [(63, 1), (0, 64)]);
        assert_eq!(shape(&[i64::MIN, 1]).last(), Some(&(-1, 1)));
    }

    #[test]
    fn no_days_give_an_axis_and_no_bar() {
        let empty = series(&[]);
        assert!(empty.bars().is_empty());
        let svg = empty.render().unwrap();
        assert!(svg.contains("None yet") && svg.contains("class=\"axis\""), "{svg}");
    }
}
