//! What a merchant sets and sees under Protection: classes of bought traffic, and the coupon meter (N18).

use domain::{
    fraud::{Consequence, FraudSettings},
    ids::AffiliateId,
};
use storage::code_days::{CodeDay, code_days_add};

use super::site::{Browser, Site};
use crate::flows::{book_changes::day_number, change_settings::read_settings};

/// The form as the page would send it.
fn form<'a>(csrf: &'a str, changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("csrf", csrf),
        ("paid_traffic", "hold"),
        ("paid_parameters", "gclid, msclkid"),
        ("social_traffic", "credit"),
        ("social_parameters", "fbclid, ttclid"),
        ("banned_referrer", "hold"),
        ("disposable_email", "hold"),
        ("sibling", "credit"),
        ("velocity", "credit"),
        ("velocity_orders", "10"),
        ("velocity_minutes", "10"),
        ("late_click", "credit"),
        ("late_click_seconds", "10"),
        ("other_network", "credit"),
        ("network_parameters", "awc"),
        ("coupon_sites", "honey.com\r\ndeals.example"),
        ("late_code_seconds", "300"),
        ("refund_rate_percent", "25"),
        ("refund_rate_orders", "8"),
    ];
    for (name, value) in &mut fields {
        if let Some((_, other)) = changed.iter().find(|(known, _)| known == name) {
            *value = other;
        }
    }
    fields
}

async fn stored(site: &Site) -> FraudSettings {
    let id = site.shop.id;
    let shop = site.app.storage.read(move |conn| storage::shops::shop_by_id(conn, id)).await;
    read_settings(&shop.unwrap().unwrap()).unwrap().fraud
}

/// What is chosen in a select, or typed in a field.
fn chosen<'a>(html: &'a str, name: &str) -> &'a str {
    let (_, rest) = html.split_once(&format!("id=\"{name}\"")).expect("a field");
    let (select, _) = rest.split_once("</select>").expect("a select");
    let (before, _) = select.split_once("\" selected").expect("a choice");
    before.rsplit('"').next().unwrap()
}

#[actix_web::test]
async fn each_class_of_bought_traffic_has_a_choice_of_its_own() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let page = merchant.get("/admin/protection").await;
    assert_eq!(chosen(&page.body, "paid_traffic"), "hold");
    assert_eq!(chosen(&page.body, "social_traffic"), "credit");
    assert!(page.body.contains("value=\"gclid, gbraid, wbraid, dclid, msclkid\""));
    assert!(page.body.contains("value=\"fbclid, ttclid\""));

    let csrf = page.csrf();
    let changed = [("paid_traffic", "reject"), ("social_traffic", "hold")];
    let saved = merchant.post("/admin/protection", &form(&csrf, &changed)).await;
    assert_eq!(saved.location, "/admin/protection?done=saved", "{}", saved.body);
    let rules = stored(&site).await;
    assert_eq!(
        (rules.paid_traffic, rules.social_traffic),
        (Consequence::Reject, Consequence::Hold)
    );
    assert_eq!(rules.social_parameters, ["fbclid", "ttclid"]);
    assert_eq!(rules.coupon_sites, ["honey.com", "deals.example"]);
    assert_eq!(rules.late_code_seconds, 300);

    // A mistake keeps what was typed and what was stored.
    let changed = [("late_code_seconds", "soon"), ("social_traffic", "reject")];
    let refused = merchant.post("/admin/protection", &form(&csrf, &changed)).await;
    assert!(refused.body.contains("A whole number from 1 to 86400."), "{}", refused.body);
    assert!(refused.body.contains("value=\"soon\""));
    assert_eq!(chosen(&refused.body, "social_traffic"), "reject");
    assert_eq!(stored(&site).await, rules);
}

