//! A program's rules in words, only those that do something.

use domain::{
    ids::ShopifyId,
    money::Currency,
    program::{
        AmountOnlyRefunds, CancelledButPaid, CommissionKind, CommissionSpec, CustomerKind,
        CustomerRule, DiscountRule, LevelBase, Period, ProgramRules, RateMatch, TierMode, TierStep,
    },
};

use crate::web::view::parts::NameValue;

/// The rules of a program, one fact per line, the commission first.
#[must_use]
pub fn summary(rules: &ProgramRules, currency: Currency) -> Vec<NameValue> {
    let words = Words { currency };
    let mut facts = vec![fact("Commission", words.commission(&rules.commission))];
    for rate in &rules.rates {
        let what = format!("{} {}", words.commission(&rate.commission), matched(&rate.applies_to));
        facts.push(fact("Special rate", what));
    }
    if let Some(tiers) = &rules.order_value_tiers {
        facts.push(fact("By size of the order", words.steps(&tiers.steps, tiers.mode)));
    }
    if let Some(tiers) = &rules.performance_tiers {
        let name = format!("By approved sales {}", period(tiers.scope));
        let end = if tiers.demote { "; taken back with the sales" } else { "" };
        facts.push(fact(&name, format!("{}{end}", words.steps(&tiers.steps, tiers.mode))));
    }
    for bonus in &rules.bonuses {
        let (amount, from) = (words.amount(&bonus.amount), words.amount(&bonus.from));
        let end = if bonus.take_back { "; taken back with the sales" } else { "" };
        facts.push(fact(
            "Bonus",
            format!("{amount} from {from} net sales {}{end}", period(bonus.scope)),
        ));
    }
    for (level, number) in rules.levels.iter().zip(1..) {
        let of = match level.of {
            LevelBase::Commission => "the commission",
            LevelBase::Sale => "the sale",
        };
        facts.push(fact(&format!("Upline level {number}"), format!("{}% of {of}", level.percent)));
    }
    if let Some(recurring) = &rules.recurring {
        for step in &recurring.steps {
            let span = step
                .charges
                .map_or_else(|| "after that".to_owned(), |count| format!("for {count} charges"));
            let what = format!("{} {span}", words.commission(&step.commission));
            facts.push(fact("Subscription", what));
        }
        if let Some(count) = recurring.max_charges {
            facts.push(fact("Subscription", format!("nothing after {count} charges")));
        }
    }
    facts.push(fact("Counts", counted(rules)));
    facts.extend(excluded("Excluded products", &rules.exclude.product_ids));
    facts.extend(excluded("Excluded collections", &rules.exclude.collection_ids));
    if rules.customers == CustomerRule::NewOnly {
        facts.push(fact("Customers", "first orders only".to_owned()));
    }
    if let Some(minimum) = &rules.minimum_order {
        facts.push(fact("Smallest order", words.amount(minimum)));
    }
    if let Some(cap) = &rules.cap_per_order {
        facts.push(fact("Most per order", words.amount(cap)));
    }
    if let Some(days) = rules.window_days {
        facts.push(fact("A click counts for", in_days(days)));
    }
    facts.push(fact("Approved after", approval(rules)));
    if rules.amount_only_refunds == AmountOnlyRefunds::Ignore {
        facts.push(fact("Refunds of money without items", "change nothing".to_owned()));
    }
    if rules.cancelled_but_paid == CancelledButPaid::Count {
        facts.push(fact("Cancelled orders with kept money", "count".to_owned()));
    }
    if let Some(minimum) = &rules.minimum_payout {
        facts.push(fact("Smallest payout", words.amount(minimum)));
    }
    if rules.fire_on_zero {
        facts.push(fact("Orders worth nothing", "are told to trackers".to_owned()));
    }
    facts
}

