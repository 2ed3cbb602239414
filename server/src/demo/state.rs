//! What the demo's pages share.

use subtle::ConstantTimeEq as _;

use storage::shops::Shop;

use super::{
    BASE,
    admin_api::Credits,
    discounts::Discounts,
    fake_shopify::{FakeShopify, PROXY_PREFIX},
    recorder::{self, Recorder},
    seed,
    store::Store,
    storefront::{self, Carts},
};
use crate::{
    app::App,
    error::AppError,
    secrets::random_token,
    web::{
        assets,
        view::{
            demo::{Frame, Tour},
            parts::Notice,
        },
    },
};

/// The demo store, the played Shopify and the played tracker.
#[derive(Debug)]
pub struct DemoState {
    pub(super) shop: Shop,
    pub(super) shopify: FakeShopify,
    pub(super) store: Store,
    pub(super) discounts: Discounts,
    pub(super) credits: Credits,
    pub(super) carts: Carts,
    pub(super) recorder: Recorder,
    pub(super) tour: Tour,
    csrf: String,
}

impl DemoState {
    /// For a seeded shop.
    ///
    /// # Errors
    /// Without randomness, when the database cannot be read, or the HTTP client cannot be made.
    pub(super) fn new(app: &App, shop: Shop, portal_password: &str) -> anyhow::Result<Self> {
        let tour = Tour {
            affiliate_link: format!(
                "{BASE}?ref={}&sub1=newsletter&affclickid=click-42",
                seed::ANNA_CODE
            ),
            affiliate_name: seed::ANNA.to_owned(),
            coupon: seed::ANNA_COUPON.to_owned(),
            admin_url: format!("{BASE}/admin"),
            portal_url: format!("/portal/{}/login", shop.domain),
            portal_email: seed::ANNA_EMAIL.to_owned(),
            portal_password: portal_password.to_owned(),
            recorder_url: recorder::PATH.to_owned(),
        };
        let discounts = app.storage.read_blocking(|conn| Discounts::of_shop(conn, shop.id))?;
        Ok(Self {
            discounts,
            credits: Credits::default(),
            shopify: FakeShopify::new(
                &app.settings.app_url,
                &shop.domain,
                app.app_secrets.clone(),
            )?,
            shop,
            store: Store::new(app.clock.now()),
            carts: Carts::default(),
            recorder: Recorder::default(),
            tour,
            csrf: random_token()?,
        })
    }

    pub(super) fn frame(&self, notice: Option<Notice>) -> Frame {
        Frame {
            base: BASE.to_owned(),
            shop_name: self.shop.name.clone(),
            tour: self.tour.clone(),
            shop_domain: self.shop.domain.clone(),
            platform_script: assets::href("demo-store.js"),
            embed_script: format!("{BASE}{}", storefront::SCRIPT),
            calls_script: format!("{BASE}{}", storefront::CALLS),
            app_proxy: format!("{BASE}{PROXY_PREFIX}"),
            csrf: self.csrf.clone(),
            notice,
        }
    }

    /// Refuses forms that no page of ours made: other sites can reach loopback through the browser.
    ///
    /// # Errors
    /// [`AppError::StaleForm`].
    pub(super) fn check_form(&self, csrf: &str) -> Result<(), AppError> {
        if bool::from(self.csrf.as_bytes().ct_eq(csrf.as_bytes())) {
            Ok(())
        } else {
            Err(AppError::StaleForm)
        }
    }
}
