//! A program's document from the editor's form, with everything that cannot be read.

use domain::{
    commission::FieldError,
    ids::{ProgramId, ShopId, ShopifyId},
    program::{
        BaseSwitches, Bonus, CommissionKind, CommissionSpec, Exclusions, OrderValueTiers,
        PerformanceTiers, ProgramRules, RateMatch, Recurring, RecurringStep, SpecialRate, TierStep,
        UplineLevel,
    },
};
use serde::de::DeserializeOwned;
use storage::signups::Signup;

use super::{BONUSES, CHARGES, LEVELS, RATES, SALES_TIERS, VALUE_TIERS};
use crate::{
    flows::save_program::key_of,
    web::{
        forms::Fields,
        view::form::{Row, RowShape},
    },
};

/// What was entered: the document, and what of it cannot be read at all. `before` is the stored
/// document, for what the form has no field for.
pub(in crate::web::admin::programs) fn rules_of(
    sent: &Fields,
    before: Option<&ProgramRules>,
) -> (ProgramRules, Vec<FieldError>) {
    let mut reader = Reader { sent, mistakes: Vec::new() };
    let name = sent.value("name").to_owned();
    let value_tiers = reader.steps(VALUE_TIERS);
    let sales_tiers = reader.steps(SALES_TIERS);
    let rules = ProgramRules {
        key: before.map_or_else(|| key_of(&name), |before| before.key.clone()),
        name,
        commission: spec(sent.value("commission_type"), sent.value("commission_value")),
        rates: reader.rates(),
        exclude: Exclusions {
            product_ids: reader.ids("exclude_products"),
            collection_ids: reader.ids("exclude_collections"),
        },
        base: BaseSwitches {
            shipping: sent.is_on("shipping"),
            tax: sent.is_on("tax"),
            discounts: word(sent.value("discounts")).unwrap_or_default(),
        },
        order_value_tiers: (!value_tiers.is_empty()).then(|| OrderValueTiers {
            mode: word(sent.value("value_mode")).unwrap_or_default(),
            steps: value_tiers,
        }),
        performance_tiers: (!sales_tiers.is_empty()).then(|| PerformanceTiers {
            scope: word(sent.value("sales_scope")).unwrap_or_default(),
            mode: word(sent.value("sales_mode")).unwrap_or_default(),
            demote: sent.is_on("demote"),
            steps: sales_tiers,
        }),
        bonuses: reader.bonuses(),
        levels: reader.levels(),
        recurring: reader.recurring(),
        cap_per_order: given(sent, "cap_per_order"),
        minimum_order: given(sent, "minimum_order"),
        customers: word(sent.value("customers")).unwrap_or_default(),
        window_days: reader.number("window_days", "window_days"),
        hold_days: reader.number("hold_days", "hold_days").unwrap_or_default(),
        amount_only_refunds: word(sent.value("amount_only_refunds")).unwrap_or_default(),
        cancelled_but_paid: word(sent.value("cancelled_but_paid")).unwrap_or_default(),
        product_collections: before
            .map(|before| before.product_collections.clone())
            .unwrap_or_default(),
        minimum_payout: given(sent, "minimum_payout"),
        require_fulfilment: sent.is_on("require_fulfilment"),
        accept_unpaid: sent.is_on("accept_unpaid"),
        fire_on_zero: sent.is_on("fire_on_zero"),
    };
    (rules, reader.mistakes)
}

/// The sign-up page as it was entered; whose it is, the flow says.
pub(in crate::web::admin::programs) fn signup_of(sent: &Fields) -> Signup {
    Signup {
        is_open: sent.is_on("is_open"),
        approves_at_once: sent.is_on("approves_at_once"),
        welcome: sent.value("welcome").to_owned(),
        terms: sent.value("terms").to_owned(),
        ..Signup::closed(ShopId(0), ProgramId(0))
    }
}

/// Reads fields and remembers what cannot be read.
struct Reader<'a> {
    sent: &'a Fields,
    mistakes: Vec<FieldError>,
}

