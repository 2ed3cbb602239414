//! A shop with two active affiliates and one who was denied, and browsers that keep cookies.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

use actix_web::{App as WebApp, body::to_bytes, test, web::Data};
use domain::{
    ids::{AffiliateId, OrderId, ShopId, ShopifyId},
    money::Currency,
    order::{OrderLine, OrderSnapshot, PaymentStatus},
    time::UtcTime,
};
use storage::{
    Storage, StorageError,
    affiliates::{Affiliate, affiliate_insert},
    coupons::{Coupon, coupon_insert},
    orders::order_by_shopify_id,
    programs::{program_insert, program_version_insert},
    shops::{Shop, shop_insert_if_absent},
};
use url::form_urlencoded;

use crate::{
    app::App,
    clock::Clock,
    config::{Role, Settings},
    delivery::link_reader::read_all,
    flows::{
        log_in::hash_password,
        order_news::{News, OrderNews},
        see_link_names::Remembered,
        settle_orders::Batch,
    },
    secrets::MasterKey,
    web::{routes_pages::routes, session::demo_admin_cookie},
};

pub(super) const ANNA_PASSWORD: &str = "correct horse";
const PORTAL: &str = "/portal/demo.myshopify.com";

/// The process and its data.
pub(super) struct Site {
    pub(super) app: Data<App>,
    pub(super) shop: Shop,
    pub(super) anna: Affiliate,
}

/// A browser with its cookies.
pub(super) struct Browser {
    app: Data<App>,
    pub(super) cookies: BTreeMap<String, String>,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) location: String,
    pub(super) body: String,
    headers: BTreeMap<String, String>,
}

impl Site {
    /// Started by `tributary demo`.
    pub(super) async fn new() -> Self {
        Self::with_settings(settings(), true).await
    }

    /// As installed from the App Store.
    pub(super) async fn real() -> Self {
        Self::with_settings(settings(), false).await
    }

    pub(super) async fn with_settings(settings: Settings, is_demo: bool) -> Self {
        let start = UtcTime::parse("2026-03-01T10:00:00Z").unwrap();
        let storage = Storage::in_memory().unwrap();
        let app = App::with_storage(storage, settings, Clock::manual(start), is_demo).unwrap();
        let app = Data::new(app);
        let hash = hash_password(ANNA_PASSWORD.to_owned()).await.unwrap();
        let prints = app.fingerprints.clone();
        let (shop, anna) = app
            .storage
            .write::<_, StorageError, _>(move |tx| {
                let shop = shop(ShopId(tx.next_id(start)), start);
                let shop = shop_insert_if_absent(tx, &shop)?;
                let program = program_insert(tx, shop.id, "Main", start)?;
                let rules = r#"{"key":"main","commission":{"type":"percent","value":"10"}}"#;
                let rules = serde_json::from_str(rules).unwrap();
                program_version_insert(tx, shop.id, program.id, start.plus_days(-30), rules)?;
                let mut join = |name: &str, email: &str, code: &str, status: &str| {
                    let affiliate = Affiliate {
                        id: AffiliateId(0),
                        shop_id: shop.id,
                        program_id: program.id,
                        number: 0,
                        name: name.to_owned(),
                        email: email.to_owned(),
                        email_fingerprint: prints.email(email).unwrap(),
                        code: code.to_owned(),
                        code_folded: code.to_lowercase(),
                        status: status.to_owned(),
                        shopify_customer_id: None,
                        upline_id: None,
                        payout_currency: None,
                        payout_rate: None,
                        password_hash: Some(hash.clone()),
                        created_at: start,
                    };
                    affiliate_insert(tx, affiliate)
                };
                let anna = join("Anna <Lindqvist>", "anna@example.com", "ANNA", "active")?;
                join("Bob", "bob@example.com", "BOB", "active")?;
                join("Bella", "bella@example.com", "BELLA", "denied")?;
                let coupon = Coupon {
                    shop_id: shop.id,
                    code_folded: "anna10".to_owned(),
                    code: "ANNA10".to_owned(),
                    affiliate_id: anna.id,
                };
                coupon_insert(tx, &coupon)?;
                Ok((shop, anna))
            })
            .await
            .unwrap();
        Self { app, shop, anna }
    }

    pub(super) fn browser(&self) -> Browser {
        Browser { app: self.app.clone(), cookies: BTreeMap::new() }
    }

    pub(super) async fn anna(&self) -> Browser {
        let mut browser = self.browser();
        assert_eq!(browser.log_in("anna@example.com", ANNA_PASSWORD).await.status, 303);
        browser
    }

    pub(super) async fn bob(&self) -> Browser {
        let mut browser = self.browser();
        assert_eq!(browser.log_in("bob@example.com", ANNA_PASSWORD).await.status, 303);
        browser
    }

    /// The demo's merchant.
    pub(super) fn merchant(&self) -> Browser {
        let mut browser = self.browser();
        let cookie = demo_admin_cookie(&self.app, &self.shop);
        browser.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
        browser
    }

    /// The worker that reads links' parameters from clicks has seen all of them.
    pub(super) async fn links_are_read(&self) {
        self.app.clock.set(self.app.clock.now().plus_seconds(5));
        read_all(&self.app, &mut Remembered::default()).await.unwrap();
    }

