//! Figures for people (a table) and for programs (a line of JSON).

use std::time::Duration;

use serde_json::{Map, Value, json};

/// The same figure, measured some times.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures(Vec<f64>);

impl Figures {
    /// None yet.
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a measurement.
    pub(crate) fn push(&mut self, figure: f64) {
        self.0.push(figure);
    }

    /// The smallest.
    pub(crate) fn min(&self) -> f64 {
        self.0.iter().copied().min_by(f64::total_cmp).unwrap_or(f64::NAN)
    }

    /// The one in the middle.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The largest.
    pub(crate) fn max(&self) -> f64 {
        self.0.iter().copied().max_by(f64::total_cmp).unwrap_or(f64::NAN)
    }

    fn json(&self) -> Value {
        json!({"min": self.min(), "median": self.median(), "max": self.max(), "runs": self.0.len()})
    }
}

/// A benchmark's figures, row by row.
#[derive(Debug)]
pub(crate) struct Report {
    name: &'static str,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    what: String,
    unit: &'static str,
    figures: Figures,
    note: String,
}

impl Report {
    /// An empty one; `about` says what is measured and how.
    pub(crate) fn new(name: &'static str, about: &str) -> Self {
        println!("\n{name}: {about}");
        Self { name, rows: Vec::new() }
    }

    /// Adds a row. The note is a ratio, or what else belongs beside it.
    pub(crate) fn row(
        &mut self,
        what: impl Into<String>,
        unit: &'static str,
        figures: &Figures,
        note: impl Into<String>,
    ) {
        let row = Row { what: what.into(), unit, figures: figures.clone(), note: note.into() };
        self.rows.push(row);
    }

    /// Prints the table and the line.
    pub(crate) fn print(&self) {
        println!("  {:<44} {:>10} {:>10} {:>10}", "", "min", "median", "max");
        let mut members = Map::new();
        for row in &self.rows {
            let what = format!("{}, {}", row.what, row.unit);
            let [min, median, max] =
                [row.figures.min(), row.figures.median(), row.figures.max()].map(readable);
            println!("  {what:<44} {min:>10} {median:>10} {max:>10}  {}", row.note);
            members.insert(what, row.figures.json());
        }
        println!("{}", json!({"benchmark": self.name, "figures": members}));
    }
}

/// Three digits, or whole with thousands apart.
fn readable(figure: f64) -> String {
    if figure < 100.0 {
        return format!("{figure:.2}");
    }
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How often something happened in a second.
pub(crate) fn per_second(count: usize, time: Duration) -> f64 {
    float(count) / time.as_secs_f64()
}

/// Microseconds that each of them took.
pub(crate) fn micros_each(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / float(count)
}

/// Milliseconds.
pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A ratio in percent, for a note: the median of the ratios, each run with its own neighbour, because a
/// machine is not equally fast in every minute.
pub(crate) fn percent_of(part: &Figures, whole: &Figures, of: &str) -> String {
    let ratios = part.0.iter().zip(&whole.0).map(|(part, whole)| part / whole * 100.0);
    let ratios = Figures(ratios.collect());
    let (min, max) = (ratios.min(), ratios.max());
    format!("{:.1} % of {of} ({min:.1} to {max:.1})", ratios.median())
}

/// The time that this share (0 to 1) of the sorted times does not exceed.
pub(crate) fn quantile(sorted: &[Duration], share: f64) -> Duration {
    let rank = float(sorted.len()) * share;
    let found = (1..=sorted.len()).find(|place| float(*place) >= rank);
    let place = found.unwrap_or(1) - 1;
    sorted.get(place).copied().unwrap_or_default()
}

/// Counts of benchmarks are far below where a float would round them.
fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_the_nearest_rank() {
        let times: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(quantile(&times, 0.5), Duration::from_millis(50));
        assert_eq!(quantile(&times, 0.99), Duration::from_millis(99));
        assert_eq!(quantile(&times, 1.0), Duration::from_millis(100));
    }

    #[test]
    fn figures_are_readable() {
        let texts = [0.5, 12.345, 100.0, 1_234.5, 1_234_567.0].map(readable);
        assert_eq!(texts, ["0.50", "12.35", "100", "1,234", "1,234,567"]);
    }
}
