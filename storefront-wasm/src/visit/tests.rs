//! What a page does, moment for moment.

use std::prelude::v1::*;
use std::{format, vec};

use proptest::prelude::*;

use super::*;
use crate::cart::CartAttribute;
use crate::referral::REFERRAL_NAMES;

const NOW: u32 = 1_792_649_528;
const WINDOW: u32 = 30 * 86_400;
const PIXEL: &str = "123456789012345&if=false&noscript=1&eid=pv-7-";

/// What the page knows; lines as `snapshot` names them.
#[derive(Debug, Clone, Copy)]
struct Snapshot<'a> {
    flags: u32,
    now: u32,
    id: &'a str,
    page: &'a str,
    referrer: &'a str,
    token: &'a str,
    state: &'a str,
    pixels: &'a str,
}

/// A page of a visitor who allows everything, through Anna's link.
fn page() -> Snapshot<'static> {
    Snapshot {
        flags: MARKETING | SALE | VIEW,
        now: NOW,
        id: "r4nd0m",
        page: "https://shop.example/products/mug?ref=ANNA&sub1=7",
        referrer: "https://blog.example/reviews/1?secret=1",
        token: "",
        state: "",
        pixels: "",
    }
}

fn operations(snapshot: &Snapshot<'_>) -> Vec<String> {
    let Snapshot { id, page, referrer, token, state, pixels, .. } = snapshot;
    let names = REFERRAL_NAMES.join("|");
    let input = [id, page, referrer, names.as_str(), token, state, pixels, ""].join("\n");
    let mut out = Output::<32_768>::new();
    decide(input.as_bytes(), snapshot.flags, snapshot.now, WINDOW, &mut out);
    let text = str::from_utf8(out.written()).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn state_in(operation: &str) -> &str {
    operation.strip_prefix(['S', 'M']).unwrap()
}

fn kept(token: &str, touches: &str) -> String {
    format!("{}~{token}~{touches}", NOW + 1000)
}

#[test]
fn a_first_landing_is_kept_and_reported() {
    let state = format!(
        "{}~~{NOW}*{}*ANNA~@r4nd0m/products/mug?ref=ANNA&sub1=7",
        NOW + WINDOW,
        hash(b"ref=ANNA&sub1=7", 0),
    );
    let report = "Rr4nd0m/products/mug?ref=ANNA&sub1=7".to_owned();
    assert_eq!(operations(&page()), [format!("S{state}"), report]);
    assert_eq!(CartAttribute::read(state.as_bytes()).landing, b"/products/mug?ref=ANNA&sub1=7");
}

#[test]
fn a_page_without_link_and_visit_does_nothing() {
    let plain = Snapshot { page: "https://shop.example/products/mug?utm_source=ig", ..page() };
    assert_eq!(operations(&plain), Vec::<String>::new());
}

#[test]
fn n20_without_consent_nothing_is_stored_reported_or_fired() {
    for allowed in [0, SALE] {
        let done = operations(&Snapshot { flags: VIEW | allowed, ..page() });
        assert!(done[0].starts_with('M') && done.len() == 1, "{done:?}");
        assert_eq!(done[0].split(['*', '~']).nth(4), Some("ANNA"), "for the report of losses");
    }
}

#[test]
fn consent_granted_later_writes_what_the_page_remembered() {
    let refused = Snapshot { flags: VIEW, ..page() };
    let memory = state_in(&operations(&refused)[0]).to_owned();
    let granted = Snapshot {
        flags: MARKETING | SALE | VIEW | REVISIT,
        state: &memory,
        page: "https://shop.example/cart",
        id: "other",
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
        flags: ON_DEVICE | REVISIT | VIEW,
        state: &state,
        page: "https://shop.example/",
        ..page()
    };
    assert_eq!(operations(&withdrawn), ["E"]);
    let done = operations(&Snapshot { page: page().page, ..withdrawn });
    assert!(done[0] == "E" && done[1].starts_with('M') && done.len() == 2, "{done:?}");
}

/// The answer to the report of Anna's landing.
fn answer(state: &str) -> Snapshot<'_> {
    Snapshot { flags: MARKETING | SALE | VIEW | ON_DEVICE | ANSWER, state, ..page() }
}

#[test]
fn an_answer_brings_the_token_the_time_and_the_pixels() {
    let landed = state_in(&operations(&page())[0]).to_owned();
    let pixels = format!("{} {PIXEL} https://evil.example/tr/?id=123456", NOW + 500);
    let done = operations(&Snapshot { pixels: &pixels, token: "v1.t.m", ..answer(&landed) });
    assert!(done[0].starts_with(&format!("S{}~v1.t.m~", NOW + 500)) && !done[0].contains('@'));
    let hit = format!("H{PIXEL} https://shop.example/products/mug https://blog.example/");
    assert_eq!(done[1..], ["Cv1.t.m".to_owned(), hit]);
}

#[test]
fn a_link_that_names_nobody_leaves_nothing_and_displaces_nobody() {
    let landed = state_in(&operations(&page())[0]).to_owned();
    assert_eq!(operations(&answer(&landed)), ["E"]);
    let earlier = format!("{}@r4nd0m/?ref=TYPO", kept("v1.a.b", "1*2*ANNA~"));
    let done = operations(&answer(&earlier));
    assert_eq!(done, [format!("S{}", kept("v1.a.b", "1*2*ANNA~")), "Cv1.a.b".to_owned()]);
}

#[test]
fn an_answer_to_an_earlier_report_leaves_the_newer_one_waiting() {
    let state = format!("{}@newer1/?ref=ANNA", kept("", "1*2*ANNA~"));
    let done = operations(&Snapshot { token: "v1.t.m", pixels: "1795241528", ..answer(&state) });
    assert!(done[0].ends_with("@newer1/?ref=ANNA"), "{done:?}");
}

