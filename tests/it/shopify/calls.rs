//! GraphQL calls: budget, repeats, refusals (row 13).

use std::time::{Duration, Instant};

use domain::ids::ShopifyId;
use shopify::admin::{
    collections::ReadCollections, customers::CountOrders, discounts, shop::ReadShop,
};
use tests::db::TestDatabase;
use tests::shopify::{FakeBucket, FakeShopify};
use tributary::admin_api::AdminError;

use super::{SHOP, address, connected};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_13_a_throttled_call_is_never_repeated_too_early() {
    let db = TestDatabase::sqlite();
    let fake = FakeShopify::start();
    let (app, shop) = connected(&db, &fake).await;
    // 20 calls of 909 points on a bucket of 1,000 that fills by 3,000 a second.
    fake.shop(SHOP, |shop| shop.bucket = FakeBucket::new(1_000, 3_000));
    let start = Instant::now();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (api, shop) = (app.admin_api.clone(), address(&shop));
        let products: Vec<ShopifyId> = (1..=9).map(ShopifyId).collect();
        calls.spawn(async move { api.call(&shop, &ReadCollections { products }).await.unwrap() });
    }
    assert_eq!(calls.join_all().await.len(), 20);
    let (early, throttled, operations) =
        fake.with(|state| (state.too_early.clone(), state.throttled, state.operations.clone()));
    assert!(early.is_empty(), "{early:?}");
    let points: u32 = operations.iter().map(|(_, price)| price).sum();
    let least = Duration::from_secs_f64(f64::from(points - 1_000) / 3_000.0);
    let took = start.elapsed();
    assert!(took >= least, "{took:?}, at least {least:?}; throttled {throttled}");
    assert!(throttled <= 3, "the bucket is known after the first answer: {throttled}");
    assert!(operations.iter().all(|(_, price)| *price <= 1_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_13_what_passes_is_tried_again_and_what_does_not_is_said() {
    let db = TestDatabase::sqlite();
    let fake = FakeShopify::start();
    let (app, shop) = connected(&db, &fake).await;
    for status in [502, 503, 504, 429] {
        fake.with(|state| state.statuses.push_back(status));
        app.admin_api.call(&address(&shop), &ReadShop).await.unwrap();
    }
    for (status, passes) in [(400, false), (403, false), (404, false)] {
        fake.with(|state| state.statuses.extend([status; 1]));
        let error = app.admin_api.call(&address(&shop), &ReadShop).await.unwrap_err();
        assert_eq!(error.is_passing(), passes, "{status}: {error}");
        assert!(fake.with(|state| state.statuses.is_empty()), "{status} was asked once");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_for_affiliates_are_made_added_and_stopped() {
    let db = TestDatabase::sqlite();
    let fake = FakeShopify::start();
    let (app, shop) = connected(&db, &fake).await;
    let (api, shop) = (&app.admin_api, address(&shop));
    let create = discounts::CreateDiscount {
        title: "Friends".to_owned(),
        code: "ANNA10".to_owned(),
        saving: discounts::Saving::Percent(domain::money::BasisPoints(1_000)),
        starts_at: app.clock.now(),
        once_per_customer: false,
    };
    let discount = api.call(&shop, &create).await.unwrap();
    let taken = api.call(&shop, &create).await.unwrap_err();
    assert!(matches!(&taken, AdminError::Refused(errors) if errors.has("TAKEN")));
    assert!(taken.advice().contains("exists already"), "{}", taken.advice());
    let codes = vec!["BELLA10".to_owned(), "CARL10".to_owned()];
    api.call(&shop, &discounts::AddCodes { discount: discount.clone(), codes }).await.unwrap();
    let found = api.call(&shop, &discounts::FindCode { code: "bella10".to_owned() }).await.unwrap();
    assert_eq!(
        found.map(|found| (found.id, found.title)),
        Some((discount.clone(), "Friends".to_owned()))
    );
    api.call(&shop, &discounts::DeactivateDiscount { discount }).await.unwrap();
    assert!(fake.shop(SHOP, |shop| shop.discounts.is_empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_that_webhooks_lack_are_looked_up() {
    let db = TestDatabase::sqlite();
    let fake = FakeShopify::start();
    let (app, shop) = connected(&db, &fake).await;
    let (api, shop) = (&app.admin_api, address(&shop));
    fake.shop(SHOP, |shop| {
        shop.order_counts.insert(7, 3);
        shop.collections.insert(100, vec![8, 9]);
    });
    let count = |customer| CountOrders { customer: ShopifyId(customer) };
    assert_eq!(api.call(&shop, &count(7)).await.unwrap(), Some(3));
    assert_eq!(api.call(&shop, &count(8)).await.unwrap(), None);
    let products = vec![ShopifyId(100), ShopifyId(101)];
    let found = api.call(&shop, &ReadCollections { products }).await.unwrap();
    assert_eq!(found[&ShopifyId(100)], [ShopifyId(8), ShopifyId(9)]);
    assert!(found[&ShopifyId(101)].is_empty(), "a product that is gone is in none");
}
