//! Everything that Shopify does to us and we ask of Shopify, against a Shopify of our own
//! (`tests::shopify`). The names say which row of the platform's list they prove.

use storage::shops::Shop;
use tests::db::TestDatabase;
use tests::shopify::{CLIENT_ID, FakeShopify};
use tests::webhook::CLIENT_SECRET;
use tributary::admin_api::ShopAddress;
use tributary::app::App;
use tributary::clock::Clock;
use tributary::config::{Settings, SettingsSource};
use tributary::flows::welcome_shop::welcome_shop;

mod calls;
mod codes;
mod dialects;
mod look_ups;
mod places;
mod plans;
mod privacy;
mod reconciliation;
mod tokens;
mod webhooks;
mod work;

pub(crate) const SHOP: &str = "tea.myshopify.com";

/// From which everything is derived.
pub(crate) const ENCRYPTION_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// A process on this database, with this Shopify.
pub(crate) fn process(db: &TestDatabase, fake: &FakeShopify, clock: Clock) -> App {
    process_with(db, fake, clock, |_| {})
}

/// The same with other settings.
pub(crate) fn process_with(
    db: &TestDatabase,
    fake: &FakeShopify,
    clock: Clock,
    change: impl FnOnce(&mut SettingsSource),
) -> App {
    let mut settings = SettingsSource {
        database_url: Some(db.url.clone()),
        shopify_api_key: Some(CLIENT_ID.to_owned()),
        shopify_api_secret: Some(CLIENT_SECRET.to_owned()),
        shopify_app_url: Some("https://app.example.com".to_owned()),
        shopify_stand_in: Some(fake.origin()),
        encryption_key: Some(ENCRYPTION_KEY.to_owned()),
        ..SettingsSource::default()
    };
    change(&mut settings);
    App::build(Settings::load(settings).unwrap(), clock, false).unwrap()
}

/// The shop, as its first page makes it.
pub(crate) async fn welcomed(app: &App) -> Shop {
    let now = app.clock.now();
    app.storage.write(move |tx| welcome_shop(tx, SHOP, now)).await.unwrap()
}

pub(crate) fn address(shop: &Shop) -> ShopAddress {
    ShopAddress::from(shop)
}

/// A process with a connected shop.
pub(crate) async fn connected(db: &TestDatabase, fake: &FakeShopify) -> (App, Shop) {
    fake.install(SHOP);
    let app = process(db, fake, Clock::System);
    let shop = welcomed(&app).await;
    app.admin_api.connect(&address(&shop), &fake.session_token(SHOP)).await.unwrap();
    (app, shop)
}
