//! The affiliate's own Facebook pixels: the list with what was sent from the server, and the form of
//! one. Only there while the merchant has the integration on (U10).

use askama::Template;

use super::{Frame, Section};
use crate::web::view::{
    form::{Field, Picks},
    parts::{Badge, Pager, When},
};

/// `{base}/pixels`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/pixels.html")]
pub struct PixelsPage {
    /// Chrome.
    pub frame: Frame,
    /// Oldest first.
    pub pixels: Vec<PixelRow>,
    /// No more can be added.
    pub is_full: bool,
    /// What the server sent, newest first.
    pub events: Vec<EventRow>,
    /// Neighbouring pages of events.
    pub pager: Pager,
}

/// One pixel.
#[derive(Debug, Clone)]
pub struct PixelRow {
    /// Our id.
    pub id: String,
    /// The network's id.
    pub number: String,
    /// `On`, `Off`, `Waits for the shop`.
    pub status: Badge,
    /// `Page views, purchases`.
    pub events: String,
    /// Purchases are also sent by the server.
    pub has_token: bool,
    /// A test code is set.
    pub is_testing: bool,
}

/// One server event with its tries.
#[derive(Debug, Clone)]
pub struct EventRow {
    /// `Purchase`.
    pub name: String,
    /// Shared with the browser's hit.
    pub event_id: String,
    /// The pixel.
    pub number: String,
    /// When it was made.
    pub at: When,
    /// How far it got.
    pub state: Badge,
    /// Why it was not delivered.
    pub reason: Option<String>,
    /// The requests.
    pub tries: Vec<TryRow>,
}

/// One request.
#[derive(Debug, Clone)]
pub struct TryRow {
    /// 1, 2, 3 …
    pub number: String,
    /// When.
    pub at: When,
    /// `200`, or what went wrong.
    pub outcome: Badge,
    /// `143 ms`.
    pub latency: String,
    /// Where it went.
    pub url: String,
    /// What was sent, without the token.
    pub body: String,
    /// What was answered.
    pub response: Option<String>,
    /// When it is tried again.
    pub next_try: Option<When>,
}

/// `{base}/pixels/new` and `{base}/pixels/{id}`; the form posts to the same address.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/pixel.html")]
pub struct PixelPage {
    /// Chrome.
    pub frame: Frame,
    /// None for a new one.
    pub id: Option<String>,
    /// The fields.
    pub form: PixelForm,
    /// What the shop allows.
    pub rules: ShopRules,
    /// An address that sends a test page view from this browser.
    pub test_hit: Option<String>,
    /// What came of a test event.
    pub result: Option<TestOutcome>,
}

/// The fields of a pixel.
#[derive(Debug, Clone, Default)]
pub struct PixelForm {
    /// The network's id; fixed once it is saved.
    pub number: Field,
    /// Ask whether an unusual id is right.
    pub asks_confirmation: bool,
    /// Events chosen.
    pub events: Picks,
    /// `order` or `commission`.
    pub value: Field,
    /// Never filled in: what is stored is not shown.
    pub token: Field,
    /// A token is stored.
    pub has_token: bool,
    /// Test code.
    pub test_code: Field,
    /// Switched on.
    pub is_enabled: bool,
}

/// What the shop allows affiliates' pixels.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShopRules {
    /// Browsing events may be chosen.
    pub allows_browsing_events: bool,
    /// The order's value may be told.
    pub allows_order_value: bool,
    /// A new pixel waits for approval.
    pub needs_approval: bool,
}

/// What came of a test event.
#[derive(Debug, Clone)]
pub struct TestOutcome {
    /// `Accepted`, `Refused`.
    pub verdict: Badge,
    /// In a sentence.
    pub explanation: String,
    /// `143 ms`.
    pub time: String,
    /// What was sent, without the token.
    pub request: String,
    /// What was answered.
    pub answer: Option<String>,
}
