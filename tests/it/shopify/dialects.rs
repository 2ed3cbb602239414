//! An order fetched through GraphQL says what its webhook says: the one reader sees no difference.

use domain::order::OrderSnapshot;
use domain::time::UtcTime;
use serde_json::{Value, json};
use shopify::admin::fetched_order::fetched_order;
use shopify::fingerprint::Fingerprinter;
use shopify::payloads::order_snapshot;
use tests::shopify::dialect;

/// The whole order in GraphQL's words, as the app puts it together.
fn fetched(order: &Value) -> Value {
    let mut fetched = dialect::order(order, "");
    while let Some(next) = shopify::admin::orders::next_page(&fetched, "lineItems") {
        let page = dialect::order(order, &next);
        let info = page["lineItems"]["pageInfo"].clone();
        shopify::admin::orders::add_page(&mut fetched, "lineItems", page);
        fetched["lineItems"]["pageInfo"] = info;
    }
    let refunds = order["refunds"].as_array().cloned().unwrap_or_default();
    let refunds = refunds.iter().map(|one| dialect::refund(order, one["id"].as_u64().unwrap()));
    fetched["refunds"] = json!(refunds.collect::<Vec<_>>());
    fetched
}

#[test]
fn n12_a_fetched_order_reads_like_its_webhook() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/shopify/tests/fixtures/synthetic");
    let prints = Fingerprinter::new(b"any key").unwrap();
    let now = UtcTime::parse("2026-11-21T10:00:00Z").unwrap();
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("order_") {
            continue;
        }
        let order: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let told = order_snapshot(order.to_string().as_bytes(), now, &prints, "__rf").unwrap();
        let read = fetched_order(&fetched(&order), now, &prints, "__rf").unwrap().snapshot;
        // Only GraphQL says it of subscriptions that a webhook of old does not.
        let told = OrderSnapshot {
            landing_site: read.landing_site.clone(),
            referring_host: read.referring_host.clone(),
            tells_subscriptions: read.tells_subscriptions,
            ..told
        };
        assert_eq!(read, told, "{name}");
        count += 1;
    }
    assert!(count >= 15, "{count} orders");
}
