//! Reconciliation (N12): with webhooks lost and doubled at random, one comparison brings the ledger to
//! where perfect delivery brings it.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use base64::Engine as _;
use domain::time::UtcTime;
use serde_json::{Value, json};
use shopify::webhook::Topic;
use storage::conversions::{ConversionFilter, conversion_page};
use storage::ledger::balances_of_affiliates;
use storage::reconciliations::reconciliations_of;
use storage::shops::Shop;
use tests::both_databases;
use tests::db::TestDatabase;
use tests::orders::{CURRENCY, Order};
use tests::random::Random;
use tests::seed::{Seeded, seed_into};
use tests::server_process::binary;
use tests::shopify::{CLIENT_ID, FakeShopify, GrantKind};
use tests::webhook::CLIENT_SECRET;
use tributary::app::App;
use tributary::clock::Clock;
use tributary::flows::order_news;
use tributary::shopify_work::reconcile;

use super::{SHOP, address, process, welcomed};

const ORDERS: u64 = 240;

/// A webhook: topic, body, when it was triggered.
type Message = (Topic, Value, UtcTime);

/// What happens to the orders: each is placed, many change afterwards. Gives the webhooks in their order
/// and leaves the orders' last state with Shopify.
fn stories(
    fake: &FakeShopify,
    seeded: &Seeded,
    random: &mut Random,
    start: UtcTime,
) -> Vec<Message> {
    let mut messages = Vec::new();
    for number in 1..=ORDERS {
        let placed = start.plus_seconds(i64::try_from(number).unwrap() * 40);
        let order = Order::reference(number, &seeded.affiliate(number).coupon, placed);
        let mut body = order.payload();
        let mut at = placed;
        let mut tell = |topic, body: &Value, at| messages.push((topic, body.clone(), at));
        if random.percent(30) {
            body["financial_status"] = json!("pending");
        }
        tell(Topic::OrdersCreate, &body, at);
        if body["financial_status"] == "pending" && random.percent(70) {
            at = at.plus_seconds(5);
            body["financial_status"] = json!("paid");
            body["updated_at"] = json!(at);
            tell(Topic::OrdersPaid, &body, at);
        }
        if random.percent(40) {
            at = at.plus_seconds(7);
            let refund = order.refund_of_a(1, at);
            body["refunds"] = json!([refund]);
            body["line_items"][0]["current_quantity"] = json!(1);
            body["financial_status"] = json!("partially_refunded");
            body["updated_at"] = json!(at);
            tell(Topic::RefundsCreate, &refund, at);
            tell(Topic::OrdersUpdated, &body, at);
        } else if random.percent(15) {
            at = at.plus_seconds(9);
            body["cancelled_at"] = json!(at);
            body["updated_at"] = json!(at);
            tell(Topic::OrdersCancelled, &body, at);
        }
        if random.percent(5) {
            at = at.plus_seconds(11);
            tell(Topic::OrdersDelete, &json!({"id": order.id()}), at);
            continue;
        }
        if random.percent(5) {
            // The order itself does not change by it.
            fake.shop(SHOP, |shop| shop.charged_back.insert(order.id()));
            let dispute = json!({"id": order.id() + 1, "order_id": order.id(),
                "type": "chargeback", "status": "lost", "amount": "90.00", "currency": "USD"});
            tell(Topic::DisputesUpdate, &dispute, at.plus_seconds(13));
        }
        fake.shop(SHOP, |shop| shop.orders.insert(order.id(), body));
    }
    messages
}

/// Takes webhooks in as the settle worker does.
async fn take_in(app: &App, shop: &Shop, messages: &[Message]) {
    for (topic, body, at) in messages {
        let body = body.to_string();
        let news = order_news::read(topic, body.as_bytes(), *at, CURRENCY, &app.fingerprints);
        let news = news.unwrap().unwrap();
        let (settler, id, now) = (app.settler.clone(), shop.id, app.clock.now());
        app.storage
            .write(move |tx| settler.settle_fetched(tx, id, news.clone(), now))
            .await
            .unwrap();
    }
}