impl Reader<'_> {
    fn refuse(&mut self, field: impl Into<String>, message: &str) {
        self.mistakes.push(FieldError { field: field.into(), message: message.to_owned() });
    }

    fn number(&mut self, name: &str, path: &str) -> Option<i64> {
        let text = self.sent.given(name)?;
        let number = text.parse().ok();
        if number.is_none() {
            self.refuse(path, "enter a whole number");
        }
        number
    }

    /// Ids between blanks and commas; an address of the Shopify admin or a `gid://` will do.
    fn ids(&mut self, name: &str) -> Vec<ShopifyId> {
        let text = self.sent.value(name);
        let mut ids = Vec::new();
        for word in text.split([',', ' ', '\n', '\r', '\t']).filter(|word| !word.is_empty()) {
            match id_of(word) {
                Some(id) if ids.contains(&id) => {}
                Some(id) => ids.push(id),
                None => self.refuse(name, &format!("“{word}” is no number of Shopify's")),
            }
        }
        ids
    }

    fn rates(&mut self) -> Vec<SpecialRate> {
        let table = self.sent.table(RATES);
        let mut rates = Vec::new();
        for (index, row) in table.filled().enumerate() {
            let mut applies_to = RateMatch {
                coupon: filled(row, "coupon"),
                affiliate: filled(row, "affiliate"),
                customer: word(row.get("customer")),
                ..RateMatch::default()
            };
            let id = id_of(row.get("item_id"));
            match row.get("item") {
                "product" => applies_to.product_id = id,
                "variant" => applies_to.variant_id = id,
                "collection" => applies_to.collection_id = id,
                _ => {}
            }
            let names_item = matches!(row.get("item"), "product" | "variant" | "collection");
            if names_item && id.is_none() {
                let path = format!("rates[{index}].match.item_id");
                self.refuse(path, "enter the number, as in the address of its page in Shopify");
            } else if !names_item && !row.get("item_id").is_empty() {
                self.refuse(format!("rates[{index}].match.item"), "say what the number belongs to");
            }
            rates.push(SpecialRate { applies_to, commission: spec_of(row) });
        }
        rates
    }

    fn steps(&self, shape: RowShape) -> Vec<TierStep> {
        let table = self.sent.table(shape);
        let step =
            |row: &Row| TierStep { from: row.get("from").to_owned(), commission: spec_of(row) };
        table.filled().map(step).collect()
    }

    fn bonuses(&self) -> Vec<Bonus> {
        let table = self.sent.table(BONUSES);
        let bonus = |row: &Row| Bonus {
            scope: word(row.get("scope")).unwrap_or_default(),
            from: row.get("from").to_owned(),
            amount: row.get("amount").to_owned(),
            take_back: row.is("after", "take_back"),
        };
        table.filled().map(bonus).collect()
    }

    fn levels(&self) -> Vec<UplineLevel> {
        let table = self.sent.table(LEVELS);
        let level = |row: &Row| UplineLevel {
            percent: row.get("percent").to_owned(),
            of: word(row.get("of")).unwrap_or_default(),
        };
        table.filled().map(level).collect()
    }

    fn recurring(&mut self) -> Option<Recurring> {
        let table = self.sent.table(CHARGES);
        let mut steps = Vec::new();
        for (index, row) in table.filled().enumerate() {
            let charges = match row.get("charges") {
                "" => None,
                text => match text.parse() {
                    Ok(count) => Some(count),
                    Err(_no_number) => {
                        let path = format!("recurring.steps[{index}].charges");
                        self.refuse(path, "enter a whole number, or nothing for all that follow");
                        None
                    }
                },
            };
            steps.push(RecurringStep { charges, commission: spec_of(row) });
        }
        let max_charges = self.number("max_charges", "recurring.max_charges");
        let is_set = !steps.is_empty() || max_charges.is_some();
        is_set.then_some(Recurring { steps, max_charges })
    }
}

/// The number at the end of a text: an id, an address of the admin, a `gid://`.
pub(in crate::web::admin::programs) fn id_of(text: &str) -> Option<ShopifyId> {
    let text = text.split(['?', '#']).next().unwrap_or(text).trim_end_matches('/');
    let last = text.rsplit('/').next().unwrap_or(text);
    last.parse().ok().map(ShopifyId)
}

fn given(sent: &Fields, name: &str) -> Option<String> {
    sent.given(name).map(str::to_owned)
}

fn filled(row: &Row, cell: &str) -> Option<String> {
    Some(row.get(cell)).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn spec_of(row: &Row) -> CommissionSpec {
    spec(row.get("kind"), row.get("value"))
}

fn spec(kind: &str, value: &str) -> CommissionSpec {
    if value.is_empty() {
        // A kind is always chosen; without a value it means nothing yet.
        return CommissionSpec { kind: word::<CommissionKind>(kind), value: None };
    }
    CommissionSpec { kind: word(kind), value: Some(value.trim_end_matches('%').trim().to_owned()) }
}

/// A choice by its name in the document.
pub(in crate::web::admin::programs) fn word<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}
