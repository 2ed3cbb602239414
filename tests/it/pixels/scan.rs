//! N20: ten thousand requests to strangers from orders with everything that Shopify tells of a buyer,
//! and nothing of the buyer in any of them.

use domain::{
    ids::{DeliveryId, PostbackId},
    money::Currency,
    postback::{PostbackSettings, macros},
};
use shopify::webhook::Topic;
use storage::{
    StorageError,
    firings::{Firing, FiringFilter, firing_page},
    postbacks::{Postback, postback_insert},
};
use tests::orders::Order;
use tributary::flows::{
    order_news,
    prepare_firing::{Prepared, prepare_firing},
    settle_orders::Batch,
};

use super::World;

const ORDERS: u64 = 500;
const POSTBACKS: usize = 20;

/// What Shopify's payload says of the buyer and nobody else may read.
fn buyer_words(payload: &serde_json::Value) -> Vec<String> {
    let mut words = Vec::new();
    for place in [
        "/email",
        "/contact_email",
        "/phone",
        "/customer/email",
        "/customer/phone",
        "/customer/first_name",
        "/customer/last_name",
        "/billing_address/name",
        "/billing_address/address1",
        "/billing_address/phone",
        "/shipping_address/zip",
        "/client_details/browser_ip",
    ] {
        let found = payload.pointer(place).and_then(|value| value.as_str());
        words.extend(found.filter(|text| text.len() > 3).map(str::to_lowercase));
    }
    words.sort();
    words.dedup();
    assert!(words.len() >= 6, "{words:?}");
    words
}

/// A template that uses every macro there is.
fn everything(number: usize) -> PostbackSettings {
    let query: Vec<String> =
        macros::MACROS.iter().map(|known| format!("{}={{{}}}", known.name, known.name)).collect();
    PostbackSettings {
        name: format!("Everything {number}"),
        url: format!("https://tracker.example.com/{number}?{}", query.join("&")),
        on: vec![domain::event::EventKind::Conversion],
        ..PostbackSettings::default()
    }
}

tests::both_databases! {
    async fn n20_no_request_of_ten_thousand_names_a_buyer(db: TestDatabase) {
        let world = World::new(&db, "http://127.0.0.1:9").await;
        let (shop, anna) = (world.seeded.shop, world.seeded.affiliates[0].clone());
        let now = world.app.clock.now();
        let affiliate = anna.id;
        world
            .app
            .storage
            .write(move |tx| {
                for number in 0..POSTBACKS {
                    let settings = everything(number);
                    let row = Postback {
                        id: PostbackId(tx.next_id(now)),
                        shop_id: shop,
                        affiliate_id: Some(affiliate),
                        name: settings.name.clone(),
                        settings: serde_json::to_string(&settings).unwrap(),
                        ..crate::pixels::blank_postback(now)
                    };
                    postback_insert(tx, &row)?;
                }
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
        let mut words = Vec::new();
        for numbers in (0..ORDERS).collect::<Vec<_>>().chunks(100) {
            let mut batch = Batch::default();
            for number in numbers {
                let payload = Order::reference(*number, &anna.coupon, now).payload();
                words = buyer_words(&payload);
                let news = order_news::read(
                    &Topic::OrdersCreate,
                    payload.to_string().as_bytes(),
                    now,
                    Currency::USD,
                    &world.app.fingerprints,
                );
                batch.arrived.push((DeliveryId(0), news.unwrap()));
            }
            let settler = world.app.settler.clone();
            world
                .app
                .storage
                .write(move |tx| settler.settle(tx, shop, &batch, now, None))
                .await
                .unwrap();
        }
        let requests = rendered(&world).await;
        assert_eq!(requests.len(), usize::try_from(ORDERS).unwrap() * POSTBACKS);
        for request in requests {
            for word in &words {
                assert!(!request.contains(word.as_str()), "{word} in {request}");
            }
        }
    }
}

/// Every firing's request as it would leave, decoded and in small letters.
async fn rendered(world: &World) -> Vec<String> {
    let (shop, key, now) = (world.seeded.shop, world.app.master_key.clone(), world.app.clock.now());
    let books = std::sync::Arc::clone(&world.app.books);
    world
        .app
        .storage
        .read(move |conn| {
            let book = books.of(conn, shop)?;
            let mut texts = Vec::new();
            let mut before = None;
            loop {
                let page: Vec<Firing> =
                    firing_page(conn, shop, &FiringFilter::default(), before, 500)?;
                let Some(last) = page.last() else { return Ok::<_, StorageError>(texts) };
                before = Some((last.created_at, last.id));
                for firing in &page {
                    let Prepared::Send(request) = prepare_firing(conn, &book, &key, firing, now)?
                    else {
                        panic!("{} is not sent", firing.id);
                    };
                    let request = request.rendered;
                    let all = format!(
                        "{} {:?} {}",
                        request.url,
                        request.headers,
                        request.body.unwrap_or_default()
                    );
                    let decoded: String = url::form_urlencoded::parse(all.as_bytes())
                        .map(|(name, value)| format!("{name}={value}&"))
                        .collect();
                    texts.push(decoded.to_lowercase());
                }
            }
        })
        .await
        .unwrap()
}
