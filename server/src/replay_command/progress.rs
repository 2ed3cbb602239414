//! How far something has got: a bar on a terminal, a line now and then where there is none.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a line is written where nobody draws bars.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// A count that goes up to a known end.
pub(super) struct Progress {
    bar: ProgressBar,
    what: &'static str,
    told: Instant,
}

impl Progress {
    /// Nothing of so many is done.
    pub(super) fn new(what: &'static str, end: i64) -> anyhow::Result<Self> {
        let style = ProgressStyle::with_template("{msg:>8} {bar:40} {pos}/{len} {per_sec} {eta}")?;
        let bar = ProgressBar::new(end.unsigned_abs()).with_style(style);
        bar.set_message(what);
        Ok(Self { bar, what, told: Instant::now() })
    }

    /// So many are done.
    pub(super) fn set(&mut self, done: u64) {
        self.bar.set_position(done);
        if self.bar.is_hidden() && self.told.elapsed() >= LINE_EVERY {
            self.told = Instant::now();
            self.line();
        }
    }

    /// That was it.
    pub(super) fn end(&mut self) {
        if self.bar.is_hidden() {
            self.line();
        }
        self.bar.abandon();
    }

    #[expect(clippy::print_stderr, reason = "a command-line tool")]
    fn line(&self) {
        eprintln!("{} {} of {}", self.what, self.bar.position(), self.bar.length().unwrap_or(0));
    }
}
