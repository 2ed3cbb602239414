//! What a shop pays for the app, as Shopify last told it, and the charges for usage. A charge is
//! written before Shopify is asked for it: one for each line and day.

use diesel::prelude::*;
use domain::{
    ids::ShopId,
    money::{Currency, Money},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{record, text_enum},
    schema::{shop_plans, usage_charges},
    shops::{one, shop_lock},
    sql::execute,
};

record! {
    /// A shop's plan.
    pub struct ShopPlan in shop_plans {
        /// Its shop.
        pub shop_id: ShopId,
        /// The active plan; none while nothing is paid.
        pub name: Option<String>,
        /// How the subscription stands that was told of last, in Shopify's word; empty without any.
        pub status: String,
        /// A development store: everything is open, nothing is charged.
        pub is_development: bool,
        /// When the paid period ends.
        pub period_ends_at: Option<UtcTime>,
        /// The line that usage is charged on.
        pub usage_line: Option<String>,
        /// Of the amounts.
        pub usage_currency: Option<Currency>,
        /// Charged in this period.
        pub used_minor: i64,
        /// The most that may be.
        pub cap_minor: i64,
        /// Sales from this day on are charged.
        pub usage_from_day: Option<i64>,
        /// Why usage could not be charged, in words for the merchant.
        pub usage_problem: Option<String>,
        /// When Shopify was asked for it; long ago while it was not.
        pub asked_at: UtcTime,
    }
}

impl ShopPlan {
    /// A shop of which Shopify has told nothing yet.
    #[must_use]
    pub fn unknown(shop: ShopId) -> Self {
        Self {
            shop_id: shop,
            name: None,
            status: String::new(),
            is_development: false,
            period_ends_at: None,
            usage_line: None,
            usage_currency: None,
            used_minor: 0,
            cap_minor: 0,
            usage_from_day: None,
            usage_problem: None,
            asked_at: UtcTime::default(),
        }
    }

    /// What is used of the cap, where usage is charged.
    #[must_use]
    pub fn usage(&self) -> Option<(Money, Money)> {
        let currency = self.usage_currency.filter(|_| self.usage_line.is_some())?;
        Some((Money::new(self.used_minor, currency), Money::new(self.cap_minor, currency)))
    }
}

text_enum! {
    /// How far a charge got.
    pub enum ChargeState {
        /// Written down; Shopify may or may not have been asked.
        Intended = "intended",
        /// Shopify has it.
        Charged = "charged",
        /// Shopify has refused it: its amount is due again.
        Refused = "refused",
    }
}

record! {
    /// A charge for usage.
    pub struct UsageCharge in usage_charges {
        /// Ours.
        pub id: i64,
        /// Its shop.
        pub shop_id: ShopId,
        /// The line that it is charged on.
        pub usage_line: String,
        /// Sales until the end of this day are in it.
        pub day: i64,
        /// Of the amount.
        pub currency: Currency,
        /// How much.
        pub amount_minor: i64,
        /// How far it got.
        pub state: ChargeState,
        /// Shopify's record.
        pub record_gid: Option<String>,
        /// Why it was refused, in words for the merchant.
        pub error: Option<String>,
        /// When it was written down.
        pub intended_at: UtcTime,
    }
}

/// The plan of a shop; none while Shopify has told nothing.
///
/// # Errors
/// [`StorageError`].
pub fn shop_plan(conn: &mut DbConn, shop: ShopId) -> Result<Option<ShopPlan>, StorageError> {
    let query = shop_plans::table.find(shop.0).select(ShopPlan::as_select());
    Ok(query.first(conn).optional()?)
}

/// The plan of a shop, for a change of it: other processes wait with theirs until this one is written.
///
/// # Errors
/// [`StorageError`]; [`StorageError::NotFound`] without such a shop.
pub fn shop_plan_to_change(tx: &mut WriteTx<'_>, shop: ShopId) -> Result<ShopPlan, StorageError> {
    shop_lock(tx, shop)?;
    Ok(shop_plan(tx, shop)?.unwrap_or_else(|| ShopPlan::unknown(shop)))
}

/// Keeps what Shopify tells.
///
/// # Errors
/// [`StorageError`].
pub fn shop_plan_save(tx: &mut WriteTx<'_>, plan: &ShopPlan) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (shop_id) DO UPDATE SET name = excluded.name, \
         status = excluded.status, is_development = excluded.is_development, \
         period_ends_at = excluded.period_ends_at, usage_line = excluded.usage_line, \
         usage_currency = excluded.usage_currency, used_minor = excluded.used_minor, \
         cap_minor = excluded.cap_minor, usage_from_day = excluded.usage_from_day, \
         usage_problem = excluded.usage_problem, asked_at = excluded.asked_at";
    bulk::insert(tx, std::slice::from_ref(plan), tail)?;
    Ok(())
}

/// Forgets the plan of a shop that has removed the app.
///
/// # Errors
/// [`StorageError`].
pub fn shop_plan_forget(tx: &mut WriteTx<'_>, shop: ShopId) -> Result<(), StorageError> {
    execute!(&mut **tx, "DELETE FROM shop_plans WHERE shop_id = ?", [shop]);
    Ok(())
}

/// Writes a charge down, once for each line and day.
///
/// # Errors
/// [`StorageError`].
pub fn usage_charge_intend(tx: &mut WriteTx<'_>, charge: &UsageCharge) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (shop_id, usage_line, day) DO NOTHING";
    bulk::insert(tx, std::slice::from_ref(charge), tail)?;
    Ok(())
}

/// The charges on a line, oldest first.
///
/// # Errors
/// [`StorageError`].
pub fn usage_charges_of(
    conn: &mut DbConn,
    shop: ShopId,
    line: &str,
    limit: i64,
) -> Result<Vec<UsageCharge>, StorageError> {
    let query = usage_charges::table
        .filter(usage_charges::shop_id.eq(shop.0))
        .filter(usage_charges::usage_line.eq(line))
        .order(usage_charges::day)
        .limit(limit)
        .select(UsageCharge::as_select());
    Ok(query.load(conn)?)
}

/// How a charge ended: under Shopify's record, or why it was refused.
///
/// # Errors
/// [`StorageError::NotFound`] without such an open charge.
pub fn usage_charge_end(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    id: i64,
    outcome: Result<&str, &str>,
) -> Result<(), StorageError> {
    let state = if outcome.is_ok() { ChargeState::Charged } else { ChargeState::Refused };
    let (record, error) = (outcome.ok(), outcome.err());
    let text = "UPDATE usage_charges SET state = ?, record_gid = ?, error = ? \
         WHERE id = ? AND shop_id = ? AND state = 'intended'";
    one(execute!(
        &mut **tx,
        text,
        [state, record.map(ToOwned::to_owned), error.map(ToOwned::to_owned), id, shop]
    ))
}
