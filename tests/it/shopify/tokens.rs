//! Access tokens (rows 11 and 12).

use std::sync::Arc;

use domain::time::UtcTime;
use secrecy::ExposeSecret as _;
use shopify::admin::shop::ReadShop;
use storage::installations::{Installation, installation};
use tests::both_databases;
use tests::db::TestDatabase;
use tests::shopify::{FakeShopify, GrantKind, Trouble};
use tributary::admin_api::{AdminError, Connected};
use tributary::app::App;
use tributary::clock::Clock;

use super::{SHOP, address, connected, process, welcomed};

async fn row(app: &App, shop: &storage::shops::Shop) -> Installation {
    let id = shop.id;
    app.storage.read(move |conn| installation(conn, id)).await.unwrap().unwrap()
}

/// The manual clock, moved past the life of an access token.
fn an_hour_later(clock: &Clock) {
    clock.set(clock.now().plus_seconds(3_400));
}

fn manual() -> Clock {
    Clock::manual(UtcTime::parse("2026-11-21T10:00:00Z").unwrap())
}

async fn connected_at(
    db: &TestDatabase,
    fake: &FakeShopify,
    clock: &Clock,
) -> (App, storage::shops::Shop) {
    fake.install(SHOP);
    let app = process(db, fake, clock.clone());
    let shop = welcomed(&app).await;
    app.admin_api.connect(&address(&shop), &fake.session_token(SHOP)).await.unwrap();
    (app, shop)
}

