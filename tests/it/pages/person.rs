//! A person at a page, whose every step is counted. How long the steps take people follows from the
//! keystroke-level model (Card, Moran and Newell, 1980), so it is the same on every machine; how long they
//! took here is only printed.

use std::{
    fmt,
    time::{Duration, Instant},
};

use tests::browser::Page;

/// Pressing a key: an average typist.
const KEY_MS: u64 = 200;
/// Deciding what is next, pointing at it, pressing and letting go.
const CLICK_MS: u64 = 1_350 + 1_100 + 200;
/// The same, and a hand to the keyboard and back.
const FIELD_MS: u64 = CLICK_MS + 2 * 400;
/// Waiting for a page and finding one's way on it.
const PAGE_MS: u64 = 1_000;

/// Somebody with a page before them.
pub(crate) struct Person<'a> {
    pub(crate) page: &'a Page,
    pub(crate) effort: Effort,
    began: Instant,
}

/// What a task took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Effort {
    pub(crate) clicks: u64,
    pub(crate) fields: u64,
    pub(crate) keys: u64,
    pub(crate) pages: u64,
}

impl Effort {
    /// How long a person is busy.
    pub(crate) fn time(&self) -> Duration {
        Duration::from_millis(
            self.clicks * CLICK_MS
                + self.fields * FIELD_MS
                + self.keys * KEY_MS
                + self.pages * PAGE_MS,
        )
    }
}

impl fmt::Display for Effort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clicks, fields, keys, pages } = self;
        write!(f, "{clicks} clicks, {fields} fields, {keys} keys, {pages} pages: {:?}", self.time())
    }
}

impl<'a> Person<'a> {
    pub(crate) fn at(page: &'a Page) -> Self {
        Self { page, effort: Effort::default(), began: Instant::now() }
    }

    /// Opens a page by its address.
    pub(crate) async fn open(&mut self, url: &str) {
        self.effort.pages += 1;
        self.page.goto(url).await;
    }

    /// Fills a field, key by key.
    pub(crate) async fn fill(&mut self, selector: &str, text: &str) {
        self.effort.fields += 1;
        self.count_keys(text);
        self.page.fill(selector, text).await;
    }

    /// Goes on typing where the focus is.
    pub(crate) async fn go_on_typing(&mut self, text: &str) {
        self.count_keys(text);
        self.page.command("Input.insertText", serde_json::json!({"text": text})).await;
    }

    fn count_keys(&mut self, text: &str) {
        self.effort.keys += u64::try_from(text.chars().count()).unwrap();
    }

    /// Clicks, on this page.
    pub(crate) async fn click(&mut self, selector: &str) {
        self.effort.clicks += 1;
        self.page.click(selector).await;
    }

    /// Clicks and waits for what it leads to: a page on which this is so.
    pub(crate) async fn click_to(&mut self, selector: &str, then: &str) {
        self.click(selector).await;
        self.effort.pages += 1;
        self.page.wait_until(then).await;
    }

    /// What it took in all; asserted to be less than a minute of a person's time.
    pub(crate) fn done_within_a_minute(self, who: &str) -> Effort {
        println!("{who}: {}; this machine: {:?}", self.effort, self.began.elapsed());
        assert!(self.effort.time() < Duration::from_secs(60), "{}", self.effort);
        self.effort
    }
}

#[test]
fn a_persons_time_is_the_sum_of_the_steps() {
    let effort = Effort { clicks: 1, fields: 2, keys: 10, pages: 3 };
    assert_eq!(effort.time(), Duration::from_millis(2_650 + 2 * 3_450 + 2_000 + 3_000));
}
