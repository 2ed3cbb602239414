//! The pages over HTTP, on a database in memory: who gets in, what stays hidden, what a form keeps.

use storage::postbacks::Owner;

use self::site::{ANNA_PASSWORD, Site};
use crate::flows::{
    log_in::{LoggedIn, log_in},
    save_postback::postbacks_of,
};

mod banners;
mod by_hand;
mod embedded;
mod goals;
mod letters;
mod long_work;
mod merchant_sets_up;
mod money_pages;
mod paywall;
mod pixels;
mod portal_links;
mod postback_desk;
mod postback_log;
mod postback_pages;
mod postback_pauses;
mod postback_wire;
mod protection;
mod refusals;
mod setup;
mod shopify_admin;
mod site;
mod storefront;
mod visits;

#[actix_web::test]
async fn the_right_password_opens_the_portal_and_log_out_closes_it() {
    let site = Site::new().await;
    let mut anna = site.browser();
    let first = anna.get("/portal/demo.myshopify.com/orders").await;
    assert_eq!(first.status, 302);
    assert!(first.location.contains("/login?next=%2Fportal%2Fdemo.myshopify.com%2Forders"));
    let inside = anna.log_in("anna@example.com", ANNA_PASSWORD).await;
    assert_eq!((inside.status, inside.location.as_str()), (303, "/portal/demo.myshopify.com"));
    let overview = anna.get(&inside.location).await;
    assert_eq!(overview.status, 200);
    assert!(overview.body.contains("Anna &#60;Lindqvist&#62;"), "{}", overview.body);
    assert_eq!(overview.header("cache-control"), "no-store");
    assert!(overview.header("content-security-policy").contains("frame-ancestors 'none'"));

    let csrf = overview.csrf();
    let out = anna.post("/portal/demo.myshopify.com/logout", &[("csrf", &csrf)]).await;
    assert_eq!(out.status, 303);
    assert_eq!(anna.get("/portal/demo.myshopify.com").await.status, 302);
}

#[actix_web::test]
async fn a_wrong_password_and_an_unknown_address_look_alike() {
    let site = Site::new().await;
    let wrong = site.browser().log_in("anna@example.com", "guess").await;
    let unknown = site.browser().log_in("nobody@example.com", "guess").await;
    assert_eq!((wrong.status, unknown.status), (401, 401));
    let sentence = "E-mail or password is wrong, or the account is not active.";
    assert!(wrong.body.contains(sentence) && unknown.body.contains(sentence));
    assert!(wrong.body.contains("anna@example.com"), "what was typed is kept");
    assert!(!wrong.body.contains("guess"));
    assert_eq!(
        site.browser().log_in("bella@example.com", ANNA_PASSWORD).await.status,
        401,
        "denied"
    );
}

#[actix_web::test]
async fn five_failures_make_an_account_wait_fifteen_minutes() {
    let site = Site::new().await;
    for _ in 0..5 {
        assert_eq!(site.browser().log_in("anna@example.com", "guess").await.status, 401);
    }
    assert_eq!(site.browser().log_in("anna@example.com", ANNA_PASSWORD).await.status, 429);
    assert_eq!(site.browser().log_in("bob@example.com", ANNA_PASSWORD).await.status, 303);
    site.app.clock.set(site.app.clock.now().plus_seconds(15 * 60));
    assert_eq!(site.browser().log_in("anna@example.com", ANNA_PASSWORD).await.status, 303);
}

#[actix_web::test]
async fn tries_at_the_same_time_are_counted_like_tries_in_a_row() {
    let site = Site::new().await;
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (app, shop) = (site.app.clone(), site.shop.id);
        tries.spawn(async move { log_in(&app, shop, "anna@example.com", "guess").await.unwrap() });
    }
    let outcomes = tries.join_all().await;
    let judged = outcomes.iter().filter(|one| **one == LoggedIn::No).count();
    assert!((5..=6).contains(&judged), "{outcomes:?}");
}

#[actix_web::test]
async fn a_form_that_another_site_made_is_refused() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let address = "/portal/demo.myshopify.com/postbacks/new";
    let csrf = anna.get(address).await.csrf();
    let fields = [("name", "K"), ("url", "https://t.example.com/?c={click_id}")];
    assert_eq!(anna.post(address, &fields).await.status, 403, "no token");
    let forged = [fields.as_slice(), &[("csrf", "00")]].concat();
    assert_eq!(anna.post(address, &forged).await.status, 403, "wrong token");
    let bobs = site.bob().await.get(address).await.csrf();
    let forged = [fields.as_slice(), &[("csrf", bobs.as_str())]].concat();
    assert_eq!(anna.post(address, &forged).await.status, 403, "another session's token");
    let sent = [fields.as_slice(), &[("csrf", csrf.as_str())]].concat();
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        assert_eq!(anna.post_with(address, &sent, (name, value)).await.status, 403, "{name}");
    }
    let (shop, owner) = (site.shop.id, Owner::Affiliate(site.anna.id));
    let saved = site.app.storage.read(move |conn| postbacks_of(conn, shop, owner)).await.unwrap();
    assert_eq!(saved, []);
}

#[actix_web::test]
async fn after_a_log_in_only_pages_of_the_same_portal_are_opened() {
    let site = Site::new().await;
    for evil in [
        "https://evil.example",
        "//evil.example",
        "/portal/other.myshopify.com",
        "/admin",
        "/portal/demo.myshopify.com.evil.example",
        "/portal/demo.myshopify.com/logout",
    ] {
        let inside = site.browser().log_in_to("anna@example.com", ANNA_PASSWORD, evil).await;
        assert_eq!(inside.location, "/portal/demo.myshopify.com", "{evil}");
    }
    let orders = "/portal/demo.myshopify.com/orders?status=pending";
    let inside = site.browser().log_in_to("anna@example.com", ANNA_PASSWORD, orders).await;
    assert_eq!(inside.location, orders);
}