/// What one version changed of the one before, in words.
#[must_use]
pub fn changes(before: &[NameValue], after: &[NameValue]) -> Vec<String> {
    let lacks = |facts: &[NameValue], one: &NameValue| !facts.contains(one);
    let gone: Vec<&NameValue> = before.iter().filter(|one| lacks(after, one)).collect();
    let new: Vec<&NameValue> = after.iter().filter(|one| lacks(before, one)).collect();
    let mut told = Vec::new();
    let mut paired: Vec<&str> = Vec::new();
    for old in &gone {
        let is_single =
            |facts: &[&NameValue]| facts.iter().filter(|one| one.name == old.name).count() == 1;
        let successor = new.iter().find(|one| one.name == old.name);
        match successor.filter(|_| is_single(&gone) && is_single(&new)) {
            Some(one) => {
                paired.push(&old.name);
                told.push(format!("{}: {} → {}", old.name, old.value, one.value));
            }
            None => told.push(format!("{}, no longer: {}", old.name, old.value)),
        }
    }
    for one in new.iter().filter(|one| !paired.contains(&one.name.as_str())) {
        told.push(format!("{}, new: {}", one.name, one.value));
    }
    told
}

fn fact(name: &str, value: String) -> NameValue {
    NameValue { name: name.to_owned(), value }
}

struct Words {
    currency: Currency,
}

impl Words {
    fn amount(&self, amount: &str) -> String {
        format!("{amount} {}", self.currency)
    }

    fn commission(&self, spec: &CommissionSpec) -> String {
        let (Some(kind), Some(value)) = (spec.kind, spec.value.as_deref()) else {
            return "nothing".to_owned();
        };
        match kind {
            CommissionKind::Percent => format!("{value}% of the sale"),
            CommissionKind::FlatPerOrder => format!("{} per order", self.amount(value)),
            CommissionKind::FlatPerItem => format!("{} per item", self.amount(value)),
        }
    }

    fn steps(&self, steps: &[TierStep], mode: TierMode) -> String {
        let each = steps
            .iter()
            .map(|step| {
                format!("from {}: {}", self.amount(&step.from), self.commission(&step.commission))
            })
            .collect::<Vec<_>>()
            .join("; ");
        match mode {
            TierMode::Whole => each,
            TierMode::Marginal => format!("{each}; each slice at its own rate"),
        }
    }
}

fn matched(applies_to: &RateMatch) -> String {
    let conditions = [
        applies_to.product_id.map(|id| format!("product {id}")),
        applies_to.variant_id.map(|id| format!("variant {id}")),
        applies_to.collection_id.map(|id| format!("collection {id}")),
        applies_to.coupon.as_ref().map(|code| format!("coupon {code}")),
        applies_to.affiliate.as_ref().map(|name| format!("affiliate {name}")),
        applies_to.customer.map(|kind| match kind {
            CustomerKind::New => "new customers".to_owned(),
            CustomerKind::Returning => "returning customers".to_owned(),
        }),
    ];
    format!("for {}", conditions.into_iter().flatten().collect::<Vec<_>>().join(" and "))
}

const fn period(scope: Period) -> &'static str {
    match scope {
        Period::Lifetime => "in all",
        Period::Month => "in a month",
        Period::Quarter => "in a quarter",
    }
}

fn counted(rules: &ProgramRules) -> String {
    let mut parts = vec![match rules.base.discounts {
        DiscountRule::Deduct => "items after discounts",
        DiscountRule::Ignore => "items before discounts",
    }];
    parts.extend(rules.base.shipping.then_some("shipping"));
    parts.extend(rules.base.tax.then_some("tax"));
    parts.join(", ")
}

fn excluded(name: &str, ids: &[ShopifyId]) -> Option<NameValue> {
    let listed: Vec<String> = ids.iter().map(ToString::to_string).collect();
    (!ids.is_empty()).then(|| fact(name, listed.join(", ")))
}

fn approval(rules: &ProgramRules) -> String {
    let start = match (rules.require_fulfilment, rules.accept_unpaid) {
        (true, true) => "fulfilment, paid or not",
        (true, false) => "payment and fulfilment",
        (false, true) => "the order, paid or not",
        (false, false) => "payment",
    };
    format!("{} from {start}", in_days(rules.hold_days))
}

