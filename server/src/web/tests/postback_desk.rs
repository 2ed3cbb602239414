//! Postbacks at the merchant's desk, their fields and signatures: who may do what.

use domain::{ids::FiringId, postback::Filter};
use storage::{
    firings::{Firing, FiringFilter, firing_page},
    outbox::{FiringOutcome, FiringResult, firings_finish},
    postbacks::{Owner, Postback},
};

use super::site::{Answer, Browser, Site};
use crate::flows::{
    prepare_firing::{Prepared, prepare_firing},
    save_postback::{postbacks_of, read_postback},
    sign_request::{reveal, secrets_of},
};

pub(super) const PORTAL: &str = "/portal/demo.myshopify.com";
pub(super) const URL: (&str, &str) =
    ("url", "https://crm.example.com/?o={transaction_id}&s={status}");

pub(super) async fn of(site: &Site, owner: Owner) -> Vec<Postback> {
    let shop = site.shop.id;
    site.app.storage.read(move |conn| postbacks_of(conn, shop, owner)).await.unwrap()
}

pub(super) async fn annas(site: &Site) -> Vec<Postback> {
    of(site, Owner::Affiliate(site.anna.id)).await
}

pub(super) async fn send(browser: &mut Browser, address: &str, fields: &[(&str, &str)]) -> Answer {
    let form = address.strip_suffix("/save").unwrap_or(address);
    let csrf = browser.get(form).await.csrf();
    browser.post(form, &[&[("csrf", csrf.as_str())], fields].concat()).await
}

pub(super) async fn save(browser: &mut Browser, list: &str, fields: &[(&str, &str)]) -> Answer {
    let shared = [("action", "save"), ("events", "conversion"), ("events", "status_change")];
    send(browser, &format!("{list}/new"), &[&shared, fields].concat()).await
}

pub(super) async fn firings(site: &Site) -> Vec<Firing> {
    let shop = site.shop.id;
    let all = FiringFilter::default();
    site.app.storage.read(move |conn| firing_page(conn, shop, &all, None, 100)).await.unwrap()
}

pub(super) async fn finish(site: &Site, id: FiringId, outcome: FiringOutcome) {
    let at = site.app.clock.now();
    let result = FiringResult { id, outcome, was_sent: true, status_code: Some(200), at };
    let finish =
        move |tx: &mut storage::WriteTx<'_>| firings_finish(tx, std::slice::from_ref(&result));
    site.app.storage.write(finish).await.unwrap();
}

#[actix_web::test]
async fn i12_the_merchant_makes_tests_and_reads_its_own_postbacks_and_no_affiliate_sees_them() {
    let site = Site::new().await;
    let (mut merchant, mut anna) = (site.merchant(), site.anna().await);
    let fields = [("name", "Our CRM"), URL, ("scope", "all"), ("affiliates_scope", "all")];
    for name in ["Our CRM", "Our warehouse"] {
        let fields = [&fields[1..], &[("name", name)]].concat();
        let saved = save(&mut merchant, "/admin/postbacks", &fields).await;
        assert_eq!(saved.status, 303, "{}", saved.body);
        assert!(saved.location.starts_with("/admin/postbacks/"));
    }
    site.coupon_order().await;
    assert_eq!(firings(&site).await.len(), 2, "several subscriptions of one event");
    let list = merchant.get("/admin/postbacks").await;
    assert!(list.body.contains("Our CRM") && list.body.contains("Our warehouse"));
    let own = of(&site, Owner::Merchant).await;
    let test = merchant.get(&format!("/admin/postbacks/{}/test", own[0].id)).await;
    assert!(test.body.contains("Order #1001: Conversion pending"), "{}", test.body);
    assert!(merchant.get("/admin/log").await.body.contains("Our CRM"));
    for address in [
        format!("{PORTAL}/postbacks/{}", own[0].id),
        format!("{PORTAL}/log/{}", firings(&site).await[0].id),
    ] {
        assert_eq!(anna.get(&address).await.status, 404, "{address}");
    }
    assert!(!anna.get(&format!("{PORTAL}/log")).await.body.contains("Our CRM"));
}

