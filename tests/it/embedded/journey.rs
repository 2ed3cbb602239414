//! From the installation to the first order, as a merchant walks it.

use std::time::Duration;

use domain::time::UtcTime;
use shopify::webhook::Topic;
use tests::PATIENCE;
use tests::browser::Page;
use tests::orders::Order;
use tests::seed::apply;
use tests::shopify::GrantKind;
use tests::webhook::{Webhook, app_secrets, webhook_id};
use tests::wire::Connection;
use tokio::time::{Instant, sleep};
use tributary::clock::Clock;

use super::{Merchant, SHOP, wait_for_heading};

/// Whether the step with this label is done.
fn step(label: &str) -> String {
    format!(
        "[...document.querySelectorAll('section[aria-labelledby=setup] li')]
            .some(it => it.innerText.includes('{label}') && it.innerText.startsWith('Done'))"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_09_a_merchant_walks_from_the_installation_to_the_first_order() {
    let Some(merchant) = Merchant::arrive().await else { return };
    let frame = merchant.open("").await;
    wait_for_heading(&frame, "Home").await;
    // A slow machine shows the page before Shopify has answered.
    let deadline = Instant::now() + PATIENCE;
    while merchant.fake.grants_of(GrantKind::Exchange) == 0 && Instant::now() < deadline {
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(merchant.fake.grants_of(GrantKind::Exchange), 1, "the first page brought a token");

    // The theme embed: off, switched on in the theme editor, noticed on return.
    let embed = step("The Tributary embed is on in your theme");
    frame.wait_until("document.querySelector('[data-embed]').dataset.embed === 'available'").await;
    assert!(!frame.eval::<bool>(&embed).await);
    let editor: String = frame.eval("document.querySelector('main a[target=_blank]').href").await;
    let expected = "/admin/themes/current/editor?context=apps&activateAppId=key/tracking";
    assert_eq!(editor, format!("https://{SHOP}{expected}"));
    merchant.inspect(&frame, "embedded-home-new").await;
    merchant.fake.shop(SHOP, |shop| shop.embed_status = "active".to_owned());
    come_back(&frame, &embed).await;

    // A program.
    frame.click("main a[href$='/programs/new']").await;
    wait_for_heading(&frame, "New program").await;
    merchant.inspect(&frame, "embedded-program").await;
    frame.fill("#name", "Friends of the shop").await;
    frame.fill("#commission_value", "ten").await;
    merchant.page.wait_until("!document.getElementById('save-bar').hidden").await;
    merchant.page.click("#save").await;
    frame.wait_until("document.activeElement?.id === 'commission_value'").await;
    frame.wait_for("#commission_value-error").await;
    merchant.page.wait_for_problem("HTTP 422").await;
    merchant.page.forget_problems();
    frame.fill("#commission_value", "10").await;
    frame.click("button[value=save]").await;
    wait_for_heading(&frame, "Friends of the shop").await;

    // Somebody applies and is approved.
    apply(&merchant.db.url, SHOP, "LENA").await;
    merchant.navigate("Affiliates").await;
    wait_for_heading(&frame, "Affiliates").await;
    merchant.inspect(&frame, "embedded-affiliates").await;
    let frame = merchant.open("").await;
    assert!(
        frame.text("section[aria-labelledby=attention]").await.contains("waits for your decision")
    );
    frame.click("section[aria-labelledby=attention] a").await;
    wait_for_heading(&frame, "Affiliates").await;
    frame.click("main button[name=one][value$=':active']").await;
    frame.wait_until("!document.querySelector('main button[name=one]')").await;

    // A test order with the affiliate's code.
    send_order(&merchant).await;
    let frame = merchant.open("/admin/orders").await;
    frame.wait_until("!!document.querySelector('main tbody tr')").await;
    merchant.inspect(&frame, "embedded-orders").await;
    frame.click("main tbody th a").await;
    frame.wait_until("document.querySelector('main').innerText.includes('9.00 USD')").await;
    merchant.inspect(&frame, "embedded-order").await;

    // Home knows all of it; the pixel was connected meanwhile. The list stays until it is put away.
    let frame = everything_set_up(&merchant).await;
    for label in [
        "A program says",
        "A first affiliate",
        "A test order",
        "The Tributary embed",
        "The web pixel",
    ] {
        assert!(frame.eval::<bool>(&step(label)).await, "{label}");
    }
    merchant.inspect(&frame, "embedded-home").await;
    frame.click("form[action$='/setup/hide'] button").await;
    frame.wait_until("!document.getElementById('setup')").await;
    let frame = merchant.open("").await;
    assert!(!frame.eval::<bool>("!!document.getElementById('setup')").await, "gone for good");
    merchant.page.assert_no_problems();
}

/// The merchant comes back to the page until it knows what was done elsewhere; the page asks whenever it
/// gets the focus, and one answer may be overtaken by another.
async fn come_back(frame: &Page, known: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        frame.eval::<bool>("dispatchEvent(new Event('focus'))").await;
        for _ in 0..40 {
            if frame.eval::<bool>(known).await {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        assert!(Instant::now() < deadline, "not noticed: {}", frame.text("main").await);
    }
}

/// Home, as soon as the workers have connected the pixel.
async fn everything_set_up(merchant: &Merchant) -> Page {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let frame = merchant.open("").await;
        if frame.text("#setup").await == "Everything is set up" {
            return frame;
        }
        assert!(Instant::now() < deadline, "not set up: {}", frame.text("main").await);
        sleep(Duration::from_millis(200)).await;
    }
}

/// The merchant's customer buys; Shopify tells until it is stored and settled.
async fn send_order(merchant: &Merchant) {
    let order = Order::reference(1, "LENA", now());
    let webhook = Webhook {
        topic: Topic::OrdersCreate,
        id: webhook_id(1, 1),
        triggered_at: now(),
        body: order.payload().to_string().into_bytes(),
    };
    let mut connection = Connection::open(merchant.server.address()).await.unwrap();
    let status = connection.exchange(&webhook.to_http(SHOP, &app_secrets())).await.unwrap();
    assert_eq!(status, 200);
    let frame = merchant.page.frame().await;
    // The order's page is there as soon as it is settled.
    frame
        .wait_until(
            "fetch('/admin/orders').then(it => it.text()).then(it => it.includes('<tbody'))",
        )
        .await;
}

fn now() -> UtcTime {
    Clock::System.now()
}
