//! Banners: uploaded by the merchant, shown by affiliates, counted without cookies.

use actix_web::test::TestRequest;
use storage::{
    creatives::{creative_list, creative_sums},
    firings::{FiringFilter, firing_page},
};

use super::site::Site;

/// The beginning of a PNG of 300 × 250.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x2c\0\0\0\xfa\x08\x06\0\0\0";

async fn upload(site: &Site, picture: &[u8]) -> super::site::Answer {
    let mut merchant = site.merchant();
    let csrf = merchant.get("/admin/creatives").await.csrf();
    let mut body = Vec::new();
    let fields = [("csrf", csrf.as_str()), ("name", "Tea <b>&\"</b>"), ("target", "/products/tea")];
    for (name, value) in fields {
        body.extend_from_slice(
            format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .as_bytes(),
        );
    }
    body.extend_from_slice(
        b"--XX\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n\r\n",
    );
    body.extend_from_slice(picture);
    body.extend_from_slice(b"\r\n--XX--\r\n");
    let request = TestRequest::post()
        .uri("/admin/creatives/new")
        .insert_header(("content-type", "multipart/form-data; boundary=XX"))
        .insert_header(("sec-fetch-site", "same-origin"))
        .set_payload(body);
    merchant.send(request).await
}

async fn banner(site: &Site) -> String {
    assert_eq!(upload(site, PNG).await.status, 303);
    let shop = site.shop.id;
    let found = site.app.storage.read(move |conn| creative_list(conn, shop, None, 10)).await;
    found.unwrap()[0].id.to_string()
}

async fn counts(site: &Site) -> Vec<(i64, i64)> {
    let shop = site.shop.id;
    let sums = site.app.storage.read(move |conn| creative_sums(conn, shop, None, 0, 10)).await;
    sums.unwrap().into_values().collect()
}

#[actix_web::test]
async fn c10_a_banner_seen_counts_once_per_visitor_and_day() {
    let site = Site::new().await;
    let id = banner(&site).await;
    let beacon = format!("/i/demo.myshopify.com/{id}/ANNA.gif");
    let viewer = site.shopper("198.51.100.40");
    for _ in 0..3 {
        let reply = viewer.get(&beacon).await;
        assert_eq!((reply.status, reply.media_type.as_str()), (200, "image/gif"));
    }
    assert_eq!(counts(&site).await, [(1, 0)]);
    site.shopper("192.0.2.40").get(&beacon).await;
    site.shopper("192.0.2.41").calling_itself("Googlebot/2.1").get(&beacon).await;
    assert_eq!(counts(&site).await, [(2, 0)]);
    site.app.clock.set(site.app.clock.now().plus_days(1));
    viewer.get(&beacon).await;
    assert_eq!(counts(&site).await, [(3, 0)], "the next day");
    for nothing in [
        "/i/demo.myshopify.com/1/ANNA.gif".to_owned(),
        format!("/i/other.myshopify.com/{id}/ANNA.gif"),
        format!("/i/demo.myshopify.com/{id}/NOBODY.gif"),
    ] {
        assert_eq!(viewer.get(&nothing).await.status, 200, "no broken picture: {nothing}");
    }
    assert_eq!(counts(&site).await, [(3, 0)]);
}

#[actix_web::test]
async fn i1_an_impression_fires_a_postback_once() {
    let site = Site::new().await;
    let id = banner(&site).await;
    let mut anna = site.anna().await;
    let address = "/portal/demo.myshopify.com/postbacks/new";
    let csrf = anna.get(address).await.csrf();
    let url = "https://t.example.com/?e={event}&t={transaction_id}";
    let fields = [
        ("csrf", csrf.as_str()),
        ("name", "K"),
        ("url", url),
        ("events", "impression"),
        ("scope", "all"),
        ("method", "GET"),
    ];
    let saved = anna.post(address, &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    for _ in 0..2 {
        site.shopper("198.51.100.41").get(&format!("/i/demo.myshopify.com/{id}/anna.gif")).await;
    }
    let shop = site.shop.id;
    let firings = site
        .app
        .storage
        .read(move |conn| firing_page(conn, shop, &FiringFilter::default(), None, 10))
        .await
        .unwrap();
    assert_eq!(firings.iter().map(|one| one.event.as_str()).collect::<Vec<_>>(), ["impression"]);
}

#[actix_web::test]
async fn the_affiliate_gets_a_snippet_whose_clicks_are_counted() {
    let site = Site::new().await;
    let id = banner(&site).await;
    let page = site.anna().await.get("/portal/demo.myshopify.com/creatives").await;
    let link = format!("https://demo.myshopify.com/products/tea?ref=ANNA&#38;amp;banner={id}");
    assert!(page.body.contains(&link), "{}", page.body);
    assert!(page.body.contains("Tea &#38;lt;b"), "the name is text inside the snippet");
    let shopper = site.shopper("198.51.100.42");
    let visited = format!("https://demo.myshopify.com/products/tea?ref=ANNA&banner={id}");
    shopper.visit("report-0123456789", &visited, "").await;
    assert_eq!(counts(&site).await, [(0, 1)]);
    let picture = shopper.get(&format!("/banners/{id}")).await;
    assert_eq!((picture.media_type.as_str(), picture.bytes.as_slice()), ("image/png", PNG));
}

#[actix_web::test]
async fn what_is_no_picture_is_refused_and_a_removed_banner_shows_nothing() {
    let site = Site::new().await;
    let refused = upload(&site, b"<svg><script>alert(1)</script></svg>").await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("A picture is a PNG, JPEG or GIF"), "{}", refused.body);
    let id = banner(&site).await;
    let mut merchant = site.merchant();
    let csrf = merchant.get("/admin/creatives").await.csrf();
    let gone = merchant.post(&format!("/admin/creatives/{id}/remove"), &[("csrf", &csrf)]).await;
    assert_eq!(gone.status, 303);
    assert_eq!(site.shopper("198.51.100.43").get(&format!("/banners/{id}")).await.status, 404);
}
