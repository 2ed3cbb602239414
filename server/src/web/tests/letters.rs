//! What affiliates are told by mail: of applications, payments and orders, in whose words, and what they
//! do not want.

use domain::{ids::AffiliateId, letter::LetterKind};
use storage::{
    StorageError,
    affiliates::affiliate_by_code,
    letters::letter_choice_of,
    mail::mails_of,
    signups::{Signup, signup_save},
};

use super::{
    money_pages::{first_payment, with_nine_due},
    site::{Browser, Site},
};
use crate::flows::{sum_up_orders::sum_up_orders, write_mail::mail_text};

const ACCOUNT: &str = "/portal/demo.myshopify.com/account";
const MAILS_MAX: i64 = 50;

/// Kind, subject and text of an affiliate's mails, oldest first.
async fn mails(site: &Site, affiliate: AffiliateId) -> Vec<(String, String, String)> {
    let shop = site.shop.id;
    let found = site.app.storage.read(move |conn| mails_of(conn, shop, affiliate, MAILS_MAX));
    let mut found = found.await.unwrap();
    found.reverse();
    let text = |mail| mail_text(&site.app.master_key, mail).unwrap();
    found.iter().map(|mail| (mail.kind.clone(), mail.subject.clone(), text(mail))).collect()
}

async fn kinds(site: &Site, affiliate: AffiliateId) -> Vec<String> {
    mails(site, affiliate).await.into_iter().map(|(kind, _, _)| kind).collect()
}

/// Somebody applies; the id.
async fn apply(site: &Site, name: &str, code: &'static str) -> AffiliateId {
    let mut visitor = site.browser();
    let page = "/portal/demo.myshopify.com/join/1";
    let csrf = visitor.get(page).await.csrf();
    let email = format!("{code}@example.org");
    let sent = [("csrf", csrf.as_str()), ("name", name), ("email", &email), ("discloses", "on")];
    assert_eq!(visitor.post(page, &sent).await.status, 303);
    let shop = site.shop.id;
    let found =
        site.app.storage.read(move |conn| affiliate_by_code(conn, shop, &code.to_lowercase()));
    found.await.unwrap().unwrap().id
}

async fn decide(merchant: &mut Browser, csrf: &str, id: AffiliateId, status: &str) {
    let sent = [("csrf", csrf), ("status", status)];
    let answer = merchant.post(&format!("/admin/affiliates/{id}/status"), &sent).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
}

#[actix_web::test]
async fn an_applicant_hears_that_the_application_arrived_and_how_it_ended() {
    let site = Site::new().await;
    let (shop, program) = (site.shop.id, site.anna.program_id);
    let open = Signup { is_open: true, ..Signup::closed(shop, program) };
    site.app.storage.write::<_, StorageError, _>(move |tx| signup_save(tx, &open)).await.unwrap();
    let mut merchant = site.merchant();
    let csrf = merchant.get("/admin/settings").await.csrf();

    let spam = "DORA buy at https://spam.example";
    let dora = apply(&site, spam, "DORA").await;
    let emil = apply(&site, "EMIL", "EMIL").await;
    let (kind, subject, text) = mails(&site, dora).await.remove(0);
    assert_eq!(kind, "application_received");
    assert!(!subject.contains("spam") && !text.contains("spam"), "no stranger's words: {text}");
    decide(&mut merchant, &csrf, dora, "active").await;
    assert_eq!(kinds(&site, dora).await, ["application_received", "invitation"]);
    decide(&mut merchant, &csrf, emil, "denied").await;
    assert_eq!(kinds(&site, emil).await, ["application_received", "denied"]);
    // Again the same: nobody is told twice.
    decide(&mut merchant, &csrf, emil, "denied").await;
    assert_eq!(kinds(&site, emil).await.len(), 2);

    // Somebody with a password needs no link for one, and a block is not announced.
    decide(&mut merchant, &csrf, site.anna.id, "blocked").await;
    decide(&mut merchant, &csrf, site.anna.id, "active").await;
    assert_eq!(kinds(&site, site.anna.id).await, ["approved"]);
}