fn in_days(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: &str) -> Vec<(String, String)> {
        let rules = serde_json::from_str(json).unwrap();
        summary(&rules, Currency::USD).into_iter().map(|one| (one.name, one.value)).collect()
    }

    fn pairs(facts: &[(&str, &str)]) -> Vec<(String, String)> {
        facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_plain_program_is_three_facts() {
        let facts = told(r#"{"key":"main","commission":{"type":"percent","value":"10"}}"#);
        let expected = pairs(&[
            ("Commission", "10% of the sale"),
            ("Counts", "items after discounts"),
            ("Approved after", "30 days from payment"),
        ]);
        assert_eq!(facts, expected);
    }

    #[test]
    fn every_rule_that_does_something_is_told() {
        let facts = told(
            r#"{"key":"x","commission":{"type":"flat_per_order","value":"5.00"},
            "rates":[{"match":{"coupon":"VIP","customer":"new"},"commission":{"type":"flat_per_item","value":"2.00"}}],
            "exclude":{"product_ids":[1],"collection_ids":[2,3]},
            "base":{"shipping":true,"discounts":"ignore"},
            "order_value_tiers":{"mode":"marginal","steps":[{"from":"0","commission":{"type":"percent","value":"5"}}]},
            "bonuses":[{"scope":"month","from":"1500.00","amount":"25.00"}],
            "levels":[{"percent":"10","of":"sale"}],
            "recurring":{"steps":[{"charges":3,"commission":{"type":"percent","value":"30"}},{"commission":{}}],"max_charges":12},
            "cap_per_order":"50.00","minimum_order":"20.00","customers":"new_only","window_days":1,
            "hold_days":14,"require_fulfilment":true,"amount_only_refunds":"ignore","minimum_payout":"50.00"}"#,
        );
        let expected = pairs(&[
            ("Commission", "5.00 USD per order"),
            ("Special rate", "2.00 USD per item for coupon VIP and new customers"),
            ("By size of the order", "from 0 USD: 5% of the sale; each slice at its own rate"),
            ("Bonus", "25.00 USD from 1500.00 USD net sales in a month"),
            ("Upline level 1", "10% of the sale"),
            ("Subscription", "30% of the sale for 3 charges"),
            ("Subscription", "nothing after that"),
            ("Subscription", "nothing after 12 charges"),
            ("Counts", "items before discounts, shipping"),
            ("Excluded products", "1"),
            ("Excluded collections", "2, 3"),
            ("Customers", "first orders only"),
            ("Smallest order", "20.00 USD"),
            ("Most per order", "50.00 USD"),
            ("A click counts for", "1 day"),
            ("Approved after", "14 days from payment and fulfilment"),
            ("Refunds of money without items", "change nothing"),
            ("Smallest payout", "50.00 USD"),
        ]);
        assert_eq!(facts, expected);
    }

    #[test]
    fn a_history_tells_what_changed_what_came_and_what_went() {
        let of = |json: &str| summary(&serde_json::from_str(json).unwrap(), Currency::USD);
        let before =
            of(r#"{"key":"x","commission":{"type":"percent","value":"10"},"cap_per_order":"50.00",
            "rates":[{"match":{"coupon":"VIP"},"commission":{"type":"percent","value":"20"}}]}"#);
        let after =
            of(r#"{"key":"x","commission":{"type":"percent","value":"12"},"customers":"new_only",
            "rates":[{"match":{"coupon":"VIP"},"commission":{"type":"percent","value":"20"}},
                {"match":{"coupon":"TV"},"commission":{"type":"percent","value":"5"}}]}"#);
        assert_eq!(
            changes(&before, &after),
            [
                "Commission: 10% of the sale → 12% of the sale",
                "Most per order, no longer: 50.00 USD",
                "Special rate, new: 5% of the sale for coupon TV",
                "Customers, new: first orders only",
            ]
        );
        assert_eq!(changes(&after, &after), [""; 0]);
    }
}
