//! `tributary demo` as a stranger runs it: the real binary, from an affiliate's link to the postback
//! at the tracker and from a refund to the reversal; over HTTP, and in a browser as a visitor.

use tests::browser::{Browser, Page, assert_accessible, assert_axe_clean};

use running::Demo;

pub(crate) mod running;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_through_annas_link_pays_at_her_tracker_and_each_refund_takes_back_its_part() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&folder, &[]).await;
    let token = demo.click("ref=ANNA&sub1=newsletter&affclickid=click-42").await;
    let order =
        demo.order(&[("product", "linen-apron"), ("quantity", "3"), ("attribution", &token)]).await;
    demo.wait_for_postback("cid=click-42&payout=12.00").await;
    demo.wait_for_postback("status=pending").await;

    let line = order.field("line");
    demo.change(&order.url, "refund", &line).await;
    demo.wait_for_postback("cid=click-42&payout=8.00").await;
    demo.change(&order.url, "refund", "all").await;
    demo.wait_for_postback("cid=click-42&payout=0.00").await;
    demo.wait_for_postback("status=reversed").await;
    assert_eq!(demo.postbacks().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_names_nobody_and_a_code_of_nobody_credit_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&folder, &[]).await;
    assert_eq!(demo.click("ref=NOBODY").await, "");
    demo.order(&[("product", "oak-board"), ("discount", "WELCOME5")]).await;
    // Annas comes after it: when hers has arrived, the other would have.
    demo.order(&[("product", "oak-board"), ("discount", "ANNA10")]).await;
    demo.wait_for_postback("payout=4.95").await;
    assert_eq!(demo.postbacks().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_order_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&folder, &[]).await;
    let order = demo.order(&[("product", "oak-board"), ("discount", "ANNA10")]).await;
    demo.wait_for_postback("payout=4.95").await;
    demo.change(&order.url, "cancel", "").await;
    demo.wait_for_postback("payout=0.00").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kept_data_goes_on_with_its_tracker_on_another_port() {
    let folder = tempfile::tempdir().unwrap();
    let first = Demo::start(&folder, &[]).await;
    let order = first.order(&[("product", "oak-board"), ("discount", "ANNA10")]).await;
    first.wait_for_postback("payout=4.95").await;
    drop(first);
    let second = Demo::start(&folder, &["--keep"]).await;
    let other = second.order(&[("product", "linen-apron"), ("discount", "ANNA10")]).await;
    assert_ne!(path(&order.url), path(&other.url));
    second.wait_for_postback("payout=3.60").await;
}

/// The address of the page that a row of a list leads to.
fn path_of(html: &str, before: &str, name: &str) -> String {
    let (row, _) = html.split_once(&format!(">{name}<")).expect("a row of this name");
    let (_, after) = row.rsplit_once(before).expect("a link");
    format!("{before}{}", after.split('"').next().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_the_merchant_gives_is_made_and_saves_buyers_money_until_it_is_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&folder, &[]).await;
    let merchant = demo.merchant().await;
    let codes = merchant.page("/admin/programs/1/codes").await;
    let saved =
        merchant.send("/admin/programs/1/codes", &codes, &[("kind", "amount"), ("value", "5")]);
    assert!(saved.await.contains("Give affiliates their codes"));
    let affiliates = merchant.page("/admin/affiliates").await;
    let anna = path_of(&affiliates, "/admin/affiliates/", "Anna");
    let page = merchant.page(&anna).await;
    merchant.send(&format!("{anna}/codes"), &page, &[("code", "FIVE")]).await;
    merchant.wait_for(&anna, "In your shop").await;

    // 40.00 less 5.00; ten percent of the rest.
    demo.order(&[("product", "linen-apron"), ("discount", "five")]).await;
    demo.wait_for_postback("payout=3.50").await;
    let page = merchant.page(&anna).await;
    merchant.send(&format!("{anna}/codes/remove"), &page, &[("code", "FIVE")]).await;
    merchant.wait_until_gone(&anna, "Being taken away").await;
    let checkout = demo.get(&demo.at("/checkout?product=oak-board")).await;
    let csrf = checkout.field("csrf");
    let form = [
        ("csrf", csrf.as_str()),
        ("product", "oak-board"),
        ("quantity", "1"),
        ("email", "visitor@example.com"),
        ("discount", "FIVE"),
    ];
    assert!(demo.post(&demo.at("/checkout"), &form).await.html.contains("There is no such code"));

    // The shop is connected as a real one is, and asks for nothing that a demo has not.
    let home = merchant.page("/admin").await;
    assert!(home.contains("5 of 5 done") && !home.contains("Not connected"), "{home}");
    let connection = merchant.page("/admin/connection").await;
    assert!(connection.contains("This is a demo") && !connection.contains("Compare now"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_from_another_site_orders_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&folder, &[]).await;
    let form = [("csrf", "guessed"), ("product", "oak-board"), ("email", "v@example.com")];
    let answer = demo.http.post(demo.at("/checkout")).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_clicks_through_the_shop_at_a_desk_and_on_a_phone() {
    let Some(browser) = Browser::launch().await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&folder, &[]).await;
    let page = browser.page().await;
    for (width, height, is_phone, click) in
        [(1280, 800, false, "desk-1"), (375, 700, true, "phone-1")]
    {
        page.set_viewport(width, height, is_phone).await;
        page.goto(&demo.at(&format!("?ref=ANNA&affclickid={click}"))).await;
        // The app knows the visit, and the cart carries its token.
        page.wait_until("/ v1\\./.test(localStorage._trbc)").await;
        buy(&page).await;
        demo.wait_for_postback(&format!("cid={click}&payout=9.00")).await;
        page.goto(&demo.at("/recorder")).await;
        assert!(page.text("main").await.contains(click));
        assert_good(&page).await;
    }
    page.assert_no_problems();
}

/// From the store's first page to a refunded order.
async fn buy(page: &Page) {
    assert_good(page).await;
    page.click("a[href$='/river-stone-mug']").await;
    page.wait_for("#quantity").await;
    assert_good(page).await;
    page.fill("#quantity", "3").await;
    page.click("form button").await;
    page.wait_for("#email").await;
    assert_good(page).await;
    page.click("main form button").await;
    page.wait_until("document.querySelector('h1')?.textContent.includes('Thank you')").await;
    assert_good(page).await;
    page.click("button[value=all]").await;
    page.wait_until("document.querySelector('h1')?.textContent.includes('Refunded')").await;
    assert_good(page).await;
}

async fn assert_good(page: &Page) {
    assert_axe_clean(page).await;
    assert_accessible(page).await;
}

fn path(url: &str) -> String {
    url::Url::parse(url).unwrap().path().to_owned()
}
