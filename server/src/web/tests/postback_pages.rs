//! Saving, testing and reading postbacks, each by its owner only.

use std::{io::Read as _, io::Write as _, net::TcpListener};

use domain::postback::Credentials;
use storage::postbacks::{Owner, Postback};

use super::site::{Browser, Site};
use crate::flows::save_postback::{postbacks_of, stored_credentials};

const NEW: &str = "/portal/demo.myshopify.com/postbacks/new";

async fn own(site: &Site) -> Vec<Postback> {
    let (shop, owner) = (site.shop.id, Owner::Affiliate(site.anna.id));
    site.app.storage.read(move |conn| postbacks_of(conn, shop, owner)).await.unwrap()
}

async fn save(
    browser: &mut Browser,
    address: &str,
    fields: &[(&str, &str)],
) -> super::site::Answer {
    let csrf = browser.get(address).await.csrf();
    let shared =
        [("csrf", csrf.as_str()), ("action", "save"), ("events", "conversion"), ("scope", "all")];
    browser.post(address, &[&shared, fields].concat()).await
}

#[actix_web::test]
async fn a_refused_postback_keeps_what_was_typed_and_names_the_mistake() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let fields = [
        ("name", "My <tracker>"),
        ("url", "https://t.example.com/?a=1&currency={curency}"),
        ("param_name", "x"),
        ("param_value", "kept"),
        ("delay_seconds", "a week"),
    ];
    let refused = save(&mut anna, NEW, &fields).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("My &#60;tracker&#62;"));
    // C4: the & of a template is escaped, or browsers read &curren.
    assert!(refused.body.contains("?a=1&#38;currency={curency}"), "{}", refused.body);
    assert!(refused.body.contains("value=\"kept\"") && refused.body.contains("a week"));
    assert!(refused.body.contains("{currency}?"), "{}", refused.body);
    assert!(refused.body.contains("Enter the delay as a number of seconds."));
    assert_eq!(own(&site).await, []);
}

#[actix_web::test]
async fn p08_a_secret_is_stored_encrypted_never_shown_and_kept_by_an_empty_field() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let url = ("url", "https://t.example.com/?c={click_id}");
    let fields = [("name", "K"), url, ("auth", "bearer"), ("auth_secret", "hunter2-token")];
    let saved = save(&mut anna, NEW, &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let page = anna.get(&saved.location).await;
    assert!(page.body.contains("Saved.") && page.body.contains("One is stored."));
    assert!(!page.body.contains("hunter2"));
    let row = own(&site).await.remove(0);
    assert_eq!(row.author, format!("Affiliate {}", site.anna.number));
    let envelope = row.credentials.clone().unwrap();
    assert!(!String::from_utf8_lossy(&envelope).contains("hunter2"));

    let address = format!("/portal/demo.myshopify.com/postbacks/{}", row.id);
    let fields = [("name", "K2"), url, ("auth", "bearer"), ("auth_secret", "")];
    assert_eq!(save(&mut anna, &address, &fields).await.status, 303);
    let row = own(&site).await.remove(0);
    let kept = stored_credentials(&site.app.master_key, &row).unwrap();
    assert_eq!(row.name, "K2");
    assert_eq!(kept, Some(Credentials::Bearer { token: "hunter2-token".to_owned() }));
}

#[actix_web::test]
async fn i03_two_postbacks_of_one_affiliate_cannot_share_a_name_and_e11_there_are_twenty() {
    let site = Site::new().await;
    let (mut anna, mut bob) = (site.anna().await, site.bob().await);
    let url = ("url", "https://t.example.com/?c={click_id}");
    for number in 0..20 {
        let name = format!("Tracker {number}");
        assert_eq!(save(&mut anna, NEW, &[("name", &name), url]).await.status, 303);
    }
    let taken = save(&mut anna, NEW, &[("name", "Tracker 3"), url]).await;
    assert_eq!(taken.status, 422);
    assert!(taken.body.contains("as many postbacks as possible"));
    let id = own(&site).await.first().unwrap().id;
    let address = format!("/portal/demo.myshopify.com/postbacks/{id}");
    let taken = save(&mut anna, &address, &[("name", "Tracker 3"), url]).await;
    assert!(taken.body.contains("Another of your postbacks has this name."), "{}", taken.body);
    assert_eq!(save(&mut bob, NEW, &[("name", "Tracker 3"), url]).await.status, 303);
}

