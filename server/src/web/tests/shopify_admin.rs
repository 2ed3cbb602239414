//! The admin inside Shopify: session tokens, the bounce page, frames.

use actix_web::test::TestRequest;
use shopify::{session_token::mint_session_token, shop_domain::ShopDomain};
use storage::shops::shop_by_domain;

use super::site::Site;

fn token(site: &Site, domain: &str) -> String {
    let shop = ShopDomain::parse(domain).unwrap();
    mint_session_token(&site.app.app_secrets, "client-id", &shop, "7", site.app.clock.now())
        .unwrap()
}

#[actix_web::test]
async fn a_valid_token_opens_the_shops_own_admin_in_its_frame() {
    let site = Site::new().await;
    let token = token(&site, "demo.myshopify.com");
    let page = site.browser().get(&format!("/admin/settings?id_token={token}")).await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy");
    let frames = "frame-ancestors https://demo.myshopify.com https://admin.shopify.com";
    assert!(policy.ends_with(frames), "{policy}");
    assert!(policy.contains("script-src 'self' https://cdn.shopify.com"), "{policy}");
    assert!(page.body.contains("app-bridge.js"));
    let gone = site.browser().get(&format!("/admin/orders/9?id_token={token}")).await;
    assert_eq!(gone.status, 404);
    assert!(gone.header("content-security-policy").ends_with(frames), "seen inside the frame");
}

#[actix_web::test]
async fn without_a_token_a_document_bounces_and_a_fetch_is_told_to_try_again() {
    let site = Site::new().await;
    let query = "embedded=1&shop=demo.myshopify.com&host=YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvZGVtbw";
    let bounced = site.browser().get(&format!("/admin/orders?{query}&id_token=stale")).await;
    assert_eq!(bounced.status, 302);
    assert!(
        bounced.location.starts_with(&format!(
            "/auth/session-token?{query}&shopify-reload=%2Fadmin%2Forders%3F"
        ))
    );
    assert!(!bounced.location.contains("stale"));
    let page = site.browser().get(&bounced.location).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("app-bridge.js"));
    let evil = "/auth/session-token?shop=demo.myshopify.com&shopify-reload=%2F%2Fevil.example";
    assert_eq!(site.browser().get(evil).await.status, 400);

    let fetch =
        TestRequest::get().uri("/admin/orders").insert_header(("authorization", "Bearer x"));
    let refused = site.browser().send(fetch).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("x-shopify-retry-invalid-session-request"), "1");
}

#[actix_web::test]
async fn only_the_bearer_header_may_change_anything() {
    let site = Site::new().await;
    let token = token(&site, "demo.myshopify.com");
    let address = format!("/admin/settings?id_token={token}");
    assert_eq!(site.browser().post(&address, &[]).await.status, 403);
    let request = TestRequest::post()
        .uri("/admin/settings")
        .insert_header(("authorization", format!("Bearer {token}")));
    assert_eq!(site.browser().send(request).await.status, 303);
}

#[actix_web::test]
async fn a_shop_that_opens_the_app_for_the_first_time_is_welcomed() {
    let site = Site::new().await;
    let token = token(&site, "new-shop.myshopify.com");
    let page = site.browser().get(&format!("/admin?id_token={token}")).await;
    assert_eq!(page.status, 200);
    let known = |conn: &mut storage::DbConn| shop_by_domain(conn, "new-shop.myshopify.com");
    assert!(site.app.storage.read(known).await.unwrap().is_some());
    assert!(!page.body.contains("Demo tea"));
}

#[actix_web::test]
async fn a_forged_demo_cookie_opens_nothing() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    assert_eq!(merchant.get("/admin").await.status, 200);
    for value in merchant.cookies.values_mut() {
        value.push('0');
    }
    assert_eq!(merchant.get("/admin").await.status, 410);
    let mut late = site.merchant();
    site.app.clock.set(site.app.clock.now().plus_days(8));
    assert_eq!(late.get("/admin").await.status, 410);
}

#[actix_web::test]
async fn s11_09_a_document_outside_of_the_admin_goes_into_it() {
    let site = Site::new().await;
    let host = "YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvZGVtbw";
    let outside = format!("/admin/orders?shop=demo.myshopify.com&host={host}&id_token=x&hmac=y");
    let sent = site.browser().get(&outside).await;
    assert_eq!(sent.status, 302);
    assert_eq!(
        sent.location, "https://admin.shopify.com/store/demo/apps/client-id/admin/orders",
        "nothing of the old address goes along"
    );
    let nowhere = site.browser().get("/admin?shop=demo.myshopify.com").await;
    assert_eq!(nowhere.status, 410);
    assert!(!nowhere.body.contains("<form"), "never a form to log in");
    let signed = shopify::query_hmac::sign_query(
        "shop=demo.myshopify.com&timestamp=1",
        &site.app.app_secrets,
    );
    let begun = site.browser().get(&format!("/admin?{signed}")).await;
    assert_eq!(begun.location, "/auth/begin?shop=demo.myshopify.com");
}

#[actix_web::test]
async fn s11_09_crawlers_are_sent_away_and_preflights_answered() {
    let site = Site::new().await;
    let query = "embedded=1&shop=demo.myshopify.com&host=YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvZGVtbw";
    let asked_by = |agent: &str| {
        TestRequest::get().uri(&format!("/admin?{query}")).insert_header(("user-agent", agent))
    };
    let bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    assert_eq!(site.browser().send(asked_by(bot)).await.status, 410);
    let phone = "Mozilla/5.0 (iPhone) AppleWebKit/605 Shopify Mobile/iOS/9 (bot)";
    assert_eq!(site.browser().send(asked_by(phone)).await.status, 302);
    let preflight = TestRequest::default().method(actix_web::http::Method::OPTIONS).uri("/admin");
    let answered = site.browser().send(preflight).await;
    assert_eq!(answered.status, 204);
    assert_eq!(answered.header("access-control-max-age"), "7200");
}

#[actix_web::test]
async fn s11_10_a_shop_in_the_address_cannot_write_into_the_policy() {
    let site = Site::new().await;
    for shop in ["demo.myshopify.com%20*", "demo.myshopify.com;script-src%20*", "evil.example"] {
        let bounce = format!("/auth/session-token?shop={shop}&shopify-reload=%2Fadmin");
        let page = site.browser().get(&bounce).await;
        assert_eq!(page.status, 400, "{shop}");
        let policy = page.header("content-security-policy");
        assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
    }
    let portal = site.browser().get("/portal/demo.myshopify.com/login").await;
    assert!(portal.header("content-security-policy").ends_with("frame-ancestors 'none'"));
    assert_eq!(portal.header("link"), "");
}
