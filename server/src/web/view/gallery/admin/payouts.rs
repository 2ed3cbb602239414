//! Money out.

use super::*;
use crate::web::view::admin::payouts::{
    BatchRow, DueGroup, DueRow, FileRow, PaymentRow, PayoutPage, PayoutsPage,
};

fn due(name: &str, payable: &str, now: &str, remark: &str) -> DueRow {
    DueRow {
        affiliate: person(name),
        payable: payable.to_owned(),
        minimum: "25.00 USD".to_owned(),
        now: now.to_owned(),
        remark: remark.to_owned(),
    }
}

pub(super) fn payouts() -> PayoutsPage {
    let group = |method: &str, title: &str, has_due: bool| DueGroup {
        method: method.to_owned(),
        title: title.to_owned(),
        total: "66.00 USD".to_owned(),
        has_due,
        rows: vec![
            due("Anna", "66.00 USD", "66.00 USD", ""),
            due(HOSTILE, "-9.00 USD", "0.00 USD", "owes: netted with the next commissions"),
        ],
        is_cut: has_due,
    };
    PayoutsPage {
        due: vec![group("", "Not chosen", false), group("paypal", "PayPal", true)],
        batches: vec![BatchRow {
            number: "3".to_owned(),
            method: "PayPal".to_owned(),
            payments: "1,204".to_owned(),
            sum: "23.45 EUR + 56.05 USD".to_owned(),
            status: badge("Sent", Tone::Info),
            at: at("1 Mar 2026"),
            note: HOSTILE.to_owned(),
        }],
        ..nothing_due()
    }
}

pub(super) fn nothing_due() -> PayoutsPage {
    PayoutsPage {
        frame: frame(Section::Payouts),
        due: vec![],
        note: field("Commission 2026-03"),
        batches: vec![],
        pager: Pager::default(),
    }
}

pub(super) fn draft() -> PayoutPage {
    PayoutPage {
        frame: frame(Section::Payouts),
        number: "3".to_owned(),
        method: "PayPal".to_owned(),
        status: badge("Draft", Tone::Neutral),
        is_draft: true,
        is_locked: false,
        is_store_credit: false,
        is_open: false,
        facts: vec![pair("Payments", "2"), pair("Sum", "66.00 USD"), pair("Note", HOSTILE)],
        files: vec![],
        forms: vec![],
        form: field(""),
        results: field(""),
        rows: vec![PaymentRow {
            id: "1".to_owned(),
            affiliate: person(HOSTILE),
            to: "anna@example.com".to_owned(),
            amount: "14.40 EUR".to_owned(),
            of: Some("16.00 USD".to_owned()),
            status: badge("Draft", Tone::Neutral),
            remark: None,
            is_open: false,
        }],
        activity: vec![],
    }
}

pub(super) fn locked() -> PayoutPage {
    let rows = draft().rows.into_iter().map(|row| PaymentRow {
        status: badge("Failed", Tone::Bad),
        remark: Some(HOSTILE.to_owned()),
        is_open: true,
        ..row
    });
    PayoutPage {
        status: badge("Locked", Tone::Warning),
        is_draft: false,
        is_locked: true,
        is_open: true,
        files: vec![FileRow {
            href: "/admin/payouts/3/files/USD/1".to_owned(),
            name: "payout-3-USD.csv".to_owned(),
            content: "2 payments, 66.00 USD".to_owned(),
        }],
        forms: vec![choice("EUR", "EUR", false)],
        form: refused("name", "The form has no column \"amount\"."),
        results: refused("x", "The first line must name a column for the payment."),
        rows: rows.collect(),
        ..draft()
    }
}