#[test]
fn u11_later_pages_of_the_visit_fire_the_pixels_with_clean_addresses() {
    let (state, pixels) = (kept("v1.a.b", "1*2*ANNA~"), format!("{} {PIXEL}", NOW + 500));
    let later = Snapshot {
        flags: page().flags | ON_DEVICE,
        page: "https://shop.example/account/reset/s3cret?token=s3cret&utm_source=a",
        state: &state,
        pixels: &pixels,
        ..page()
    };
    let hit = format!("H{PIXEL} https://shop.example/?utm_source=a https://blog.example/");
    assert_eq!(operations(&later)[2..], [hit]);
    for silent in [
        Snapshot { flags: later.flags & !SALE, ..later },
        Snapshot { flags: later.flags & !VIEW, ..later },
        Snapshot { now: NOW + 500, ..later },
    ] {
        assert!(!operations(&silent).iter().any(|line| line.starts_with('H')));
    }
}

#[test]
fn pixels_wait_for_the_answer_unless_the_first_touch_earns() {
    let state = format!("{}@r1/?ref=BOB", kept("v1.a.b", "2*3*BOB~1*2*ANNA~"));
    let pixels = format!("{} {PIXEL}", NOW + 500);
    let open = Snapshot {
        flags: page().flags | ON_DEVICE | REVISIT,
        page: "https://shop.example/pages/friends",
        state: &state,
        pixels: &pixels,
        ..page()
    };
    let hits = |snapshot: &Snapshot<'_>| {
        operations(snapshot).iter().filter(|line| line.starts_with('H')).count()
    };
    let first = Snapshot { flags: open.flags | FIRST, ..open };
    assert_eq!((hits(&open), hits(&first)), (0, 1));
    // And then the answer does not bring the page view a second time.
    let answered = |flags| Snapshot { flags: flags | ANSWER, id: "r1", token: "v1.c.d", ..open };
    assert_eq!((hits(&answered(open.flags)), hits(&answered(first.flags))), (1, 0));
}

#[test]
fn another_affiliates_link_comes_first_and_reloading_it_changes_nothing() {
    let state = kept("v1.a.b", "1792649000*2*BOB~");
    let next = Snapshot { flags: page().flags | ON_DEVICE, state: &state, ..page() };
    let done = operations(&next);
    assert!(done[0].contains("*ANNA~1792649000*2*BOB~@r4nd0m/products/mug"), "{done:?}");
    let again = Snapshot { state: state_in(&done[0]), id: "second", ..next };
    for same in [
        Snapshot { now: NOW + 59, ..again },
        Snapshot { flags: again.flags | REVISIT, now: NOW + 600, ..again },
    ] {
        assert_eq!(operations(&same)[0], done[0]);
    }
    assert!(operations(&Snapshot { now: NOW + 60, ..again })[0].contains("@second/"));
}

#[test]
fn a_browser_without_good_randomness_keeps_the_landing_too() {
    let done = operations(&Snapshot { id: "", ..page() });
    assert!(done[0].contains("~@/products/mug?") && done[1].starts_with("R/products"), "{done:?}");
}

#[test]
fn what_is_over_or_unreadable_is_erased() {
    for state in ["1~v1.a.b~", "v1~9999999999~v1.a.b~", "nonsense", "raw~?ref=A"] {
        let flags = page().flags | ON_DEVICE;
        let old = Snapshot { flags, state, page: "https://shop.example/", ..page() };
        assert_eq!(operations(&old), ["E"], "{state}");
    }
}

#[test]
fn the_state_stays_within_a_cookie_and_a_cart_attribute() {
    let long = format!("https://shop.example/?ref=ANNA&{}", vec!["sub1=0123456789"; 200].join("&"));
    let touches = "1792649000*2*BOB~".repeat(200);
    let state = kept(&"t".repeat(200), &touches);
    let flags = page().flags | ON_DEVICE;
    let done = operations(&Snapshot { flags, page: &long, state: &state, ..page() });
    assert!(done[0].len() < 2_048 && done[0].ends_with("&sub1=0123456789&"), "{}", done[0]);
    assert_eq!(done[1], long.replace("https://shop.example", "Rr4nd0m"));
}

fn any_text() -> impl Strategy<Value = String> {
    "[~@*/?&=%#.,;\"\\\\ refANv1:0-9é\u{0}]{0,200}"
}

proptest! {
    #[test]
    fn any_snapshot_gives_known_operations_that_fit(
        texts in prop::array::uniform7(any_text()), flags in 0..128u32, now: u32,
    ) {
        let mut out = Output::<3_000>::new();
        decide(texts.join("\n").as_bytes(), flags, now, WINDOW, &mut out);
        for line in out.written().split(|byte| *byte == b'\n') {
            let letter = line.first().copied().unwrap_or(b'E');
            prop_assert!(b"EMSCRH".contains(&letter));
            let may_store = flags & MARKETING != 0;
            prop_assert!(may_store || !b"SCRH".contains(&letter));
            prop_assert!(!may_store || letter != b'M');
        }
    }

    #[test]
    fn a_state_that_was_written_is_kept_as_it_is(
        token in "[A-Za-z0-9._-]{1,60}", code in "[A-Z]{1,9}", until in NOW + 1..,
    ) {
        let state = format!("{until}~{token}~{NOW}*7*{code}~1*2*X~");
        let flags = page().flags | ON_DEVICE;
        let done = operations(&Snapshot { flags, page: "https://shop.example/", state: &state, ..page() });
        prop_assert_eq!(&done, &[format!("S{state}"), format!("C{token}")]);
    }
}
