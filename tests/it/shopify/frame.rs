//! The admin of another origin shows our pages in a frame (rows 9, 10, 36): tokens instead of cookies,
//! from the installation to an order that is seen.

use serde_json::{Value, json};
use tests::browser::{Answer, Browser, Page, assert_accessible, assert_axe_clean};
use tests::db::TestDatabase;
use tests::orders::Order;
use tests::server_process::{ServerProcess, ServerSettings};
use tests::shopify::FakeShopify;
use tests::webhook::{Webhook, app_secrets};
use tests::wire::Connection;

use super::SHOP;
use super::webhooks::now;

/// The frame inside the admin's page.
struct Frame<'a>(&'a Page);

impl Frame<'_> {
    /// What an expression gives inside the frame. A world of its own: the DOM, not the page's scripts.
    async fn eval(&self, expression: &str) -> Option<Value> {
        let tree = self.0.command("Page.getFrameTree", json!({})).await;
        let frame = tree.pointer("/frameTree/childFrames/0/frame/id")?.as_str()?.to_owned();
        let world = self.0.command("Page.createIsolatedWorld", json!({"frameId": frame})).await;
        let context = world.get("executionContextId")?.clone();
        let params = json!({"expression": expression, "contextId": context, "returnByValue": true,
            "awaitPromise": true, "userGesture": true});
        let answer = self.0.command("Runtime.evaluate", params).await;
        answer.pointer("/result/value").cloned()
    }

    async fn until(&self, expression: &str) {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while self.eval(expression).await != Some(json!(true)) {
            if std::time::Instant::now() > deadline {
                let body = self.eval("document.body.innerText").await;
                panic!("in vain: {expression}\n{body:?}\n{:?}", self.0.problems());
            }
            tokio::time::sleep(std::time::Duration::from_millis(40)).await;
        }
    }

    /// Waits for a heading.
    async fn shows(&self, heading: &str) {
        self.until(&format!("document.querySelector('h1')?.innerText === {}", json!(heading)))
            .await;
    }

    async fn says(&self, text: &str) {
        self.until(&format!("document.body.innerText.includes({})", json!(text))).await;
    }

    async fn click(&self, selector: &str) {
        self.until(&format!("!!document.querySelector({})", json!(selector))).await;
        self.eval(&format!("document.querySelector({}).click()", json!(selector))).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_09_from_the_installation_to_an_order_inside_the_admin_without_a_cookie() {
    let Some(browser) = Browser::launch().await else { return };
    let db = TestDatabase::sqlite();
    let fake = FakeShopify::start();
    fake.install(SHOP);
    let mut server =
        ServerProcess::new(ServerSettings::new(&db.url).with("SHOPIFY_STAND_IN", &fake.origin()));
    let app = format!("http://{}", server.address());
    server.set("SHOPIFY_APP_URL", &app);
    fake.with(|state| state.app_url = app.clone());
    server.start();
    server.ready().await;

    let page = browser.page().await;
    let seen = page.intercept(&format!("{app}/*"), |_| Answer::Pass).await;
    page.goto(&format!("{}/store/tea/apps/key", fake.origin())).await;
    let frame = Frame(&page);

    // Installed: the first page brought the token, and the set-up list looks by itself.
    frame.shows("Home").await;
    frame.says("Set up Tributary").await;
    frame.says("The theme embed switched on").await;
    fake.shop(SHOP, |shop| shop.embed_status = "active".to_owned());
    page.goto(&format!("{}/store/tea/apps/key", fake.origin())).await;
    // The script asks the admin and tells the server; the list follows without a reload.
    frame
        .until("document.querySelector('[data-embed-state]')?.dataset.embedState === 'active'")
        .await;

    // The admin's own navigation.
    page.wait_until("[...document.querySelectorAll('#nav button')].length > 3").await;
    page.eval::<Value>("([...document.querySelectorAll('#nav button')].find((one) => one.textContent === 'Affiliates').click(), null)").await;
    frame.shows("Affiliates").await;
    let address = frame.eval("location.href").await.unwrap();
    assert!(address.as_str().unwrap().contains("/admin/affiliates"), "history: {address}");
    assert!(
        address.as_str().unwrap().contains("shop=tea.myshopify.com"),
        "an ordinary reload works"
    );

    // A program and somebody who wants to promote; the merchant approves by a form inside the frame.
    let storage = storage::Storage::connect(&db.url, storage::StorageOptions::default()).unwrap();
    let shop =
        storage.read(|conn| storage::shops::shop_by_domain(conn, SHOP)).await.unwrap().unwrap();
    let seeded = tests::seed::seed_into(&storage, shop.id, 1).await;
    tests::sql::execute(&db.url, "UPDATE affiliates SET status = 'pending'");
    frame.eval("history.back()").await;
    frame.shows("Home").await;
    page.eval::<Value>("([...document.querySelectorAll('#nav button')].find((one) => one.textContent === 'Affiliates').click(), null)").await;
    frame.shows("Affiliates").await;
    frame.says("FRIEND0").await;
    frame
        .click("form[action$='/status'] button[value=active], form[action$='/status'] button")
        .await;
    let is_active = || {
        tests::sql::integer(
            &db.url,
            "SELECT COUNT(*) AS value FROM affiliates WHERE status = 'active'",
        )
    };
    for _ in 0..200 {
        if is_active() == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(is_active(), 1, "approved by a form without a cookie");

    // An order with the affiliate's code arrives and is seen.
    let order = Order::reference(1, &seeded.affiliates[0].coupon, now().plus_seconds(-60));
    let webhook = Webhook {
        topic: shopify::webhook::Topic::OrdersCreate,
        id: "first".to_owned(),
        triggered_at: now(),
        body: order.payload().to_string().into_bytes(),
    };
    let mut connection = Connection::open(server.address()).await.unwrap();
    assert_eq!(connection.exchange(&webhook.to_http(SHOP, &app_secrets())).await.unwrap(), 200);
    for _ in 0..200 {
        if tests::sql::integer(&db.url, "SELECT COUNT(*) AS value FROM conversions") == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    page.eval::<Value>("([...document.querySelectorAll('#nav button')].find((one) => one.textContent === 'Orders').click(), null)").await;
    frame.shows("Orders").await;
    frame.says("#1").await;

    // An ordinary load of the frame goes over the bounce page and comes back with a token.
    frame.eval("void location.assign('/admin/programs?embedded=1&shop=tea.myshopify.com&host=YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvdGVh')").await;
    frame.shows("Programs").await;
    let address = frame.eval("location.href").await.unwrap();
    assert!(address.as_str().unwrap().contains("id_token="), "{address}");

    // Nothing of it needed a cookie, so blocking third parties' cookies changes nothing.
    assert_eq!(frame.eval("document.cookie").await, Some(json!("")));
    let requests = seen.requests();
    assert!(requests.len() > 8, "{}", requests.len());
    for request in requests {
        let cookie = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("cookie"));
        assert_eq!(cookie, None, "{}", request.url);
    }

    // The pages themselves, at both widths.
    let token = fake.session_token(SHOP);
    for path in ["", "/connection"] {
        for (width, is_mobile) in [(1280, false), (375, true)] {
            let tab = browser.page().await;
            tab.set_viewport(width, 800, is_mobile).await;
            tab.goto(&format!("{app}/admin{path}?id_token={token}")).await;
            assert_accessible(&tab).await;
            assert_axe_clean(&tab).await;
        }
    }
}
