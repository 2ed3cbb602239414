//! The editor's form: of a program's document, or as it was typed, which is kept even when it was
//! refused, and every mistake finds its field. The document from the form is in `reading`.

use domain::{
    commission::FieldError,
    ids::ShopifyId,
    program::{
        Bonus, CommissionSpec, CustomerKind, ProgramRules, RecurringStep, SpecialRate, TierStep,
        UplineLevel,
    },
};
use serde::Serialize;
use storage::signups::Signup;

use super::places::{Place, place_of};
use crate::web::{
    display::sentence,
    forms::Fields,
    view::{
        admin::programs::editor::ProgramForm,
        form::{Field, Row, RowShape, Rows},
    },
};

mod reading;

pub(super) use reading::{id_of, rules_of, signup_of, word};

/// A special rate.
pub(super) const RATES: RowShape = RowShape {
    list: "rates",
    cells: &["item", "item_id", "coupon", "affiliate", "customer", "kind", "value"],
    typed: &["item_id", "coupon", "affiliate", "value"],
};
/// A step by the size of the order.
pub(super) const VALUE_TIERS: RowShape =
    RowShape { list: "value_tiers", cells: &["from", "kind", "value"], typed: &["from", "value"] };
/// A step by the affiliate's sales.
pub(super) const SALES_TIERS: RowShape =
    RowShape { list: "sales_tiers", cells: &["from", "kind", "value"], typed: &["from", "value"] };
/// A bonus.
pub(super) const BONUSES: RowShape = RowShape {
    list: "bonuses",
    cells: &["scope", "from", "amount", "after"],
    typed: &["from", "amount"],
};
/// An upline level.
pub(super) const LEVELS: RowShape =
    RowShape { list: "levels", cells: &["of", "percent"], typed: &["percent"] };
/// Charges of a subscription.
pub(super) const CHARGES: RowShape = RowShape {
    list: "charges",
    cells: &["charges", "kind", "value"],
    typed: &["charges", "value"],
};

/// The form of a stored document.
pub(in crate::web) fn form_of(rules: &ProgramRules, signup: &Signup) -> ProgramForm {
    let value_tiers = rules.order_value_tiers.as_ref();
    let sales_tiers = rules.performance_tiers.as_ref();
    let recurring = rules.recurring.as_ref();
    ProgramForm {
        name: field(&rules.name),
        commission_type: field(&kind_name(&rules.commission)),
        commission_value: field(value_of(&rules.commission)),
        rates: Rows::new(RATES, rules.rates.iter().map(rate_row).collect()),
        exclude_products: field(&joined(&rules.exclude.product_ids)),
        exclude_collections: field(&joined(&rules.exclude.collection_ids)),
        shipping: rules.base.shipping,
        tax: rules.base.tax,
        discounts: field(&name_of(&rules.base.discounts)),
        value_mode: field(&name_of(&value_tiers.map(|tiers| tiers.mode).unwrap_or_default())),
        value_tiers: step_rows(VALUE_TIERS, value_tiers.map_or(&[][..], |tiers| &tiers.steps)),
        sales_scope: field(&name_of(&sales_tiers.map(|tiers| tiers.scope).unwrap_or_default())),
        sales_mode: field(&name_of(&sales_tiers.map(|tiers| tiers.mode).unwrap_or_default())),
        demote: sales_tiers.is_some_and(|tiers| tiers.demote),
        sales_tiers: step_rows(SALES_TIERS, sales_tiers.map_or(&[][..], |tiers| &tiers.steps)),
        bonuses: Rows::new(BONUSES, rules.bonuses.iter().map(bonus_row).collect()),
        levels: Rows::new(LEVELS, rules.levels.iter().map(level_row).collect()),
        charges: Rows::new(
            CHARGES,
            recurring.map_or(&[][..], |one| &one.steps).iter().map(charge_row).collect(),
        ),
        max_charges: optional(recurring.and_then(|one| one.max_charges)),
        cap_per_order: optional(rules.cap_per_order.as_ref()),
        minimum_order: optional(rules.minimum_order.as_ref()),
        customers: field(&name_of(&rules.customers)),
        window_days: optional(rules.window_days),
        hold_days: field(&rules.hold_days.to_string()),
        require_fulfilment: rules.require_fulfilment,
        accept_unpaid: rules.accept_unpaid,
        fire_on_zero: rules.fire_on_zero,
        amount_only_refunds: field(&name_of(&rules.amount_only_refunds)),
        cancelled_but_paid: field(&name_of(&rules.cancelled_but_paid)),
        minimum_payout: optional(rules.minimum_payout.as_ref()),
        is_open: signup.is_open,
        approves_at_once: signup.approves_at_once,
        welcome: field(&signup.welcome),
        terms: field(&signup.terms),
    }
}

