//! Who does not get into the admin: every kind of wrong session token, on a page, on a fetch and on
//! a form, over HTTP (shopify.md 11, rows 7 and 8).

use actix_web::{
    App as WebApp,
    test::{self, TestRequest},
};
use domain::time::UtcTime;
use serde_json::Value;
use storage::shops::shop_by_domain;
use url::form_urlencoded;

use super::site::{Site, settings};
use crate::{config::Settings, web::routes_pages::routes};

const MUTATIONS: usize = 10_000;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../shopify/tests/fixtures/test-vectors.json")).unwrap()
}

/// An app with the vectors' client id and secret, outside the demo.
async fn site_of(vectors: &Value) -> Site {
    let text = |name: &str| vectors["session_token"][name].as_str().unwrap().to_owned();
    let settings = Settings {
        shopify_api_key: text("client_id"),
        shopify_api_secret: text("secret").into(),
        ..settings()
    };
    Site::with_settings(settings, false).await
}

fn page(token: &str) -> TestRequest {
    let token: String = form_urlencoded::byte_serialize(token.as_bytes()).collect();
    TestRequest::get().uri(&format!("/admin/settings?id_token={token}"))
}

fn fetch(token: &str) -> TestRequest {
    TestRequest::get().uri("/admin/settings").insert_header(("authorization", bearer(token)))
}

fn form(token: &str) -> TestRequest {
    TestRequest::post()
        .uri("/admin/settings")
        .insert_header(("authorization", bearer(token)))
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .set_payload("postbacks=on")
}

/// As a header may hold it.
fn bearer(token: &str) -> String {
    let token: String =
        token.chars().map(|letter| if letter.is_ascii_graphic() { letter } else { '?' }).collect();
    format!("Bearer {token}")
}

#[actix_web::test]
async fn s11_07_each_kind_of_wrong_token_is_refused_on_a_page_a_fetch_and_a_form() {
    let vectors = vectors();
    let site = site_of(&vectors).await;
    let cases = vectors["session_token"]["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 14);
    for case in cases {
        let token = case["token"].as_str().unwrap();
        let now = UtcTime::default().plus_seconds(case["now"].as_i64().unwrap());
        site.app.clock.set(now);
        let got = [
            site.browser().send(page(token)).await,
            site.browser().send(fetch(token)).await,
            site.browser().send(form(token)).await,
        ];
        let statuses = got.each_ref().map(|answer| answer.status);
        let retries = got
            .each_ref()
            .map(|answer| answer.header("x-shopify-retry-invalid-session-request") == "1");
        if case["accept"] == true {
            assert_eq!((statuses, retries), ([200, 200, 303], [false; 3]), "{}", case["name"]);
        } else {
            assert_eq!(
                (statuses, retries),
                ([410, 401, 401], [false, true, true]),
                "{}",
                case["name"]
            );
        }
    }
}

#[actix_web::test]
async fn s11_07_a_refused_token_brings_no_shop_into_being() {
    let vectors = vectors();
    let site = site_of(&vectors).await;
    site.app.clock.set(UtcTime::default().plus_seconds(1_700_000_005));
    for case in vectors["session_token"]["cases"].as_array().unwrap() {
        if case["accept"] == false {
            site.browser().send(page(case["token"].as_str().unwrap())).await;
        }
    }
    let stored = |conn: &mut storage::DbConn| shop_by_domain(conn, "test-shop.myshopify.com");
    assert_eq!(site.app.storage.read(stored).await.unwrap(), None);
}

#[actix_web::test]
async fn s11_07_of_ten_thousand_mutated_tokens_none_opens_anything() {
    let vectors = vectors();
    let site = site_of(&vectors).await;
    let case = &vectors["session_token"]["cases"][0];
    let token = case["token"].as_str().unwrap();
    site.app.clock.set(UtcTime::default().plus_seconds(case["now"].as_i64().unwrap()));
    let service =
        test::init_service(WebApp::new().app_data(site.app.clone()).configure(routes)).await;
    let good = test::call_service(&service, fetch(token).to_request()).await;
    assert_eq!(good.status(), 200, "the token that the others are made from");
    let mut dice = Dice(9);
    for round in 0..MUTATIONS {
        let forged = dice.forge(token);
        if forged == token {
            continue;
        }
        let (request, expected) = match round % 3 {
            0 => (page(&forged), 410),
            1 => (fetch(&forged), 401),
            _ => (form(&forged), 401),
        };
        let answer = test::call_service(&service, request.to_request()).await;
        assert_eq!(answer.status().as_u16(), expected, "{forged}");
    }
}

#[actix_web::test]
async fn s11_08_only_a_real_shop_and_a_real_admin_are_believed() {
    let vectors = vectors();
    let site = site_of(&vectors).await;
    let names = |group: &str| -> Vec<String> {
        let group = vectors["shop_domain"][group].as_array().unwrap();
        group.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let good_host = vectors["host_param"][0]["host"].as_str().unwrap();
    let load = async |shop: &str, host: &str| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("embedded", "1")
            .append_pair("shop", shop)
            .append_pair("host", host)
            .finish();
        site.browser().get(&format!("/admin?{query}")).await.status
    };
    for shop in names("accept") {
        assert_eq!(load(&shop, good_host).await, 302, "{shop}");
    }
    // A line feed at the end is trimmed away by the rule.
    for shop in names("reject").iter().filter(|shop| shop.trim() == shop.as_str()) {
        assert_eq!(load(shop, good_host).await, 410, "{shop}");
    }
    for case in vectors["host_param"].as_array().unwrap() {
        let expected = if case["ok"] == true { 302 } else { 410 };
        assert_eq!(load("some-shop.myshopify.com", case["host"].as_str().unwrap()).await, expected);
    }
}

/// Small, seeded and good enough to pick bytes (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }

    /// One byte changed, dropped or added.
    fn forge(&mut self, token: &str) -> String {
        let original = token.as_bytes();
        let mut forged = original.to_vec();
        let place = self.below(forged.len());
        match self.below(4) {
            0 => drop(forged.remove(place)),
            1 => forged.insert(place, original[self.below(original.len())]),
            2 => forged[place] ^= 1 << self.below(7),
            _ => forged[place] = original[self.below(original.len())],
        }
        String::from_utf8(forged).unwrap()
    }
}