#[actix_web::test]
async fn t4_saving_a_macro_that_no_link_has_carried_gives_a_warning_until_one_does() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let fields = [("name", "K"), ("url", "https://t.example.com/?c={click_id}&z={sub3}")];
    let saved = save(&mut anna, NEW, &fields).await;
    let warning = |name: &str| format!("No link has carried “{name}” yet");
    let page = anna.get(&saved.location).await.body;
    assert!(page.contains(&warning("click_id")) && page.contains(&warning("sub3")), "{page}");

    let link = "https://demo.myshopify.com/?ref=ANNA&affclickid=w5f";
    site.shopper("203.0.113.50").visit("report-0123456789", link, "").await;
    site.links_are_read().await;
    let page = anna.get(&saved.location).await.body;
    assert!(!page.contains(&warning("click_id")) && page.contains(&warning("sub3")), "{page}");
}

#[actix_web::test]
async fn t4_t11_the_merchant_is_offered_what_any_link_has_carried_and_warned_of_what_none_has() {
    let site = Site::new().await;
    let (mut merchant, mut bob) = (site.merchant(), site.bob().await);
    let new = "/admin/postbacks/new";
    assert!(!merchant.get(new).await.body.contains("Seen on the links"));
    let link = "https://demo.myshopify.com/?ref=ANNA&affclickid=w5f&zone=7";
    site.shopper("203.0.113.50").visit("report-0123456789", link, "").await;
    site.links_are_read().await;
    let page = merchant.get(new).await.body;
    let (_, seen) = page.split_once("Seen on the links").unwrap();
    assert!(seen.split("From the link").next().unwrap().contains("{zone}"), "{seen}");
    assert!(!bob.get(NEW).await.body.contains("Seen on the links"), "it was Anna's link");

    let url = ("url", "https://crm.example.com/?o={transaction_id}&z={zone}&s={sub4}");
    let fields = [("name", "CRM"), url, ("scope", "all"), ("affiliates_scope", "all")];
    let saved = save(&mut merchant, new, &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let page = merchant.get(&saved.location).await.body;
    assert!(page.contains("No link has carried “sub4” yet"), "{page}");
    assert!(!page.contains("No link has carried “zone” yet"), "{page}");
}

#[actix_web::test]
async fn u02_another_affiliates_postback_is_not_there() {
    let site = Site::new().await;
    let (mut anna, mut bob) = (site.anna().await, site.bob().await);
    let fields = [("name", "Secret tracker"), ("url", "https://t.example.com/?c={click_id}")];
    assert_eq!(save(&mut anna, NEW, &fields).await.status, 303);
    site.coupon_order().await;
    let id = own(&site).await.first().unwrap().id;
    let address = format!("/portal/demo.myshopify.com/postbacks/{id}");
    let csrf = bob.get(NEW).await.csrf();
    assert_eq!(bob.get(&address).await.status, 404);
    assert_eq!(bob.get(&format!("{address}/test")).await.status, 404);
    for action in ["", "/delete", "/test"] {
        let sent =
            [("csrf", csrf.as_str()), ("name", "x"), ("url", "https://x.example.com/{click_id}")];
        assert_eq!(bob.post(&format!("{address}{action}"), &sent).await.status, 404, "{action}");
    }
    let log = "/portal/demo.myshopify.com/log";
    assert!(anna.get(log).await.body.contains("Secret tracker"));
    assert!(!bob.get(log).await.body.contains("Secret tracker"));
    let merchant = site.merchant().get("/admin/log").await;
    assert!(merchant.body.contains("Secret tracker") && merchant.body.contains("Anna"));
    assert_eq!(own(&site).await.len(), 1);
}

#[actix_web::test]
async fn deleting_needs_the_form_and_takes_the_row_away() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let fields = [("name", "K"), ("url", "https://t.example.com/?c={click_id}")];
    save(&mut anna, NEW, &fields).await;
    let id = own(&site).await.first().unwrap().id;
    let address = format!("/portal/demo.myshopify.com/postbacks/{id}/delete");
    assert_eq!(anna.post(&address, &[]).await.status, 403);
    let csrf = anna.get(NEW).await.csrf();
    assert_eq!(anna.post(&address, &[("csrf", &csrf)]).await.status, 303);
    assert_eq!(own(&site).await, []);
}

#[actix_web::test]
async fn the_preview_is_a_fragment_with_the_finished_request() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let csrf = anna.get(NEW).await.csrf();
    let fields = [
        ("csrf", csrf.as_str()),
        ("events", "conversion"),
        ("url", "https://t.example.com/?c={click_id}&p={total_commission}"),
        ("auth", "bearer"),
    ];
    let shown = anna.post("/portal/demo.myshopify.com/postbacks/preview", &fields).await;
    assert_eq!(shown.status, 200);
    assert!(!shown.body.contains("<html"));
    assert!(shown.body.contains("https://t.example.com/?c=w5fj2k3l4m9q&#38;p="), "{}", shown.body);
    assert!(shown.body.contains("Authorization: ") && !shown.body.contains("Bearer secret"));
    assert!(
        !shown.body.contains("class=\"error\""),
        "the secret stays in the page: {}",
        shown.body
    );
}