#[actix_web::test]
async fn i12_a_merchants_postback_can_be_for_some_affiliates_and_for_all_but_some() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let number = site.anna.number.to_string();
    let fields = [("name", "All but Anna"), URL, ("affiliates_scope", "except")];
    let refused = save(&mut merchant, "/admin/postbacks", &fields).await;
    assert!(refused.body.contains("Name at least one affiliate."), "{}", refused.body);
    let unknown = [&fields[..], &[("affiliates", "424242")]].concat();
    let refused = save(&mut merchant, "/admin/postbacks", &unknown).await;
    assert!(refused.body.contains("There is no affiliate 424242."), "{}", refused.body);
    let known = [&fields[..], &[("affiliates", number.as_str())]].concat();
    let saved = save(&mut merchant, "/admin/postbacks", &known).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let page = merchant.get(&saved.location).await;
    assert!(page.body.contains(&format!("value=\"{number}\"")), "{}", page.body);
    site.coupon_order().await;
    assert_eq!(firings(&site).await, []);
}

#[actix_web::test]
async fn t14_the_merchant_adds_one_for_an_affiliate_and_the_record_names_who_did() {
    let site = Site::new().await;
    let (mut merchant, mut anna) = (site.merchant(), site.anna().await);
    let list = format!("/admin/affiliates/{}/postbacks", site.anna.id);
    let saved = save(&mut merchant, &list, &[("name", "For Anna"), URL]).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let row = annas(&site).await.remove(0);
    assert_eq!((row.affiliate_id, row.author.as_str()), (Some(site.anna.id), "Merchant"));
    let seen = anna.get(&format!("{PORTAL}/postbacks/{}", row.id)).await;
    assert!(seen.body.contains("For Anna") && seen.body.contains("· Merchant"), "{}", seen.body);
    assert_eq!(merchant.get("/admin/affiliates/5/postbacks").await.status, 404);
}

#[actix_web::test]
async fn p1_a_programs_page_has_its_postbacks_in_a_tab_and_makes_new_ones_for_it() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let rules = [("name", "Second"), ("commission_type", "percent"), ("commission_value", "5")];
    let saved = [&[("action", "save")], &rules[..]].concat();
    assert_eq!(send(&mut merchant, "/admin/programs/new", &saved).await.status, 303);
    for number in [1, 2] {
        let tab = format!("href=\"/admin/programs/{number}/postbacks\"");
        let page = merchant.get(&format!("/admin/programs/{number}")).await;
        assert!(page.body.contains(&tab), "{}", page.body);
    }
    let new = format!("/admin/programs/1/postbacks/new?affiliate={}", site.anna.number);
    let editor = merchant.get(&new).await.location;
    let program = site.anna.program_id;
    let list = format!("/admin/affiliates/{}/postbacks", site.anna.id);
    assert_eq!(editor, format!("{list}/new?program={program}"));
    let form = merchant.get(&editor).await.body;
    let chosen = format!("name=\"program\" value=\"{program}\" checked");
    assert!(form.contains(&chosen), "for this program only: {form}");

    let (own, id) = ("/admin/postbacks", program.to_string());
    let here = [("scope", "some"), ("program", id.as_str())];
    save(&mut merchant, &list, &[&[("name", "For Anna"), URL], &here[..]].concat()).await;
    save(&mut merchant, own, &[("name", "Every program"), URL, ("scope", "all")]).await;
    let except = [("name", "All but the first"), URL, ("scope", "except"), here[1]];
    save(&mut merchant, own, &except).await;
    for (number, there, not_there) in [
        (1, ["For Anna", "Every program"], "All but the first"),
        (2, ["All but the first", "Every program"], "For Anna"),
    ] {
        let tab = merchant.get(&format!("/admin/programs/{number}/postbacks")).await.body;
        let named = |name: &str| tab.contains(&format!("<bdi>{name}</bdi></a>"));
        assert!(there.iter().all(|name| named(name)) && !named(not_there), "{number}: {tab}");
    }
    for nowhere in ["/admin/programs/3/postbacks", "/admin/programs/1/postbacks/new?affiliate=9"] {
        assert_eq!(merchant.get(nowhere).await.status, 404, "{nowhere}");
    }
}

