//! The log of what was sent: narrowed, exported, and sent again, by those who may.

use storage::{firings::FiringState, outbox::FiringOutcome};

use super::{
    postback_desk::{PORTAL, URL, finish, firings, save, send},
    site::{Browser, Site},
};

#[actix_web::test]
async fn n7_calls_are_sent_again_by_their_owner_and_by_the_merchant_only() {
    let site = Site::new().await;
    let (mut merchant, mut anna, mut bob) = (site.merchant(), site.anna().await, site.bob().await);
    let list = format!("{PORTAL}/postbacks");
    assert_eq!(save(&mut anna, &list, &[("name", "K"), URL]).await.status, 303);
    site.coupon_order().await;
    let firing = firings(&site).await.remove(0);
    finish(&site, firing.id, FiringOutcome::Failed { reason: "down".to_owned() }).await;
    let (id, log) = (firing.id.to_string(), format!("{PORTAL}/log"));
    assert!(anna.get(&log).await.body.contains(&format!("value=\"{id}\"")));

    let chosen = format!("{log}/replay-chosen");
    let bobs = bob.get(&list).await.body;
    assert!(!bobs.contains("K</bdi>"));
    let csrf = bob.get(&format!("{log}/replay")).await.csrf();
    let refused = bob.post(&chosen, &[("csrf", &csrf), ("firing", &id)]).await;
    assert!(refused.location.ends_with("?replayed=0"), "{}", refused.location);

    let csrf = anna.get(&log).await.csrf();
    let sent = anna.post(&chosen, &[("csrf", &csrf), ("firing", &id)]).await;
    assert!(sent.location.ends_with("?replayed=1"), "{}", sent.location);
    let again = firings(&site).await.remove(0);
    assert!(again.is_replay && again.state == FiringState::Held && again.id == firing.id);
    assert!(anna.get(&sent.location).await.body.contains("One call is sent again."));

    // A time, at the merchant's desk.
    finish(&site, firing.id, FiringOutcome::Delivered).await;
    let days = [("from", "2026-03-01"), ("to", "2026-03-01"), ("which", "all")];
    let minutes = |from, to| [("from", from), ("to", to), ("which", "all")];
    let counted = async |merchant: &mut Browser, time: &[(&str, &str)]| {
        let fields = [time, &[("action", "count")]].concat();
        send(merchant, "/admin/log/replay", &fields).await.body
    };
    // It happened at 11:00 of the shop's day.
    for time in [days, minutes("2026-03-01T10:59", "2026-03-01T11:00")] {
        let page = counted(&mut merchant, &time).await;
        assert!(page.contains("<strong>1 call</strong>"), "{page}");
    }
    for (from, to) in
        [("2026-03-01T11:01", "2026-03-01T12:00"), ("2026-03-01T09:00", "2026-03-01T10:59")]
    {
        let page = counted(&mut merchant, &minutes(from, to)).await;
        assert!(page.contains("No call of this time"), "{page}");
    }
    let go = [&days[..], &[("action", "send")]].concat();
    let sent = send(&mut merchant, "/admin/log/replay", &go).await;
    assert!(sent.location.ends_with("/admin/log?replayed=1"), "{}", sent.location);
    let backwards = [("from", "2026-03-02"), ("to", "2026-03-01"), ("action", "count")];
    assert_eq!(send(&mut merchant, "/admin/log/replay", &backwards).await.status, 422);
}

#[actix_web::test]
async fn n6_the_log_is_exported_with_its_filters_and_only_ones_own() {
    let site = Site::new().await;
    let (mut merchant, mut anna, mut bob) = (site.merchant(), site.anna().await, site.bob().await);
    let list = format!("{PORTAL}/postbacks");
    assert_eq!(save(&mut anna, &list, &[("name", "=cmd|calc"), URL]).await.status, 303);
    site.coupon_order().await;
    let csv = anna.get(&format!("{PORTAL}/log/export?format=csv")).await;
    assert!(csv.header("content-disposition").contains("postbacks.csv"));
    let lines: Vec<&str> = csv.body.lines().collect();
    assert!(lines[0].starts_with("fired_at,postback,affiliate,event,"), "{}", csv.body);
    assert!(lines[1].contains("\"'=cmd|calc\"") && lines.len() == 2, "{}", csv.body);
    let none = anna.get(&format!("{PORTAL}/log/export?format=csv&event=click")).await;
    assert_eq!(none.body.lines().count(), 1);
    let json = merchant.get("/admin/log/export?format=json").await.body;
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(rows[0]["transaction_id"], "5678901234567");
    let own = format!("/admin/log/export?format=json&affiliate={}", site.anna.number);
    let rows: serde_json::Value = serde_json::from_str(&merchant.get(&own).await.body).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 1);
    let nothing = bob.get(&format!("{PORTAL}/log/export?format=json")).await.body;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&nothing).unwrap(), serde_json::json!([]));
}

#[actix_web::test]
async fn i11_the_merchant_narrows_the_log_to_an_affiliate_and_to_what_is_held() {
    let site = Site::new().await;
    let (mut merchant, mut anna) = (site.merchant(), site.anna().await);
    assert_eq!(
        save(&mut anna, &format!("{PORTAL}/postbacks"), &[("name", "K"), URL]).await.status,
        303
    );
    site.coupon_order().await;
    let rows = async |merchant: &mut Browser, query: &str| {
        let page = merchant.get(&format!("/admin/log?{query}")).await;
        assert_eq!(page.status, 200);
        (page.body.matches("/admin/log/").count() > 2, page.body)
    };
    let number = site.anna.number;
    assert!(rows(&mut merchant, &format!("affiliate={number}")).await.1.contains("5678901234567"));
    let unknown = rows(&mut merchant, "affiliate=99").await.1;
    assert!(unknown.contains("There is no affiliate with this number."), "{unknown}");
    for (query, is_there) in [
        ("outcome=waiting", true),
        ("outcome=held", false),
        ("event=conversion", true),
        ("event=refund", false),
        ("transaction=5678901234567", true),
        ("transaction=1", false),
        ("code=2xx", false),
        ("from=2026-03-01&to=2026-03-01", true),
        ("from=2026-03-02", false),
        ("program=5", false),
    ] {
        let found = rows(&mut merchant, query).await.1.contains("<code>5678901234567</code>");
        assert_eq!(found, is_there, "{query}");
    }
}
