//! What a shop pays for the app, and what it may therefore begin: Shopify's word is taken in, gates are
//! asked, usage is counted. Not here: asking Shopify (`shopify_work`), the table of what a plan brings
//! (`domain::plan`). No gate stands in the way of orders, commissions, or anything that runs already.

use domain::{
    ids::ShopId,
    money::{BasisPoints, Money, divide_half_away},
    plan::{Feature, Plan},
    time::UtcTime,
};
use storage::{
    DbConn, StorageError, WriteTx,
    plans::{
        ChargeState, ShopPlan, UsageCharge, shop_plan, shop_plan_save, shop_plan_to_change,
        usage_charge_intend, usage_charges_of,
    },
    shopify_tasks::{TaskKind, task_add, task_plan},
    stats::stats_of_shop,
};

use super::book_changes::day_number;

/// A shop that is nobody's customer: it may do everything.
const OPEN: Plan = Plan::Professional;
/// Charges of one line that are looked through: ten years of days.
const CHARGES_MAX: i64 = 4_000;
/// Days whose sales are summed, in several currencies at most.
const STATS_MAX: i64 = 40_000;

/// What Shopify tells of a shop's subscription.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanTold {
    /// The active plan.
    pub name: Option<String>,
    /// How the subscription stands that was told of, in Shopify's word; empty without any.
    pub status: String,
    /// When the paid period ends.
    pub period_ends_at: Option<UtcTime>,
    /// Where usage is charged: the line, what is used, the most that may be.
    pub usage: Option<(String, Money, Money)>,
}

/// What a shop's plan is, for gates and for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// The plan that counts.
    pub plan: Plan,
    /// As Shopify told it; none while it has told nothing.
    pub told: Option<ShopPlan>,
    /// Nobody has to pay: the app sells no plans here, or the shop is one for trying things out.
    pub is_open: bool,
}

impl Entitlement {
    /// Of a shop, where `sells_plans` says whether this installation of the app does.
    #[must_use]
    pub fn of(told: Option<ShopPlan>, sells_plans: bool) -> Self {
        let is_development = told.as_ref().is_some_and(|told| told.is_development);
        if !sells_plans || is_development {
            return Self { plan: OPEN, told, is_open: true };
        }
        let paid = told.as_ref().and_then(|told| told.name.as_deref());
        Self { plan: paid.map_or(Plan::Free, Plan::paid), told, is_open: false }
    }

    /// Whether a feature may be begun.
    #[must_use]
    pub fn brings(&self, feature: Feature) -> bool {
        self.plan.brings(feature)
    }
}

/// Takes in what Shopify tells of the subscription; several tasks and pages ask, and an answer to an
/// earlier question than the one taken in last is old. Charging of usage begins with the day on which
/// its line is first seen.
///
/// # Errors
/// [`StorageError`].
pub fn take_in(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    told: &PlanTold,
    asked_at: UtcTime,
) -> Result<(), StorageError> {
    let known = shop_plan_to_change(tx, shop)?;
    if known.asked_at > asked_at {
        return Ok(());
    }
    let line = told.usage.as_ref().map(|(line, _, _)| line.clone());
    let is_same_line = line.is_some() && line == known.usage_line;
    let zero = || (0, 0);
    let (used_minor, cap_minor) =
        told.usage.as_ref().map_or_else(zero, |(_, used, cap)| (used.minor, cap.minor));
    if line.is_some() && !is_same_line {
        task_plan(tx, shop, (TaskKind::ChargeUsage, ""), asked_at, asked_at.plus_days(1))?;
    }
    let plan = ShopPlan {
        name: told.name.clone(),
        status: told.status.clone(),
        period_ends_at: told.period_ends_at,
        usage_currency: told.usage.as_ref().map(|(_, _, cap)| cap.currency),
        used_minor,
        cap_minor,
        usage_from_day: match is_same_line {
            true => known.usage_from_day,
            false => line.as_ref().map(|_| day_number(asked_at)),
        },
        usage_problem: known.usage_problem.filter(|_| is_same_line),
        usage_line: line,
        asked_at,
        ..known
    };
    shop_plan_save(tx, &plan)
}

/// Notes whether the shop is a development store, and what stands in the way of charging usage.
///
/// # Errors
/// [`StorageError`].
pub fn note(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    change: impl FnOnce(&mut ShopPlan),
) -> Result<(), StorageError> {
    let mut plan = shop_plan_to_change(tx, shop)?;
    change(&mut plan);
    shop_plan_save(tx, &plan)
}