#[actix_web::test]
async fn p14_p15_goals_that_are_switched_off_are_kept_by_the_form() {
    let site = Site::new().await;
    let (mut merchant, mut anna) = (site.merchant(), site.anna().await);
    let list = format!("{PORTAL}/postbacks");
    let program = site.anna.program_id.to_string();
    let scope = [("scope", "some"), ("program", program.as_str())];
    let fields = [&[("name", "G"), URL, ("goals", "deposit, signup")], &scope[..]].concat();
    assert_eq!(save(&mut anna, &list, &fields).await.status, 303);
    let own = format!("{list}/{}", annas(&site).await[0].id);
    let csrf = merchant.get("/admin/postbacks").await.csrf();
    merchant.post("/admin/postbacks/rules", &[("csrf", &csrf)]).await;
    assert!(!anna.get(&own).await.body.contains("name=\"goals\""));
    let fields = [&[("name", "G2"), URL, ("events", "conversion")], &scope[..]].concat();
    let again = send(&mut anna, &own, &fields).await;
    assert_eq!(again.status, 303);
    let kept = read_postback(&annas(&site).await[0]).unwrap().goals;
    assert_eq!(kept, Filter::Only(vec!["deposit".to_owned(), "signup".to_owned()]));
    merchant.post("/admin/postbacks/rules", &[("csrf", &csrf), ("goals_enabled", "on")]).await;
    assert!(anna.get(&own).await.body.contains("value=\"deposit, signup\""));
}

#[actix_web::test]
async fn a10_a_postback_for_every_program_has_no_goal_choice() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let list = format!("{PORTAL}/postbacks");
    let fields = [("name", "Global"), URL, ("scope", "all"), ("goals", "deposit")];
    assert_eq!(save(&mut anna, &list, &fields).await.status, 303);
    assert_eq!(read_postback(&annas(&site).await[0]).unwrap().goals, Filter::Any);
}

#[actix_web::test]
async fn t19_one_list_covers_postbacks_and_pixels() {
    let site = Site::new().await;
    site.switch_pixels_on().await;
    let (mut anna, mut bob) = (site.anna().await, site.bob().await);
    let list = format!("{PORTAL}/postbacks");
    assert_eq!(save(&mut anna, &list, &[("name", "My tracker"), URL]).await.status, 303);
    let number = "123456789012345";
    let fields = [("number", number), ("enabled", "on"), ("events", "PageView")];
    assert_eq!(send(&mut anna, &format!("{PORTAL}/pixels/new"), &fields).await.status, 303);
    let page = anna.get(&list).await.body;
    assert!(page.contains("My tracker") && page.contains(number), "{page}");
    assert!(!bob.get(&list).await.body.contains(number));
    let behalf = format!("/admin/affiliates/{}/postbacks", site.anna.id);
    assert!(site.merchant().get(&behalf).await.body.contains(number));
}

#[actix_web::test]
async fn p03_the_eight_fields_are_saved_and_come_back() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let program = site.anna.program_id.to_string();
    let list = format!("/admin/affiliates/{}/postbacks", site.anna.id);
    let fields = [
        ("name", "Eight"),
        URL,
        ("scope", "some"),
        ("program", program.as_str()),
        ("goals", "deposit"),
        ("statuses", "approved"),
        ("method", "POST_FORM"),
        ("auth", "basic"),
        ("auth_login", "anna"),
        ("auth_secret", "hunter2"),
        ("param_name", "amount"),
        ("param_value", "{total_sales}"),
        ("header_name", "X-Source"),
        ("header_value", "{sub1|none}"),
    ];
    let saved = save(&mut merchant, &list, &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let page = merchant.get(&saved.location).await.body;
    for part in [
        "value=\"deposit\"",
        "name=\"statuses\" value=\"approved\" checked",
        "https://crm.example.com/?o={transaction_id}&#38;s={status}",
        "<option value=\"POST_FORM\" selected>",
        "<option value=\"basic\" selected>",
        "value=\"anna\"",
        "value=\"amount\"",
        "value=\"{total_sales}\"",
        "value=\"X-Source\"",
        "value=\"{sub1|none}\"",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("hunter2"));
    let row = annas(&site).await.remove(0);
    assert_eq!(row.affiliate_id, Some(site.anna.id));
}

