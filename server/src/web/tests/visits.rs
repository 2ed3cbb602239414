//! The click endpoint: what it keeps, what it only counts, what it takes for the same.

use serde_json::json;
use storage::{
    clicks::{Click, click_page},
    stats::stats_of_affiliate,
    visit_counts::visit_counts_of_shop,
};

use super::{
    site::Site,
    storefront::{PERSON, Shopper},
};
use crate::flows::book_changes::day_number;

const LINK: &str = "https://demo.myshopify.com/products/tea?ref=ANNA&sub1=zone-42";

async fn clicks(site: &Site) -> Vec<Click> {
    let (shop, anna) = (site.shop.id, site.anna.id);
    site.app.storage.read(move |conn| click_page(conn, shop, anna, None, 100)).await.unwrap()
}

/// The clicks of each day, as pages show them.
async fn counted_clicks(site: &Site) -> Vec<i64> {
    let (shop, anna, day) = (site.shop.id, site.anna.id, day_number(site.app.clock.now()));
    let days = site
        .app
        .storage
        .read(move |conn| stats_of_affiliate(conn, shop, anna, (day - 1, day), 10))
        .await
        .unwrap();
    days.iter().map(|day| day.clicks).collect()
}

#[actix_web::test]
async fn a_report_that_is_sent_again_is_the_same_click_whenever_that_is() {
    let site = Site::new().await;
    let shopper = site.shopper("203.0.113.10");
    let first = shopper.visit("report-0123456789", LINK, "").await;
    let again = shopper.visit("report-0123456789", LINK, "").await;
    site.app.clock.set(site.app.clock.now().plus_seconds(3_600));
    let later = shopper.visit("report-0123456789", LINK, "").await;
    assert_eq!(clicks(&site).await.len(), 1);
    assert_eq!(counted_clicks(&site).await, [1]);
    assert_eq!(first["token"], again["token"]);
    assert!(later["token"].is_string());
    // A visitor who is known reports another visit, and that twice.
    let state = format!("1795241528~{}~1*3*ANNA", first["token"].as_str().unwrap());
    for _ in 0..2 {
        shopper.visit("another-0123456789", &format!("{LINK}&x=2"), &state).await;
    }
    let known = clicks(&site).await;
    assert_eq!(known.len(), 2);
    assert_eq!(known[0].visitor, known[1].visitor);
}

#[actix_web::test]
async fn reports_that_arrive_together_are_one_click() {
    let site = Site::new().await;
    let desk = crate::visits::VisitDesk::start(&site.app);
    let visit = crate::flows::record_click::Visit {
        is_first: true,
        report_id: Some("report-0123456789".to_owned()),
        ..crate::flows::record_click::Visit::entering(LINK.to_owned(), "v".to_owned())
    };
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (desk, shop, visit) = (desk.clone(), site.shop.id, visit.clone());
        sending.spawn(async move {
            desk.record(shop, crate::visits::Report::Visit(visit)).await.unwrap()
        });
    }
    sending.join_all().await;
    assert_eq!(clicks(&site).await.len(), 1);
    assert_eq!(counted_clicks(&site).await, [1]);
}

#[actix_web::test]
async fn an_address_is_cut_and_the_browsers_name_kept_only_where_a_pixel_needs_it() {
    let site = Site::new().await;
    site.shopper("203.0.113.77").visit("report-0123456789", LINK, "").await;
    let click = clicks(&site).await.pop().unwrap();
    assert_eq!(click.ip_truncated.as_deref(), Some("203.0.113.0"));
    assert_eq!((click.user_agent, click.consent), (None, Some(3)));
    assert_eq!(click.link_params.0["sub1"], "zone-42");
    site.switch_pixels_on().await;
    site.shopper("203.0.113.78").visit("other-00123456789", LINK, "").await;
    let click = clicks(&site).await.remove(0);
    assert_eq!(click.user_agent.as_deref(), Some(PERSON));
}

#[actix_web::test]
async fn n20_a_visit_without_consent_is_counted_and_nothing_is_kept() {
    let site = Site::new().await;
    let shopper = site.shopper("203.0.113.11");
    let report = json!({"v": 1, "id": "report-0123456789", "url": LINK, "consent": 0});
    let reply = shopper.report("click", &report).await;
    assert_eq!(reply.json(), json!({"token": null, "pixels": [], "events": []}));
    assert_eq!(clicks(&site).await, []);
    assert_eq!(counted(&site).await, (0, 1));
}

#[actix_web::test]
async fn bots_are_counted_apart_and_get_no_token() {
    let site = Site::new().await;
    let bot = site
        .shopper("203.0.113.12")
        .calling_itself("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)");
    assert_eq!(bot.visit("report-0123456789", LINK, "").await["token"], json!(null));
    assert_eq!(clicks(&site).await, []);
    assert_eq!(counted(&site).await, (1, 0));
}

#[actix_web::test]
async fn one_address_cannot_report_for_ever_and_shopify_must_have_signed() {
    let site = Site::new().await;
    let loud: Shopper<'_> = site.shopper("203.0.113.13");
    let report = json!({"url": "https://demo.myshopify.com/?ref=NOBODY", "consent": 3});
    let mut refused = 0;
    for _ in 0..90 {
        refused += u32::from(loud.report("click", &report).await.status == 429);
    }
    assert!(refused > 10, "{refused}");
    assert_eq!(site.shopper("203.0.113.14").report("click", &report).await.status, 200);
    let unsigned = site.shopper("203.0.113.15").post("/proxy/click?shop=x", &report).await;
    assert_eq!(unsigned.status, 401);
}

#[actix_web::test]
async fn s11_06_whatever_an_unsigned_report_says_only_the_signature_is_spoken_of() {
    let site = Site::new().await;
    let shopper = site.shopper("203.0.113.17");
    for path in ["click", "purchase", "goal"] {
        let nonsense = json!({"consent": {}, "token": 7, "total": []});
        let unsigned = shopper.post(&format!("/proxy/{path}?shop=x"), &nonsense).await;
        assert_eq!(
            (unsigned.status, unsigned.json()["code"].as_str()),
            (401, Some("unauthorized"))
        );
        let signed = shopper.report(path, &nonsense).await;
        assert_eq!((signed.status, signed.json()["code"].as_str()), (400, Some("bad_request")));
    }
}

#[actix_web::test]
async fn the_demos_older_report_still_gets_its_token() {
    let site = Site::new().await;
    let report = json!({"url": LINK, "referrer": null, "token": null});
    let reply = site.shopper("203.0.113.16").report("click", &report).await;
    assert!(reply.json()["token"].is_string());
    assert_eq!(clicks(&site).await.len(), 1);
}

async fn counted(site: &Site) -> (i64, i64) {
    let (shop, day) = (site.shop.id, day_number(site.app.clock.now()));
    let days = site
        .app
        .storage
        .read(move |conn| visit_counts_of_shop(conn, shop, (day, day), 10))
        .await
        .unwrap();
    days.first().map_or((0, 0), |day| (day.bots, day.without_consent))
}
