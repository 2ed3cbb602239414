//! Server events for affiliates' pixels (N9) and what is forgotten in time, on both databases: the
//! program's own parts in this process, the network played by a recorder.

mod retention;
mod scan;

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    ids::{AffiliateId, DeliveryId, ShopId, ShopifyId},
    money::{Currency, Money},
    order::{OrderLine, OrderSnapshot, PaymentStatus},
    pixel::{Consent, PixelChoice, PixelRules},
    shop::ShopSettings,
    time::UtcTime,
};
use serde_json::Value;
use storage::{
    Storage, StorageError, StorageOptions,
    pixel_events::{PixelEventState, pixel_attempts_of, pixel_event_page},
    shops::shop_update_settings,
};
use tests::{
    db::TestDatabase,
    receiver::{Answer, Recorder},
    seed::{Seeded, seed},
};
use tributary::{
    app::App,
    clock::Clock,
    config::{Settings, SettingsSource},
    delivery::pixel_sender::send_due,
    flows::{
        order_news::{News, OrderNews},
        record_click::{Visit, record_click},
        report_purchase::{PurchaseReport, report_purchase},
        save_pixel::{PixelDraft, PixelOwner, add_pixel},
        settle_orders::Batch,
        tell_pixels::{PlacedOrder, purchase_pixels},
    },
    secrets::MasterKey,
};

const TOKEN: &str = "EAAB0secret0token";
const AGENT: &str = "Mozilla/5.0 (a very particular browser)";
const FBP: &str = "fb.1.1772359200000.987654321";

/// The program on a database of the test's own, with the network at a recorder.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) seeded: Seeded,
}

impl World {
    pub(crate) async fn new(db: &TestDatabase, network: &str) -> Self {
        let seeded = seed(&db.url, 2, &[]).await;
        let source = SettingsSource {
            database_url: Some(db.url.clone()),
            shopify_api_key: Some("key".to_owned()),
            shopify_api_secret: Some("hush".to_owned()),
            shopify_app_url: Some("https://app.example.com".to_owned()),
            encryption_key: Some(MasterKey::generate().unwrap().to_base64()),
            postback_allow_networks: Some(vec!["127.0.0.0/8".parse().unwrap()]),
            meta_graph_url: Some(network.to_owned()),
            ..SettingsSource::default()
        };
        let storage = Storage::connect(&db.url, StorageOptions::default()).unwrap();
        let clock = Clock::manual(UtcTime::parse("2026-11-21T10:00:00Z").unwrap());
        let settings = Settings::load(source).unwrap();
        let app = App::with_storage(storage, settings, clock, false).unwrap();
        let world = Self { app, seeded };
        world.switch_on().await;
        world
    }

    fn shop(&self) -> ShopId {
        self.seeded.shop
    }

    async fn switch_on(&self) {
        let settings = ShopSettings { facebook_pixel_enabled: true, ..ShopSettings::default() };
        let (shop, text) = (self.shop(), serde_json::to_string(&settings).unwrap());
        self.app.storage.write(move |tx| shop_update_settings(tx, shop, &text)).await.unwrap();
    }

    /// A pixel with a token for an affiliate.
    async fn pixel(&self, affiliate: AffiliateId, number: &str) {
        let owner = PixelOwner { shop: self.shop(), affiliate };
        let draft = PixelDraft {
            number: number.to_owned(),
            is_confirmed: false,
            choice: PixelChoice::default(),
            token: TOKEN.to_owned(),
            drops_token: false,
            test_code: "TEST77".to_owned(),
            is_enabled: true,
        };
        let (key, now) = (self.app.master_key.clone(), self.app.clock.now());
        let rules = PixelRules::default();
        let added =
            move |tx: &mut storage::WriteTx<'_>| add_pixel(tx, &key, &rules, owner, &draft, now);
        self.app.storage.write(added).await.unwrap();
    }

    async fn click(&self, visitor: &str, code: &str, consent: i64) {
        let page = format!("https://shop.example/?ref={code}&fbclid=IwAR{visitor}");
        let visit = Visit {
            consent: Some(consent),
            user_agent: Some(AGENT.to_owned()),
            ..Visit::entering(page, visitor.to_owned())
        };
        let (books, shop, now) =
            (std::sync::Arc::clone(&self.app.books), self.shop(), self.app.clock.now());
        self.app
            .storage
            .write(move |tx| {
                let book = books.of(tx, shop)?;
                record_click(tx, &book, &visit, now)
            })
            .await
            .unwrap();
    }

    async fn checkout(&self, order: ShopifyId, visitor: Option<&str>, consent: i64) {
        let report = PurchaseReport {
            shop: self.shop(),
            order: Some(order),
            visitor: visitor.map(str::to_owned),
            consent,
            user_agent: Some(AGENT.to_owned()),
            fbp: Some(FBP.to_owned()),
            fbc: None,
        };
        let now = self.app.clock.now();
        self.app.storage.write(move |tx| report_purchase(tx, &report, now)).await.unwrap();
    }

