//! Sales that a merchant enters by hand go the way of every other order: rules, levels, ledger, postbacks,
//! and back again (issue 4, point 3); adjustments are told to postbacks (I1).

use domain::{commission::FieldError, ids::OrderId, money::Currency, time::UtcTime};
use serde_json::{Value, json};
use tests::{db::TestDatabase, sql};
use tributary::flows::record_sale::{SaleDraft, SaleError, TakeBack, record_sale, take_sale_back};

use crate::{
    golden::builder::{Scenario, day},
    shop::Shop,
};

tests::cases_on_both_databases![
    g30_a_sale_by_hand_earns_for_all_levels_and_is_taken_back_in_parts,
    g48_a_form_that_is_sent_twice_is_one_sale_and_one_refund,
    g80_the_hold_of_a_sale_by_hand_counts_from_its_day,
    g87_a_sale_of_the_past_uses_the_rules_of_its_day,
    a_sale_in_another_currency_is_kept_at_its_rate,
    a_sale_with_mistakes_names_all_of_them_and_enters_nothing,
    i1_an_adjustment_is_told_to_postbacks_and_one_that_takes_only_to_those_who_can_say_so,
];

/// Bob above Anna, who earns 10 %; Bob gets 10 % of hers.
fn shop(db: TestDatabase) -> Shop {
    Shop::of(&setting(), db)
}

fn setting() -> Scenario {
    Scenario::golden()
        .program(json!({"levels": [{"percent": "10"}]}))
        .affiliate("bob", json!({}))
        .affiliate("anna", json!({"upline": "bob"}))
        .postback("plain", "https://a.example/?t={transaction_id}", on_everything())
        .postback("full", "https://b.example/?c={total_commission}&s={status}", on_everything())
}

fn on_everything() -> Value {
    json!({"on": ["conversion", "status_change", "refund", "adjustment"]})
}

fn at(n: i64) -> UtcTime {
    UtcTime::parse(&day(n)).expect("a time")
}

fn draft(amount: &str, request: &str) -> SaleDraft {
    SaleDraft {
        code: "anna".to_owned(),
        amount: amount.to_owned(),
        at: Some(at(1)),
        name: "Invoice 17".to_owned(),
        note: "By telephone".to_owned(),
        request: request.to_owned(),
        ..SaleDraft::default()
    }
}

impl Shop {
    fn enter(&self, draft: &SaleDraft, now: UtcTime) -> Result<OrderId, SaleError> {
        self.storage.write_blocking(|tx| {
            record_sale(tx, &self.books, &self.settler, self.act(now), draft).map(|(id, _)| id)
        })
    }

    fn back(&self, order: OrderId, amount: &str, request: &str) -> Result<(), SaleError> {
        let wanted = TakeBack {
            amount: amount.to_owned(),
            request: request.to_owned(),
            ..TakeBack::default()
        };
        self.storage.write_blocking(|tx| {
            take_sale_back(tx, &self.settler, self.act(at(5)), order, &wanted).map(drop)
        })
    }

    /// Amounts of everything that was booked for somebody, oldest first.
    fn booked(&self, name: &str) -> Vec<i64> {
        let entries = self.entries(self.person(name));
        entries.iter().rev().map(|entry| entry.amount_minor).collect()
    }

    fn status(&self, order: OrderId) -> String {
        let rows = self.conversions();
        let own = rows.iter().find(|row| row.order_id == order && row.level == 0);
        let row = own.expect("a conversion");
        format!("{} {}", row.status, row.reason.as_deref().unwrap_or_default())
    }

    /// Event and state of what postbacks were told, by postback.
    fn told(&self, postback: &str) -> Vec<(i64, i64)> {
        // Counted by event: conversion and adjustment, sent or not.
        let count = |event: &str, state: &str| {
            sql::integer(
                self.url(),
                &format!(
                    "SELECT COUNT(*) AS value FROM firings f JOIN postbacks p ON p.id = \
                     f.postback_id WHERE p.name = '{postback}' AND f.event = '{event}' AND \
                     f.state {state}"
                ),
            )
        };
        ["conversion", "refund", "adjustment"]
            .map(|event| (count(event, "<> 'not_sent'"), count(event, "= 'not_sent'")))
            .to_vec()
    }
}

