//! Which plan the shop pays for, and charges for usage. The return address of a charge proves nothing:
//! Shopify is asked. Plans of the listing are told by the Partner API, where the operator has given us
//! a key to it; subscriptions of the older Billing API, and all of them otherwise, by the installation.

use domain::money::Money;
use shopify::admin::billing::{
    ChargeUsage, OfferUsagePlan, RaiseCap, ReadSubscriptions, Subscription, SubscriptionStatus,
};
use storage::{
    StorageError,
    plans::{ShopPlan, UsageCharge, shop_plan, usage_charge_end},
    shops::shop_by_id,
};

use crate::{
    admin_api::{AdminError, ShopAddress},
    app::App,
    flows::plans::{PlanTold, charges_due, note, take_in},
};

/// The plan that is paid by sales; `domain::plan` opens everything to it.
const USAGE_PLAN: &str = "Professional, paid by sales";

/// Takes over which plan the shop pays for.
///
/// # Errors
/// [`AdminError`].
pub async fn read_plan(app: &App, shop: &ShopAddress) -> Result<(), AdminError> {
    let asked_at = app.clock.now();
    let found = app.admin_api.call(shop, &ReadSubscriptions).await?;
    let mut told = told_by(found);
    if told.name.is_none()
        && let Some(paid) = app.admin_api.paid_plan(shop).await?
    {
        told.name = Some(paid.handle);
        "ACTIVE".clone_into(&mut told.status);
        told.period_ends_at = paid.period_ends_at;
    }
    let id = shop.id;
    app.storage.write(move |tx| take_in(tx, id, &told, asked_at)).await?;
    Ok(())
}

/// The active subscription; where there is none, how the one stands that the merchant would ask about.
fn told_by(found: Vec<Subscription>) -> PlanTold {
    let is_active = |one: &&Subscription| one.status == SubscriptionStatus::Active;
    let Some(one) = found.iter().find(is_active).or(found.first()) else {
        return PlanTold::default();
    };
    let is_active = one.status == SubscriptionStatus::Active;
    PlanTold {
        name: is_active.then(|| one.name.clone()),
        status: one.status.as_str().to_owned(),
        period_ends_at: one.period_ends_at,
        usage: one
            .usage
            .clone()
            .filter(|_| is_active)
            .map(|usage| (usage.line_id, usage.used, usage.cap)),
    }
}

/// Charges the usage until the end of yesterday, where the plan is one of usage.
///
/// # Errors
/// [`AdminError`] while it is not known whether Shopify has a charge: it is asked for again, under the
/// same key.
pub async fn charge_usage(app: &App, shop: &ShopAddress) -> Result<(), AdminError> {
    read_plan(app, shop).await?;
    let Some(terms) = app.settings.usage_plan.clone() else { return Ok(()) };
    let (id, now) = (shop.id, app.clock.now());
    let open = app
        .storage
        .write(move |tx| match shop_plan(tx, id)? {
            Some(plan) => charges_due(tx, &plan, terms.rate, now),
            None => Ok::<_, StorageError>(Vec::new()),
        })
        .await?;
    for charge in open {
        charge_one(app, shop, &charge).await?;
    }
    Ok(())
}

async fn charge_one(app: &App, shop: &ShopAddress, charge: &UsageCharge) -> Result<(), AdminError> {
    let ask = ChargeUsage {
        line_id: charge.usage_line.clone(),
        description: "Share of the sales through affiliates".to_owned(),
        price: Money::new(charge.amount_minor, charge.currency),
        idempotency_key: format!("usage-{}-{}", shop.id, charge.id),
    };
    let (outcome, problem) = match app.admin_api.call(shop, &ask).await {
        Ok(record) => (Ok(record), None),
        Err(error @ (AdminError::Refused(_) | AdminError::Denied(_))) => {
            let words = error.advice();
            (Err(words.clone()), Some(words))
        }
        Err(error) => return Err(error),
    };
    let (id, charge) = (shop.id, charge.id);
    app.storage
        .write(move |tx| {
            usage_charge_end(
                tx,
                id,
                charge,
                outcome.as_ref().map(String::as_str).map_err(String::as_str),
            )?;
            note(tx, id, |plan: &mut ShopPlan| plan.usage_problem = problem.clone())
        })
        .await?;
    Ok(())
}

/// Offers the plan that is paid by sales; gives the page where the merchant accepts.
///
/// # Errors
/// [`AdminError`].
pub async fn offer_usage_plan(
    app: &App,
    shop: &ShopAddress,
    return_url: String,
) -> Result<String, AdminError> {
    let terms = app.settings.usage_plan.clone();
    let terms = terms.ok_or_else(|| AdminError::Broken("no plan by sales is sold".to_owned()))?;
    let id = shop.id;
    let (row, plan) = app
        .storage
        .read(move |conn| Ok::<_, StorageError>((shop_by_id(conn, id)?, shop_plan(conn, id)?)))
        .await?;
    let currency = row.and_then(|row| row.currency);
    let currency = currency.ok_or_else(|| AdminError::NotNow("no currency yet".to_owned()))?;
    let cap = Money::parse(&terms.cap, currency)
        .map_err(|error| AdminError::Broken(format!("SHOPIFY_USAGE_CAP: {error}")))?;
    let offer = OfferUsagePlan {
        name: USAGE_PLAN.to_owned(),
        terms: format!("{} of the sales through affiliates, at most {cap} in 30 days", terms.rate),
        cap,
        return_url,
        trial_days: 0,
        is_test: plan.is_some_and(|plan| plan.is_development),
    };
    app.admin_api.call(shop, &offer).await
}

/// Asks for a cap twice as high; gives the page where the merchant accepts.
///
/// # Errors
/// [`AdminError`]; refused without a plan of usage.
pub async fn raise_cap(app: &App, shop: &ShopAddress) -> Result<String, AdminError> {
    let id = shop.id;
    let plan = app.storage.read(move |conn| shop_plan(conn, id)).await?;
    let known = plan.as_ref().and_then(|plan| Some((plan.usage_line.clone()?, plan.usage()?.1)));
    let (line_id, cap) =
        known.ok_or_else(|| AdminError::Broken("no usage is charged".to_owned()))?;
    let cap = Money::new(cap.minor.saturating_mul(2), cap.currency);
    app.admin_api.call(shop, &RaiseCap { line_id, cap }).await
}
