//! Bad news by postback: refunds, rejections and delayed events, told only to templates that can
//! express them: I8, N4, E12, X06.

use serde_json::json;

use super::{
    builder::{Order, Scenario, day, later},
    harness::{Run, golden},
    outcome::Outcome,
};

golden![
    i8_a_delayed_postback_tells_the_final_status,
    i8_a_delayed_postback_is_not_sent_when_it_cannot_tell_the_rejection,
    e12_a_plain_template_is_not_told_of_a_refund,
    e12_a_template_that_can_say_it_is_told_of_a_refund,
    a_refund_event_fires_on_refunds_only,
    a_rejection_on_arrival_is_not_told_to_a_plain_template,
    n4_a_partial_refund_tells_total_and_change,
    n4_keitaro_hears_of_refunds_through_its_own_words,
    x06_a_status_map_follows_the_workflow,
    the_transaction_id_is_one_per_order,
];

/// A template that can express every status.
const TRACKER: &str = "https://trk.example.com/postback?status={status}&payout={total_commission}";

/// A template that only counts sales.
const PLAIN: &str = "https://trk.example.com/postback?cid={click_id}&payout={total_commission}";

/// The statuses that a postback told, in order.
fn told<'a>(result: &'a Outcome, postback: &str) -> Vec<&'a str> {
    result.sent(postback).iter().map(|fired| fired.status()).collect()
}

/// A postback that waits an hour, and a rejection half an hour after the order.
fn rejected_while_waiting(url: &str) -> Scenario {
    let order = Order::reference();
    Scenario::golden()
        .postback("t1", url, json!({"on": ["conversion"], "delay_seconds": 3_600}))
        .order(&order)
        .review(&later(&day(0), 1_800), &order, "rejected", Some("fraud:velocity"))
}

fn i8_a_delayed_postback_tells_the_final_status(run: &Run) {
    let due = later(&day(0), 3_600);
    let early = run.play(&rejected_while_waiting(TRACKER).advance(&later(&due, -1)));
    assert!(early.sent("t1").is_empty(), "no attempt before the delay is over");

    let result = run.play(&rejected_while_waiting(TRACKER).advance(&due));
    assert_eq!(told(&result, "t1"), ["rejected"]);
    let fired = result.sent("t1")[0];
    assert_eq!(fired.at(), due);
    assert_eq!((fired.parameter("status"), fired.parameter("payout")), ("rejected", "0.00"));
}

fn i8_a_delayed_postback_is_not_sent_when_it_cannot_tell_the_rejection(run: &Run) {
    let result = run.play(&rejected_while_waiting(PLAIN).advance(&day(1)));
    assert!(result.sent("t1").is_empty(), "a rejected sale would be counted");
}

/// The reference order with one unit of A refunded on day 1, and a postback.
fn partly_refunded(run: &Run, url: &str, fields: serde_json::Value) -> Outcome {
    let order = Order::reference();
    let refund = order.refund(&day(1)).units("A", 1);
    run.play(&Scenario::golden().postback("t1", url, fields).order(&order).refund(&refund))
}

fn e12_a_plain_template_is_not_told_of_a_refund(run: &Run) {
    let result = partly_refunded(run, PLAIN, json!({}));
    assert_eq!(told(&result, "t1"), ["pending"]);
    assert_eq!(result.not_sent("t1"), ["template cannot express a reversal"]);

    let order = Order::reference();
    let refund = order.full_refund(&day(1));
    let setting = Scenario::golden().postback("t1", PLAIN, json!({}));
    let result = run.play(&setting.order(&order).refund(&refund));
    assert_eq!(told(&result, "t1"), ["pending"]);
    assert_eq!(result.not_sent("t1"), ["template cannot express a reversal"]);
}

fn e12_a_template_that_can_say_it_is_told_of_a_refund(run: &Run) {
    let by_delta = format!("{PLAIN}&delta={{delta_commission}}");
    for (url, fields) in
        [(TRACKER, json!({})), (by_delta.as_str(), json!({})), (PLAIN, json!({"reversals": true}))]
    {
        let result = partly_refunded(run, url, fields);
        assert_eq!(told(&result, "t1"), ["pending", "adjusted"], "{url}");
        assert_eq!(result.sent("t1")[1].parameter("payout"), "6.30", "{url}");
        assert!(result.not_sent("t1").is_empty(), "{url}");
    }
}