/// The form as it was sent.
pub(super) fn form_of_sent(sent: &Fields) -> ProgramForm {
    let same = |name: &str| field(sent.value(name));
    ProgramForm {
        name: same("name"),
        commission_type: same("commission_type"),
        commission_value: same("commission_value"),
        rates: sent.table(RATES),
        exclude_products: same("exclude_products"),
        exclude_collections: same("exclude_collections"),
        shipping: sent.is_on("shipping"),
        tax: sent.is_on("tax"),
        discounts: same("discounts"),
        value_mode: same("value_mode"),
        value_tiers: sent.table(VALUE_TIERS),
        sales_scope: same("sales_scope"),
        sales_mode: same("sales_mode"),
        demote: sent.is_on("demote"),
        sales_tiers: sent.table(SALES_TIERS),
        bonuses: sent.table(BONUSES),
        levels: sent.table(LEVELS),
        charges: sent.table(CHARGES),
        max_charges: same("max_charges"),
        cap_per_order: same("cap_per_order"),
        minimum_order: same("minimum_order"),
        customers: same("customers"),
        window_days: same("window_days"),
        hold_days: same("hold_days"),
        require_fulfilment: sent.is_on("require_fulfilment"),
        accept_unpaid: sent.is_on("accept_unpaid"),
        fire_on_zero: sent.is_on("fire_on_zero"),
        amount_only_refunds: same("amount_only_refunds"),
        cancelled_but_paid: same("cancelled_but_paid"),
        minimum_payout: same("minimum_payout"),
        is_open: sent.is_on("is_open"),
        approves_at_once: sent.is_on("approves_at_once"),
        welcome: same("welcome"),
        terms: same("terms"),
    }
}

/// Puts every mistake beside its field.
pub(in crate::web) fn show_errors(form: &mut ProgramForm, errors: &[FieldError]) {
    for error in errors {
        let text = sentence(&error.message);
        match place_of(&error.field) {
            Place::Cell { list, row, cell } => {
                let rows = match list {
                    "rates" => &mut form.rates,
                    "value_tiers" => &mut form.value_tiers,
                    "sales_tiers" => &mut form.sales_tiers,
                    "bonuses" => &mut form.bonuses,
                    "levels" => &mut form.levels,
                    _ => &mut form.charges,
                };
                rows.refuse(row, cell, text);
            }
            Place::Field(name) => {
                field_of(form, name).error.get_or_insert(text);
            }
        }
    }
}

/// The single field of a name; the program's name for what has none of its own.
fn field_of<'a>(form: &'a mut ProgramForm, name: &str) -> &'a mut Field {
    match name {
        "commission.type" => &mut form.commission_type,
        "commission.value" | "commission" => &mut form.commission_value,
        "exclude_products" => &mut form.exclude_products,
        "exclude_collections" => &mut form.exclude_collections,
        "recurring.max_charges" => &mut form.max_charges,
        "cap_per_order" => &mut form.cap_per_order,
        "minimum_order" => &mut form.minimum_order,
        "window_days" => &mut form.window_days,
        "hold_days" => &mut form.hold_days,
        "minimum_payout" => &mut form.minimum_payout,
        "welcome" => &mut form.welcome,
        "terms" => &mut form.terms,
        _ => &mut form.name,
    }
}

fn rate_row(rate: &SpecialRate) -> Row {
    let on = &rate.applies_to;
    let (item, id) = match (on.variant_id, on.product_id, on.collection_id) {
        (Some(id), _, _) => ("variant", Some(id)),
        (None, Some(id), _) => ("product", Some(id)),
        (None, None, Some(id)) => ("collection", Some(id)),
        (None, None, None) => ("", None),
    };
    Row::of([
        ("item", item),
        ("item_id", &id.map(|id| id.to_string()).unwrap_or_default()),
        ("coupon", on.coupon.as_deref().unwrap_or_default()),
        ("affiliate", on.affiliate.as_deref().unwrap_or_default()),
        ("customer", &on.customer.map(|kind: CustomerKind| name_of(&kind)).unwrap_or_default()),
        ("kind", &kind_name(&rate.commission)),
        ("value", value_of(&rate.commission)),
    ])
}

fn step_rows(shape: RowShape, steps: &[TierStep]) -> Rows {
    let row = |step: &TierStep| {
        Row::of([
            ("from", &step.from),
            ("kind", &kind_name(&step.commission)),
            ("value", value_of(&step.commission)),
        ])
    };
    Rows::new(shape, steps.iter().map(row).collect())
}

fn bonus_row(bonus: &Bonus) -> Row {
    Row::of([
        ("scope", &name_of(&bonus.scope)),
        ("from", &bonus.from),
        ("amount", &bonus.amount),
        ("after", if bonus.take_back { "take_back" } else { "keep" }),
    ])
}

fn level_row(level: &UplineLevel) -> Row {
    Row::of([("of", &name_of(&level.of)), ("percent", &level.percent)])
}

fn charge_row(step: &RecurringStep) -> Row {
    let charges = step.charges.map(|count| count.to_string()).unwrap_or_default();
    Row::of([
        ("charges", &charges),
        ("kind", &kind_name(&step.commission)),
        ("value", value_of(&step.commission)),
    ])
}

fn kind_name(spec: &CommissionSpec) -> String {
    spec.kind.map_or_else(|| "percent".to_owned(), |kind| name_of(&kind))
}

fn value_of(spec: &CommissionSpec) -> &str {
    spec.value.as_deref().unwrap_or_default()
}

fn joined(ids: &[ShopifyId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn optional(value: Option<impl ToString>) -> Field {
    field(&value.map(|value| value.to_string()).unwrap_or_default())
}

pub(super) fn field(value: &str) -> Field {
    Field { value: value.to_owned(), ..Field::default() }
}

/// The name in the document of a choice.
fn name_of<T: Serialize>(choice: &T) -> String {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