#[actix_web::test]
async fn n03_a_test_call_shows_the_bytes_that_the_tracker_sees_and_books_nothing() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let tracker = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = Vec::new();
        let mut chunk = [0; 4_096];
        while !String::from_utf8_lossy(&seen).contains("p=9.00") {
            let count = stream.read(&mut chunk).unwrap();
            seen.extend_from_slice(&chunk[..count]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\nsuccess=false").unwrap();
        String::from_utf8(seen).unwrap()
    });
    let url = format!("http://127.0.0.1:{port}/pb?c={{click_id}}");
    let fields = [
        ("name", "K"),
        ("url", url.as_str()),
        ("method", "POST_FORM"),
        ("param_name", "p"),
        ("param_value", "{total_commission}"),
        ("header_name", "X-Mine"),
        ("header_value", "a"),
        ("failure_pattern", "success=false"),
    ];
    let saved = save(&mut anna, NEW, &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    site.coupon_order().await;
    let id = own(&site).await.first().unwrap().id;
    let address = format!("/portal/demo.myshopify.com/postbacks/{id}/test");
    let form = anna.get(&address).await;
    assert!(form.body.contains("Order #1001: Conversion pending"), "{}", form.body);
    let source = form.body.split("<option value=\"").filter_map(|rest| rest.split('"').next());
    let source = source.into_iter().find(|value| value.parse::<i64>().is_ok()).unwrap().to_owned();
    let ledger = entries(&site).await;

    let csrf = form.csrf();
    let sent = [("csrf", csrf.as_str()), ("source", &source), ("event", "conversion")];
    let result = anna.post(&address, &sent).await;
    let seen = tracker.join().unwrap();
    assert!(seen.to_lowercase().contains("tributary-test: 1"), "{seen}");
    let (_, rest) = result.body.split_once("id=\"sent-bytes\" class=\"request\">").unwrap();
    let shown = rest.split("</pre>").next().unwrap();
    let shown = shown.replace("&#38;", "&").replace("&#60;", "<").replace("&#62;", ">");
    assert_eq!(shown, seen);
    assert!(result.body.contains("Refused") && result.body.contains("success=false"));
    assert_eq!(entries(&site).await, ledger);
}

/// How many ledger entries and firings there are.
async fn entries(site: &Site) -> (usize, usize) {
    let shop = site.shop.id;
    site.app
        .storage
        .read::<_, storage::StorageError, _>(move |conn| {
            let entries = storage::ledger::entries_after(conn, shop, domain::ids::EntryId(0), 100)?;
            let all = storage::firings::FiringFilter::default();
            let firings = storage::firings::firing_page(conn, shop, &all, None, 100)?;
            Ok((entries.len(), firings.len()))
        })
        .await
        .unwrap()
}

#[actix_web::test]
async fn n13_a_ready_template_says_what_is_to_be_replaced_and_misses_it_afterwards() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let new = "/portal/demo.myshopify.com/postbacks/new";
    let blank = anna.get(new).await.body;
    for kind in ["Trackers", "Networks and programs", "Traffic sources"] {
        assert!(blank.contains(&format!("<optgroup label=\"{kind}\">")), "{kind} in {blank}");
    }
    let warning = "“2a3b4c5” by your own: so it stands in the template of Keitaro for everybody.";
    assert!(!blank.contains("by your own:"));
    let filled = anna.get(&format!("{new}?template=X06")).await;
    for text in
        ["<code>2a3b4c5</code>", "/links?affclickid=%7Bsubid%7D", "docs.keitaro.io", warning]
    {
        assert!(filled.body.contains(text), "{text} in {}", filled.body);
    }
    let url = "https://ktr.my-tracker.com/2a3b4c5/postback?subid={click_id}&status={status}\
               &payout={total_commission}&currency=USD&tid={transaction_id}&from=shop";
    let csrf = filled.csrf();
    let form = |url| [("csrf", csrf.as_str()), ("name", "K"), ("url", url), ("action", "save")];
    let fields = [&form(url)[..], &[("events", "conversion")]].concat();
    let saved = anna.post(new, &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    assert!(anna.get(&saved.location).await.body.contains(warning));
    let own = url.replace("2a3b4c5", "9f8e7d6");
    let fields = [&form(&own)[..], &[("events", "conversion")]].concat();
    let address = saved.location.split('?').next().unwrap();
    assert_eq!(anna.post(address, &fields).await.status, 303);
    assert!(!anna.get(address).await.body.contains("by your own:"));
}
