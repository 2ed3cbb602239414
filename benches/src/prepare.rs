//! Everything that must not be on the clock: bodies, signatures, whole requests.

use shopify::webhook::Topic;
use tests::orders::Order;
use tests::seed::{SHOP_DOMAIN, Seeded};
use tests::webhook::{Webhook, app_secrets, webhook_id};
use tributary::clock::Clock;

/// As large as a usual order of two lines, with its addresses and sets of money.
const BODY_BYTES: usize = 12_000;

/// Signed `orders/create` requests, one order each; the affiliates' coupons in turn.
pub(crate) fn orders(numbers: impl IntoIterator<Item = u64>, seeded: &Seeded) -> Vec<Vec<u8>> {
    let secrets = app_secrets();
    let now = Clock::System.now();
    numbers
        .into_iter()
        .map(|number| {
            let order = Order::reference(number, &seeded.affiliate(number).coupon, now);
            let webhook = Webhook {
                topic: Topic::OrdersCreate,
                id: webhook_id(0, number),
                triggered_at: now,
                body: order.payload_of_bytes(BODY_BYTES),
            };
            webhook.to_http(SHOP_DOMAIN, &secrets)
        })
        .collect()
}