/// Coupon of the affiliate, status, sales, commission, reason.
type BookedConversion = (String, String, i64, i64, Option<String>);

/// What counts: per order the conversions, per affiliate the balance, and what is known of the order.
#[derive(Debug, PartialEq, Eq, Default)]
struct Books {
    conversions: BTreeMap<String, Vec<BookedConversion>>,
    balances: BTreeMap<String, (i64, i64, i64)>,
}

async fn books(app: &App, shop: &Shop, seeded: &Seeded) -> Books {
    let id = shop.id;
    let affiliates: Vec<_> =
        seeded.affiliates.iter().map(|one| (one.id, one.coupon.clone())).collect();
    app.storage
        .read(move |conn| {
            let mut books = Books::default();
            let filter = ConversionFilter::default();
            for row in conversion_page(conn, id, &filter, None, 10_000)? {
                // An order that was deleted before anything of it arrived has left nothing anywhere.
                if row.reason.as_deref() == Some("deleted") {
                    assert_eq!((row.sales_minor, row.commission_minor), (0, 0));
                    continue;
                }
                let order = storage::orders::order_by_id(conn, id, row.order_id)?.unwrap();
                let coupon =
                    &affiliates.iter().find(|(known, _)| *known == row.affiliate_id).unwrap().1;
                books.conversions.entry(order.name).or_default().push((
                    coupon.clone(),
                    row.status,
                    row.sales_minor,
                    row.commission_minor,
                    row.reason,
                ));
            }
            let ids: Vec<_> = affiliates.iter().map(|(id, _)| *id).collect();
            for balance in balances_of_affiliates(conn, id, &ids)? {
                let coupon =
                    &affiliates.iter().find(|(id, _)| *id == balance.affiliate_id).unwrap().1;
                books.balances.insert(
                    coupon.clone(),
                    (balance.pending_minor, balance.payable_minor, balance.paid_minor),
                );
            }
            Ok::<_, storage::StorageError>(books)
        })
        .await
        .unwrap()
}

