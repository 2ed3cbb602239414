//! Pays by store credit. Shopify takes no idempotency key, so the intent is written first, and a lost
//! answer is looked up: a credit of this amount, to this customer, after the intent, that belongs to no
//! other of ours, is this one.

use domain::{ids::ShopifyId, money::Money};
use shopify::admin::store_credit::{GiveCredit, ReadCredits};
use storage::store_credits::{
    CreditState, StoreCredit, credit_given, credit_intend, credit_intend_again, credit_refused,
    credit_transactions_of,
};

use crate::{
    admin_api::{AdminError, ShopAddress},
    app::App,
};

/// Clocks differ: a credit may seem older than its intent.
const CLOCKS_S: i64 = 120;
/// Credits of one customer that are ours.
const OURS_MAX: i64 = 10_000;

/// How a credit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credited {
    /// Given, under Shopify's transaction.
    Given(String),
    /// Refused, in words for the merchant; nothing was given.
    Refused(String),
}

/// Gives a customer store credit, once for each `purpose`, however often it is asked for.
///
/// # Errors
/// [`AdminError`] while it is not known whether it was given: ask again.
pub async fn give_store_credit(
    app: &App,
    shop: &ShopAddress,
    purpose: &str,
    customer: ShopifyId,
    amount: Money,
) -> Result<Credited, AdminError> {
    let now = app.clock.now();
    let draft = StoreCredit {
        id: app.storage.next_id(now),
        shop_id: shop.id,
        purpose: purpose.to_owned(),
        customer_id: customer,
        currency: amount.currency,
        amount_minor: amount.minor,
        state: CreditState::Intended,
        transaction_gid: None,
        error: None,
        intended_at: now,
    };
    let written = draft.clone();
    let credit = app.storage.write(move |tx| credit_intend(tx, &written)).await?;
    match (credit.state, &credit.transaction_gid) {
        (CreditState::Given, Some(transaction)) => {
            return Ok(Credited::Given(transaction.clone()));
        }
        (CreditState::Refused, _) => {
            let (id, purpose) = (shop.id, purpose.to_owned());
            app.storage.write(move |tx| credit_intend_again(tx, id, &purpose, now)).await?;
        }
        // Not written a moment ago: an earlier try may have been carried out.
        _ if credit.id != draft.id => {
            if let Some(transaction) = find(app, shop, &credit).await? {
                return given(app, shop, purpose, transaction).await;
            }
        }
        _ => {}
    }
    match app.admin_api.call(shop, &GiveCredit { customer, amount }).await {
        Ok(transaction) => given(app, shop, purpose, transaction).await,
        Err(AdminError::MaybeDone(why)) => match find(app, shop, &credit).await? {
            Some(transaction) => given(app, shop, purpose, transaction).await,
            None => Err(AdminError::NotNow(why)),
        },
        Err(error @ (AdminError::Refused(_) | AdminError::Denied(_))) => {
            let (id, purpose, advice) = (shop.id, purpose.to_owned(), error.advice());
            let words = advice.clone();
            app.storage.write(move |tx| credit_refused(tx, id, &purpose, &words)).await?;
            Ok(Credited::Refused(advice))
        }
        Err(error) => Err(error),
    }
}

async fn given(
    app: &App,
    shop: &ShopAddress,
    purpose: &str,
    transaction: String,
) -> Result<Credited, AdminError> {
    let (id, purpose, gid) = (shop.id, purpose.to_owned(), transaction.clone());
    app.storage.write(move |tx| credit_given(tx, id, &purpose, &gid)).await?;
    Ok(Credited::Given(transaction))
}

/// The transaction of a credit whose answer was lost.
async fn find(
    app: &App,
    shop: &ShopAddress,
    credit: &StoreCredit,
) -> Result<Option<String>, AdminError> {
    let customer = credit.customer_id;
    let id = shop.id;
    let ours =
        app.storage.read(move |conn| credit_transactions_of(conn, id, customer, OURS_MAX)).await?;
    let earliest = credit.intended_at.plus_seconds(-CLOCKS_S);
    let amount = Money::new(credit.amount_minor, credit.currency);
    let found = app.admin_api.call(shop, &ReadCredits { customer }).await?;
    let is_this = |one: &shopify::admin::store_credit::Credit| {
        one.amount == amount && one.at >= earliest && !ours.contains(&one.id)
    };
    Ok(found.into_iter().find(is_this).map(|one| one.id))
}
