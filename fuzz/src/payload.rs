//! Webhook bodies: every reader either understands or refuses them, and says the same twice.

use domain::{money::Currency, time::UtcTime};
use shopify::{
    fingerprint::Fingerprinter,
    payloads::{
        customer_redact, customer_request, dispute, order_deleted, order_edit, order_snapshot,
        order_transaction, refund, shop, shop_redact,
    },
};

/// Checks one input.
///
/// # Panics
/// A finding.
pub fn check(body: &[u8]) {
    let fingerprints = Fingerprinter::new(b"key").unwrap();
    let at = UtcTime::from_micros(1_700_000_000_000_000);
    let currency = Currency::parse("USD").unwrap();
    let read = || {
        (
            format!("{:?}", order_snapshot(body, at, &fingerprints, "__rf")),
            format!("{:?}", refund(body, currency)),
        )
    };
    assert_eq!(read(), read());
    // That they come back is all that is asked of the others.
    let _ = (order_edit(body), order_deleted(body), order_transaction(body), dispute(body));
    let _ = (customer_request(body), customer_redact(body), shop_redact(body), shop(body));
}
