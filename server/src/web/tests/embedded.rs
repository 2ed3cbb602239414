//! The admin as Shopify loads it: documents, the bounce page, frames, ways out (shopify.md 11, rows
//! 9 and 10).

use actix_web::{http::Method, test::TestRequest};
use shopify::{session_token::mint_session_token, shop_domain::ShopDomain};

use super::site::{Answer, Site};

const HOST: &str = "YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvZGVtbw";
const IN_ADMIN: &str =
    "embedded=1&shop=demo.myshopify.com&host=YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvZGVtbw";
const FRAMES: &str = "frame-ancestors https://demo.myshopify.com https://admin.shopify.com";

fn token(site: &Site) -> String {
    let shop = ShopDomain::parse("demo.myshopify.com").unwrap();
    mint_session_token(&site.app.app_secrets, "client-id", &shop, "7", site.app.clock.now())
        .unwrap()
}

fn policy(answer: &Answer) -> &str {
    answer.header("content-security-policy")
}

#[actix_web::test]
async fn s11_09_a_document_without_a_token_bounces_and_comes_back_with_one() {
    let site = Site::real().await;
    let asked = format!("/admin/orders?{IN_ADMIN}&hmac=0&status=paid");
    let bounced = site.browser().get(&asked).await;
    assert_eq!((bounced.status, bounced.header("cache-control")), (302, "no-store"));
    let bounce = site.browser().get(&bounced.location).await;
    assert_eq!(bounce.status, 200);
    assert_eq!(bounce.header("content-type"), "text/html; charset=utf-8");
    assert!(policy(&bounce).ends_with(FRAMES), "{}", policy(&bounce));
    assert!(bounce.body.contains("data-api-key=\"client-id\""), "{}", bounce.body);
    assert_eq!(bounce.body.matches("<script").count(), 1, "App Bridge and nothing else");

    // What App Bridge does with the address that it finds there.
    let (_, query) = bounced.location.split_once('?').unwrap();
    let reload = url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "shopify-reload")
        .map(|(_, value)| value.into_owned())
        .unwrap();
    let page = site.browser().get(&format!("{reload}&id_token={}", token(&site))).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<h1>Orders"), "{}", page.body);
    assert!(policy(&page).ends_with(FRAMES));
}

#[actix_web::test]
async fn s11_09_a_token_that_stays_wrong_ends_the_loop_with_a_page_in_the_frame() {
    let site = Site::real().await;
    let now = site.app.clock.now().unix_seconds();
    let again = format!("/admin?{IN_ADMIN}&id_token=wrong&bounced={now}");
    let page = site.browser().get(&again).await;
    assert_eq!(page.status, 401);
    assert!(page.body.contains("refused twice"), "{}", page.body);
    assert!(policy(&page).ends_with(FRAMES), "a page that the frame shows");
    site.app.clock.set(site.app.clock.now().plus_seconds(120));
    assert_eq!(site.browser().get(&again).await.status, 302, "a reload, minutes later");
}

#[actix_web::test]
async fn s11_09_only_pages_of_ours_are_returned_to() {
    let site = Site::real().await;
    for evil in [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\/evil",
        "",
        "/\t/evil.example",
        "javascript:alert(1)",
    ] {
        let reload: String = url::form_urlencoded::byte_serialize(evil.as_bytes()).collect();
        let address = format!("/auth/session-token?{IN_ADMIN}&shopify-reload={reload}");
        assert_eq!(site.browser().get(&address).await.status, 400, "{evil:?}");
    }
}

#[actix_web::test]
async fn s11_09_a_page_outside_the_admin_leads_into_it() {
    let site = Site::real().await;
    let leads = async |query: &str| {
        let answer = site.browser().get(&format!("/admin/orders?{query}")).await;
        (answer.status, answer.location)
    };
    let admin = "https://admin.shopify.com/store/demo/apps/client-id/admin/orders";
    let by_host = leads(&format!("host={HOST}&hmac=0&session=1&timestamp=5&status=paid")).await;
    assert_eq!(by_host, (302, format!("{admin}?status=paid")));
    assert_eq!(leads("shop=demo.myshopify.com").await, (302, admin.to_owned()));
    let nowhere = leads("host=ZXZpbC5leGFtcGxl&shop=evil.example").await;
    assert_eq!(nowhere, (410, String::new()));
    let stranger = site.browser().get("/admin/orders").await;
    assert_eq!(stranger.status, 410);
    assert!(stranger.body.contains("<h1>Open it in Shopify</h1>"), "{}", stranger.body);
    assert!(!stranger.body.contains("<form") && policy(&stranger).ends_with("'none'"));
}

#[actix_web::test]
async fn s11_09_a_fetch_is_told_to_come_again_and_a_form_too() {
    let site = Site::real().await;
    let from_script = TestRequest::get()
        .uri(&format!("/admin/orders?{IN_ADMIN}"))
        .insert_header(("sec-fetch-mode", "cors"));
    let plain_form = TestRequest::post().uri("/admin/settings");
    for request in [from_script, plain_form] {
        let refused = site.browser().send(request).await;
        assert_eq!(refused.status, 401);
        assert_eq!(refused.header("x-shopify-retry-invalid-session-request"), "1");
    }
}