    /// An order of 90.00 with Anna's coupon, settled.
    pub(super) async fn coupon_order(&self) -> OrderId {
        self.coupon_order_of(5_678_901_234_567).await
    }

    /// The same under another of Shopify's numbers.
    pub(super) async fn coupon_order_of(&self, number: u64) -> OrderId {
        let (shop, now, settler) = (self.shop.id, self.app.clock.now(), self.app.settler.clone());
        let number = ShopifyId(number);
        let news = OrderNews { order: number, what: News::Snapshot(Box::new(order(number, now))) };
        let batch = Batch { arrived: vec![(domain::ids::DeliveryId(0), Some(news))] };
        self.app
            .storage
            .write::<_, StorageError, _>(move |tx| {
                settler.settle(tx, shop, &batch, now, None)?;
                Ok(order_by_shopify_id(tx, shop, number)?.unwrap().id)
            })
            .await
            .unwrap()
    }
}

impl Browser {
    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.send(test::TestRequest::get().uri(path)).await
    }

    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_with(path, fields, ("sec-fetch-site", "same-origin")).await
    }

    pub(super) async fn post_with(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        header: (&'static str, &'static str),
    ) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let request = test::TestRequest::post()
            .uri(path)
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .insert_header(header)
            .set_payload(body.finish());
        self.send(request).await
    }

    pub(super) async fn log_in(&mut self, email: &str, password: &str) -> Answer {
        self.log_in_to(email, password, "").await
    }

    pub(super) async fn log_in_to(&mut self, email: &str, password: &str, next: &str) -> Answer {
        let address = format!("{PORTAL}/login");
        let csrf = self.get(&address).await.csrf();
        let fields =
            [("csrf", csrf.as_str()), ("email", email), ("password", password), ("next", next)];
        self.post(&address, &fields).await
    }

    pub(super) async fn send(&mut self, request: test::TestRequest) -> Answer {
        let service = WebApp::new().app_data(self.app.clone()).configure(routes);
        let service = test::init_service(service).await;
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request
            .insert_header(("accept", "text/html"))
            .insert_header(("cookie", cookies.join("; ")));
        let answer = test::call_service(&service, request.to_request()).await;
        for cookie in answer.response().cookies() {
            self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
        }
        let headers: BTreeMap<String, String> = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body()).await.ok().unwrap();
        Answer {
            status,
            location: headers.get("location").cloned().unwrap_or_default(),
            body: String::from_utf8(body.to_vec()).unwrap(),
            headers,
        }
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The form token of the page.
    pub(super) fn csrf(&self) -> String {
        let (_, rest) = self.body.split_once("name=\"csrf\" value=\"").expect("a form");
        rest.split('"').next().unwrap().to_owned()
    }
}

pub(super) fn settings() -> Settings {
    Settings {
        // Nobody is there: these tests are about what we answer.
        shopify_stand_in: Some("http://127.0.0.1:9".to_owned()),
        shopify_app_handle: None,
        partner: None,
        usage_plan: None,
        database_url: String::new(),
        bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 0,
        shopify_api_key: "client-id".to_owned(),
        shopify_api_secret: "hush".into(),
        shopify_api_secret_previous: None,
        app_url: "http://localhost:8080".to_owned(),
        encryption_key: MasterKey::generate().unwrap(),
        postback_allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
        postback_sender_addresses: vec!["192.0.2.7/32".parse().unwrap()],
        role: Role::All,
        log: String::new(),
        postback_retry_seconds: domain::retry::SCHEDULE_S.to_vec(),
        lease_seconds: 60,
        smtp: None,
        meta_graph_url: crate::config::META_GRAPH_URL.to_owned(),
        web_workers: None,
    }
}

fn shop(id: ShopId, now: UtcTime) -> Shop {
    Shop {
        id,
        domain: "demo.myshopify.com".to_owned(),
        shopify_shop_id: None,
        name: "Demo tea".to_owned(),
        currency: Some(Currency::USD),
        timezone: "Europe/Paris".to_owned(),
        settings: "{}".to_owned(),
        is_demo: true,
        installed_at: now,
        uninstalled_at: None,
    }
}

fn order(id: ShopifyId, at: UtcTime) -> OrderSnapshot {
    let line = OrderLine {
        id: ShopifyId(1),
        product_id: Some(ShopifyId(2)),
        variant_id: None,
        title: "Red kettle".to_owned(),
        quantity: 1,
        current_quantity: Some(1),
        unit_price_minor: 10_000,
        discount_minor: 1_000,
        tax_minor: 0,
        gift_card: false,
        tip: false,
        subscription: false,
    };
    OrderSnapshot {
        has_disposable_email: false,
        tells_subscriptions: true,
        updated_at: at,
        triggered_at: at,
        shopify_order_id: id,
        name: "#1001".to_owned(),
        ordered_at: at,
        currency: Currency::USD,
        taxes_included: false,
        test: false,
        cancelled_at: None,
        payment: PaymentStatus::Paid,
        fulfilled: false,
        discount_codes: vec!["ANNA10".to_owned()],
        customer_id: Some(ShopifyId(7_700_000_000_001)),
        email_fingerprint: None,
        attribution_tokens: Vec::new(),
        landing_site: None,
        referring_host: None,
        source_name: None,
        lines: vec![line],
        shipping_minor: 0,
        shipping_tax_minor: 0,
        total_minor: 9_000,
        refunds: Vec::new(),
    }
}
