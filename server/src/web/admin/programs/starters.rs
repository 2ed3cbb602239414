//! Programs to begin with: what most shops start from, ready to be published as they are.

use domain::{
    money::{Currency, Money},
    program::ProgramRules,
};
use serde_json::{Value, json};

/// A program to begin with.
pub(super) struct Starter {
    /// Its name in the address.
    pub(super) key: &'static str,
    /// `10% of sales`.
    pub(super) label: &'static str,
    /// For whom it is.
    pub(super) hint: &'static str,
    rules: fn(Currency) -> Value,
}

/// All of them, the most common first.
pub(super) const STARTERS: [Starter; 4] = [
    Starter {
        key: "percent",
        label: "10% of sales",
        hint: "Right for most shops: everybody earns the same share of what they sell.",
        rules: |_| json!({"name": "Affiliates", "commission": {"type": "percent", "value": "10"}}),
    },
    Starter {
        key: "flat",
        label: "A fixed amount per order",
        hint: "For shops whose orders are all about the same size.",
        rules: |currency| {
            let value = whole(5, currency);
            json!({"name": "Per order", "commission": {"type": "flat_per_order", "value": value}})
        },
    },
    Starter {
        key: "tiered",
        label: "More for those who sell more",
        hint: "5% to begin with, 8% and 10% for affiliates whose sales in the month have grown.",
        rules: |currency| {
            let step = |from: i64, value: &str| json!({"from": whole(from, currency), "commission": {"type": "percent", "value": value}});
            json!({
                "name": "Tiers", "commission": {"type": "percent", "value": "5"},
                "performance_tiers":
                    {"scope": "month", "demote": true, "steps": [step(1_000, "8"), step(5_000, "10")]},
            })
        },
    },
    Starter {
        key: "new_customers",
        label: "New customers count more",
        hint: "15% of a first order, 5% of the orders after it.",
        rules: |_| {
            let rate = |customer: &str, value: &str| json!({"match": {"customer": customer}, "commission": {"type": "percent", "value": value}});
            json!({
                "name": "New customers", "commission": {"type": "percent", "value": "5"},
                "rates": [rate("new", "15")],
            })
        },
    },
];

/// The rules of a starter; of the first one for a name that nobody has.
pub(super) fn starter_rules(key: &str, currency: Currency) -> ProgramRules {
    let chosen = STARTERS.iter().find(|one| one.key == key).or(STARTERS.first());
    let mut document = chosen.map_or_else(|| json!({}), |one| (one.rules)(currency));
    if let Value::Object(fields) = &mut document {
        fields.insert("key".to_owned(), json!(""));
        fields.entry("minimum_payout").or_insert_with(|| json!(whole(25, currency)));
    }
    #[expect(clippy::expect_used, reason = "a constant document, read in a test")]
    serde_json::from_value(document).expect("a program of ours")
}

/// A round amount: 5 dollars are 500 yen, about.
fn whole(units: i64, currency: Currency) -> String {
    let scale = if currency.digits() == 0 { 100 } else { 10_i64.pow(currency.digits()) };
    Money::new(units.saturating_mul(scale), currency).decimal()
}

#[cfg(test)]
mod tests {
    use domain::commission::check_rules;

    use super::*;

    #[test]
    fn every_starter_can_be_published_as_it_is_in_any_currency() {
        for starter in &STARTERS {
            for code in ["USD", "JPY", "KWD"] {
                let currency = Currency::parse(code).unwrap();
                let rules = starter_rules(starter.key, currency);
                assert!(!rules.name.is_empty(), "{}", starter.key);
                assert_eq!(check_rules(&rules, currency), Ok(()), "{} {code}", starter.key);
            }
        }
    }
}
