//! Plans: what is closed without one, what is never closed, and that nothing typed is lost.

use actix_web::test::TestRequest;
use domain::plan::Feature;
use shopify::{session_token::mint_session_token, shop_domain::ShopDomain};
use storage::{
    StorageError,
    plans::{ShopPlan, shop_plan_save},
};
use url::form_urlencoded;

use super::site::{Answer, Site, settings as usual};
use crate::{
    config::Settings,
    flows::change_settings::{Switches, change_switches, read_settings},
};

/// A shop of an app that sells plans.
async fn sold() -> Site {
    let settings = Settings { shopify_app_handle: Some("tributary".to_owned()), ..usual() };
    Site::with_settings(settings, false).await
}

fn bearer(site: &Site) -> (&'static str, String) {
    let shop = ShopDomain::parse("demo.myshopify.com").unwrap();
    let now = site.app.clock.now();
    let token = mint_session_token(&site.app.app_secrets, "client-id", &shop, "7", now).unwrap();
    ("authorization", format!("Bearer {token}"))
}

async fn get(site: &Site, path: &str) -> Answer {
    site.browser().send(TestRequest::get().uri(path).insert_header(bearer(site))).await
}

async fn post(site: &Site, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = TestRequest::post()
        .uri(path)
        .insert_header(bearer(site))
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .set_payload(body);
    site.browser().send(request).await
}

async fn pays(site: &Site, name: Option<&str>) {
    let plan = ShopPlan {
        name: name.map(str::to_owned),
        status: "ACTIVE".to_owned(),
        ..ShopPlan::unknown(site.shop.id)
    };
    let write = site.app.storage.write(move |tx| shop_plan_save(tx, &plan));
    write.await.unwrap();
}

#[actix_web::test]
async fn s11_34_a_closed_feature_says_what_the_plan_brings_and_where_it_is_chosen() {
    let site = sold().await;
    for (address, words) in [
        ("/admin/programs/new", "Several programs"),
        ("/admin/postbacks/new", "Your own postbacks"),
    ] {
        let page = get(&site, address).await;
        assert_eq!(page.status, 402, "{address}");
        assert!(page.body.contains(words), "{address}");
        assert!(page.body.contains("/charges/tributary/pricing_plans"), "{address}");
        assert!(page.body.contains("Nothing is lost and nothing stops"), "{address}");
    }
    // What costs nothing stays open: the affiliates' postbacks, programs, orders, payouts.
    for address in ["/admin/programs", "/admin/programs/1", "/admin/orders", "/admin/payouts"] {
        assert_eq!(get(&site, address).await.status, 200, "{address}");
    }
    pays(&site, Some("Professional")).await;
    for address in ["/admin/programs/new", "/admin/postbacks/new"] {
        assert_eq!(get(&site, address).await.status, 200, "{address}");
    }
}

#[actix_web::test]
async fn s11_34_what_was_typed_when_the_plan_ended_is_still_there() {
    let site = sold().await;
    pays(&site, Some("Growth")).await;
    let form = get(&site, "/admin/programs/new").await;
    assert_eq!(form.status, 200);
    pays(&site, None).await;
    let fields = [
        ("name", "Ambassadors of spring"),
        ("commission_kind", "percent"),
        ("commission_value", "12.5"),
        ("action", "save"),
    ];
    let page = post(&site, "/admin/programs/new", &fields).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("Ambassadors of spring") && page.body.contains("12.5"));
    assert!(page.body.contains("come with the plan Growth"));
}

#[actix_web::test]
async fn s11_34_a_switch_that_is_on_stays_on_and_a_new_one_asks_for_the_plan() {
    let site = sold().await;
    let on = [("postbacks", "on"), ("facebook_pixel", "on")];
    let answer = post(&site, "/admin/settings", &on).await;
    let wanted = Feature::FacebookPixels.as_str();
    assert_eq!(answer.location, format!("/admin/plan?feature={wanted}"));
    assert!(!settings(&site).await.facebook_pixel_enabled);
    assert!(get(&site, &answer.location).await.body.contains("in the plan Growth"));

    // Switched on while it was paid for, and saved again without a plan.
    let (id, switches) = (
        site.shop.id,
        Switches {
            postbacks: true,
            facebook_pixel: true,
            pixels: domain::pixel::PixelRules::default(),
        },
    );
    site.app
        .storage
        .write::<_, StorageError, _>(move |tx| change_switches(tx, id, &switches))
        .await
        .unwrap();
    let answer = post(&site, "/admin/settings", &on).await;
    assert_eq!(answer.location, "/admin/settings?done=saved");
    assert!(settings(&site).await.facebook_pixel_enabled, "what runs goes on running");
}

async fn settings(site: &Site) -> domain::shop::ShopSettings {
    let id = site.shop.id;
    let row = site.app.storage.read(move |conn| storage::shops::shop_by_id(conn, id)).await;
    read_settings(&row.unwrap().unwrap()).unwrap()
}
