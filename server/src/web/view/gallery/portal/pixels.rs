//! The affiliate's pixels in every state.

use super::{super::*, frame};
use crate::web::view::{
    form::Picks,
    parts::Pager,
    portal::{
        Section,
        pixels::{
            EventRow, PixelForm, PixelPage, PixelRow, PixelsPage, ShopRules, TestOutcome, TryRow,
        },
    },
};

pub(super) fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("portal-pixels", shown(list())),
        (
            "portal-pixels-empty",
            shown(PixelsPage { pixels: vec![], events: vec![], is_full: false, ..list() }),
        ),
        ("portal-pixel", shown(stored())),
        (
            "portal-pixel-new",
            shown(PixelPage { id: None, form: form(), test_hit: None, ..stored() }),
        ),
        ("portal-pixel-errors", shown(PixelPage { id: None, form: wrong(), ..stored() })),
        ("portal-pixel-tested", shown(PixelPage { result: Some(tested()), ..stored() })),
    ]
}

fn list() -> PixelsPage {
    let row = |number: &str, status: Badge| PixelRow {
        id: "1".to_owned(),
        number: number.to_owned(),
        status,
        events: "Page views, purchases, products viewed, added to the cart".to_owned(),
        has_token: true,
        is_testing: true,
    };
    PixelsPage {
        frame: frame(Section::Pixels),
        pixels: vec![
            row("1234567890123456", badge("On", Tone::Good)),
            row("12345678901234567890", badge("Waits for the shop", Tone::Warning)),
        ],
        is_full: true,
        events: vec![
            event(),
            EventRow {
                tries: vec![],
                reason: Some("The visitor did not allow it.".to_owned()),
                ..event()
            },
        ],
        pager: Pager { newer: None, older: Some("/portal/demo/pixels?before=7".to_owned()) },
    }
}

fn event() -> EventRow {
    EventRow {
        name: "Purchase".to_owned(),
        event_id: "purchase-5678901234567".to_owned(),
        number: "1234567890123456".to_owned(),
        at: at("1 Mar 2026, 12:00"),
        state: badge("Delivered", Tone::Good),
        reason: None,
        tries: vec![TryRow {
            number: "1".to_owned(),
            at: at("1 Mar 2026, 12:00:03"),
            outcome: badge("200", Tone::Good),
            latency: "143 ms".to_owned(),
            url: "https://graph.facebook.com/v26.0/1234567890123456/events".to_owned(),
            body: r#"{"access_token":"•••","data":[{"event_name":"Purchase","event_id":"purchase-5678901234567"}]}"#.to_owned(),
            response: Some(r#"{"events_received":1}"#.to_owned()),
            next_try: None,
        }],
    }
}

fn form() -> PixelForm {
    PixelForm {
        number: field(""),
        events: Picks { values: vec!["PageView".to_owned(), "Purchase".to_owned()], error: None },
        value: field("order"),
        is_enabled: true,
        ..PixelForm::default()
    }
}

fn wrong() -> PixelForm {
    PixelForm {
        number: refused("12345", "Pixel IDs usually have 15 or 16 digits"),
        asks_confirmation: true,
        token: refused("", "The access token is one long word"),
        test_code: refused("two words", "The test code is one word"),
        ..form()
    }
}

fn stored() -> PixelPage {
    PixelPage {
        frame: frame(Section::Pixels),
        id: Some("1".to_owned()),
        form: PixelForm {
            number: field("1234567890123456"),
            has_token: true,
            test_code: field("TEST12345"),
            ..form()
        },
        rules: ShopRules {
            allows_browsing_events: true,
            allows_order_value: true,
            needs_approval: true,
        },
        test_hit: Some("https://www.facebook.com/tr/?id=1234567890123456&ev=PageView".to_owned()),
        result: None,
    }
}

fn tested() -> TestOutcome {
    TestOutcome {
        verdict: badge("Refused", Tone::Bad),
        explanation: "Facebook answered 400; the answer below says why.".to_owned(),
        time: "143 ms".to_owned(),
        request: "POST /1234567890123456/events\n\n{\"access_token\":\"•••\"}".to_owned(),
        answer: Some(HOSTILE.to_owned()),
    }
}
