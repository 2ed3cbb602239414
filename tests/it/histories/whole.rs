//! 200 histories through the whole product, on each database: the same order is told three times,
//! under three ids and in three orders of arrival, by a program with two levels and any rules that
//! look at the order alone.

use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};

use super::{
    cases,
    history::{History, histories},
    message::Message,
    programs::of_the_order,
};
use crate::golden::{
    builder::{Scenario, day, later},
    harness::{Run, golden},
};

golden![arrival_and_repeats_change_nothing_in_the_whole_product];

fn arrival_and_repeats_change_nothing_in_the_whole_product(run: &Run) {
    let mut runner = TestRunner::new(ProptestConfig {
        cases: (cases() / 50).max(1),
        source_file: Some(file!()),
        ..ProptestConfig::default()
    });
    let stories = (histories(), of_the_order());
    runner.run(&stories, |(history, program)| check(run, &history, program)).unwrap();
}

fn check(run: &Run, history: &History, program: Value) -> Result<(), TestCaseError> {
    let tellings: [Vec<&Message>; 3] = [
        history.messages.iter().collect(),
        history.as_it_arrives().collect(),
        history.messages.iter().rev().collect(),
    ];
    let ids = [1_001_u64, 2_001, 3_001];
    // After everything has happened, and well before the hold of 30 days ends.
    let mut at = day(20);
    let mut told = setting(history, program);
    for (id, messages) in ids.iter().zip(tellings) {
        for message in messages {
            at = later(&at, 60);
            let (topic, payload) = message.webhook(*id);
            told = told.webhook(&at, topic, payload);
        }
    }
    let result = run.play(&told);
    let totals = ids.map(|id| {
        let played = result.order(&history.order.renumbered(id));
        ["anna", "bob", "cleo"].map(|key| (played.earned_minor(key), played.paid_out_minor_of(key)))
    });
    prop_assert_eq!(totals[1], totals[0], "as it arrived");
    prop_assert_eq!(totals[2], totals[0], "in reverse");
    if history.is_fully_refunded {
        prop_assert_eq!(totals[0], [(0, 0); 3]);
    }
    Ok(())
}

/// The shop, program and affiliates of a history.
fn setting(history: &History, program: Value) -> Scenario {
    let (whole, part) = (history.payout_rate_percent / 100, history.payout_rate_percent % 100);
    let paid = json!({"payout_currency": "EUR", "payout_rate": format!("{whole}.{part:02}")});
    Scenario::golden()
        .shop(json!({"currency": history.order.snapshot().currency}))
        .program(program)
        .affiliate("cleo", json!({}))
        .affiliate(
            "bob",
            json!({"upline": "cleo", "payout_currency": "JPY", "payout_rate": "149.7"}),
        )
        .affiliate("anna", json!({"upline": "bob"}))
        .affiliate("anna", paid)
}
