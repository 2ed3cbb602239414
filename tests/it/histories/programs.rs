//! Random programs: every rule that looks at the order alone or at what is fixed when it comes, in any
//! combination, with what was known of buyer and affiliate.

use domain::{
    attribution::Method, commission::CommissionContext, program::CustomerKind,
    program::ProgramRules,
};
use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use super::history::EXCLUDED_PRODUCT;

/// A program and everything that it is applied with.
#[derive(Debug, Clone)]
pub(super) struct Program {
    /// The rules, read.
    pub(super) rules: ProgramRules,
    /// What was known when the order came.
    pub(super) context: CommissionContext,
    /// How many affiliates share the order.
    pub(super) shares: u32,
    /// Rates into the affiliates' own currency, in hundredths; one for each account in turn.
    pub(super) payout_rates: Vec<i64>,
}

/// Any program.
pub(super) fn programs() -> impl Strategy<Value = Program> {
    let rules = (of_the_order(), of_the_past());
    (rules, contexts(), 1_u32..=3, vec(1_i64..=300, 4)).prop_map(
        |((mut document, past), context, shares, payout_rates)| {
            merge(&mut document, past);
            let rules = serde_json::from_value(document).expect("rules");
            Program { rules, context, shares, payout_rates }
        },
    )
}

/// Rules that look at the order alone: the same order told twice earns the same.
pub(super) fn of_the_order() -> impl Strategy<Value = Value> {
    let basics = (
        commissions(),
        any::<(bool, bool, bool, bool)>(),
        prop::option::weighted(0.3, 1_i64..20_000),
        prop::option::weighted(0.2, 0_i64..20_000),
    );
    let rates = (
        vec(special_rates(), 0..3),
        prop::option::weighted(0.3, tiers()),
        levels(),
        prop::bool::weighted(0.2),
    );
    (basics, rates).prop_map(|((commission, base, cap, minimum), rates)| {
        let (rates, value_tiers, levels, excludes_collection) = rates;
        let (shipping, tax, ignores_discounts, ignores_money) = base;
        let excluded: &[u64] = if excludes_collection { &[8] } else { &[] };
        json!({
            "key": "main",
            "commission": commission,
            "base": {
                "shipping": shipping, "tax": tax,
                "discounts": if ignores_discounts { "ignore" } else { "deduct" },
            },
            "amount_only_refunds": if ignores_money { "ignore" } else { "pro_rata" },
            "exclude": {"product_ids": [EXCLUDED_PRODUCT], "collection_ids": excluded},
            // Whole units are amounts of every currency.
            "cap_per_order": cap.map(|cap| cap.to_string()),
            "minimum_order": minimum.map(|minimum| (minimum / 100).to_string()),
            "rates": rates,
            "order_value_tiers": value_tiers,
            "levels": levels,
            "product_collections": {"632910392": [7], "632910393": [7, 8], "632910394": [8]},
        })
    })
}

/// Every field of a program at once: what looks at the order, at what happened before, and at what
/// follows (bonuses, holds, payouts).
pub(super) fn whole() -> impl Strategy<Value = Value> {
    let for_customers = prop::option::weighted(0.3, (any::<bool>(), commissions()));
    (of_the_order(), of_the_past(), of_the_future(), for_customers).prop_map(
        |(mut document, past, future, for_customers)| {
            merge(&mut document, past);
            merge(&mut document, future);
            if let Some((is_new, commission)) = for_customers {
                let customer = if is_new { "new" } else { "returning" };
                let rate = json!({"match": {"customer": customer}, "commission": commission});
                document["rates"].as_array_mut().expect("rates").push(rate);
            }
            document
        },
    )
}

/// Rules about what an approval leads to.
fn of_the_future() -> impl Strategy<Value = Value> {
    let scopes = prop_oneof![Just("lifetime"), Just("month"), Just("quarter")];
    let bonus = (scopes, 1_i64..600, 1_i64..90, any::<bool>()).prop_map(
        |(scope, from, amount, take_back)| {
            json!({
                "scope": scope, "from": from.to_string(), "amount": amount.to_string(),
                "take_back": take_back,
            })
        },
    );
    let switches = (any::<(bool, bool, bool)>(), prop::bool::weighted(0.15));
    let days = (0_i64..40, prop::option::of(0_i64..60));
    (vec(bonus, 0..3), days, prop::option::weighted(0.5, 1_i64..50), switches).prop_map(
        |(bonuses, (hold_days, window_days), minimum_payout, (switches, waits_for_parcel))| {
            let (cancelled_counts, is_unpaid_accepted, fires) = switches;
            json!({
                "window_days": window_days,
                "require_fulfilment": waits_for_parcel,
                "bonuses": bonuses,
                "hold_days": hold_days,
                "minimum_payout": minimum_payout.map(|least| least.to_string()),
                "cancelled_but_paid": if cancelled_counts { "count" } else { "zero" },
                "accept_unpaid": is_unpaid_accepted,
                "fire_on_zero": fires,
            })
        },
    )
}

