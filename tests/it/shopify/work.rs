//! Tasks: daily renewal, the pixel, store credit (rows 12, 29, 35), and the older way to install.

use domain::attribution::{AttributionSettings, ClickModel};
use domain::ids::ShopifyId;
use domain::money::{Currency, Money};
use domain::time::UtcTime;
use serde_json::{Value, json};
use storage::ids::first_id_at;
use storage::installations::{Installation, installation};
use storage::shopify_tasks::tasks_of;
use storage::shops::Shop;
use tests::both_databases;
use tests::db::TestDatabase;
use tests::shopify::{FakeShopify, GrantKind};
use tributary::app::App;
use tributary::clock::Clock;
use tributary::flows::change_settings::{AttributionError, change_attribution};
use tributary::flows::tell_storefront::storefront_changed;
use tributary::flows::welcome_shop::begin_work;
use tributary::shopify_work::{Credited, connect_pixel, give_store_credit, run_due};

use super::{SHOP, address, process, welcomed};

async fn row(app: &App, shop: &Shop) -> Installation {
    let id = shop.id;
    app.storage.read(move |conn| installation(conn, id)).await.unwrap().unwrap()
}

async fn working(db: &TestDatabase) -> (FakeShopify, App, Shop, Clock) {
    let clock = Clock::manual(UtcTime::parse("2026-11-21T10:00:00Z").unwrap());
    let fake = FakeShopify::with_clock(clock.clone());
    fake.install(SHOP);
    let app = process(db, &fake, clock.clone());
    let shop = welcomed(&app).await;
    app.admin_api.connect(&address(&shop), &fake.session_token(SHOP)).await.unwrap();
    let (id, now) = (shop.id, clock.now());
    app.storage.write(move |tx| begin_work(tx, id, now)).await.unwrap();
    (fake, app, shop, clock)
}

async fn work(app: &App) {
    while run_due(app).await.unwrap() > 0 {}
}

