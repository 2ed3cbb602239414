//! One order with all its explanations, and one that credited nobody.

use super::{
    super::log::{firing, not_sent},
    *,
};
use domain::conversion::ConversionStatus;

use crate::web::{
    admin::orders::actions::{possible, refusals},
    view::admin::{
        affiliates::profile::ActivityLine,
        order::{AdjustForm, Candidate, Credit, Decision, Entry, Line, OrderPage, TakeBackForm},
        orders::sale::{SaleForm, SalePage},
    },
};

pub(super) fn order() -> OrderPage {
    let line = |title: &str, base: &str, rate: &str, commission: &str, why: &str| Line {
        title: title.to_owned(),
        quantity: "1 of 2".to_owned(),
        base: base.to_owned(),
        rate: rate.to_owned(),
        commission: commission.to_owned(),
        why: why.to_owned(),
    };
    let entry = |kind: &str, amount: &str, is_negative: bool, reason: Option<&str>| Entry {
        at: at("1 Mar 2026, 12:00"),
        kind: kind.to_owned(),
        affiliate: person("Anna Lindqvist"),
        amount: amount.to_owned(),
        is_negative,
        payout_amount: is_negative.then(|| "-2.49 EUR".to_owned()),
        reason: reason.map(str::to_owned),
    };
    OrderPage {
        id: "7".to_owned(),
        actions: possible(ConversionStatus::Pending, true, false),
        refusals: refusals(),
        assign: field(""),
        is_by_hand: false,
        take_back: TakeBackForm::default(),
        adjust: AdjustForm {
            people: vec![choice("1", "Anna Lindqvist", false), choice("2", HOSTILE, true)],
            amount: refused("x", "That is no amount."),
            reason: field(HOSTILE),
            note: field(""),
            request: "r1".to_owned(),
        },
        currency: "USD".to_owned(),
        activity: vec![ActivityLine {
            at: at("1 Mar 2026, 12:00"),
            actor: "Merchant".to_owned(),
            words: format!("Refused: {HOSTILE}."),
        }],
        frame: frame(Section::Orders),
        name: "#1001".to_owned(),
        shopify_id: "5678901234567".to_owned(),
        at: at("1 Mar 2026, 12:00"),
        total: "97.50 USD".to_owned(),
        payment: badge("Partially refunded", Tone::Warning),
        is_test: true,
        discount_codes: vec!["ANNA10".to_owned()],
        decision: Decision {
            rule: "The coupon ANNA10 belongs to Anna Lindqvist, and coupons come before links in this shop.".to_owned(),
            candidates: vec![
                Candidate {
                    affiliate: person("Anna Lindqvist"),
                    method: "Coupon".to_owned(),
                    evidence: "ANNA10".to_owned(),
                    at: None,
                    lost: None,
                },
                Candidate {
                    affiliate: person(HOSTILE),
                    method: "Link".to_owned(),
                    evidence: "w5fj2k3l4m9q".to_owned(),
                    at: Some(at("27 Feb 2026, 09:13")),
                    lost: Some("A coupon of another affiliate was entered".to_owned()),
                },
            ],
        },
        credits: vec![Credit {
            affiliate: person("Anna Lindqvist"),
            program: "Main, version 2".to_owned(),
            status: badge("Pending", Tone::Info),
            reason: None,
            approve_at: Some(at("31 Mar 2026")),
            share: None,
            lines: vec![
                line("First-flush Darjeeling, 250 g", "45.00 USD", "10%", "4.50 USD", "Program rate"),
                line(HOSTILE, "18.00 USD", "20%", "3.60 USD", "Special rate of this product"),
                line("Gift card", "0.00 USD", "", "0.00 USD", "Gift cards never count"),
            ],
            sales: "63.00 USD".to_owned(),
            commission: "8.10 USD".to_owned(),
            remark: Some("Most per order is 50.00 USD: not reached.".to_owned()),
        }],
        entries: vec![
            entry("Accrual", "10.80 USD", false, None),
            entry("Refund", "-2.70 USD", true, Some("One unit came back")),
        ],
        entries_total: "8.10 USD".to_owned(),
        firings: vec![firing(), not_sent()],
    }
}

pub(super) fn order_nobody() -> OrderPage {
    OrderPage {
        actions: vec![],
        activity: vec![],
        discount_codes: vec![],
        is_test: false,
        decision: Decision {
            rule: "Nobody was credited: the order has no link, coupon, customer or product of an affiliate.".to_owned(),
            candidates: vec![],
        },
        credits: vec![],
        entries: vec![],
        firings: vec![],
        ..order()
    }
}

pub(super) fn order_by_hand() -> OrderPage {
    OrderPage {
        is_by_hand: true,
        name: HOSTILE.to_owned(),
        take_back: TakeBackForm {
            amount: refused("100.00", "Only 90.00 USD is left of this sale."),
            note: field(HOSTILE),
            request: "r1".to_owned(),
        },
        adjust: AdjustForm { people: vec![choice("1", HOSTILE, true)], ..AdjustForm::default() },
        ..order()
    }
}

pub(super) fn sale() -> SalePage {
    SalePage {
        frame: frame(Section::Orders),
        shop_currency: "USD".to_owned(),
        form: SaleForm { date: field("2026-03-01"), ..SaleForm::default() },
    }
}

pub(super) fn sale_refused() -> SalePage {
    let form = SaleForm {
        code: refused(HOSTILE, "No affiliate has this code."),
        amount: refused("x", "That is no amount."),
        currency: refused("E", "Enter three letters, such as EUR."),
        rate: refused("", "Say how many USD one EUR is, such as 1.08."),
        date: refused("2030-01-01", "Enter the day of the sale, today at the latest."),
        name: refused("", "A name has 1 to 60 characters."),
        note: field(HOSTILE),
        request: "r1".to_owned(),
    };
    SalePage { form, ..sale() }
}
