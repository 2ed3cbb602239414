//! Pauses of postbacks and the merchant's approval: who ends which, and who is told.

use domain::ids::PostbackId;
use storage::{firings::FiringState, mail::mail_claim};

use super::{
    postback_desk::{PORTAL, URL, annas, firings, save, send},
    site::{Browser, Site},
};
use crate::{
    delivery::postback_upkeep::clear,
    flows::pause_postback::{FAILING, pause_for_receiver},
};

/// What happens when a receiver has failed for long enough; false when it is paused already.
async fn pause(site: &Site, id: PostbackId) -> bool {
    let (app, shop, now) = (site.app.clone(), site.shop.id, site.app.clock.now());
    let paused = site
        .app
        .storage
        .write(move |tx| pause_for_receiver(tx, app.mail_room(), (shop, id), FAILING, now));
    paused.await.unwrap()
}

#[actix_web::test]
async fn n15_an_owner_ends_the_pause_and_what_was_kept_goes_out() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let list = format!("{PORTAL}/postbacks");
    assert_eq!(save(&mut anna, &list, &[("name", "K"), URL]).await.status, 303);
    let (id, now) = (annas(&site).await[0].id, site.app.clock.now());
    assert!(pause(&site, id).await);
    site.coupon_order().await;
    assert_eq!(firings(&site).await[0].state, FiringState::Held);
    let own = format!("{list}/{id}");
    let page = anna.get(&own).await;
    assert!(page.body.contains("Ten conversions in a row have failed for 72 hours."));
    let notice = "The postback “K” was paused";
    assert!(anna.get(&list).await.body.contains(notice));
    assert!(site.merchant().get("/admin/postbacks").await.body.contains(notice));
    assert!(!site.bob().await.get(&list).await.body.contains(notice));
    let csrf = page.csrf();
    let ended = anna.post(&format!("{own}/resume"), &[("csrf", &csrf)]).await;
    assert_eq!(ended.status, 303);
    let row = annas(&site).await.remove(0);
    assert!(row.paused_at.is_none() && row.backlog_since == Some(now));
}

#[actix_web::test]
async fn n15_what_a_pause_keeps_is_given_up_after_30_days_and_the_log_says_so() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let list = format!("{PORTAL}/postbacks");
    assert_eq!(save(&mut anna, &list, &[("name", "K"), URL]).await.status, 303);
    assert!(pause(&site, annas(&site).await[0].id).await);
    site.coupon_order().await;
    let start = site.app.clock.now();
    for (days, state) in [(30, FiringState::Held), (31, FiringState::NotSent)] {
        site.app.clock.set(start.plus_days(days));
        clear(&site.app).await.unwrap();
        assert_eq!(firings(&site).await[0].state, state, "after {days} days");
    }
    let log = site.merchant().get("/admin/log").await.body;
    assert!(log.contains("It was kept for 30 days, and the pause did not end."), "{log}");
}

#[actix_web::test]
async fn n15_the_merchant_chooses_where_it_is_told_and_each_pause_is_told_once() {
    let site = Site::new().await;
    let (mut merchant, mut anna) = (site.merchant(), site.anna().await);
    let list = format!("{PORTAL}/postbacks");
    assert_eq!(save(&mut anna, &list, &[("name", "K"), URL]).await.status, 303);
    let id = annas(&site).await[0].id;
    assert!(pause(&site, id).await);
    assert!(!pause(&site, id).await, "it is paused already");
    assert_eq!(
        recipients(&site).await,
        ["anna@example.com"],
        "no address of the merchant is known"
    );

    let rules = async |merchant: &mut Browser, email: &str| {
        let csrf = merchant.get("/admin/postbacks").await.csrf();
        let fields = [("csrf", csrf.as_str()), ("contact_email", email)];
        merchant.post("/admin/postbacks/rules", &fields).await
    };
    let refused = rules(&mut merchant, "nobody").await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("value=\"nobody\"") && refused.body.contains("Enter an e-mail"));
    assert_eq!(rules(&mut merchant, "boss@shop.example").await.status, 303);
    assert!(merchant.get("/admin/postbacks").await.body.contains("value=\"boss@shop.example\""));

    // Saving it says that it is mended; both are told, and of the next pause as well.
    let own = format!("{list}/{id}");
    let fields = [("name", "K"), URL, ("events", "conversion"), ("action", "save")];
    assert_eq!(send(&mut anna, &own, &fields).await.status, 303);
    let both = ["anna@example.com", "boss@shop.example"];
    assert_eq!(recipients(&site).await[1..], both);
    assert!(pause(&site, id).await);
    assert_eq!(recipients(&site).await[3..], both);
    // A pause by hand is nobody's news.
    let csrf = anna.get(&own).await.csrf();
    for action in ["resume", "pause", "resume"] {
        anna.post(&format!("{own}/{action}"), &[("csrf", csrf.as_str())]).await;
    }
    assert_eq!(recipients(&site).await.len(), 7, "only the first end was told");
}