/// Rules that look at what happened before.
fn of_the_past() -> impl Strategy<Value = Value> {
    let recurring = (prop::option::of(1_i64..4), 1_i64..3, percents(), percents()).prop_map(
        |(max_charges, charges, first, then)| {
            json!({
                "steps": [{"charges": charges, "commission": first}, {"commission": then}],
                "max_charges": max_charges,
            })
        },
    );
    let customers = prop_oneof![4 => Just("all"), 1 => Just("new_only")];
    let scopes = prop_oneof![Just("lifetime"), Just("month"), Just("quarter")];
    let performance = (tiers(), scopes, any::<bool>()).prop_map(|(mut tiers, scope, demote)| {
        merge(&mut tiers, json!({"scope": scope, "demote": demote}));
        tiers
    });
    let performance = prop::option::weighted(0.5, performance);
    (performance, prop::option::weighted(0.3, recurring), customers).prop_map(
        |(tiers, recurring, customers)| {
            json!({"performance_tiers": tiers, "recurring": recurring, "customers": customers})
        },
    )
}

fn percents() -> impl Strategy<Value = Value> {
    (0_i64..=5_000).prop_map(|points| {
        json!({"type": "percent", "value": format!("{}.{:02}", points / 100, points % 100)})
    })
}

fn commissions() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => percents(),
        1 => (0_i64..30).prop_map(|each| json!({"type": "flat_per_item", "value": each.to_string()})),
        1 => (0_i64..90).prop_map(|once| json!({"type": "flat_per_order", "value": once.to_string()})),
    ]
}

fn special_rates() -> impl Strategy<Value = Value> {
    let applies_to = prop_oneof![
        (0_u64..6).prop_map(|line| json!({"product_id": 632_910_392 + line})),
        (0_u64..6).prop_map(|line| json!({"variant_id": 632_910_392 + 176_039_000 + line})),
        Just(json!({"coupon": "ANNA10"})),
        Just(json!({"collection_id": 7})),
        Just(json!({"affiliate": "anna"})),
        Just(json!({"product_id": EXCLUDED_PRODUCT, "affiliate": "anna"})),
    ];
    (applies_to, commissions())
        .prop_map(|(applies_to, commission)| json!({"match": applies_to, "commission": commission}))
}

/// Tables that begin at 0, so that slices never fall back to a flat amount.
fn tiers() -> impl Strategy<Value = Value> {
    (any::<bool>(), vec((1_i64..300, percents()), 0..3), percents()).prop_map(
        |(is_marginal, steps, first)| {
            let mut from = 0;
            let further = steps.into_iter().map(|(rise, commission)| {
                from += rise;
                json!({"from": from.to_string(), "commission": commission})
            });
            let steps: Vec<Value> =
                std::iter::once(json!({"from": "0", "commission": first})).chain(further).collect();
            json!({"mode": if is_marginal { "marginal" } else { "whole" }, "steps": steps})
        },
    )
}

fn levels() -> impl Strategy<Value = Vec<Value>> {
    let level = (0_i64..=5_000, any::<bool>()).prop_map(|(points, of_sale)| {
        let percent = format!("{}.{:02}", points / 100, points % 100);
        json!({"percent": percent, "of": if of_sale { "sale" } else { "commission" }})
    });
    vec(level, 0..3)
}

fn contexts() -> impl Strategy<Value = CommissionContext> {
    let charge = prop::option::of(1_i64..5);
    (any::<(bool, bool)>(), charge, 0_i64..60_000).prop_map(
        |((by_coupon, is_new), charge_number, approved_sales_minor)| CommissionContext {
            method: if by_coupon { Method::Coupon } else { Method::Link },
            coupon: by_coupon.then(|| "ANNA10".to_owned()),
            affiliate_names: vec!["anna".to_owned()],
            customer: if is_new { CustomerKind::New } else { CustomerKind::Returning },
            charge_number,
            approved_sales_minor,
        },
    )
}

fn merge(into: &mut Value, fields: Value) {
    let (Value::Object(into), Value::Object(fields)) = (into, fields) else {
        panic!("only objects are merged")
    };
    into.extend(fields);
}

#[test]
fn every_field_of_a_program_is_drawn() {
    use proptest::{strategy::ValueTree as _, test_runner::TestRunner};
    let drawn = whole().new_tree(&mut TestRunner::deterministic()).expect("a program").current();
    let rules: ProgramRules = serde_json::from_value(drawn.clone()).expect("rules");
    let all = serde_json::to_value(&rules).expect("a document");
    let fields = all.as_object().expect("fields").keys();
    let forgotten: Vec<&String> =
        fields.filter(|field| *field != "name" && drawn.get(field).is_none()).collect();
    assert_eq!(forgotten, [""; 0], "a new rule belongs into the random programs");
}
