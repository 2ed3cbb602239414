//! Pays a round by store credit: each payment's credit is given once (`store_credit`), and what became
//! of it is reported as a payment service would. A round that breaks off goes on where it was.

use domain::{
    ids::PayoutId,
    money::Money,
    payout::{PayoutMethod, PayoutState},
};
use storage::{
    StorageError,
    affiliates::affiliate_by_id,
    payouts::{Payout, payout_batch_by_number, payouts_of_batch},
    shops::Shop,
};

use super::store_credit::{Credited, give_store_credit};
use crate::{
    admin_api::{AdminError, ShopAddress},
    app::App,
    flows::{
        pay_out::{PayoutResult, ROWS_MAX, take_in},
        record_activity::{Act, Actor},
    },
};

const NO_ACCOUNT: &str = "The affiliate has no customer account in your shop. Enter its number on the \
     affiliate's page; the amount is payable again.";

/// Gives the credit of every payment that was handed over.
///
/// # Errors
/// [`AdminError`] while it is not known whether a credit was given: it is looked up before anything is
/// repeated.
pub(super) async fn pay_store_credit(
    app: &App,
    shop: &Shop,
    number: &str,
) -> Result<(), AdminError> {
    let number: i64 = number
        .parse()
        .map_err(|_no_number| AdminError::Broken("no number of a round".to_owned()))?;
    let id = shop.id;
    let rows = app
        .storage
        .read(move |conn| {
            let batch = payout_batch_by_number(conn, id, number)?.ok_or(StorageError::NotFound)?;
            let rows = payouts_of_batch(conn, id, batch.id, ROWS_MAX)?;
            Ok::<_, StorageError>(rows)
        })
        .await?;
    let is_open =
        |row: &&Payout| row.state == PayoutState::Sent && row.method == PayoutMethod::StoreCredit;
    for row in rows.iter().filter(is_open) {
        let result = pay(app, shop, row).await?;
        report(app, shop, row.id, result).await?;
    }
    Ok(())
}

async fn pay(app: &App, shop: &Shop, row: &Payout) -> Result<PayoutResult, AdminError> {
    let (id, affiliate) = (shop.id, row.affiliate_id);
    let affiliate = app.storage.read(move |conn| affiliate_by_id(conn, id, affiliate)).await?;
    let Some(customer) = affiliate.and_then(|one| one.shopify_customer_id) else {
        return Ok(PayoutResult::Failed { reason: NO_ACCOUNT.to_owned() });
    };
    let amount = Money::new(row.payout_amount_minor, row.payout_currency);
    let address = ShopAddress::from(shop);
    Ok(match give_store_credit(app, &address, &row.idempotency_key, customer, amount).await? {
        Credited::Given(transaction) => PayoutResult::Confirmed { reference: Some(transaction) },
        Credited::Refused(reason) => PayoutResult::Failed { reason },
    })
}

async fn report(
    app: &App,
    shop: &Shop,
    payout: PayoutId,
    result: PayoutResult,
) -> Result<(), StorageError> {
    let act = Act { shop: shop.id, actor: Actor::Tributary, now: app.clock.now() };
    let own = app.clone();
    app.storage
        .write(move |tx| {
            let reports = [(payout, result.clone())];
            take_in(tx, &own.books, own.mail_room(), act, &reports).map(|_news| ())
        })
        .await
}