#[actix_web::test]
async fn n8_secrets_are_shown_on_request_changed_without_a_gap_and_nobody_elses() {
    let site = Site::new().await;
    let (mut anna, mut bob) = (site.anna().await, site.bob().await);
    let list = format!("{PORTAL}/postbacks");
    assert_eq!(save(&mut anna, &list, &[("name", "K"), URL]).await.status, 303);
    let (shop, owner) = (site.shop.id, Owner::Affiliate(site.anna.id));
    let live =
        async || site.app.storage.read(move |conn| secrets_of(conn, shop, owner)).await.unwrap();
    let first = live().await.remove(0);
    let plain = reveal(&site.app.master_key, &first).unwrap();
    assert!(!String::from_utf8_lossy(&first.secret).contains(&plain), "encrypted at rest");
    let address = format!("{list}/signing");
    let page = anna.get(&address).await;
    assert!(!page.body.contains(&plain) && page.body.contains("192.0.2.7"), "{}", page.body);
    let csrf = page.csrf();
    let show = format!("{address}/{}/show", first.id);
    assert!(anna.post(&show, &[("csrf", &csrf)]).await.body.contains(&plain));
    let bobs = bob.get(&address).await.csrf();
    assert_eq!(bob.post(&show, &[("csrf", &bobs)]).await.status, 404);
    let retire = format!("{address}/{}/retire", first.id);
    assert_eq!(anna.post(&retire, &[("csrf", &csrf)]).await.status, 422, "the only one");
    assert_eq!(anna.post(&address, &[("csrf", &csrf)]).await.status, 303);
    assert_eq!(anna.post(&address, &[("csrf", &csrf)]).await.status, 422, "two are enough");
    assert_eq!(bob.post(&retire, &[("csrf", &bobs)]).await.status, 404);
    assert_eq!(anna.post(&retire, &[("csrf", &csrf)]).await.status, 303);
    let left = live().await;
    assert!(left.len() == 1 && left[0].id != first.id);
}

#[actix_web::test]
async fn a_buyers_pseudonym_is_sent_only_where_the_merchant_allows_it() {
    let site = Site::new().await;
    let (mut merchant, mut anna) = (site.merchant(), site.anna().await);
    let list = format!("{PORTAL}/postbacks");
    let url = ("url", "https://t.example.com/?o={transaction_id}&b={customer_hash}");
    let refused = save(&mut anna, &list, &[("name", "K"), url]).await;
    assert!(refused.body.contains("The merchant has not allowed {customer_hash}."));
    let csrf = merchant.get("/admin/postbacks").await.csrf();
    let rules = [("csrf", csrf.as_str()), ("customer_hash_allowed", "on")];
    merchant.post("/admin/postbacks/rules", &rules).await;
    assert_eq!(save(&mut anna, &list, &[("name", "K"), url]).await.status, 303);
    site.coupon_order().await;
    let firing = firings(&site).await.remove(0);
    assert!(!firing.record.contains("customer"), "stored nowhere");
    let url_of = async |firing: Firing| {
        let (books, key) = (std::sync::Arc::clone(&site.app.books), site.app.master_key.clone());
        let now = site.app.clock.now();
        let prepared = site
            .app
            .storage
            .read(move |conn| {
                let book = books.of(conn, firing.shop_id)?;
                prepare_firing(conn, &book, &key, &firing, now)
            })
            .await
            .unwrap();
        let Prepared::Send(request) = prepared else { panic!("{prepared:?}") };
        request.rendered.url
    };
    let sent = url_of(firing.clone()).await;
    let (_, hash) = sent.split_once("&b=").unwrap();
    assert!(hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{sent}");
    assert_eq!(url_of(firing.clone()).await, sent, "stable");
    let bobs = Firing { affiliate_id: None, ..firing.clone() };
    assert_ne!(url_of(bobs).await, sent, "another owner learns another one");
    merchant.post("/admin/postbacks/rules", &[("csrf", &csrf)]).await;
    assert!(url_of(firing).await.ends_with("&b="));
}

#[actix_web::test]
async fn n13_pasted_macros_are_converted_without_a_script_and_presets_fill_the_patterns() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let new = format!("{PORTAL}/postbacks/new");
    let foreign = [
        ("name", "K"),
        ("url", "https://t.example.com/pb?subid=[subid]&payout=##CPA_AMOUNT##"),
        ("param_name", "tid"),
        ("param_value", "#tid#"),
    ];
    let shown = send(&mut anna, &new, &[&foreign[..], &[("action", "preview")]].concat()).await;
    assert!(shown.body.contains("Macros of another system?"), "{}", shown.body);
    let converted = send(&mut anna, &new, &[&foreign[..], &[("action", "convert")]].concat()).await;
    assert_eq!(converted.status, 200);
    let url = "https://t.example.com/pb?subid={click_id}&#38;payout={total_commission}";
    assert!(converted.body.contains(url), "{}", converted.body);
    assert!(converted.body.contains("value=\"{transaction_id}\""));
    assert_eq!(annas(&site).await, [], "nothing is saved");
    let preset = [("name", "K"), ("url", "https://x.go2cloud.org/?t={click_id}")];
    let fields = [&preset[..], &[("success_pattern", ""), ("failure_pattern", "")]].concat();
    let filled = send(&mut anna, &new, &[&fields[..], &[("action", "preset:tune")]].concat()).await;
    assert!(filled.body.contains("value=\"success=false\""), "{}", filled.body);
}