/// To whom mails were written, in order.
async fn recipients(site: &Site) -> Vec<String> {
    let now = site.app.clock.now().plus_seconds(1);
    let mut mails = Vec::new();
    let claim = move |tx: &mut storage::WriteTx<'_>| mail_claim(tx, now, now.plus_seconds(1));
    while let Some(mail) = site.app.storage.write(claim).await.unwrap() {
        mails.push(mail);
    }
    site.app.clock.set(now.plus_seconds(1));
    mails.sort_by_key(|mail| mail.id);
    assert!(mails.iter().all(|mail| !mail.subject.contains('\n')), "{mails:?}");
    mails.into_iter().map(|mail| mail.recipient).collect()
}

#[actix_web::test]
async fn c9_a_new_address_waits_for_the_merchant_and_its_calls_are_kept() {
    let site = Site::new().await;
    let (mut merchant, mut anna) = (site.merchant(), site.anna().await);
    let list = format!("{PORTAL}/postbacks");
    assert_eq!(save(&mut anna, &list, &[("name", "Old"), URL]).await.status, 303);
    let csrf = merchant.get("/admin/postbacks").await.csrf();
    let rules = [("csrf", csrf.as_str()), ("approval_required", "on")];
    assert_eq!(merchant.post("/admin/postbacks/rules", &rules).await.status, 303);
    assert_eq!(anna.post("/admin/postbacks/rules", &rules).await.status, 401);

    let new = ("url", "https://new.example.com/?o={transaction_id}");
    let saved = save(&mut anna, &list, &[("name", "New"), new]).await;
    assert!(saved.location.ends_with("?done=waiting"), "{}", saved.location);
    site.coupon_order().await;
    let states: Vec<FiringState> = firings(&site).await.iter().map(|one| one.state).collect();
    assert!(states.contains(&FiringState::Due) && states.contains(&FiringState::Held));
    let row = annas(&site).await.into_iter().find(|row| row.name == "New").unwrap();
    let own = format!("{PORTAL}/postbacks/{}", row.id);
    let csrf = anna.get(&own).await.csrf();
    for action in ["resume", "approve", "decline"] {
        let refused = anna.post(&format!("{own}/{action}"), &[("csrf", csrf.as_str())]).await;
        assert_eq!(refused.status, 404, "an affiliate cannot {action}");
    }
    let desk = format!("/admin/affiliates/{}/postbacks/{}", site.anna.id, row.id);
    let page = merchant.get(&desk).await;
    assert!(page.body.contains("Approve this address"), "{}", page.body);
    let csrf = page.csrf();
    assert_eq!(merchant.post(&format!("{desk}/approve"), &[("csrf", &csrf)]).await.status, 303);
    let row = annas(&site).await.into_iter().find(|row| row.name == "New").unwrap();
    assert!(row.paused_at.is_none() && row.backlog_since.is_some());

    // The same address again needs nobody, another one does.
    let again = send(&mut anna, &own, &[("name", "New"), new, ("events", "conversion")]).await;
    assert!(again.location.ends_with("?done=saved"), "{}", again.location);
    let moved = ("url", "https://evil.example.com/?o={transaction_id}");
    let again = send(&mut anna, &own, &[("name", "New"), moved, ("events", "conversion")]).await;
    assert!(again.location.ends_with("?done=waiting"), "{}", again.location);
}