#[actix_web::test]
async fn s11_09_crawlers_are_told_that_it_is_gone_and_shopifys_own_apps_are_not() {
    let site = Site::real().await;
    let asked = async |agent: &'static str| {
        let request = TestRequest::get()
            .uri(&format!("/admin?{IN_ADMIN}"))
            .insert_header(("user-agent", agent));
        site.browser().send(request).await.status
    };
    assert_eq!(asked("Mozilla/5.0 (compatible; Googlebot/2.1)").await, 410);
    assert_eq!(asked("curl/8.5.0").await, 410);
    assert_eq!(asked("Shopify POS/10.1 (iPad; okhttp/4.9)").await, 302);
    assert_eq!(asked("Shopify Mobile/iOS/9.150 (iPhone; validator)").await, 302);
    assert_eq!(asked("Mozilla/5.0 (Macintosh) Chrome/148.0 Safari/537.36").await, 302);
}

#[actix_web::test]
async fn s11_09_a_browser_that_asks_what_it_may_send_is_answered() {
    let site = Site::real().await;
    for path in ["/admin", "/admin/orders", "/admin/nowhere"] {
        let answer =
            site.browser().send(TestRequest::default().method(Method::OPTIONS).uri(path)).await;
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.header("access-control-max-age"), "7200");
    }
}

#[actix_web::test]
async fn s11_09_no_cookie_is_set_or_needed_inside_the_admin() {
    let site = Site::real().await;
    let token = token(&site);
    let page = site.browser().get(&format!("/admin/settings?{IN_ADMIN}&id_token={token}")).await;
    assert_eq!((page.status, page.header("set-cookie")), (200, ""));
    let bearer = ("authorization", format!("Bearer {token}"));
    let saved = TestRequest::post()
        .uri("/admin/settings")
        .insert_header(bearer.clone())
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .set_payload("facebook_pixel=on");
    let saved = site.browser().send(saved).await;
    assert_eq!((saved.status, saved.header("set-cookie")), (303, ""));
    let elsewhere = TestRequest::post()
        .uri("/admin/settings")
        .insert_header(bearer)
        .insert_header(("origin", "https://evil.example"));
    assert_eq!(site.browser().send(elsewhere).await.status, 403, "even with a token");
}

#[actix_web::test]
async fn s11_09_links_carry_nothing_that_shopify_added_to_the_address() {
    let site = Site::real().await;
    let address = format!("/admin/log?{IN_ADMIN}&hmac=0&q=x&id_token={}", token(&site));
    let page = site.browser().get(&address).await;
    assert_eq!(page.status, 200);
    for added in ["id_token", "hmac", "host=", "embedded=1"] {
        assert!(!page.body.contains(added), "{added} in {}", page.body);
    }
}

#[actix_web::test]
async fn s11_10_each_shop_frames_its_own_pages_whatever_the_address_says() {
    let site = Site::real().await;
    let token = token(&site);
    for claimed in ["other.myshopify.com", "evil.example", "x;%20script-src%20*", "a%0D%0Ab"] {
        let address = format!("/admin/settings?embedded=1&shop={claimed}&id_token={token}");
        let page = site.browser().get(&address).await;
        assert_eq!(page.status, 200, "{claimed}");
        assert!(policy(&page).ends_with(FRAMES), "{claimed}: {}", policy(&page));
        // App Bridge tells Shopify how fast the page was.
        let calls = "; connect-src 'self' https://monorail-edge.shopifysvc.com;";
        assert!(policy(&page).contains(calls), "{}", policy(&page));
        assert_eq!(page.header("x-frame-options"), "");
        let link = page.header("link");
        assert!(link.starts_with("<https://cdn.shopify.com>; rel=\"preconnect\""), "{link}");
        let preloaded = "<https://cdn.shopify.com/shopifycloud/app-bridge.js>; rel=\"preload\"";
        assert!(link.contains(preloaded), "{link}");
    }
}

#[actix_web::test]
async fn s11_10_every_other_page_is_framed_by_nobody() {
    let site = Site::real().await;
    for path in
        ["/portal/demo.myshopify.com/login", "/portal/demo.myshopify.com/nothing", "/admin/orders"]
    {
        let page = site.browser().get(path).await;
        assert!(policy(&page).ends_with("frame-ancestors 'none'"), "{path}: {}", policy(&page));
        assert!(policy(&page).contains("connect-src 'self';"), "{path}: {}", policy(&page));
        assert_eq!(page.header("link"), "");
        assert!(!page.body.contains("app-bridge"), "{path}");
    }
}

#[actix_web::test]
async fn app_bridge_is_the_first_script_of_every_embedded_page() {
    let site = Site::real().await;
    let token = token(&site);
    for path in ["", "/orders", "/affiliates", "/programs", "/log", "/settings", "/nothing"] {
        let page = site.browser().get(&format!("/admin{path}?id_token={token}")).await;
        let (_, scripts) = page.body.split_once("<script").unwrap();
        let first = " src=\"https://cdn.shopify.com/shopifycloud/app-bridge.js\"></script>";
        assert!(scripts.starts_with(first), "{path}: {scripts}");
        let key = page.body.find("<meta name=\"shopify-api-key\" content=\"client-id\">").unwrap();
        assert!(key < page.body.find("<script").unwrap());
        assert!(page.body.contains("/embedded.js\" defer"), "{path}");
    }
}