both_databases! {
    async fn a_task_that_is_planned_for_later_makes_no_id_of_the_future(db: TestDatabase) {
        let (_, app, shop, clock) = working(&db).await;
        let tomorrow = clock.now().plus_days(1);
        let id = shop.id;
        let tasks = app.storage.read(move |conn| tasks_of(conn, id, 20)).await.unwrap();
        assert!(tasks.iter().any(|task| task.run_at == tomorrow), "{tasks:?}");
        // Lists and what is forgotten in time go by ids: other processes make theirs of today.
        let soon = first_id_at(clock.now().plus_seconds(60));
        assert!(app.storage.next_id(clock.now()) < soon);
        assert!(tasks.iter().all(|task| task.id < soon && task.created_at == clock.now()));
    }

    async fn s11_12_a_token_that_nobody_uses_is_renewed_every_day_for_a_year(db: TestDatabase) {
        let (fake, app, shop, clock) = working(&db).await;
        work(&app).await;
        for day in 1..=365 {
            clock.set(clock.now().plus_days(1));
            work(&app).await;
            let ends = row(&app, &shop).await.refresh_expires_at.unwrap();
            assert!(ends > clock.now().plus_days(88), "day {day}: the refresh token ends {ends}");
        }
        assert!(fake.grants_of(GrantKind::Refresh) >= 365);
        assert_eq!(fake.grants_of(GrantKind::Exchange), 1, "no merchant was needed");
    }

    async fn the_pixel_is_connected_once_and_its_settings_follow_ours(db: TestDatabase) {
        let (fake, app, shop, _) = working(&db).await;
        work(&app).await;
        assert_eq!(row(&app, &shop).await.pixel_id.as_deref(), Some("gid://shopify/WebPixel/1"));
        let settings = fake.shop(SHOP, |shop| shop.pixel.clone()).unwrap();
        let settings: Value = serde_json::from_str(&settings).unwrap();
        assert_eq!(settings["app_url"], "https://app.example.com");
        connect_pixel(&app, &address(&shop)).await.unwrap();
        let made = |name: &str| {
            fake.with(|state| state.operations.iter().filter(|(known, _)| known == name).count())
        };
        assert_eq!((made("CreatePixel"), made("UpdatePixel")), (1, 0));
        fake.shop(SHOP, |shop| shop.pixel = Some("{}".to_owned()));
        connect_pixel(&app, &address(&shop)).await.unwrap();
        assert_eq!(made("UpdatePixel"), 1);
    }

    async fn the_theme_extension_is_told_the_rules_and_told_again_when_they_change(db: TestDatabase) {
        let (fake, app, shop, clock) = working(&db).await;
        work(&app).await;
        let told = || {
            let name = "gid://shopify/AppInstallation/7 tributary.storefront";
            let text = fake.shop(SHOP, |shop| shop.metafields.get(name).cloned()).unwrap();
            serde_json::from_str::<Value>(&text).unwrap()
        };
        assert_eq!(told(), json!({"click_model": "last_click", "window_days": 30}));
        let (id, now) = (shop.id, clock.now());
        let attribution = AttributionSettings {
            click_model: ClickModel::FirstClick,
            window_days: 45,
            ..AttributionSettings::default()
        };
        app.storage
            .write(move |tx| {
                change_attribution(tx, id, &attribution)?;
                Ok::<_, AttributionError>(storefront_changed(tx, id, now)?)
            })
            .await
            .unwrap();
        work(&app).await;
        assert_eq!(told(), json!({"click_model": "first_click", "window_days": 45}));
    }

    async fn a_pixel_that_is_not_deployed_is_said_to_the_merchant(db: TestDatabase) {
        let (fake, app, shop, _) = working(&db).await;
        fake.shop(SHOP, |shop| shop.has_pixel_extension = false);
        work(&app).await;
        let row = row(&app, &shop).await;
        assert!(row.pixel_id.is_none());
        assert!(row.pixel_problem.unwrap().contains("shopify app deploy"));
    }

    async fn s11_35_a_credit_whose_answer_is_lost_is_given_exactly_once(db: TestDatabase) {
        let (fake, app, shop, clock) = working(&db).await;
        let (customer, amount) = (ShopifyId(42), Money::new(1_250, Currency::USD));
        let give = |purpose: &'static str| {
            let (app, shop) = (app.clone(), address(&shop));
            async move { give_store_credit(&app, &shop, purpose, customer, amount).await }
        };
        fake.with(|state| state.lost.push("GiveCredit".to_owned()));
        let first = give("payout:1").await.unwrap();
        assert!(matches!(first, Credited::Given(_)), "found although the answer was lost");
        assert_eq!(give("payout:1").await.unwrap(), first, "asking again gives nothing");
        let count = || fake.shop(SHOP, |shop| shop.credits.len());
        assert_eq!(count(), 1);
        // Another payout of the same amount is another credit.
        clock.set(clock.now().plus_seconds(1));
        assert_ne!(give("payout:2").await.unwrap(), first);
        assert_eq!(count(), 2);
        // The answer is lost, and so is the look-up; a later try finds it.
        fake.with(|state| {
            state.lost.push("GiveCredit".to_owned());
            state.lost.extend(vec!["ReadCredits".to_owned(); 4]);
        });
        assert!(give("payout:3").await.is_err());
        assert_eq!(count(), 3);
        assert!(matches!(give("payout:3").await.unwrap(), Credited::Given(_)));
        assert_eq!(count(), 3, "exactly one credit");
    }
}

/// The way through the browser: to Shopify's page, back with a code, into the admin.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_11_the_older_way_to_install_brings_a_token_too() {
    use tests::server_process::{ServerProcess, ServerSettings};
    let db = TestDatabase::sqlite();
    let fake = FakeShopify::start();
    fake.install(SHOP);
    let mut server =
        ServerProcess::new(ServerSettings::new(&db.url).with("SHOPIFY_STAND_IN", &fake.origin()));
    let origin = format!("http://{}", server.address());
    server.set("SHOPIFY_APP_URL", &origin);
    server.start();
    server.ready().await;
    let http = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let location =
        |answer: &reqwest::Response| answer.headers()["location"].to_str().unwrap().to_owned();
    let begun = http.get(format!("{origin}/auth/begin?shop={SHOP}")).send().await.unwrap();
    let cookie = begun.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let granted = http.get(location(&begun)).send().await.unwrap();
    let callback = location(&granted);
    assert!(callback.starts_with(&format!("{origin}/auth/callback?")), "{callback}");
    let stranger = http.get(&callback).send().await.unwrap();
    assert_eq!(stranger.status(), 400, "a browser that did not ask");
    let forged = callback.replace("code=the-code", "code=another");
    let forged = http.get(&forged).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(forged.status(), 400);
    assert_eq!(fake.grants_of(GrantKind::Code), 0);
    let done = http.get(&callback).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(done.status(), 302);
    assert_eq!(location(&done), format!("{}/store/tea/apps/key", fake.origin()));
    assert_eq!(fake.grants_of(GrantKind::Code), 1);
}