/// Reports on Anna's payment of a round that is made for it; its id.
async fn pay(merchant: &mut Browser, csrf: &str, number: u32, action: &str) -> String {
    let round = format!("/admin/payouts/{number}");
    let draft = [("csrf", csrf), ("method", "paypal"), ("note", "March")];
    let drafted = merchant.post("/admin/payouts", &draft).await;
    assert_eq!(drafted.location, format!("{round}?done=drafted"));
    for step in ["lock", "sent"] {
        merchant.post(&round, &[("csrf", csrf), ("action", step)]).await;
    }
    let payment = first_payment(&merchant.get(&round).await.body);
    let report =
        [("csrf", csrf), ("action", action), ("payment", &payment), ("reason", "no such account")];
    assert_eq!(merchant.post(&round, &report).await.status, 303);
    // The same report again is no news.
    merchant.post(&round, &report).await;
    payment
}

#[actix_web::test]
async fn a_payment_is_told_and_one_that_failed_even_to_who_wants_no_mails() {
    let site = Site::new().await;
    let (mut merchant, csrf, _) = with_nine_due(&site).await;
    pay(&mut merchant, &csrf, 1, "failed").await;
    let (kind, _, text) = mails(&site, site.anna.id).await.remove(0);
    assert_eq!(kind, "payout_failed");
    assert!(text.contains("9.00 USD by PayPal") && text.contains("no such account"), "{text}");
    assert!(text.contains("/portal/demo.myshopify.com/account"), "{text}");

    let payment = pay(&mut merchant, &csrf, 2, "paid").await;
    let (kind, subject, text) = mails(&site, site.anna.id).await.remove(1);
    assert_eq!(
        (kind.as_str(), subject.as_str()),
        ("payout_sent", "Demo tea has paid you 9.00 USD")
    );
    assert!(text.contains(&format!("/portal/demo.myshopify.com/payouts/{payment}")), "{text}");

    // Services take payments back days later.
    let mut anna = site.anna().await;
    let own = anna.get(ACCOUNT).await;
    assert!(own.body.contains("name=\"payout_sent\" value=\"on\" checked"), "{}", own.body);
    let none = [("csrf", own.csrf()), ("part", "mails".to_owned())];
    let none: Vec<(&str, &str)> = none.iter().map(|(a, b)| (*a, b.as_str())).collect();
    assert_eq!(anna.post(ACCOUNT, &none).await.status, 303);
    let report = [("csrf", csrf.as_str()), ("action", "failed"), ("payment", &payment)];
    merchant.post("/admin/payouts/2", &report).await;
    pay(&mut merchant, &csrf, 3, "paid").await;
    assert_eq!(
        kinds(&site, site.anna.id).await,
        ["payout_failed", "payout_sent", "payout_failed"],
        "what arrived is not told any more, what failed is"
    );
}