fn g30_a_sale_by_hand_earns_for_all_levels_and_is_taken_back_in_parts(db: TestDatabase) {
    let shop = shop(db);
    let order = shop.enter(&draft("90.00", "form 1"), at(2)).unwrap();
    assert_eq!((shop.booked("anna"), shop.booked("bob")), (vec![900], vec![90]));
    assert_eq!(shop.status(order), "pending ");
    shop.back(order, "27.00", "back 1").unwrap();
    assert_eq!((shop.booked("anna"), shop.booked("bob")), (vec![900, -270], vec![90, -27]));
    // Nothing for the amount, and then all that is left.
    assert!(matches!(shop.back(order, "63.01", "back 2"), Err(SaleError::Refused(_))));
    shop.back(order, "", "back 3").unwrap();
    assert_eq!(shop.booked("anna"), [900, -270, -630]);
    assert_eq!(shop.booked("bob"), [90, -27, -63]);
    assert_eq!(shop.status(order), "reversed refunded");
    assert!(matches!(shop.back(order, "", "back 4"), Err(SaleError::Refused(_))));
    // A template that cannot say "taken back" hears of the sale alone.
    assert_eq!(shop.told("plain"), [(1, 0), (0, 2), (0, 0)]);
    assert_eq!(shop.told("full"), [(1, 0), (2, 0), (0, 0)]);
    shop.check("the end");
    shop.check_chain();
    shop.check_recomputing(at(6));
}

fn g48_a_form_that_is_sent_twice_is_one_sale_and_one_refund(db: TestDatabase) {
    let shop = shop(db);
    let order = shop.enter(&draft("90.00", "form 1"), at(2)).unwrap();
    assert_eq!(shop.enter(&draft("90.00", "form 1"), at(3)).unwrap(), order);
    assert_ne!(shop.enter(&draft("90.00", "form 2"), at(3)).unwrap(), order);
    shop.back(order, "10.00", "back 1").unwrap();
    shop.back(order, "10.00", "back 1").unwrap();
    assert_eq!(shop.booked("anna"), [900, 900, -100]);
}

fn g80_the_hold_of_a_sale_by_hand_counts_from_its_day(db: TestDatabase) {
    let shop = shop(db);
    let order = shop.enter(&draft("90.00", "form 1"), at(20)).unwrap();
    shop.approve_due(at(31).plus_seconds(-1));
    assert_eq!(shop.status(order), "pending ");
    shop.approve_due(at(31));
    assert_eq!(shop.status(order), "approved ");
}

fn g87_a_sale_of_the_past_uses_the_rules_of_its_day(db: TestDatabase) {
    let shop = shop(db);
    let twice = json!({"commission": {"type": "percent", "value": "20"}});
    shop.set_program(&setting().rules_with(twice), at(10));
    shop.enter(&draft("90.00", "form 1"), at(20)).unwrap();
    let later = SaleDraft { at: Some(at(15)), ..draft("90.00", "form 2") };
    shop.enter(&later, at(20)).unwrap();
    assert_eq!(shop.booked("anna"), [900, 1_800]);
}

fn a_sale_in_another_currency_is_kept_at_its_rate(db: TestDatabase) {
    let shop = shop(db);
    let yen = SaleDraft {
        currency: "jpy".to_owned(),
        rate: "0.0067".to_owned(),
        ..draft("15000", "form 1")
    };
    let order = shop.enter(&yen, at(2)).unwrap();
    let known = shop.orders().into_iter().find(|one| one.id == order).unwrap();
    assert_eq!((known.total_minor, known.currency), (10_050, Currency::USD));
    assert_eq!(shop.booked("anna"), [1_005]);
}

fn a_sale_with_mistakes_names_all_of_them_and_enters_nothing(db: TestDatabase) {
    let shop = shop(db);
    let fields = |draft: &SaleDraft| match shop.enter(draft, at(2)) {
        Err(SaleError::Refused(errors)) => {
            errors.into_iter().map(|FieldError { field, .. }| field).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let wrong = SaleDraft {
        code: "nobody".to_owned(),
        amount: "-5".to_owned(),
        at: Some(at(3)),
        name: " ".to_owned(),
        note: "x".repeat(501),
        ..draft("", "form 1")
    };
    assert_eq!(fields(&wrong), ["code", "amount", "date", "name", "note"]);
    let without_rate = SaleDraft { currency: "EUR".to_owned(), ..draft("5", "form 1") };
    assert_eq!(fields(&without_rate), ["rate"]);
    assert_eq!(fields(&draft("1.001", "form 1")), ["amount"]);
    assert!(shop.orders().is_empty());
    // An order of Shopify is refunded there.
    let missing = shop.back(OrderId(5), "", "back 1");
    assert!(matches!(missing, Err(SaleError::Storage(storage::StorageError::NotFound))));
}

fn i1_an_adjustment_is_told_to_postbacks_and_one_that_takes_only_to_those_who_can_say_so(
    db: TestDatabase,
) {
    let shop = shop(db);
    let anna = shop.person("anna");
    shop.adjust(anna, 2_500, "form 1", at(2));
    shop.adjust(anna, 2_500, "form 1", at(2));
    assert_eq!(shop.told("plain")[2], (1, 0));
    shop.adjust(anna, -400, "form 2", at(2));
    assert_eq!(shop.told("plain")[2], (1, 1));
    assert_eq!(shop.told("full")[2], (2, 0));
    // Bob has no postback, and Anna's hear nothing of him.
    shop.adjust(shop.person("bob"), 100, "form 3", at(2));
    assert_eq!(shop.told("full")[2], (2, 0));
}