    /// What the browser may fetch for an order.
    async fn browser(&self, order: ShopifyId, visitor: &str, consent: i64) -> Vec<String> {
        let (books, shop, now) =
            (std::sync::Arc::clone(&self.app.books), self.shop(), self.app.clock.now());
        let visitor = visitor.to_owned();
        let hits = self
            .app
            .storage
            .read(move |conn| {
                let book = books.of(conn, shop)?;
                let consent = Consent::from_bits(consent);
                let total = Some(Money::new(9_000, Currency::USD));
                let placed = PlacedOrder { order, visitor: &visitor, total, consent };
                purchase_pixels(conn, &book, &placed, now)
            })
            .await
            .unwrap();
        hits.into_iter().map(|hit| hit.url).collect()
    }

    async fn settle(&self, orders: Vec<OrderSnapshot>) {
        let arrived = orders
            .into_iter()
            .map(|order| {
                let number = order.shopify_order_id;
                let news = OrderNews { order: number, what: News::Snapshot(Box::new(order)) };
                (DeliveryId(0), Some(news))
            })
            .collect();
        let batch = Batch { arrived };
        let (settler, shop, now) = (self.app.settler.clone(), self.shop(), self.app.clock.now());
        self.app
            .storage
            .write(move |tx| settler.settle(tx, shop, &batch, now, None))
            .await
            .unwrap();
    }

    async fn send_all(&self) {
        while send_due(&self.app).await.unwrap() > 0 {}
    }

    fn order(&self, number: u64, coupon: Option<&str>, visitor: Option<&str>) -> OrderSnapshot {
        let now = self.app.clock.now();
        let line = OrderLine {
            id: ShopifyId(1),
            product_id: Some(ShopifyId(77)),
            variant_id: None,
            title: "Kettle".to_owned(),
            quantity: 1,
            current_quantity: Some(1),
            unit_price_minor: 9_000,
            discount_minor: 0,
            tax_minor: 0,
            gift_card: false,
            tip: false,
            subscription: false,
        };
        let token = visitor.map(|visitor| self.app.visit_tokens.sign(self.shop(), visitor, now));
        serde_json::from_value(serde_json::json!({
            "updated_at": now, "triggered_at": now, "shopify_order_id": number,
            "name": format!("#{number}"), "ordered_at": now, "currency": "USD",
            "taxes_included": false, "test": false, "cancelled_at": null,
            "payment": PaymentStatus::Paid, "fulfilled": false,
            "discount_codes": coupon.into_iter().collect::<Vec<_>>(),
            "customer_id": null, "email_fingerprint": null,
            "attribution_tokens": token.into_iter().collect::<Vec<_>>(),
            "landing_site": null, "source_name": null, "lines": [line],
            "shipping_minor": 0, "shipping_tax_minor": 0, "total_minor": 9_000, "refunds": [],
            "has_disposable_email": false, "tells_subscriptions": false,
        }))
        .unwrap()
    }
}

