//! From the webhook to the receiver, with the real program under 50 orders a second: "in a blink of an
//! eye" (U8), measured in the log (T7), and as fast for what is taken back (N4).

use std::time::{Duration, Instant};

use domain::time::UtcTime;
use shopify::webhook::Topic;
use tests::{
    both_databases,
    orders::Order,
    receiver::{Received, Recorder},
    seed::{SHOP_DOMAIN, seed},
    server_process::{ServerProcess, ServerSettings},
    sql,
    webhook::{Webhook, app_secrets, webhook_id},
    wire::Connection,
};
use tributary::clock::Clock;

/// Orders of a run: two seconds' worth.
const ORDERS: u64 = 100;
/// Between two of them.
const EVERY: Duration = Duration::from_millis(20);
/// What 95 of 100 keep to.
const PROMPT: Duration = Duration::from_secs(5);

both_databases! {
    async fn u8_t7_n4_conversions_and_reversals_are_told_within_seconds_and_the_delay_is_logged(db: TestDatabase) {
        let receiver = Recorder::start();
        let seeded = seed(&db.url, 4, &[receiver.url("")]).await;
        let server = ServerProcess::started(ServerSettings::new(&db.url)).await;
        let mut connection = Connection::open(server.address()).await.unwrap();
        let orders: Vec<Order> = (0..ORDERS)
            .map(|number| {
                let coupon = &seeded.affiliate(number).coupon;
                Order::reference(number, coupon, Clock::System.now())
            })
            .collect();

        let paid = |order: &Order, _: UtcTime| order.payload().to_string();
        let sent = send(&mut connection, &orders, "orders/paid", 1, paid).await;
        let told = receiver.wait_for(orders.len()).await;
        assert_prompt(&sent, &told);

        let refund = |order: &Order, at: UtcTime| order.refund_of_a(1, at).to_string();
        let sent = send(&mut connection, &orders, "refunds/create", 2, refund).await;
        let all = receiver.wait_for(2 * orders.len()).await;
        let told = &all[orders.len()..];
        assert_prompt(&sent, told);
        for call in told {
            assert_eq!(call.query("status").as_deref(), Some("adjusted"));
            assert_eq!(call.query("total").as_deref(), Some("6.30"));
            assert_eq!(call.query("delta").as_deref(), Some("-2.70"));
        }
        let late = "SELECT COUNT(*) AS value FROM attempts a JOIN firings f ON f.id = a.firing_id \
                    WHERE a.at - f.created_at > 5000000";
        let logged = "SELECT COUNT(*) AS value FROM attempts";
        let deadline = Instant::now() + PROMPT;
        while sql::integer(&db.url, logged) < i64::try_from(2 * ORDERS).unwrap() {
            assert!(Instant::now() < deadline, "not every call is in the log");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(sql::integer(&db.url, late) <= i64::try_from(ORDERS / 10).unwrap());
    }
}

/// One webhook about each order at a steady pace; gives when each was answered.
async fn send(
    connection: &mut Connection,
    orders: &[Order],
    topic: &str,
    kind: u16,
    body: impl Fn(&Order, UtcTime) -> String,
) -> Vec<Instant> {
    let secrets = app_secrets();
    let mut answered = Vec::with_capacity(orders.len());
    let mut pace = tokio::time::interval(EVERY);
    for (order, number) in orders.iter().zip(0_u64..) {
        pace.tick().await;
        let now = Clock::System.now();
        let webhook = Webhook {
            topic: Topic::parse(topic),
            id: webhook_id(kind, number),
            triggered_at: now,
            body: body(order, now).into_bytes(),
        };
        let status = connection.exchange(&webhook.to_http(SHOP_DOMAIN, &secrets)).await.unwrap();
        assert_eq!(status, 200);
        answered.push(Instant::now());
    }
    answered
}

fn assert_prompt(sent: &[Instant], told: &[Received]) {
    assert_eq!(sent.len(), told.len());
    // Arrivals in order against answers in order: no call can be later than this says.
    let mut delays: Vec<Duration> = sent
        .iter()
        .zip(told)
        .map(|(sent, call)| call.at.saturating_duration_since(*sent))
        .collect();
    delays.sort_unstable();
    let p95 = delays[delays.len() * 95 / 100];
    assert!(p95 <= PROMPT, "95 of 100 within {p95:?}");
}
