//! What webhooks about the shop itself lead to (rows 2, 23, 32, 33), through the real process.

use std::time::{Duration, Instant};

use domain::time::UtcTime;
use serde_json::{Value, json};
use shopify::webhook::Topic;
use storage::inbox::{DeliveryState, delivery_counts};
use storage::installations::{Installation, installation};
use storage::orders::{Order, order_by_shopify_id};
use storage::shops::{Shop, shop_by_domain};
use storage::{Storage, StorageOptions};
use tests::PATIENCE;
use tests::both_databases;
use tests::db::TestDatabase;
use tests::server_process::{ServerProcess, ServerSettings};
use tests::shopify::FakeShopify;
use tests::webhook::{Webhook, app_secrets};
use tests::wire::Connection;

use super::SHOP;

/// A running server with an installed shop whose admin was opened once.
pub(crate) struct Stage {
    pub(crate) fake: FakeShopify,
    pub(crate) server: ServerProcess,
    pub(crate) storage: Storage,
    count: u64,
}

impl Stage {
    pub(crate) async fn new(db: &TestDatabase) -> Self {
        let fake = FakeShopify::start();
        fake.install(SHOP);
        let settings = ServerSettings::new(&db.url).with("SHOPIFY_STAND_IN", &fake.origin());
        let server = ServerProcess::started(settings).await;
        let storage = Storage::connect(&db.url, StorageOptions::default()).unwrap();
        let stage = Self { fake, server, storage, count: 0 };
        assert_eq!(stage.open_admin().await, 200);
        stage
    }

    /// The first page, as the admin opens it.
    pub(crate) async fn open_admin(&self) -> u16 {
        let token = self.fake.session_token(SHOP);
        let request = format!(
            "GET /admin HTTP/1.1\r\nhost: app.example.com\r\naccept: text/html\r\n\
             authorization: Bearer {token}\r\n\r\n"
        );
        let mut connection = Connection::open(self.server.address()).await.unwrap();
        connection.exchange(request.as_bytes()).await.unwrap()
    }

    pub(crate) async fn tell_at(&mut self, topic: &str, body: &Value, triggered_at: UtcTime) {
        self.count += 1;
        let webhook = Webhook {
            topic: Topic::parse(topic),
            id: format!("delivery-{}", self.count),
            triggered_at,
            body: body.to_string().into_bytes(),
        };
        let mut connection = Connection::open(self.server.address()).await.unwrap();
        let request = webhook.to_http(SHOP, &app_secrets());
        assert_eq!(connection.exchange(&request).await.unwrap(), 200);
    }

    pub(crate) async fn tell(&mut self, topic: &str, body: &Value) {
        self.tell_at(topic, body, now()).await;
    }

