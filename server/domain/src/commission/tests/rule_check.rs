//! What is refused when a program is saved.

use super::*;
use crate::{commission::check_rules, money::Currency};

/// The fields that are refused.
fn refused(changes: serde_json::Value) -> Vec<String> {
    match check_rules(&rules(changes), Currency::USD) {
        Ok(()) => Vec::new(),
        Err(errors) => errors.into_iter().map(|error| error.field).collect(),
    }
}

#[test]
fn the_usual_program_is_fine() {
    assert!(refused(json!({})).is_empty());
}

#[test]
fn every_mistake_names_its_field() {
    let flat = json!({"type": "flat_per_order", "value": "5.00"});
    let cases = [
        (json!({"commission": {}}), "commission.type"),
        (json!({"commission": {"type": "percent"}}), "commission.value"),
        (json!({"commission": {"type": "percent", "value": "100.01"}}), "commission.value"),
        (json!({"commission": {"type": "percent", "value": "-1"}}), "commission.value"),
        (json!({"commission": {"type": "percent", "value": "7.555"}}), "commission.value"),
        (json!({"commission": {"type": "flat_per_item", "value": "1.005"}}), "commission.value"),
        (json!({"commission": {"type": "flat_per_item", "value": "-1"}}), "commission.value"),
        (json!({"rates": [{"match": {}, "commission": flat}]}), "rates[0].match"),
        (
            json!({"rates": [{"match": {"coupon": "A"}, "commission": {}}]}),
            "rates[0].commission.type",
        ),
        (json!({"cap_per_order": "ten"}), "cap_per_order"),
        (json!({"minimum_order": "-5"}), "minimum_order"),
        (json!({"minimum_payout": "1e9"}), "minimum_payout"),
        (json!({"hold_days": -1}), "hold_days"),
        (json!({"window_days": 3653}), "window_days"),
        (json!({"bonuses": [{"from": "x", "amount": "1"}]}), "bonuses[0].from"),
        (json!({"bonuses": [{"from": "1", "amount": "x"}]}), "bonuses[0].amount"),
        (json!({"levels": [{"percent": "101"}]}), "levels[0].percent"),
        (json!({"order_value_tiers": {"steps": []}}), "order_value_tiers.steps"),
        (json!({"recurring": {"max_charges": 0}}), "recurring.max_charges"),
        (
            json!({"recurring": {"steps": [{"commission": flat}, {"commission": flat}]}}),
            "recurring.steps[0].charges",
        ),
        (
            json!({"recurring": {"steps": [{"charges": 0, "commission": flat}]}}),
            "recurring.steps[0].charges",
        ),
        (
            json!({"order_value_tiers": {"steps": [
                {"from": "5", "commission": flat}, {"from": "5", "commission": flat},
            ]}}),
            "order_value_tiers.steps[1].from",
        ),
        (
            json!({"performance_tiers": {"mode": "marginal",
                   "steps": [{"from": "0", "commission": flat}]}}),
            "performance_tiers.steps[0].commission",
        ),
        (
            json!({"commission": flat, "performance_tiers": {"mode": "marginal",
                   "steps": [{"from": "5", "commission": {"type": "percent", "value": "1"}}]}}),
            "performance_tiers",
        ),
    ];
    for (changes, field) in cases {
        assert_eq!(refused(changes.clone()), [field], "{changes}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let fields = refused(json!({"cap_per_order": "x", "hold_days": 9999, "minimum_order": "y"}));
    assert_eq!(fields, ["cap_per_order", "minimum_order", "hold_days"]);
}

#[test]
fn tiers_alone_are_a_program() {
    let rate = json!({"type": "percent", "value": "5"});
    let tiers = json!({"steps": [{"from": "50.00", "commission": rate}]});
    let rules = rules(json!({"commission": {}, "order_value_tiers": tiers}));
    assert_eq!(check_rules(&rules, Currency::USD), Ok(()));
    assert_eq!(total(&order_of("USD", "50.00").state(), &rules), "2.50");
    assert_eq!(earns(&order_of("USD", "49.00").state(), &rules).lines[0].why, "no rate is set");
}

#[test]
fn amounts_are_read_in_the_shops_currency() {
    let rules = rules(json!({"cap_per_order": "10.5"}));
    assert!(check_rules(&rules, currency("JPY")).is_err());
    assert!(check_rules(&rules, currency("KWD")).is_ok());
}

#[test]
fn rules_that_would_be_refused_do_not_compute() {
    let broken = rules(json!({"commission": {"type": "percent", "value": "many"}}));
    let error = commission_of(&r().state(), &broken, &context()).unwrap_err();
    assert!(error.to_string().contains("commission.value"), "{error}");
}