/// Asks Shopify for the plan, as soon as the workers come to it.
///
/// # Errors
/// [`StorageError`].
pub fn ask_again(tx: &mut WriteTx<'_>, shop: ShopId, now: UtcTime) -> Result<(), StorageError> {
    task_add(tx, shop, TaskKind::ReadPlan, "", now)
}

/// Writes down what is due for usage until the end of yesterday, and gives every charge that Shopify has
/// not answered yet. What is due is the share of all sales since charging began, less what was charged:
/// refunds lower the next charge, and a day that was missed is in it.
///
/// Repeat-safe by (line, day): a day's charge keeps its amount, however often it is asked for.
///
/// # Errors
/// [`StorageError`].
pub fn charges_due(
    tx: &mut WriteTx<'_>,
    plan: &ShopPlan,
    rate: BasisPoints,
    now: UtcTime,
) -> Result<Vec<UsageCharge>, StorageError> {
    let (Some(line), Some(currency), Some(from)) =
        (&plan.usage_line, plan.usage_currency, plan.usage_from_day)
    else {
        return Ok(Vec::new());
    };
    let yesterday = day_number(now).saturating_sub(1);
    let charges = usage_charges_of(tx, plan.shop_id, line, CHARGES_MAX)?;
    let counts = |charge: &&UsageCharge| charge.state != ChargeState::Refused;
    let charged: i64 = charges.iter().filter(counts).map(|charge| charge.amount_minor).sum();
    let sales: i64 = stats_of_shop(tx, plan.shop_id, (from, yesterday), STATS_MAX)?
        .iter()
        .filter(|day| day.currency == currency)
        .fold(0_i64, |sum, day| sum.saturating_add(day.sales_minor));
    let due = share(sales, rate).saturating_sub(charged);
    if due > 0 {
        let charge = UsageCharge {
            id: tx.next_id(now),
            shop_id: plan.shop_id,
            usage_line: line.clone(),
            day: yesterday,
            currency,
            amount_minor: due,
            state: ChargeState::Intended,
            record_gid: None,
            error: None,
            intended_at: now,
        };
        usage_charge_intend(tx, &charge)?;
    }
    let mut open = usage_charges_of(tx, plan.shop_id, line, CHARGES_MAX)?;
    open.retain(|charge| charge.state == ChargeState::Intended);
    Ok(open)
}

/// A share of an amount, rounded half away from zero.
fn share(minor: i64, rate: BasisPoints) -> i64 {
    let exact = i128::from(minor) * i128::from(rate.0);
    i64::try_from(divide_half_away(exact, 10_000)).unwrap_or(i64::MAX)
}

/// What a shop is entitled to.
///
/// # Errors
/// [`StorageError`].
pub fn entitlement(
    conn: &mut DbConn,
    shop: ShopId,
    sells_plans: bool,
) -> Result<Entitlement, StorageError> {
    Ok(Entitlement::of(shop_plan(conn, shop)?, sells_plans))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: Option<&str>) -> ShopPlan {
        let name = name.map(str::to_owned);
        ShopPlan { name, ..ShopPlan::unknown(ShopId(1)) }
    }

    #[test]
    fn s11_34_gates_open_by_what_is_paid_and_nobody_is_asked_where_nothing_is_sold() {
        let of = |plan: Option<ShopPlan>, sells| Entitlement::of(plan, sells);
        assert!(of(None, false).is_open && of(None, false).brings(Feature::StoreCredit));
        for feature in Feature::ALL {
            assert!(!of(None, true).brings(feature), "nothing is known, nothing is paid");
            assert!(!of(Some(told(None)), true).brings(feature));
            assert!(of(Some(told(Some("Professional"))), true).brings(feature));
            let store = ShopPlan { is_development: true, ..told(None) };
            assert!(of(Some(store), true).brings(feature), "a development store");
        }
        let growth = of(Some(told(Some("Growth"))), true);
        assert!(growth.brings(Feature::ShopCodes) && !growth.brings(Feature::OwnPostbacks));
    }

    #[test]
    fn a_share_is_rounded_once() {
        assert_eq!(share(12_345, BasisPoints(150)), 185);
        assert_eq!(share(-12_345, BasisPoints(150)), -185);
    }
}
