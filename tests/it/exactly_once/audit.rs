//! The books after the storm. Amounts are compared to the cent; nothing may be missing, nothing may
//! be there twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use tests::PATIENCE;
use tests::db::TestDatabase;
use tests::sql;
use tokio::time::sleep;

use super::FlakyReceiver;
use super::flaky::Call;
use super::stream::Expected;

/// Waits until nothing is open, then checks everything.
pub(crate) async fn audit(database: &TestDatabase, receiver: &FlakyReceiver, expected: &Expected) {
    drained(database).await;
    inbox(database, expected);
    orders(database, expected);
    books(database, expected);
    firings(database);
    calls(&receiver.calls(), expected);
}

/// However long it takes on a busy machine: only a backlog that does not shrink any more waits in vain.
async fn drained(database: &TestDatabase) {
    let (mut deadline, mut fewest) = (Instant::now() + PATIENCE, i64::MAX);
    loop {
        let open = |table: &str| {
            let text =
                format!("SELECT COUNT(*) AS value FROM {table} WHERE state IN ('due', 'held')");
            sql::integer(&database.url, &text)
        };
        let (deliveries, firings) = (open("deliveries"), open("firings"));
        if deliveries + firings == 0 {
            return;
        }
        if deliveries + firings < fewest {
            (deadline, fewest) = (Instant::now() + PATIENCE, deliveries + firings);
        }
        assert!(
            Instant::now() < deadline,
            "{deliveries} webhooks, {firings} firings are still open"
        );
        sleep(Duration::from_millis(50)).await;
    }
}

/// Every webhook is stored once and has been settled.
fn inbox(database: &TestDatabase, expected: &Expected) {
    let count = |condition: &str| {
        let text = format!("SELECT COUNT(*) AS value FROM deliveries {condition}");
        sql::integer(&database.url, &text)
    };
    assert_eq!(count("WHERE state = 'failed'"), 0, "parked webhooks");
    assert_eq!(usize::try_from(count("")), Ok(expected.webhooks), "webhooks");
}

#[derive(QueryableByName)]
struct StoredOrder {
    #[diesel(sql_type = BigInt)]
    shopify_order_id: i64,
    #[diesel(sql_type = BigInt)]
    conversions: i64,
    #[diesel(sql_type = BigInt)]
    commission: i64,
    #[diesel(sql_type = BigInt)]
    booked: i64,
}

/// Every order is there once, with one conversion, whose amount and whose entries' sum are exact.
fn orders(database: &TestDatabase, expected: &Expected) {
    let text = "SELECT o.shopify_order_id, \
         (SELECT COUNT(*) FROM conversions c WHERE c.order_id = o.id) AS conversions, \
         (SELECT CAST(COALESCE(SUM(c.commission_minor), 0) AS BIGINT) FROM conversions c \
             WHERE c.order_id = o.id) AS commission, \
         (SELECT CAST(COALESCE(SUM(e.amount_minor), 0) AS BIGINT) FROM ledger_entries e \
             JOIN conversions c ON c.id = e.conversion_id WHERE c.order_id = o.id) AS booked \
         FROM orders o";
    let stored: Vec<StoredOrder> = sql::rows(&database.url, text);
    assert_eq!(stored.len(), expected.commissions.len(), "orders");
    for order in stored {
        let id = order.shopify_order_id.unsigned_abs();
        let commission = expected.commissions.get(&id).copied();
        assert_eq!(order.conversions, 1, "conversions of order {id}");
        assert_eq!(Some(order.commission), commission, "commission of order {id}");
        assert_eq!(Some(order.booked), commission, "sum of the entries of order {id}");
    }
}

/// The sums that are kept beside the ledger are the ledger's.
fn books(database: &TestDatabase, expected: &Expected) {
    let sum = |text: &str| sql::integer(&database.url, text);
    let total: i64 = expected.commissions.values().sum();
    let entries = "SELECT CAST(SUM(payout_amount_minor) AS BIGINT) AS value FROM ledger_entries";
    assert_eq!(sum(entries), total, "the ledger");
    let wrong_balances = "SELECT COUNT(*) AS value FROM balances b WHERE \
         b.pending_minor + b.payable_minor + b.paid_minor <> \
         (SELECT CAST(COALESCE(SUM(e.payout_amount_minor), 0) AS BIGINT) FROM ledger_entries e \
             WHERE e.affiliate_id = b.affiliate_id AND e.payout_currency = b.currency)";
    assert_eq!(sum(wrong_balances), 0, "balances that are not the sum of their entries");
    let balances = "SELECT CAST(SUM(pending_minor + payable_minor + paid_minor) AS BIGINT) \
         AS value FROM balances";
    assert_eq!(sum(balances), total, "the balances");
    let days = "SELECT CAST(SUM(commission_minor) AS BIGINT) AS value FROM daily_stats";
    assert_eq!(sum(days), total, "the sums by day");
}

/// No entry without its firing, no firing without its conversion, and every firing was accepted.
fn firings(database: &TestDatabase) {
    let count = |text: &str| sql::integer(&database.url, text);
    let unannounced = "SELECT COUNT(*) AS value FROM ledger_entries e WHERE NOT EXISTS \
         (SELECT 1 FROM firings f WHERE f.conversion_id = e.conversion_id AND f.event_key = \
             'conversion:' || e.conversion_id || ':' || e.conversion_version)";
    assert_eq!(count(unannounced), 0, "entries that no firing tells");
    let unfounded = "SELECT COUNT(*) AS value FROM firings f WHERE NOT EXISTS \
         (SELECT 1 FROM conversions c WHERE c.id = f.conversion_id)";
    assert_eq!(count(unfounded), 0, "firings without a conversion");
    let undelivered = "SELECT COUNT(*) AS value FROM firings f WHERE f.state <> 'delivered' \
         OR NOT EXISTS (SELECT 1 FROM attempts a WHERE a.firing_id = f.id AND a.status_code = 200)";
    assert_eq!(count(undelivered), 0, "firings without an accepted attempt");
    let silent = "SELECT COUNT(*) AS value FROM conversions c WHERE NOT EXISTS \
         (SELECT 1 FROM firings f JOIN attempts a ON a.firing_id = f.id AND a.status_code = 200 \
             WHERE f.conversion_id = c.id)";
    assert_eq!(count(silent), 0, "conversions without an accepted attempt");
}

/// The receiver's side: repeats say the same as the first call, and it has heard every cent.
fn calls(calls: &[Call], expected: &Expected) {
    let mut firings: BTreeMap<&str, &Call> = BTreeMap::new();
    for call in calls {
        assert_eq!(call.transaction, call.order.to_string(), "{call:?}");
        let first = *firings.entry(&call.fire).or_insert(call);
        assert_eq!((first.order, first.delta_minor), (call.order, call.delta_minor), "{call:?}");
    }
    let accepted: Vec<&str> =
        calls.iter().filter(|call| call.is_accepted).map(|call| call.fire.as_str()).collect();
    let accepted_once: BTreeSet<&str> = accepted.iter().copied().collect();
    println!(
        "{} orders, {} webhooks, {} firings in {} calls, {} of them accepted once more",
        expected.commissions.len(),
        expected.webhooks,
        firings.len(),
        calls.len(),
        accepted.len() - accepted_once.len(),
    );
    let mut told: BTreeMap<u64, i64> = BTreeMap::new();
    for (fire, call) in firings {
        assert!(accepted_once.contains(fire), "never accepted: {call:?}");
        *told.entry(call.order).or_default() += call.delta_minor;
    }
    assert_eq!(told, expected.commissions, "what the receiver adds up");
}
