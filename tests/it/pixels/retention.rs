//! What is forgotten in time (domain rules, section 5), and what is not.

use domain::{
    ids::{AffiliateId, ClickId},
    time::UtcTime,
};
use storage::{
    clicks::{Click, click_insert_batch, click_page},
    ids::first_id_at,
};
use tributary::delivery::upkeep::forget;

use super::World;

async fn insert(world: &World, affiliate: AffiliateId, days_ago: i64) {
    let at = world.app.clock.now().plus_days(-days_ago);
    let click = Click {
        // Before 2026 there are no ids of their time.
        id: ClickId(first_id_at(at) + days_ago * 4_096 + affiliate.0 % 1_000),
        shop_id: world.seeded.shop,
        affiliate_id: affiliate,
        visitor: format!("v{days_ago}"),
        clicked_at: at,
        entry_url: "https://shop.example/?ref=A".to_owned(),
        link_params: storage::Json(Default::default()),
        is_params_cut: false,
        referrer: None,
        ip_truncated: Some("203.0.113.0".to_owned()),
        report_id: None,
        consent: Some(3),
        user_agent: Some("A browser".to_owned()),
    };
    world
        .app
        .storage
        .write(move |tx| click_insert_batch(tx, std::slice::from_ref(&click)))
        .await
        .unwrap();
}

async fn kept(world: &World, affiliate: AffiliateId) -> Vec<(i64, bool)> {
    let (shop, now) = (world.seeded.shop, world.app.clock.now());
    let clicks = world
        .app
        .storage
        .read(move |conn| click_page(conn, shop, affiliate, None, 1_000))
        .await
        .unwrap();
    let age = |click: &Click| now.seconds_since(click.clicked_at) / domain::time::DAY_S;
    clicks.iter().map(|click| (age(click), click.user_agent.is_some())).collect()
}

tests::both_databases! {
    /// The seeded shop's window is 30 days, so its clicks live for 120.
    async fn old_clicks_and_names_of_browsers_are_forgotten_and_others_kept(db: TestDatabase) {
        let world = World::new(&db, "http://127.0.0.1:9").await;
        let (anna, bob) = (world.seeded.affiliates[0].id, world.seeded.affiliates[1].id);
        for days in [0, 60, 91, 119, 121, 300, 320] {
            insert(&world, anna, days).await;
        }
        for days in 500..1_100 {
            insert(&world, bob, days).await;
        }
        let forgotten = forget(&world.app, UtcTime::from_micros(0)).await.unwrap();
        assert_eq!(forgotten.clicks, 3 + 600);
        assert_eq!(kept(&world, anna).await, [(0, true), (60, true), (91, false), (119, false)]);
        assert_eq!(kept(&world, bob).await, []);
        let again = forget(&world.app, UtcTime::from_micros(0)).await.unwrap();
        assert_eq!((again.clicks, again.bodies), (0, 0));
    }
}