#[actix_web::test]
async fn the_merchants_own_words_are_used_previewed_and_checked_and_a_mail_may_be_off() {
    let site = Site::new().await;
    let (mut merchant, csrf, _) = with_nine_due(&site).await;
    let page = "/admin/mails/payout_sent";
    let sent = |body: &'static str, is_on: &'static str, action: &'static str| {
        vec![
            ("csrf", csrf.as_str()),
            ("subject", "{amount} <for> you"),
            ("body", body),
            ("is_on", is_on),
            ("action", action),
        ]
    };
    let preview = merchant.post(page, &sent("Dear {name},\r\nenjoy.", "on", "preview")).await;
    assert!(preview.body.contains("27.00 USD &#60;for&#62; you"), "{}", preview.body);
    assert!(merchant.get("/admin/mails").await.body.contains("Demo tea has paid you"), "not saved");
    let wrong = merchant.post(page, &sent("Dear {nmae}", "on", "save")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("{nmae} is not known here"), "{}", wrong.body);
    let saved = merchant.post(page, &sent("Dear {name},\r\nenjoy.", "on", "save")).await;
    assert_eq!(saved.location, "/admin/mails?done=saved");
    pay(&mut merchant, &csrf, 1, "paid").await;
    let (_, subject, text) = mails(&site, site.anna.id).await.remove(0);
    assert_eq!(subject, "9.00 USD <for> you");
    assert_eq!(text, "Dear Anna <Lindqvist>,\nenjoy.");

    let off: Vec<_> =
        sent("Dear {name}", "", "save").into_iter().filter(|(name, _)| *name != "is_on").collect();
    merchant.post(page, &off).await;
    let mut anna = site.anna().await;
    let own = anna.get(ACCOUNT).await;
    assert!(!own.body.contains("name=\"payout_sent\""), "no choice about what is off");
    let report = [("csrf", csrf.as_str()), ("action", "failed"), ("all", "on")];
    merchant.post("/admin/payouts/1", &report).await;
    pay(&mut merchant, &csrf, 2, "paid").await;
    assert_eq!(kinds(&site, site.anna.id).await, ["payout_sent", "payout_failed"]);

    merchant.post(page, &sent("anything", "on", "reset")).await;
    assert!(merchant.get("/admin/mails").await.body.contains("Demo tea has paid you"));
    assert_eq!(merchant.get("/admin/mails/nothing").await.status, 404);
    // Somebody waits for a password's link: it cannot be switched off, nor lose its place.
    let invitation =
        [("csrf", csrf.as_str()), ("subject", "Hello"), ("body", "Hello"), ("action", "save")];
    assert_eq!(merchant.post("/admin/mails/invitation", &invitation).await.status, 422);
}

#[actix_web::test]
async fn new_orders_are_summed_up_for_who_asked_for_it_and_told_once() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let own = anna.get(ACCOUNT).await;
    assert!(
        !own.body.contains("name=\"new_orders\" value=\"on\" checked"),
        "nobody gets it unasked"
    );
    let csrf = own.csrf();
    let wants =
        [("csrf", csrf.as_str()), ("part", "mails"), ("new_orders", "on"), ("payout_sent", "on")];
    assert_eq!(anna.post(ACCOUNT, &wants).await.status, 303);
    let begin = site.app.clock.now();
    site.app.clock.set(begin.plus_seconds(60));
    site.coupon_order().await;

    let sum_up = async |seconds: i64| {
        let (app, now) = (site.app.clone(), begin.plus_seconds(seconds));
        app.clone().storage.write(move |tx| sum_up_orders(tx, app.mail_room(), now)).await.unwrap()
    };
    assert_eq!(sum_up(3_599).await, 0, "not before an hour has passed");
    assert_eq!(sum_up(3_600).await, 1);
    let (kind, subject, text) = mails(&site, site.anna.id).await.remove(0);
    assert_eq!(kind, "new_orders");
    assert_eq!(subject, "1 order through you at Demo tea");
    assert!(text.contains("earned 9.00 USD"), "{text}");
    assert_eq!(sum_up(7_200).await, 1);
    assert_eq!(kinds(&site, site.anna.id).await.len(), 1, "an hour without orders is not told");

    // Booked before the moment of a mail, and stored after it: the next one tells of it.
    site.app.clock.set(begin.plus_seconds(7_190));
    site.coupon_order_of(2).await;
    assert_eq!(sum_up(10_800).await, 1);
    assert_eq!(kinds(&site, site.anna.id).await.len(), 2);

    // Whoever refuses and wants it again later does not hear of what was between.
    anna.post(ACCOUNT, &[("csrf", csrf.as_str()), ("part", "mails"), ("payout_sent", "on")]).await;
    assert_eq!(sum_up(20_000).await, 0);
    site.app.clock.set(begin.plus_seconds(20_000));
    anna.post(ACCOUNT, &wants).await;
    let (shop, id) = (site.shop.id, site.anna.id);
    let said = site
        .app
        .storage
        .read(move |conn| letter_choice_of(conn, shop, id, LetterKind::NewOrders))
        .await
        .unwrap()
        .unwrap();
    assert!(said.is_wanted);
    assert_eq!(said.told_until, begin.plus_seconds(20_000));
}