fn a_refund_event_fires_on_refunds_only(run: &Run) {
    let result = partly_refunded(run, TRACKER, json!({"on": ["refund"]}));
    assert_eq!(told(&result, "t1"), ["adjusted"]);
    assert_eq!(result.sent("t1")[0].event(), "refund");
}

fn a_rejection_on_arrival_is_not_told_to_a_plain_template(run: &Run) {
    let scenario = Scenario::golden()
        .affiliate("anna", json!({"shopify_customer_id": 207_119_551}))
        .postback("t1", PLAIN, json!({}))
        .order(&Order::reference());
    assert!(run.play(&scenario).sent("t1").is_empty());
}

fn n4_a_partial_refund_tells_total_and_change(run: &Run) {
    let order = Order::reference();
    let refund = order.refund(&day(1)).units("A", 1);
    let template = "https://trk.example.com/p?s={status}&t={total_commission}&d={delta_commission}\
                    &o={original_commission}&v={total_sales}";
    let scenario = Scenario::golden()
        .postback("t1", template, json!({"on": ["refund"]}))
        .order(&order)
        .refund(&refund);
    assert_eq!(
        run.play(&scenario).sent("t1")[0].url(),
        "https://trk.example.com/p?s=adjusted&t=6.30&d=-2.70&o=9.00&v=63.00"
    );
}

/// Keitaro's template, X06.
const KEITARO: &str = "https://ktr.example.com/2a3b4c5/postback?subid={click_id}\
                       &status={status:approved=sale pending=lead rejected=rejected}\
                       &payout={total_commission}&currency={currency_lower}&tid={transaction_id}\
                       &from=shop";

/// Status and payout of each of Keitaro's calls.
fn keitaro_calls(result: &Outcome) -> Vec<(&str, &str)> {
    let sent = result.sent("t1");
    sent.iter().map(|fired| (fired.parameter("status"), fired.parameter("payout"))).collect()
}

fn n4_keitaro_hears_of_refunds_through_its_own_words(run: &Run) {
    let order = Order::reference();
    let setting = Scenario::golden().postback("t1", KEITARO, json!({})).order(&order);

    // G30: the conversion is still pending, with a new amount.
    let partial = setting.clone().refund(&order.refund(&day(1)).units("A", 1));
    assert_eq!(keitaro_calls(&run.play(&partial)), [("lead", "9.00"), ("lead", "6.30")]);

    // G29: `reversed` has no word of its own there; it is told as rejected.
    let full = setting.refund(&order.full_refund(&day(1)));
    assert_eq!(keitaro_calls(&run.play(&full)), [("lead", "9.00"), ("rejected", "0.00")]);
}

fn x06_a_status_map_follows_the_workflow(run: &Run) {
    let order = Order::reference();
    let scenario = Scenario::golden()
        .postback("t1", KEITARO, json!({}))
        .order(&order)
        .review(&day(1), &order, "approved", None)
        .refund(&order.refund(&day(2)).units("A", 1))
        .review(&day(3), &order, "rejected", Some("fraud:velocity"));
    let result = run.play(&scenario);
    let expected = [("lead", "9.00"), ("sale", "9.00"), ("sale", "6.30"), ("rejected", "0.00")];
    assert_eq!(keitaro_calls(&result), expected);
    let first = result.sent("t1")[0];
    assert_eq!((first.parameter("currency"), first.parameter("from")), ("usd", "shop"));
}

fn the_transaction_id_is_one_per_order(run: &Run) {
    let (order, other) = (Order::reference(), Order::reference().id(1_002));
    let scenario = Scenario::golden()
        .postback("t1", KEITARO, json!({"scope": {"programs": "all", "affiliates": "all"}}))
        .order(&order)
        .order(&other)
        .review(&day(1), &order, "approved", None)
        .refund(&order.refund(&day(2)).units("A", 1))
        .review(&day(3), &order, "rejected", Some("fraud:velocity"));
    let result = run.play(&scenario);
    let ids: Vec<_> = result.sent("t1").iter().map(|fired| fired.parameter("tid")).collect();
    assert_eq!(ids.len(), 5);
    assert!(!ids[0].is_empty());
    // Fired in the order of events: one order, the other, and again the first.
    assert_ne!(ids[0], ids[1]);
    assert!(ids.iter().skip(2).all(|id| id == &ids[0]), "{ids:?}");
}
