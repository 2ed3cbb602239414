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
    assert_eq!(merchant.get("/admin").await.status, 401);
    let mut late = site.merchant();
    site.app.clock.set(site.app.clock.now().plus_days(8));
    assert_eq!(late.get("/admin").await.status, 401);
}
