//! What a page does, moment for moment.

use std::prelude::v1::*;
use std::{format, vec};

use proptest::prelude::*;

use super::*;
use crate::cart::CartAttribute;
use crate::consent::Consent;

const NOW: u32 = 1_792_649_528;
const PIXEL: &str = "https://www.facebook.com/tr/?id=123456789012345&if=false&noscript=1&eid=pv-7-0&ev=PageView&dl=x";

/// A page of a visitor who allows everything, through Anna's link.
fn page() -> Snapshot<'static> {
    Snapshot {
        moment: Moment::Page,
        consent: Consent::from_bits(3),
        is_on_device: false,
        model: Model::Last,
        now: NOW,
        now_ms: b"1792649528123",
        id: b"r4nd0m",
        page: b"https://shop.example/products/mug?ref=ANNA&sub1=7#top",
        referrer: b"https://blog.example/reviews/1?secret=1",
        state: b"",
        pixels: b"",
        subject: b"PageView",
        details: b"",
    }
}

fn operations(snapshot: &Snapshot<'_>) -> Vec<String> {
    let mut buffer = [0; 32 * 1024];
    let mut out = Writer::new(&mut buffer);
    decide(snapshot, &mut out);
    let text = str::from_utf8(out.written()).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn state_in(operation: &str) -> &str {
    operation.strip_prefix(['S', 'M']).unwrap()
}

fn kept(token: &str, touches: &str) -> String {
    format!("v1~{}~{token}~{touches}", NOW + 1000)
}

#[test]
fn a_first_landing_is_kept_and_reported() {
    let state = format!(
        "v1~{}~~{NOW}*{}*ANNA~@r4nd0m/products/mug?ref=ANNA&sub1=7",
        NOW + UNCONFIRMED_SECONDS,
        hash(b"ref=ANNA&sub1=7"),
    );
    let report = "Rr4nd0m/products/mug?ref=ANNA&sub1=7".to_owned();
    assert_eq!(operations(&page()), [format!("S{state}"), report]);
    assert_eq!(CartAttribute::read(state.as_bytes()).landing, b"/products/mug?ref=ANNA&sub1=7");
}

#[test]
fn a_page_without_link_and_visit_does_nothing() {
    let plain = Snapshot { page: b"https://shop.example/products/mug?utm_source=ig", ..page() };
    assert_eq!(operations(&plain), Vec::<String>::new());
}

#[test]
fn n20_without_consent_nothing_is_stored_reported_or_fired() {
    for bits in [0, 2] {
        let refused = Snapshot { consent: Consent::from_bits(bits), ..page() };
        let done = operations(&refused);
        assert!(done[0].starts_with("Mv1~") && done[1] == "LANNA" && done.len() == 2, "{done:?}");
    }
}

#[test]
fn consent_granted_later_writes_what_the_page_remembered() {
    let refused = Snapshot { consent: Consent::from_bits(0), ..page() };
    let memory = state_in(&operations(&refused)[0]).to_owned();
    let granted = Snapshot {
        moment: Moment::Revisit,
        state: memory.as_bytes(),
        page: b"https://shop.example/cart",
        id: b"other",
        now: NOW + 40,
        ..page()
    };
    let report = "Rr4nd0m/products/mug?ref=ANNA&sub1=7".to_owned();
    assert_eq!(operations(&granted), [format!("S{memory}"), report]);
}

#[test]
fn withdrawn_consent_erases_and_keeps_the_link_in_memory_only() {
    let state = kept("v1.a.b", "1*2*BOB~");
    let withdrawn = Snapshot {
        moment: Moment::Revisit,
        consent: Consent::from_bits(0),
        is_on_device: true,
        state: state.as_bytes(),
        page: b"https://shop.example/",
        ..page()
    };
    assert_eq!(operations(&withdrawn), ["E"]);
}

#[test]
fn an_answer_brings_the_token_the_time_and_the_pixels() {
    let landed = state_in(&operations(&page())[0]).to_owned();
    let pixels = format!("{} {PIXEL} https://evil.example/tr/?id=123456", NOW + 500);
    let answer = Snapshot {
        moment: Moment::Answer,
        is_on_device: true,
        state: landed.as_bytes(),
        pixels: pixels.as_bytes(),
        subject: b"v1.t.m",
        ..page()
    };
    let done = operations(&answer);
    assert!(done[0].starts_with(&format!("Sv1~{}~v1.t.m~", NOW + 500)) && !done[0].contains('@'));
    assert_eq!(done[1..], ["Cv1.t.m".to_owned(), format!("H{PIXEL}")]);
}

#[test]
fn a_link_that_names_nobody_leaves_nothing_and_displaces_nobody() {
    let landed = state_in(&operations(&page())[0]).to_owned();
    let nobody = Snapshot {
        moment: Moment::Answer,
        is_on_device: true,
        state: landed.as_bytes(),
        subject: b"",
        ..page()
    };
    assert_eq!(operations(&nobody), ["E"]);
    let earlier = format!("{}@r4nd0m/?ref=TYPO", kept("v1.a.b", "1*2*ANNA~"));
    let done = operations(&Snapshot { state: earlier.as_bytes(), ..nobody });
    assert_eq!(done, [format!("S{}", kept("v1.a.b", "1*2*ANNA~")), "Cv1.a.b".to_owned()]);
}

#[test]
fn u11_later_pages_of_the_visit_fire_the_pixels_with_clean_addresses() {
    let (state, pixels) = (kept("v1.a.b", "1*2*ANNA~"), format!("{} {PIXEL}", NOW + 500));
    let later = Snapshot {
        is_on_device: true,
        page: b"https://shop.example/account/reset/s3cret?token=s3cret&utm_source=a",
        state: state.as_bytes(),
        pixels: pixels.as_bytes(),
        ..page()
    };
    let hit = "Hhttps://www.facebook.com/tr/?id=123456789012345&if=false&noscript=1\
        &eid=pv-7-1792649528123&ev=PageView&ts=1792649528123\
        &dl=https%3A%2F%2Fshop.example%2F%3Futm_source%3Da&rl=https%3A%2F%2Fblog.example%2F";
    assert_eq!(operations(&later)[2..], [hit]);
    for silent in [
        Snapshot { consent: Consent::from_bits(1), ..later },
        Snapshot { now: NOW + 500, ..later },
        Snapshot { subject: b"", ..later },
    ] {
        assert!(!operations(&silent).iter().any(|line| line.starts_with('H')));
    }
}

#[test]
fn pixels_of_a_displaced_affiliate_are_not_told_of_a_purchase() {
    let state = format!("{}@r1/?ref=BOB", kept("v1.a.b", "2*3*BOB~1*2*ANNA~"));
    let pixels = format!("{} {PIXEL}", NOW + 500);
    let purchase = Snapshot {
        moment: Moment::Revisit,
        is_on_device: true,
        page: b"https://shop.example/pages/thanks",
        state: state.as_bytes(),
        pixels: pixels.as_bytes(),
        subject: b"Purchase",
        details: b"purchase-1001&cd[value]=9.00\n",
        ..page()
    };
    let is_told = |model| {
        let done = operations(&Snapshot { model, ..purchase });
        done.iter().any(|line| line.contains("&eid=purchase-1001&cd[value]=9.00%0A&ev=Purchase&"))
    };
    assert!(!is_told(Model::Last) && is_told(Model::First) && is_told(Model::Linear));
}

#[test]
fn another_affiliates_link_comes_first_and_reloading_it_changes_nothing() {
    let state = kept("v1.a.b", "1792649000*2*BOB~");
    let next = Snapshot { is_on_device: true, state: state.as_bytes(), ..page() };
    let done = operations(&next);
    assert!(done[0].contains("*ANNA~1792649000*2*BOB~@r4nd0m/products/mug"), "{done:?}");
    let again = Snapshot { state: state_in(&done[0]).as_bytes(), id: b"second", ..next };
    for same in [
        Snapshot { now: NOW + 59, ..again },
        Snapshot { moment: Moment::Revisit, now: NOW + 600, ..again },
    ] {
        assert_eq!(operations(&same)[0], done[0]);
    }
    assert!(operations(&Snapshot { now: NOW + 60, ..again })[0].contains("@second/"));
}

#[test]
fn what_is_over_or_unreadable_is_erased() {
    for state in ["v1~1~v1.a.b~", "v2~9999999999~v1.a.b~", "nonsense", "raw~?ref=A"] {
        let plain = b"https://shop.example/";
        let old = Snapshot { is_on_device: true, state: state.as_bytes(), page: plain, ..page() };
        assert_eq!(operations(&old), ["E"], "{state}");
    }
}

#[test]
fn the_state_stays_within_a_cookie_and_a_cart_attribute() {
    let long = format!("https://shop.example/?ref=ANNA&{}", vec!["sub1=0123456789"; 200].join("&"));
    let touches = "1792649000*2*BOB~".repeat(200);
    let state = kept(&"t".repeat(200), &touches);
    let full =
        Snapshot { is_on_device: true, page: long.as_bytes(), state: state.as_bytes(), ..page() };
    let done = operations(&full);
    assert!(done[0].len() < 2_048 && done[0].ends_with("&sub1=0123456789&"), "{}", done[0]);
    assert_eq!(done[1], long.replace("https://shop.example", "Rr4nd0m"));
}

fn any_text() -> impl Strategy<Value = Vec<u8>> {
    let alphabet = prop_oneof![
        4 => prop::sample::select(b"~@*/?&=%#.,;\"\\ refANv10123456789".to_vec()),
        1 => any::<u8>(),
    ];
    prop::collection::vec(alphabet.prop_map(|byte| if byte == b'\n' { b' ' } else { byte }), 0..200)
}

proptest! {
    #[test]
    fn any_snapshot_gives_known_operations_that_fit(
        texts in prop::array::uniform8(any_text()), bits in 0..4u8, on_device: bool, moment in 0..3usize, room in 0..3_000usize,
    ) {
        let snapshot = Snapshot {
            moment: [Moment::Page, Moment::Revisit, Moment::Answer][moment],
            consent: Consent::from_bits(bits),
            is_on_device: on_device,
            model: Model::Last,
            now: NOW,
            now_ms: &texts[0],
            id: &texts[1],
            page: &texts[2],
            referrer: &texts[3],
            state: &texts[4],
            pixels: &texts[5],
            subject: &texts[6],
            details: &texts[7],
        };
        let mut buffer = vec![0; room];
        let mut out = Writer::new(&mut buffer);
        decide(&snapshot, &mut out);
        for line in out.written().split(|byte| *byte == b'\n') {
            let letter = line.first().copied().unwrap_or(b'E');
            prop_assert!(b"EMLSCRH".contains(&letter));
            let may_store = bits & 1 != 0;
            prop_assert!(may_store || !b"SCRH".contains(&letter));
            prop_assert!(!may_store || !b"ML".contains(&letter));
        }
    }

    #[test]
    fn a_state_that_was_written_is_read_back(
        token in "[A-Za-z0-9._-]{0,60}", code in "[A-Z]{1,9}", landing in "/[a-z]{0,9}(\\?[a-z=&]{0,30})?", until in NOW + 1..,
    ) {
        let touch = Touch { at: NOW, hash: 7, code: code.as_bytes() };
        let written = State {
            until, token: token.as_bytes(), new_touch: Some(touch), touches: b"1*2*X~", report_id: b"r1", landing: landing.as_bytes(),
        };
        let mut buffer = [0; 4096];
        let mut out = Writer::new(&mut buffer);
        written.write(&mut out);
        out.finish();
        let text = out.written().trim_ascii_end();
        let touches = format!("{NOW}*7*{code}~1*2*X~");
        let read = State { new_touch: None, touches: touches.as_bytes(), ..written };
        prop_assert_eq!(State::read(text, NOW), read);
    }
}