both_databases! {
    async fn s11_11_the_first_page_brings_a_token_and_the_next_ones_none(db: TestDatabase) {
        let fake = FakeShopify::start();
        fake.install(SHOP);
        let app = process(&db, &fake, Clock::System);
        let shop = welcomed(&app).await;
        let token = fake.session_token(SHOP);
        let first = app.admin_api.connect(&address(&shop), &token).await.unwrap();
        let second = app.admin_api.connect(&address(&shop), &token).await.unwrap();
        assert_eq!((first, second), (Connected::Anew, Connected::Already));
        assert_eq!(fake.grants_of(GrantKind::Exchange), 1);
        let stored = row(&app, &shop).await;
        let sealed = stored.token.unwrap();
        assert!(!sealed.windows(5).any(|bytes| bytes == b"shpat"), "tokens are encrypted at rest");
        assert!(stored.token_expires_at.is_some());
        assert_eq!(app.admin_api.call(&address(&shop), &ReadShop).await.unwrap().name, "Tea & Kettles");
    }

    async fn s11_11_a_bad_session_token_brings_nothing(db: TestDatabase) {
        let fake = FakeShopify::start();
        fake.install(SHOP);
        fake.install("other.myshopify.com");
        let app = process(&db, &fake, Clock::System);
        let shop = welcomed(&app).await;
        let strangers = fake.session_token("other.myshopify.com");
        let refused = app.admin_api.connect(&address(&shop), &strangers).await;
        assert!(matches!(refused, Err(AdminError::BadSessionToken)), "{refused:?}");
        assert!(matches!(app.admin_api.token(&address(&shop)).await, Err(AdminError::NotConnected)));
        // A bad token leaves nothing behind that a good one would have to wait for.
        app.admin_api.connect(&address(&shop), &fake.session_token(SHOP)).await.unwrap();
    }

    async fn s11_11_a_token_with_less_than_five_minutes_is_renewed_before_use(db: TestDatabase) {
        let (fake, clock) = (FakeShopify::start(), manual());
        let fake = FakeShopify::with_clock({ drop(fake); clock.clone() });
        let (app, shop) = connected_at(&db, &fake, &clock).await;
        let first = app.admin_api.token(&address(&shop)).await.unwrap();
        clock.set(clock.now().plus_seconds(3_299));
        assert_eq!(app.admin_api.token(&address(&shop)).await.unwrap().generation, first.generation);
        clock.set(clock.now().plus_seconds(1));
        let second = app.admin_api.token(&address(&shop)).await.unwrap();
        assert_eq!(second.generation, first.generation + 1);
        assert_ne!(second.secret.expose_secret(), first.secret.expose_secret());
        assert_eq!(fake.grants_of(GrantKind::Refresh), 1);
    }

    async fn s11_11_a_lost_answer_is_asked_for_again_with_the_same_refresh_token(db: TestDatabase) {
        let clock = manual();
        let fake = FakeShopify::with_clock(clock.clone());
        let (app, shop) = connected_at(&db, &fake, &clock).await;
        an_hour_later(&clock);
        fake.with(|state| state.troubles.push_back(Trouble::Lost));
        app.admin_api.call(&address(&shop), &ReadShop).await.unwrap();
        assert_eq!(fake.grants_of(GrantKind::Refresh), 2);
        // And the pair that arrived is the one that is used from then on.
        an_hour_later(&clock);
        app.admin_api.call(&address(&shop), &ReadShop).await.unwrap();
        assert_eq!(fake.grants_of(GrantKind::Refresh), 3);
    }

    async fn s11_11_a_refresh_without_expires_in_is_no_token(db: TestDatabase) {
        let clock = manual();
        let fake = FakeShopify::with_clock(clock.clone());
        let (app, shop) = connected_at(&db, &fake, &clock).await;
        let before = row(&app, &shop).await;
        an_hour_later(&clock);
        fake.with(|state| state.troubles.push_back(Trouble::NoExpiry));
        let refused = app.admin_api.token(&address(&shop)).await;
        assert!(matches!(refused, Err(AdminError::Broken(_))), "{refused:?}");
        assert_eq!(row(&app, &shop).await.token, before.token, "nothing was stored");
        app.admin_api.token(&address(&shop)).await.unwrap();
    }

    async fn s11_11_a_dead_refresh_token_waits_for_the_merchant(db: TestDatabase) {
        let clock = manual();
        let fake = FakeShopify::with_clock(clock.clone());
        let (app, shop) = connected_at(&db, &fake, &clock).await;
        an_hour_later(&clock);
        fake.shop(SHOP, |shop| shop.refresh = None);
        assert!(matches!(app.admin_api.token(&address(&shop)).await, Err(AdminError::NotConnected)));
        assert!(!row(&app, &shop).await.is_connected);
        let asked = fake.with(|state| state.grants.len());
        assert!(app.admin_api.call(&address(&shop), &ReadShop).await.is_err());
        assert_eq!(fake.with(|state| state.grants.len()), asked, "a dead token is not tried again");
        let again = app.admin_api.connect(&address(&shop), &fake.session_token(SHOP)).await.unwrap();
        assert_eq!(again, Connected::Anew);
        assert!(row(&app, &shop).await.is_connected);
        app.admin_api.call(&address(&shop), &ReadShop).await.unwrap();
    }

    async fn s11_11_a_refused_token_is_renewed_once(db: TestDatabase) {
        let fake = FakeShopify::start();
        let (app, shop) = connected(&db, &fake).await;
        fake.shop(SHOP, |shop| shop.access.clear());
        app.admin_api.call(&address(&shop), &ReadShop).await.unwrap();
        assert_eq!(fake.grants_of(GrantKind::Refresh), 1);
    }

    async fn s11_11_while_shopify_is_down_a_token_that_still_lives_is_used(db: TestDatabase) {
        let clock = manual();
        let fake = FakeShopify::with_clock(clock.clone());
        let (app, shop) = connected_at(&db, &fake, &clock).await;
        an_hour_later(&clock);
        fake.with(|state| state.troubles.extend([Trouble::Status(503); 3]));
        app.admin_api.token(&address(&shop)).await.unwrap();
        assert_eq!(fake.grants_of(GrantKind::Refresh), 3, "it was tried");
    }

    async fn s11_11_many_calls_in_two_processes_lead_to_one_refresh(db: TestDatabase) {
        let clock = manual();
        let fake = Arc::new(FakeShopify::with_clock(clock.clone()));
        let (one, shop) = connected_at(&db, &fake, &clock).await;
        let other = process(&db, &fake, clock.clone());
        for round in 1..=3 {
            an_hour_later(&clock);
            let mut calls = tokio::task::JoinSet::new();
            for _ in 0..12 {
                for app in [&one, &other] {
                    let (api, shop) = (app.admin_api.clone(), address(&shop));
                    calls.spawn(async move { api.token(&shop).await.unwrap().generation });
                }
            }
            let generations = calls.join_all().await;
            assert!(generations.windows(2).all(|pair| pair[0] == pair[1]), "{generations:?}");
            assert_eq!(fake.grants_of(GrantKind::Refresh), round);
        }
    }

    async fn s11_11_a_process_that_died_while_renewing_is_replaced(db: TestDatabase) {
        let clock = manual();
        let fake = FakeShopify::with_clock(clock.clone());
        let (app, shop) = connected_at(&db, &fake, &clock).await;
        an_hour_later(&clock);
        let (id, now) = (shop.id, clock.now());
        let generation = row(&app, &shop).await.generation;
        // It took the lease and was never heard of again.
        app.storage
            .write(move |tx| {
                storage::installations::renewal_begin(tx, id, generation, now, now.plus_seconds(30))
            })
            .await
            .unwrap();
        clock.set(now.plus_seconds(31));
        app.admin_api.token(&address(&shop)).await.unwrap();
    }

    async fn s11_11_a_permanent_token_of_old_is_exchanged_at_its_first_use(db: TestDatabase) {
        let fake = FakeShopify::start();
        fake.install(SHOP);
        fake.shop(SHOP, |shop| shop.permanent = Some("shpca_old".to_owned()));
        let app = process(&db, &fake, Clock::System);
        let shop = welcomed(&app).await;
        app.admin_api.adopt(&address(&shop), &"shpca_old".into(), "read_orders").await.unwrap();
        app.admin_api.call(&address(&shop), &ReadShop).await.unwrap();
        assert_eq!(fake.grants_of(GrantKind::Permanent), 1);
        assert!(row(&app, &shop).await.token_expires_at.is_some(), "it ends now, and is renewed");
    }
}
