//! What a landing leaves behind.

use serde_json::{Value, json};

use super::shop::{START, Shop, TOKEN, hit};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn u11_a_landing_is_kept_written_to_the_cart_reported_and_told_to_the_affiliates_pixel() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/products/mug?ref=ANNA&sub1=zone-42&fbclid=IwAR#reviews").await;

    let [click] = &shop.clicks()[..] else { panic!("{:?}", shop.clicks()) };
    let id = click["id"].as_str().unwrap();
    assert!((16..=32).contains(&id.len()), "{id}");
    let expected = json!({
        "v": 1, "id": id, "referrer": "", "consent": 3, "state": click["state"],
        "url": "https://shop.example/products/mug?ref=ANNA&sub1=zone-42&fbclid=IwAR",
    });
    assert_eq!(*click, expected);

    let state = shop.state().await;
    let (head, touch) = state.split_once(&format!("{TOKEN}~")).unwrap();
    assert_eq!(head, format!("{}~", START + 86_400));
    assert!(touch.starts_with(&format!("{START}*")) && touch.ends_with("*ANNA~"), "{touch}");
    let stored = shop.stored().await;
    let mut names: Vec<_> = stored.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["_trb", "_trbc", "_trbp", "cookie _trb"]);

    let landing = "/products/mug?ref=ANNA&sub1=zone-42&fbclid=IwAR";
    let writes = shop.cart_writes();
    assert!(writes[0].ends_with(&format!("@{id}{landing}")), "{writes:?}");
    assert_eq!(writes[1..], [TOKEN]);
    assert_eq!(
        shop.hits(),
        [hit("123456789012345", "https://shop.example/products/mug?fbclid=IwAR")]
    );
    shop.page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_without_a_link_leaves_nothing_and_calls_nobody() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/products/mug?variant=1&utm_source=ig").await;
    shop.visit("/").await;
    shop.assert_untouched().await;
    shop.page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn later_pages_report_nothing_and_write_nothing_twice() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/?aff=ANNA").await;
    let (clicks, writes) = (shop.clicks(), shop.cart_writes());
    for path in ["/products/mug", "/cart", "/?aff="] {
        shop.visit(path).await;
    }
    assert_eq!((shop.clicks(), shop.cart_writes()), (clicks, writes));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_parameters_stay_text() {
    let Some(shop) = Shop::open().await else { return };
    let query =
        "?ref=ANNA&a=%3Cscript%3Ealert(1)%3C%2Fscript%3E&b=%0A%0D&c=\";\\'~@x\u{e9}&trb_visit=1";
    shop.visit(&format!("/{query}&long={}", "x".repeat(3_000))).await;
    let [click] = &shop.clicks()[..] else { panic!() };
    assert_eq!(click["url"].as_str().unwrap().len(), 2048);
    let writes = shop.cart_writes();
    assert!(writes[0].len() < 2048 && writes[0].contains("&b=%0A%0D&c=%22"), "{writes:?}");
    assert!(shop.state().await.contains(TOKEN));
    shop.page.assert_no_problems();

    for query in
        ["?ref=%3Cscript%3E", "?ref=a%20b", "?ref=%00", "?ref=", "?x=ref%3DANNA", "#?ref=ANNA"]
    {
        let Some(shop) = Shop::open().await else { return };
        shop.visit(&format!("/{query}")).await;
        shop.assert_untouched().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_names_nobody_leaves_nothing_and_displaces_nobody() {
    let Some(shop) = Shop::open().await else { return };
    let nobody = json!({"token": null, "expires": null, "pixels": [], "events": []});
    shop.set(|setting| setting.click_answer = Some(nobody.clone()));
    shop.visit("/?ref=NOBODY").await;
    assert_eq!(shop.stored().await, json!({}));
    assert_eq!(shop.cart_writes()[1..], [""]);

    shop.set(|setting| setting.click_answer = Some(super::shop::answer(&[])));
    shop.visit("/?ref=ANNA").await;
    shop.set(|setting| setting.click_answer = Some(nobody));
    shop.visit("/?ref=TYPO").await;
    assert_eq!(shop.clicks().len(), 3);
    assert_eq!(shop.cart_writes().last().unwrap(), TOKEN);
    assert!(shop.state().await.contains("*ANNA~"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_affiliates_link_on_a_repeat_visit_is_a_second_touch_with_the_first_ones_token() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/?ref=ANNA").await;
    shop.set(|setting| {
        setting.now = START + 3_600;
        setting.click_answer = Some(super::shop::answer(&["999999999999999"]));
    });
    shop.visit("/products/mug?ref=BOB").await;
    let clicks = shop.clicks();
    assert_eq!(clicks.len(), 2);
    assert!(clicks[1]["state"].as_str().unwrap().contains(TOKEN));
    assert_ne!(clicks[0]["id"], clicks[1]["id"]);
    let state = shop.state().await;
    let touches: Vec<_> = state.split('~').skip(2).collect();
    assert!(touches[0].ends_with("*BOB") && touches[1].ends_with("*ANNA"), "{state}");
    let ids: Vec<_> = shop.events().into_iter().map(|[id, ..]| id).collect();
    assert_eq!(ids, ["123456789012345", "999999999999999"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_whose_time_is_over_is_erased() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/?ref=ANNA").await;
    shop.set(|setting| setting.now = START + 86_400);
    shop.visit("/products/mug").await;
    assert_eq!(shop.stored().await, json!({}));
    assert_eq!(shop.cart_writes().last().unwrap(), "");
    assert_eq!(shop.events().len(), 1);
    assert_eq!(shop.posted("/apps/tributary/goal"), Vec::<Value>::new());
}