#[actix_web::test]
async fn every_page_of_both_sides_opens_when_there_is_nothing_yet() {
    let site = Site::new().await;
    let (mut anna, mut merchant) = (site.anna().await, site.merchant());
    for page in [
        "",
        "/links",
        "/orders",
        "/postbacks",
        "/postbacks/new",
        "/postbacks/signing",
        "/log",
        "/log/replay",
        "/help",
    ] {
        let answer = anna.get(&format!("/portal/demo.myshopify.com{page}")).await;
        assert_eq!(answer.status, 200, "{page}: {}", answer.body);
    }
    for page in [
        "",
        "/orders",
        "/affiliates",
        "/programs",
        "/postbacks",
        "/postbacks/new",
        "/postbacks/signing",
        "/log",
        "/log/replay",
        "/settings",
    ] {
        let answer = merchant.get(&format!("/admin{page}")).await;
        assert_eq!(answer.status, 200, "{page}: {}", answer.body);
    }
    for gone in ["/admin/orders/1", "/admin/orders/x", "/admin/none", "/admin/log/5"] {
        assert_eq!(merchant.get(gone).await.status, 404, "{gone}");
    }
    let problem = merchant.get("/admin/none").await;
    assert!(problem.body.contains("<h1>Not found</h1>"), "{}", problem.body);
}

#[actix_web::test]
async fn the_merchant_approves_an_affiliate_and_denying_one_logs_it_out() {
    let site = Site::new().await;
    let (mut anna, mut merchant) = (site.anna().await, site.merchant());
    let csrf = merchant.get("/admin/settings").await.csrf();
    let address = format!("/admin/affiliates/{}/status", site.anna.id);
    let denied = merchant.post(&address, &[("csrf", &csrf), ("status", "denied")]).await;
    assert_eq!(denied.status, 303);
    assert_eq!(anna.get("/portal/demo.myshopify.com").await.status, 302);
    let nonsense = merchant.post(&address, &[("csrf", &csrf), ("status", "king")]).await;
    assert_eq!(nonsense.status, 400);
    assert_eq!(anna.post(&address, &[("csrf", &csrf), ("status", "active")]).await.status, 401);
}

#[actix_web::test]
async fn u01_the_switch_hides_everything_about_postbacks_and_shows_it_again() {
    let site = Site::new().await;
    let (mut anna, mut merchant) = (site.anna().await, site.merchant());
    assert!(anna.get("/portal/demo.myshopify.com").await.body.contains("Postback log"));
    let csrf = merchant.get("/admin/settings").await.csrf();
    merchant.post("/admin/settings", &[("csrf", &csrf), ("facebook_pixel", "on")]).await;
    let overview = anna.get("/portal/demo.myshopify.com").await;
    assert!(!overview.body.to_lowercase().contains("postback"), "{}", overview.body);
    for page in ["/postbacks", "/postbacks/new", "/log", "/log/1", "/postbacks/1/test", "/help"] {
        let hidden = anna.get(&format!("/portal/demo.myshopify.com{page}")).await;
        assert_eq!(hidden.status, 404, "{page}");
    }
    merchant.post("/admin/settings", &[("csrf", &csrf), ("postbacks", "on")]).await;
    assert_eq!(anna.get("/portal/demo.myshopify.com/postbacks").await.status, 200);
}

#[actix_web::test]
async fn n05_the_merchant_reads_why_and_how_much_and_an_affiliate_only_its_own() {
    let site = Site::new().await;
    let order = site.coupon_order().await;
    let page = site.merchant().get(&format!("/admin/orders/{order}")).await;
    assert_eq!(page.status, 200);
    for text in ["The coupon ANNA10 belongs to Anna", "9.00 USD", "10%", "Accrual", "Red kettle"] {
        assert!(page.body.contains(text), "{text} in {}", page.body);
    }
    let list = site.merchant().get("/admin/orders?method=coupon").await;
    assert!(list.body.contains("#1001"), "{}", list.body);
    let none = site.merchant().get("/admin/orders?method=link").await;
    assert!(!none.body.contains("#1001"));

    let own = site.anna().await.get("/portal/demo.myshopify.com/orders").await;
    assert!(own.body.contains("#1001") && own.body.contains("Coupon ANNA10"), "{}", own.body);
    let others = site.bob().await.get("/portal/demo.myshopify.com/orders").await;
    assert!(!others.body.contains("#1001") && !others.body.contains("Anna"), "{}", others.body);
}

#[actix_web::test]
async fn a03_the_link_builder_keeps_to_the_shop() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let links = "/portal/demo.myshopify.com/links";
    let page = anna.get(&format!("{links}?page=%2Ftea&sub1=zone-42&name=x&value=%7By%7D")).await;
    let link = "https://demo.myshopify.com/tea?ref=ANNA&#38;sub1=zone-42&#38;x={y}";
    assert!(page.body.contains(link), "{}", page.body);
    let other = anna.get(&format!("{links}?page=https%3A%2F%2Fevil.example%2F")).await;
    assert!(other.body.contains("Paste an address of https://demo.myshopify.com"));
    assert!(!other.body.contains("href=\"https://evil.example"));
}