/// A code's orders of today.
async fn used(
    site: &Site,
    code: &str,
    (orders, without_click, from_coupon_sites): (i64, i64, i64),
) {
    let day = CodeDay {
        shop_id: site.shop.id,
        day: day_number(site.app.clock.now()),
        code_folded: code.to_lowercase(),
        affiliate_id: site.anna.id,
        orders,
        without_click,
        from_coupon_sites,
        last_moment: 0,
    };
    let add = move |tx: &mut storage::WriteTx<'_>| code_days_add(tx, std::slice::from_ref(&day));
    site.app.storage.write(add).await.unwrap();
}

async fn codes(merchant: &mut Browser, query: &str) -> String {
    let page = merchant.get(&format!("/admin/codes{query}")).await;
    assert_eq!(page.status, 200);
    page.body
}

#[actix_web::test]
async fn n18_the_use_of_codes_is_shown_with_what_looks_leaked_first() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    assert!(codes(&mut merchant, "").await.contains("No code was used"));

    // An order counts at once, and says nothing alone.
    site.coupon_order().await;
    let page = codes(&mut merchant, "").await;
    assert!(page.contains("<code>ANNA10</code>") && page.contains("Too few orders"), "{page}");

    for code in ["PLAIN1", "PLAIN2", "PLAIN3", "PLAIN4"] {
        used(&site, code, (40, 12, 0)).await;
    }
    used(&site, "LEAKED", (50, 46, 22)).await;
    used(&site, "SPOKEN", (60, 54, 0)).await;
    let page = codes(&mut merchant, "?days=30").await;
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} in {page}"));
    assert!(at("<code>leaked") < at("<code>spoken") && at("<code>spoken") < at("<code>plain1"));
    assert!(at("<code>plain4") < at("<code>ANNA10"));
    assert!(
        page.contains("46 of 50 buyers had never clicked the affiliate&#39;s link")
            || page.contains("46 of 50 buyers had never clicked the affiliate's link"),
        "{page}"
    );
    assert!(page.contains("22 came from a coupon site."));
    assert!(page.contains("A code that is read out looks like this as well."));
    assert!(page.contains("(92%)") && page.contains("(44%)"));

    // One affiliate's, measured by everybody's; an affiliate that is not there has none.
    let own = format!("?affiliate={}", site.anna.id);
    assert!(codes(&mut merchant, &own).await.contains("Only codes of"));
    assert!(codes(&mut merchant, "?affiliate=7").await.contains("No code was used"));
    let page = merchant.get(&format!("/admin/affiliates/{}", site.anna.id)).await;
    assert!(page.body.contains(&format!("/admin/codes{own}")), "{}", page.body);
    assert!(merchant.get("/admin/protection").await.body.contains("/admin/codes"));

    let file = merchant.get("/admin/codes.csv?days=30").await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"codes.csv\"");
    let mut lines = file.body.lines();
    assert_eq!(
        lines.next(),
        Some(
            "code,affiliate,verdict,orders,without_click,without_click_percent,from_coupon_sites,\
             last_moment"
        )
    );
    assert_eq!(lines.next(), Some("leaked,Anna <Lindqvist>,Looks leaked,50,46,92%,22,0"));
    assert_eq!(file.body.lines().count(), 8);
}

#[actix_web::test]
async fn n18_older_days_are_left_out_of_shorter_times() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let today = day_number(site.app.clock.now());
    let day = |day: i64, orders| CodeDay {
        shop_id: site.shop.id,
        day,
        code_folded: "anna10".to_owned(),
        affiliate_id: AffiliateId(site.anna.id.0),
        orders,
        without_click: 0,
        from_coupon_sites: 0,
        last_moment: 0,
    };
    let days = [day(today, 1), day(today - 29, 10), day(today - 30, 100), day(today - 364, 1_000)];
    site.app.storage.write(move |tx| code_days_add(tx, &days)).await.unwrap();
    for (query, orders) in
        [("?days=30", "11"), ("", "111"), ("?days=365", "1111"), ("?days=7", "111")]
    {
        let page = codes(&mut merchant, query).await;
        assert!(page.contains(&format!("data-label=\"Orders\">{orders}<")), "{query}: {page}");
    }
}