    /// Waits until something holds.
    pub(crate) async fn until(&self, what: &str, holds: impl AsyncFn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self).await {
            assert!(Instant::now() < deadline, "in vain: {what}\n{}", self.server.log_tail());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until every delivery has had its effect.
    pub(crate) async fn settled(&self) {
        self.until("settled", async |stage: &Self| {
            let counts = stage.storage.read(delivery_counts).await.unwrap();
            counts.due == 0
        })
        .await;
    }

    pub(crate) async fn shop(&self) -> Shop {
        let found = self.storage.read(|conn| shop_by_domain(conn, SHOP)).await.unwrap();
        found.unwrap()
    }

    pub(crate) async fn installation(&self) -> Installation {
        let id = self.shop().await.id;
        self.storage.read(move |conn| installation(conn, id)).await.unwrap().unwrap()
    }

    /// The active plan and how the subscription stands.
    pub(crate) async fn plan(&self) -> Option<(Option<String>, String)> {
        let id = self.shop().await.id;
        let found =
            self.storage.read(move |conn| storage::plans::shop_plan(conn, id)).await.unwrap();
        found.map(|plan| (plan.name, plan.status))
    }

    /// Whether work of a kind is left to do.
    pub(crate) async fn has_task(&self, kind: &str) -> bool {
        let id = self.shop().await.id;
        let read = self.storage.read(move |conn| storage::shopify_tasks::tasks_of(conn, id, 100));
        read.await.unwrap().iter().any(|task| task.kind.as_str() == kind)
    }

    pub(crate) async fn order(&self, id: u64) -> Option<Order> {
        let shop = self.shop().await.id;
        let id = domain::ids::ShopifyId(id);
        self.storage.read(move |conn| order_by_shopify_id(conn, shop, id)).await.unwrap()
    }
}

pub(crate) fn now() -> UtcTime {
    tributary::clock::Clock::System.now()
}

fn shop_body() -> Value {
    json!({"id": 548380009, "name": "Tea", "myshopify_domain": SHOP, "currency": "EUR",
        "iana_timezone": "Europe/Rome"})
}

both_databases! {
    async fn s11_32_a_removal_ends_everything_and_a_late_one_nothing(db: TestDatabase) {
        let mut stage = Stage::new(&db).await;
        stage.until("connected", async |stage: &Stage| stage.installation().await.token.is_some()).await;
        let installed_at = stage.shop().await.installed_at;
        // From before this installation: the shop had removed the app and installed it again.
        stage.tell_at("app/uninstalled", &shop_body(), installed_at.plus_seconds(-60)).await;
        stage.settled().await;
        assert!(stage.shop().await.uninstalled_at.is_none());
        assert!(stage.installation().await.token.is_some());

        let removed_at = now().plus_seconds(1);
        stage.tell_at("app/uninstalled", &shop_body(), removed_at).await;
        stage.settled().await;
        assert_eq!(stage.shop().await.uninstalled_at, Some(removed_at));
        let left = stage.installation().await;
        assert!(left.token.is_none() && left.scopes.is_empty() && left.pixel_id.is_none());

        // It comes back: a new token, and the shop is there again.
        assert_eq!(stage.open_admin().await, 200);
        let back = stage.shop().await;
        assert!(back.uninstalled_at.is_none() && back.installed_at > installed_at);
        assert!(stage.installation().await.token.is_some());
    }

    async fn s11_33_scopes_and_the_shop_are_kept_as_they_are_told(db: TestDatabase) {
        let mut stage = Stage::new(&db).await;
        stage.until("read", async |stage: &Stage| stage.shop().await.name == "Tea & Kettles").await;
        assert!(stage.installation().await.scopes.contains("write_pixels"));
        stage.tell("app/scopes_update", &json!({"id": 1, "shop_id": "gid://shopify/Shop/1",
            "previous": ["read_orders", "write_pixels"], "current": ["read_orders"]})).await;
        stage.tell("shop/update", &shop_body()).await;
        stage.settled().await;
        let shop = stage.shop().await;
        assert_eq!((shop.name.as_str(), shop.timezone.as_str()), ("Tea", "Europe/Rome"));
        assert_eq!(shop.shopify_shop_id.unwrap().0, 548_380_009);
        let row = stage.installation().await;
        assert_eq!(row.scopes, "read_orders");
    }

    async fn s11_34_news_of_an_old_plan_takes_nothing_from_the_new_one(db: TestDatabase) {
        let mut stage = Stage::new(&db).await;
        let subscription = |name: &str, status: &str| json!({"id": "gid://shopify/AppSubscription/1",
            "name": name, "status": status, "test": false, "currentPeriodEnd": null, "lineItems": []});
        stage.fake.shop(SHOP, |shop| shop.subscriptions = vec![subscription("Professional", "ACTIVE")]);
        stage.tell("app_subscriptions/update", &json!({"app_subscription":
            {"name": "Professional", "status": "ACTIVE"}})).await;
        stage.until("told", async |stage: &Stage| stage.plan().await.is_some_and(|(name, _)| {
            name.as_deref() == Some("Professional")
        })).await;
        // The end of the plan before arrives late: Shopify is asked, and still says the new one.
        let reads = |stage: &Stage| stage.fake.with(|state| {
            state.operations.iter().filter(|(name, _)| name == "ReadSubscriptions").count()
        });
        let before = reads(&stage);
        stage.tell("app_subscriptions/update", &json!({"app_subscription":
            {"name": "Growth", "status": "CANCELLED"}})).await;
        stage.until("asked", async |stage: &Stage| reads(stage) > before).await;
        stage.until("done", async |stage: &Stage| !stage.has_task("read_plan").await).await;
        assert_eq!(stage.plan().await.unwrap().0.as_deref(), Some("Professional"));
        stage.fake.shop(SHOP, |shop| shop.subscriptions = vec![subscription("Professional", "FROZEN")]);
        stage.tell("app_subscriptions/approaching_capped_amount", &json!({"app_subscription":
            {"name": "Professional", "status": "FROZEN"}})).await;
        stage.until("frozen", async |stage: &Stage| {
            stage.plan().await == Some((None, "FROZEN".to_owned()))
        }).await;
    }

    async fn s11_23_an_edit_is_followed_by_reading_the_order(db: TestDatabase) {
        let mut stage = Stage::new(&db).await;
        let order = tests::orders::Order::reference(7, "FRIEND", now().plus_seconds(-3_600));
        let mut body = order.payload();
        stage.tell("orders/create", &body).await;
        stage.settled().await;
        // The edit takes a unit of A away, and its own webhook is lost.
        body["line_items"][0]["current_quantity"] = json!(1);
        body["updated_at"] = json!(now());
        stage.fake.shop(SHOP, |shop| shop.orders.insert(order.id(), body.clone()));
        stage.tell("orders/edited", &json!({"order_edit": {"id": 1, "order_id": order.id(),
            "committed_at": now()}})).await;
        stage.until("read", async |stage: &Stage| {
            let state = stage.order(order.id()).await.unwrap().state.0;
            state.snapshot.unwrap().lines[0].current_quantity == Some(1)
        }).await;
    }

    async fn s11_02_the_answer_says_what_became_of_the_delivery(db: TestDatabase) {
        let stage = Stage::new(&db).await;
        let webhook = |id: &str| Webhook {
            topic: Topic::CustomersRedact,
            id: id.to_owned(),
            triggered_at: now(),
            body: json!({"shop_id": 1, "shop_domain": SHOP, "customer": {"id": 1}}).to_string().into_bytes(),
        };
        let good = String::from_utf8(webhook("one").to_http(SHOP, &app_secrets())).unwrap();
        let send = async |request: &str| {
            let mut connection = Connection::open(stage.server.address()).await.unwrap();
            connection.exchange(request.as_bytes()).await.unwrap()
        };
        let digest = good.lines().find(|line| line.starts_with("x-shopify-hmac")).unwrap();
        let other = good.replace(digest, "x-shopify-hmac-sha256: UFwgrGBPZilFtmKh8TqcovA78LGYb1BdWu9I4Q2oyRg=");
        assert_eq!(send(&other).await, 401, "the app's review sends such a one");
        assert_eq!(send(&good.replace(&format!("{digest}\r\n"), "")).await, 400);
        assert_eq!(send("GET /webhooks HTTP/1.1\r\nhost: app.example.com\r\n\r\n").await, 405);
        let count = "SELECT COUNT(*) AS value FROM deliveries WHERE webhook_id IN ('one', 'two')";
        assert_eq!(tests::sql::integer(&db.url, count), 0);
        assert_eq!((send(&good).await, send(&good).await), (200, 200));
        assert_eq!(tests::sql::integer(&db.url, count), 1, "a repeat is one row");

        // Where nothing can be stored, Shopify is told to come again.
        tests::sql::execute(&db.url, "ALTER TABLE deliveries RENAME TO deliveries_away");
        let second = String::from_utf8(webhook("two").to_http(SHOP, &app_secrets())).unwrap();
        assert!(send(&second).await >= 500);
        tests::sql::execute(&db.url, "ALTER TABLE deliveries_away RENAME TO deliveries");
        assert_eq!(send(&second).await, 200);
        assert_eq!(tests::sql::integer(&db.url, count), 2);
    }

    async fn s11_03_two_topics_of_one_event_are_both_taken_in(db: TestDatabase) {
        let mut stage = Stage::new(&db).await;
        let order = tests::orders::Order::reference(9, "FRIEND", now().plus_seconds(-60));
        let send = async |stage: &Stage, topic: Topic, id: &str| {
            let webhook = Webhook { topic, id: id.to_owned(), triggered_at: now(),
                body: order.payload().to_string().into_bytes() };
            let request = String::from_utf8(webhook.to_http(SHOP, &app_secrets())).unwrap();
            let own = format!("x-shopify-event-id: {id}");
            let request = request.replace(&own, "x-shopify-event-id: the-same-event");
            let mut connection = Connection::open(stage.server.address()).await.unwrap();
            assert_eq!(connection.exchange(request.as_bytes()).await.unwrap(), 200);
        };
        send(&stage, Topic::OrdersCreate, "create").await;
        send(&stage, Topic::OrdersPaid, "paid").await;
        stage.settled().await;
        let count = "SELECT COUNT(*) AS value FROM deliveries WHERE event_id = 'the-same-event'";
        assert_eq!(tests::sql::integer(&db.url, count), 2);
        stage.tell("orders/paid", &order.payload()).await;
    }

    async fn a_body_that_names_another_shop_is_parked(db: TestDatabase) {
        let mut stage = Stage::new(&db).await;
        stage.tell("shop/redact", &json!({"shop_id": 1, "shop_domain": "victim.myshopify.com"})).await;
        stage.settled().await;
        let shop = stage.shop().await.id;
        let failed = stage.storage
            .read(move |conn| storage::inbox::deliveries_failed(conn, shop, None, 10)).await.unwrap();
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].state, DeliveryState::Failed);
        assert!(failed[0].error.as_deref().unwrap().contains("another shop"));
    }
}
