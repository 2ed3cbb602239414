//! Asks Shopify what a draft's rules need to know of past orders: which products are in the collections
//! that they name, and who had ordered before the app was there. Nothing of it is kept: a dry run writes
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

use domain::{ids::ShopifyId, program::ProgramRules};
use shopify::admin::{
    collections::ListProducts,
    customers::{CUSTOMERS_MAX, CountOrdersOf},
};
use storage::orders::customers_between;

use crate::{
    admin_api::{AdminError, ShopAddress},
    app::App,
    flows::{
        dry_run::DraftFacts,
        order_facts::{needs_collections, needs_customer},
        run_job::DryRunTask,
    },
};

/// Pages of one collection; Shopify lists no more than 25,000 things.
const PAGES_MAX: usize = 100;
/// Customers that are asked about.
const ASKED_MAX: i64 = 50_000;

/// What Shopify says of a draft; what it does not say is told the merchant with the result.
pub async fn draft_facts(app: &App, shop: &ShopAddress, task: &DryRunTask) -> DraftFacts {
    let mut facts = DraftFacts::default();
    if needs_collections(&task.rules) {
        match collections(app, shop, &task.rules).await {
            Ok(found) => facts.collections = found,
            Err(error) => facts.problem = Some(problem(COLLECTIONS, shop, &error)),
        }
    }
    if needs_customer(&task.rules) {
        match returning(app, shop, task).await {
            Ok(found) => facts.returning = found,
            Err(error) => facts.problem = Some(problem(CUSTOMERS, shop, &error)),
        }
    }
    facts
}

const COLLECTIONS: &str = "Shopify could not be asked which products are in the collections, so rates and \
     exclusions by collection count only for orders that were looked up when they came.";
const CUSTOMERS: &str = "Shopify could not be asked who had ordered before, so the first order of a \
     customer is the first one that is known here.";

fn problem(what: &str, shop: &ShopAddress, error: &AdminError) -> String {
    tracing::warn!(shop = shop.id.0, %error, "a dry run without Shopify's facts");
    format!("{what} {}", error.advice())
}

async fn collections(
    app: &App,
    shop: &ShopAddress,
    rules: &ProgramRules,
) -> Result<BTreeMap<u64, Vec<u64>>, AdminError> {
    let of_rates = rules.rates.iter().filter_map(|rate| rate.applies_to.collection_id);
    let named: BTreeSet<ShopifyId> =
        of_rates.chain(rules.exclude.collection_ids.iter().copied()).collect();
    let mut found: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for collection in named {
        let mut after = None;
        for _ in 0..PAGES_MAX {
            let ask = ListProducts { collection, after };
            let page = app.admin_api.call(shop, &ask).await?;
            for product in page.products {
                found.entry(product.0).or_default().push(collection.0);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(found)
}

/// Customers of whom Shopify counts more orders than are known here.
async fn returning(
    app: &App,
    shop: &ShopAddress,
    task: &DryRunTask,
) -> Result<BTreeSet<ShopifyId>, AdminError> {
    let (id, times) = (shop.id, (task.from, task.until));
    let ours = app.storage.read(move |conn| customers_between(conn, id, times, ASKED_MAX)).await?;
    let mut found = BTreeSet::new();
    for some in ours.chunks(CUSTOMERS_MAX) {
        let customers = some.iter().map(|(customer, _)| *customer).collect();
        let counts = app.admin_api.call(shop, &CountOrdersOf { customers }).await?;
        let more = some
            .iter()
            .filter(|(customer, known)| counts.get(customer).is_some_and(|count| count > known));
        found.extend(more.map(|(customer, _)| *customer));
    }
    Ok(found)
}