/// `tributary reconcile` of a shop, as a process of its own.
fn reconcile_command(db: &TestDatabase, fake: &FakeShopify, shop: &str) -> Command {
    let key = base64::engine::general_purpose::STANDARD.encode([7; 32]);
    let mut command = Command::new(binary());
    command
        .args(["reconcile", "--shop", shop])
        .env_clear()
        .env("DATABASE_URL", &db.url)
        .env("SHOPIFY_API_KEY", CLIENT_ID)
        .env("SHOPIFY_API_SECRET", CLIENT_SECRET)
        .env("SHOPIFY_APP_URL", "https://app.example.com")
        .env("SHOPIFY_STAND_IN", fake.origin())
        .env("ENCRYPTION_KEY", key)
        .env("LOG", "warn")
        .stderr(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

async fn place(db: &TestDatabase, fake: &FakeShopify, clock: &Clock) -> (App, Shop, Seeded) {
    let app = process(db, fake, clock.clone());
    let shop = welcomed(&app).await;
    app.admin_api.connect(&address(&shop), &fake.session_token(SHOP)).await.unwrap();
    let seeded = seed_into(&app.storage, shop.id, 5).await;
    (app, shop, seeded)
}

both_databases! {
    async fn n12_a_fifth_of_the_webhooks_lost_and_a_fifth_doubled_make_no_difference(db: TestDatabase) {
        let run_seed = Random::fresh_seed();
        println!("seed {run_seed}");
        let mut random = Random::new(run_seed);
        let clock = Clock::manual(UtcTime::parse("2026-11-21T10:00:00Z").unwrap());
        let fake = FakeShopify::with_clock(clock.clone());
        fake.install(SHOP);
        let other = if db.is_postgres() { TestDatabase::postgres().unwrap() } else { TestDatabase::sqlite() };
        let (perfect, perfect_shop, perfect_seeded) = place(&other, &fake, &clock).await;
        let (lossy, shop, seeded) = place(&db, &fake, &clock).await;

        let messages = stories(&fake, &seeded, &mut random, clock.now());
        clock.set(clock.now().plus_days(1));
        take_in(&perfect, &perfect_shop, &messages).await;
        let mut arriving = Vec::new();
        for message in &messages {
            match random.below(10) {
                0 | 1 => {}
                2 | 3 => arriving.extend([message.clone(), message.clone()]),
                _ => arriving.push(message.clone()),
            }
        }
        for at in (1..arriving.len()).rev() {
            let other = usize::try_from(random.below(u64::try_from(at + 1).unwrap())).unwrap();
            arriving.swap(at, other);
        }
        take_in(&lossy, &shop, &arriving).await;
        let expected = books(&perfect, &perfect_shop, &perfect_seeded).await;
        assert_ne!(books(&lossy, &shop, &seeded).await, expected, "losses must have shown");

        let mut last = None;
        let found = reconcile(&lossy, &address(&shop), None, |progress| last = Some(progress)).await.unwrap();
        let left = fake.shop(SHOP, |shop| u64::try_from(shop.orders.len()).unwrap());
        assert!(left < ORDERS && fake.shop(SHOP, |shop| !shop.charged_back.is_empty()));
        assert_eq!(found.checked, left);
        assert!(found.missing > 0 && found.stale > 0, "{found:?}");
        assert_eq!(last.unwrap().total, Some(left));
        assert_eq!(books(&lossy, &shop, &seeded).await, expected);

        // A second comparison has nothing to mend, and the report says what the first one found.
        let again = reconcile(&lossy, &address(&shop), Some(UtcTime::default()), |_| {}).await.unwrap();
        assert_eq!((again.missing, again.stale), (0, 0));
        let id = shop.id;
        let reports = lossy.storage.read(move |conn| reconciliations_of(conn, id, 5)).await.unwrap();
        assert_eq!(reports.len(), 2);
        assert_eq!(u64::try_from(reports[1].missing).unwrap(), found.missing);
        assert!(!reports[1].drift.0.is_empty() && reports[1].error.is_none());
    }

    async fn n12_a_comparison_that_breaks_off_goes_on_where_it_was(db: TestDatabase) {
        let clock = Clock::manual(UtcTime::parse("2026-11-21T10:00:00Z").unwrap());
        let fake = FakeShopify::with_clock(clock.clone());
        fake.install(SHOP);
        let (app, shop, seeded) = place(&db, &fake, &clock).await;
        let mut random = Random::new(7);
        stories(&fake, &seeded, &mut random, clock.now());
        let left = fake.shop(SHOP, |shop| u64::try_from(shop.orders.len()).unwrap());
        clock.set(clock.now().plus_days(1));
        fake.with(|state| state.statuses.extend([500; 4]));
        assert!(reconcile(&app, &address(&shop), None, |_| {}).await.is_err());
        let found = reconcile(&app, &address(&shop), None, |_| {}).await.unwrap();
        assert_eq!((found.checked, found.missing), (left, left));
        // From now on only what changed lately is looked at.
        clock.set(clock.now().plus_days(1));
        let next = reconcile(&app, &address(&shop), None, |_| {}).await.unwrap();
        assert_eq!(next.checked, 0);
    }

    async fn n12_lost_deletions_and_chargebacks_are_found_though_no_order_changed(db: TestDatabase) {
        let clock = Clock::manual(UtcTime::parse("2026-11-21T10:00:00Z").unwrap());
        let fake = FakeShopify::with_clock(clock.clone());
        fake.install(SHOP);
        let (app, shop, seeded) = place(&db, &fake, &clock).await;
        let orders: Vec<Order> = (1..=3)
            .map(|number| Order::reference(number, &seeded.affiliate(0).coupon, clock.now()))
            .collect();
        for order in &orders {
            fake.shop(SHOP, |shop| shop.orders.insert(order.id(), order.payload()));
        }
        clock.set(clock.now().plus_days(1));
        reconcile(&app, &address(&shop), None, |_| {}).await.unwrap();
        let owed = async || books(&app, &shop, &seeded).await.balances.values().map(|sum| sum.0).sum::<i64>();
        assert_eq!(owed().await, 3 * 900);
        fake.shop(SHOP, |shop| {
            shop.orders.remove(&orders[0].id());
            shop.charged_back.insert(orders[1].id());
        });
        clock.set(clock.now().plus_days(1));
        let found = reconcile(&app, &address(&shop), None, |_| {}).await.unwrap();
        assert_eq!((found.checked, found.missing, found.stale), (0, 0, 2));
        assert_eq!(owed().await, 900);
        // Not one that is older than what Shopify shows: it would only look deleted.
        clock.set(clock.now().plus_days(60));
        fake.shop(SHOP, |shop| shop.orders.clear());
        let found = reconcile(&app, &address(&shop), None, |_| {}).await.unwrap();
        assert_eq!((found.stale, owed().await), (0, 900));
    }

    async fn n12_a_permission_that_is_missing_deletes_nothing(db: TestDatabase) {
        let clock = Clock::manual(UtcTime::parse("2026-11-21T10:00:00Z").unwrap());
        let fake = FakeShopify::with_clock(clock.clone());
        fake.install(SHOP);
        let (app, shop, seeded) = place(&db, &fake, &clock).await;
        for number in 1..=30 {
            let order = Order::reference(number, &seeded.affiliate(number).coupon, clock.now());
            fake.shop(SHOP, |shop| shop.orders.insert(order.id(), order.payload()));
        }
        clock.set(clock.now().plus_days(1));
        reconcile(&app, &address(&shop), None, |_| {}).await.unwrap();
        let before = books(&app, &shop, &seeded).await;
        fake.shop(SHOP, |shop| shop.orders.clear());
        clock.set(clock.now().plus_days(1));
        let error = reconcile(&app, &address(&shop), None, |_| {}).await.unwrap_err();
        assert!(error.advice().contains("permission"), "{error}");
        assert_eq!(books(&app, &shop, &seeded).await, before);
    }

    async fn n12_reconcile_as_a_process_mends_what_was_lost_and_says_so(db: TestDatabase) {
        let fake = FakeShopify::start();
        fake.install(SHOP);
        let app = process(&db, &fake, Clock::System);
        let shop = welcomed(&app).await;
        app.admin_api.connect(&address(&shop), &fake.session_token(SHOP)).await.unwrap();
        let seeded = seed_into(&app.storage, shop.id, 5).await;
        let mut random = Random::new(11);
        stories(&fake, &seeded, &mut random, app.clock.now().plus_days(-2));
        let left = fake.shop(SHOP, |shop| shop.orders.len());
        let run = |shop: &str| {
            let mut command = reconcile_command(&db, &fake, shop);
            tokio::task::spawn_blocking(move || command.output().unwrap())
        };
        let output = run(SHOP).await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned()
            + &String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
        assert!(said.contains(&format!("{left} orders checked, {left} missing")), "{said}");
        assert!(!books(&app, &shop, &seeded).await.conversions.is_empty());
        assert!(!run("nobody.myshopify.com").await.unwrap().status.success());
    }

    async fn s11_11_two_processes_that_reconcile_at_once_refresh_once(db: TestDatabase) {
        let fake = FakeShopify::start();
        fake.install(SHOP);
        let app = process(&db, &fake, Clock::System);
        let shop = welcomed(&app).await;
        app.admin_api.connect(&address(&shop), &fake.session_token(SHOP)).await.unwrap();
        let id = shop.id;
        // The token ends in a minute, and both processes need it.
        let ends = app.clock.now().plus_seconds(60);
        tests::sql::execute(&db.url, &format!(
            "UPDATE installations SET token_expires_at = {} WHERE shop_id = {}", ends.micros(), id.0));
        let running: Vec<_> =
            (0..2).map(|_| reconcile_command(&db, &fake, SHOP).spawn().unwrap()).collect();
        let ended = tokio::task::spawn_blocking(move || {
            running.into_iter().map(|one| one.wait_with_output().unwrap()).collect::<Vec<_>>()
        }).await.unwrap();
        for output in ended {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        assert_eq!(fake.grants_of(GrantKind::Refresh), 1);
    }
}