/// A postback without anything of its own.
fn blank_postback(now: UtcTime) -> storage::postbacks::Postback {
    storage::postbacks::Postback {
        id: domain::ids::PostbackId(0),
        shop_id: ShopId(0),
        affiliate_id: None,
        name: String::new(),
        settings: String::new(),
        credentials: None,
        approved_url: None,
        backlog_since: None,
        author: "test".to_owned(),
        paused_at: None,
        pause_reason: None,
        failures_in_row: 0,
        failing_since: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}

/// The events that the network got: order to event ids, each with the pixel in the address.
fn at_the_network(network: &Recorder) -> BTreeMap<String, BTreeSet<(String, String)>> {
    let mut events: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for request in network.received() {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(
            (&body["access_token"], &body["test_event_code"]),
            (&TOKEN.into(), &"TEST77".into())
        );
        let event = &body["data"][0];
        assert_eq!(event["user_data"]["client_user_agent"], AGENT);
        assert_eq!(event["custom_data"]["value"].to_string(), "90.0");
        let order = event["custom_data"]["order_id"].as_str().unwrap().to_owned();
        let id = event["event_id"].as_str().unwrap().to_owned();
        assert!(events.entry(order).or_default().insert((request.target.clone(), id)));
    }
    events
}

fn event_id(url: &str) -> String {
    let (_, rest) = url.split_once("&eid=").unwrap();
    rest.split('&').next().unwrap().to_owned()
}

tests::both_databases! {
    /// Four kinds of orders in turn: a coupon whose buyer agreed, a link, a coupon whose buyer refused,
    /// and a link whose checkout said nothing but whose visit had agreed. The webhook comes before the
    /// browser's word for one half and after it for the other.
    async fn n09_a_thousand_orders_have_one_event_id_on_both_ways(db: TestDatabase) {
        let network = Recorder::answering(|_| Answer::body(200, r#"{"events_received":1}"#));
        let world = World::new(&db, &network.url("")).await;
        let anna = world.seeded.affiliates[0].clone();
        world.pixel(anna.id, "1111111111111111").await;
        world.pixel(world.seeded.affiliates[1].id, "2222222222222222").await;
        let mut from_browsers: BTreeMap<String, String> = BTreeMap::new();
        for hundred in 0..10_u64 {
            let mut orders = Vec::new();
            let mut reports = Vec::new();
            for number in hundred * 100..(hundred + 1) * 100 {
                let order = ShopifyId(5_000_000 + number);
                let visitor = format!("v{number}");
                let coupon = anna.coupon.as_str();
                match number % 4 {
                    0 => reports.push((order, None, 3)),
                    1 => {
                        world.click(&visitor, coupon, 3).await;
                        let urls = world.browser(order, &visitor, 3).await;
                        assert_eq!(urls.len(), 1);
                        assert!(urls[0].contains("?id=1111111111111111&"), "{}", urls[0]);
                        from_browsers.insert(order.to_string(), event_id(&urls[0]));
                        reports.push((order, Some(visitor.clone()), 3));
                    }
                    2 => reports.push((order, None, 1)),
                    _ => world.click(&visitor, coupon, 3).await,
                }
                let by_coupon = number % 2 == 0;
                orders.push(world.order(
                    order.0,
                    by_coupon.then_some(coupon),
                    (!by_coupon).then_some(visitor.as_str()),
                ));
            }
            let is_late = hundred % 2 == 0;
            if is_late {
                world.settle(orders.clone()).await;
            }
            for (order, visitor, consent) in &reports {
                world.checkout(*order, visitor.as_deref(), *consent).await;
            }
            // Settled again, as Shopify repeats itself.
            world.settle(orders).await;
            world.send_all().await;
        }
        world.send_all().await;

        let events = at_the_network(&network);
        assert_eq!(events.len(), 750, "every order but those of buyers who refused");
        for (order, told) in &events {
            let only = (
                "/1111111111111111/events".to_owned(),
                format!("purchase-{order}"),
            );
            assert_eq!(told, &BTreeSet::from([only]), "{order}");
        }
        assert_eq!(from_browsers.len(), 250);
        for (order, id) in &from_browsers {
            assert_eq!(id, &format!("purchase-{order}"), "the same id on both ways");
        }
        assert_eq!(network.count(), 750);
        log_names_nobody(&world, anna.id).await;
    }

    async fn n09_a_failing_network_is_tried_again_with_the_same_id(db: TestDatabase) {
        let network = Recorder::scripted([
            Answer::status(500),
            Answer::body(200, r#"{"events_received":1}"#),
        ]);
        let world = World::new(&db, &network.url("")).await;
        let anna = world.seeded.affiliates[0].clone();
        world.pixel(anna.id, "1111111111111111").await;
        world.checkout(ShopifyId(9), None, 3).await;
        let order = world.order(9, Some(&anna.coupon), None);
        world.settle(vec![order]).await;
        world.send_all().await;
        world.app.clock.set(world.app.clock.now().plus_seconds(60));
        world.send_all().await;
        let ids: Vec<Value> = network
            .received()
            .iter()
            .map(|request| serde_json::from_slice::<Value>(&request.body).unwrap())
            .map(|body| body["data"][0]["event_id"].clone())
            .collect();
        assert_eq!(ids, ["purchase-9", "purchase-9"]);
        let (shop, id) = (world.shop(), anna.id);
        let events = world
            .app
            .storage
            .read(move |conn| pixel_event_page(conn, shop, id, None, 10))
            .await
            .unwrap();
        assert_eq!((events[0].state, events[0].attempts), (PixelEventState::Delivered, 2));
    }

    /// A visitor who agreed at the checkout and took it back before the event was sent.
    async fn n09_consent_taken_back_in_time_keeps_the_event_at_home(db: TestDatabase) {
        let network = Recorder::start();
        let world = World::new(&db, &network.url("")).await;
        let anna = world.seeded.affiliates[0].clone();
        world.pixel(anna.id, "1111111111111111").await;
        world.checkout(ShopifyId(9), None, 3).await;
        let order = world.order(9, Some(&anna.coupon), None);
        world.settle(vec![order]).await;
        world.checkout(ShopifyId(9), None, 0).await;
        world.send_all().await;
        assert_eq!(network.count(), 0);
    }
}

/// What the affiliate can read of its events holds neither the token nor anything of a browser.
async fn log_names_nobody(world: &World, affiliate: AffiliateId) {
    let shop = world.shop();
    let (events, tries) = world
        .app
        .storage
        .read(move |conn| {
            let events = pixel_event_page(conn, shop, affiliate, None, 2_000)?;
            let ids: Vec<_> = events.iter().map(|event| event.id).collect();
            let tries = pixel_attempts_of(conn, shop, &ids, 5_000)?;
            Ok::<_, StorageError>((events, tries))
        })
        .await
        .unwrap();
    assert_eq!((events.len(), tries.len()), (1_000, 750));
    let refused = events.iter().filter(|event| event.state == PixelEventState::NotSent).count();
    assert_eq!(refused, 250);
    for attempt in &tries {
        let body = attempt.body.as_deref().unwrap();
        for secret in [TOKEN, AGENT, FBP, "IwAR"] {
            assert!(!body.contains(secret), "{body}");
        }
        assert!(body.contains("purchase-"), "{body}");
    }
}
