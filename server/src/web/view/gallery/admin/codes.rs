//! The coupon meter.

use super::{super::*, frame};
use crate::web::view::admin::{
    Section,
    codes::{CodeRow, CodesPage, Count},
};

pub(super) fn pages() -> Vec<(&'static str, String)> {
    let empty = CodesPage { rows: vec![], is_cut: false, affiliate: None, ..codes() };
    vec![("admin-codes", shown(codes())), ("admin-codes-empty", shown(empty))]
}

fn codes() -> CodesPage {
    let count = |number: &str, share: &str| Count {
        number: number.to_owned(),
        share: share.to_owned(),
        is_any: number != "0",
    };
    let row = |code: &str, name: &str, standing: Badge, why: &str| CodeRow {
        code: code.to_owned(),
        affiliate: person(name),
        standing,
        why: why.to_owned(),
        orders: "1204".to_owned(),
        without_click: count("1101", "91.4%"),
        from_coupon_sites: count("420", "34.8%"),
        last_moment: count("0", "0%"),
    };
    let period = |days: &str, label: &str, is_chosen| Choice {
        value: days.to_owned(),
        label: label.to_owned(),
        is_chosen,
    };
    let why = "1101 of 1204 buyers had never clicked the affiliate's link; usual here: 32%. 420 came \
        from a coupon site.";
    CodesPage {
        frame: frame(Section::Settings),
        periods: vec![period("90", "Last 90 days", true), period("30", "Last 30 days", false)],
        affiliate: Some(HOSTILE.to_owned()),
        affiliate_id: "7".to_owned(),
        file: "/admin/codes.csv?days=90&affiliate=7".to_owned(),
        ordinary: "32%".to_owned(),
        moment: "10 minutes".to_owned(),
        orders_min: "5".to_owned(),
        is_cut: true,
        rows: vec![
            row(HOSTILE, HOSTILE, badge("Looks leaked", Tone::Bad), why),
            row(
                "A-CODE-OF-TWO-HUNDRED-LETTERS-".repeat(7).as_str(),
                "Anna",
                badge("Unusual", Tone::Warning),
                why,
            ),
            row("BOB10", "Bob", badge("Ordinary", Tone::Neutral), ""),
            row("NEW5", "Carla", badge("Too few orders", Tone::Neutral), ""),
        ],
    }
}
