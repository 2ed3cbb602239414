//! Home of a shop that is being set up, and the way out of the frame.

use actix_web::test::TestRequest;
use shopify::{session_token::mint_session_token, shop_domain::ShopDomain};
use storage::{
    StorageError,
    installations::{NewToken, installation_insert_if_absent, installation_set_pixel, token_keep},
};

use super::site::{Answer, Site};

fn bearer(site: &Site) -> (&'static str, String) {
    let shop = ShopDomain::parse("demo.myshopify.com").unwrap();
    let now = site.app.clock.now();
    let token = mint_session_token(&site.app.app_secrets, "client-id", &shop, "7", now).unwrap();
    ("authorization", format!("Bearer {token}"))
}

async fn get(site: &Site, path: &str) -> Answer {
    site.browser().send(TestRequest::get().uri(path).insert_header(bearer(site))).await
}

async fn post(site: &Site, path: &str, body: &'static str) -> Answer {
    let request = TestRequest::post()
        .uri(path)
        .insert_header(bearer(site))
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .set_payload(body);
    site.browser().send(request).await
}

/// A shop that Shopify has given a token with these scopes.
async fn installed(scopes: &str) -> Site {
    let site = Site::real().await;
    let (id, now, scopes) = (site.shop.id, site.app.clock.now(), scopes.to_owned());
    site.app
        .storage
        .write::<_, StorageError, _>(move |tx| {
            installation_insert_if_absent(tx, id, now)?;
            let token = NewToken {
                sealed: vec![1],
                scopes: scopes.clone(),
                expires_at: None,
                refresh_expires_at: None,
            };
            token_keep(tx, id, 0, &token, now)?;
            Ok(())
        })
        .await
        .unwrap();
    site
}

async fn all_granted() -> Site {
    installed(&shopify::scopes::NEEDED.join(",")).await
}

#[actix_web::test]
async fn the_first_steps_find_out_for_themselves_and_go_when_all_are_done() {
    let site = all_granted().await;
    let home = get(&site, "/admin").await;
    assert!(home.body.contains("2 of 5 done"), "{}", home.body);
    let editor = "https://demo.myshopify.com/admin/themes/current/editor?context=apps\
                  &#38;activateAppId=client-id/tracking";
    assert!(home.body.contains(editor), "{}", home.body);
    assert!(home.body.contains("data-embed=\"\" data-report=\"/admin/setup/embed\""));

    assert_eq!(post(&site, "/admin/setup/embed", "state=on").await.status, 400);
    assert_eq!(post(&site, "/admin/setup/embed", "state=active").await.status, 204);
    site.coupon_order().await;
    let id = site.shop.id;
    site.app.storage.write(move |tx| installation_set_pixel(tx, id, Ok("gid"))).await.unwrap();

    let done = get(&site, "/admin").await;
    assert!(done.body.contains("Everything is set up"), "{}", done.body);
    assert!(get(&site, "/admin").await.body.contains("id=\"setup\""), "looking puts nothing away");
    assert_eq!(post(&site, "/admin/setup/hide", "").await.status, 303);
    assert!(!get(&site, "/admin").await.body.contains("id=\"setup\""), "put away");

    assert_eq!(post(&site, "/admin/setup/embed", "state=available").await.status, 204);
    let later = get(&site, "/admin").await.body;
    assert!(later.contains("The Tributary embed is off in your theme"), "{later}");
    assert!(!later.contains("id=\"setup\""), "the list does not come back");
}

#[actix_web::test]
async fn the_first_steps_are_put_away_for_good() {
    let site = all_granted().await;
    let stranger = TestRequest::post().uri("/admin/setup/hide");
    assert_eq!(site.browser().send(stranger).await.status, 401);
    assert!(get(&site, "/admin").await.body.contains("Hide this list"));
    let hidden = post(&site, "/admin/setup/hide", "").await;
    assert_eq!((hidden.status, hidden.location.as_str()), (303, "/admin"));
    assert!(!get(&site, "/admin").await.body.contains("id=\"setup\""));
}

#[actix_web::test]
async fn a_pixel_that_did_not_connect_says_why_and_is_tried_again() {
    let site = all_granted().await;
    let id = site.shop.id;
    let problem = Err("The web pixel extension is not deployed.");
    site.app.storage.write(move |tx| installation_set_pixel(tx, id, problem)).await.unwrap();
    let home = get(&site, "/admin").await;
    assert!(home.body.contains("The web pixel extension is not deployed."), "{}", home.body);
    let retried = post(&site, "/admin/setup/pixel", "").await;
    assert_eq!((retried.status, retried.location.as_str()), (303, "/admin?done=pixel"));
    assert!(get(&site, &retried.location).await.body.contains("The pixel is being connected."));
}

#[actix_web::test]
async fn missing_permissions_and_a_lost_connection_are_said_with_a_button() {
    let site = installed("read_orders,write_pixels").await;
    let home = get(&site, "/admin").await.body;
    assert!(home.contains("read_customer_events") && home.contains("Review permissions"), "{home}");
    let site = Site::real().await;
    let (id, now) = (site.shop.id, site.app.clock.now());
    let none = move |tx: &mut storage::WriteTx<'_>| installation_insert_if_absent(tx, id, now);
    site.app.storage.write::<_, StorageError, _>(none).await.unwrap();
    let home = get(&site, "/admin").await.body;
    assert!(home.contains("Not connected") && home.contains("href=\"/admin/reconnect\""), "{home}");
}

#[actix_web::test]
async fn s11_09_each_way_of_asking_leaves_the_frame_in_its_own_way() {
    let site = Site::real().await;
    let out = "https://admin.shopify.com/store/demo/oauth/install?client_id=client-id";
    let fetched = get(&site, "/admin/reconnect").await;
    assert_eq!(fetched.status, 401);
    assert_eq!(fetched.header("x-shopify-api-request-failure-reauthorize-url"), out);
    assert_eq!(fetched.header("x-shopify-retry-invalid-session-request"), "", "the token is good");

    let bounce = TestRequest::get()
        .uri("/admin/reconnect")
        .insert_header(bearer(&site))
        .insert_header(("x-shopify-bounce", "1"));
    let bounced = site.browser().send(bounce).await;
    assert_eq!(bounced.status, 200);
    let (_, token) = bearer(&site).1.split_once(' ').map(|(a, b)| (a.len(), b.to_owned())).unwrap();
    let document = site.browser().get(&format!("/admin/reconnect?id_token={token}")).await;
    for (page, target) in [(&bounced, "_self"), (&document, "_top")] {
        assert!(page.body.contains(&format!("data-address=\"{out}\"")), "{}", page.body);
        assert!(page.body.contains(&format!("data-target=\"{target}\"")), "{}", page.body);
        assert!(page.body.contains("app-bridge.js"));
        assert!(page.header("content-security-policy").contains("https://demo.myshopify.com"));
    }
    let site = Site::new().await;
    let demo = site.merchant().get("/admin/reconnect").await;
    assert_eq!((demo.status, demo.location.as_str()), (303, out), "no frame to leave");
}
