//! 200 histories through the whole product, on each database: the same order is told three times,
//! under three ids and in three orders of arrival.

use domain::money::BasisPoints;
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::json;

use super::{
    history::{EXCLUDED_PRODUCT, History, histories},
    message::Message,
};
use crate::golden::{
    builder::{Scenario, day, later},
    harness::{Run, golden},
};

golden![arrival_and_repeats_change_nothing_in_the_whole_product];

fn arrival_and_repeats_change_nothing_in_the_whole_product(run: &Run) {
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 200,
        source_file: Some(file!()),
        ..ProptestConfig::default()
    });
    runner.run(&histories(), |history| check(run, &history)).unwrap();
}

fn check(run: &Run, history: &History) -> Result<(), TestCaseError> {
    let tellings: [Vec<&Message>; 3] = [
        history.messages.iter().collect(),
        history.as_it_arrives().collect(),
        history.messages.iter().rev().collect(),
    ];
    let ids = [1_001_u64, 2_001, 3_001];
    // After everything has happened, and well before the hold of 30 days ends.
    let mut at = day(20);
    let mut told = setting(history);
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
        (played.earned_minor("anna"), played.paid_out_minor())
    });
    prop_assert_eq!(totals[1], totals[0], "as it arrived");
    prop_assert_eq!(totals[2], totals[0], "in reverse");
    if history.is_fully_refunded {
        prop_assert_eq!(totals[0], (0, 0));
    }
    Ok(())
}

/// The shop, program and affiliate of a history.
fn setting(history: &History) -> Scenario {
    let (whole, part) = (history.payout_rate_percent / 100, history.payout_rate_percent % 100);
    Scenario::golden()
        .shop(json!({"currency": history.order.snapshot().currency}))
        .percent(BasisPoints(history.rate_bps).to_string().trim_end_matches('%'))
        .program(json!({"exclude": {"product_ids": [EXCLUDED_PRODUCT]}}))
        .affiliate(
            "anna",
            json!({"payout_currency": "EUR", "payout_rate": format!("{whole}.{part:02}")}),
        )
}
