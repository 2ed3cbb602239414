//! What the demo starts with: one shop, one program, two affiliates, one postback to the demo's own
//! tracker.

use anyhow::Context as _;
use argon2::{Argon2, password_hash::PasswordHasher as _};
use domain::{
    affiliate::{AffiliateStatus, fold_code},
    ids::{AffiliateId, PostbackId, ProgramId, ShopId, ShopifyId},
    money::Currency,
    postback::PostbackSettings,
    shop::ShopSettings,
    time::UtcTime,
};
use serde_json::json;
use storage::{
    StorageError, WriteTx,
    affiliates::{self, Affiliate},
    coupons::{self, Coupon},
    installations::{installation, installation_set_embed, installation_set_pixel},
    postbacks::{self, Owner, Postback},
    programs,
    shops::{self, Shop},
};

use super::{admin_api::access_token, recorder};
use crate::{
    admin_api::ShopAddress,
    app::App,
    flows::{set_up::EmbedState, sign_request::ensure_secret},
    secrets::MasterKey,
};

/// The demo shop's domain.
pub(super) const SHOP_DOMAIN: &str = "river-goods.myshopify.com";
/// Name of the affiliate whom the tour is about.
pub(super) const ANNA: &str = "Anna";
/// Its e-mail.
pub(super) const ANNA_EMAIL: &str = "anna@example.com";
/// The code of its links.
pub(super) const ANNA_CODE: &str = "ANNA";
/// Its discount code.
pub(super) const ANNA_COUPON: &str = "ANNA10";

/// Makes the demo's data unless it is there already, and returns the shop.
///
/// # Errors
/// When the database cannot be written.
pub(super) async fn seed(app: &App, portal_password: &str) -> anyhow::Result<Shop> {
    let hash = Argon2::default()
        .hash_password(portal_password.as_bytes())
        .map_err(|error| anyhow::anyhow!("cannot hash the demo's password: {error}"))?
        .to_string();
    let seed = Seed {
        now: app.clock.now(),
        password_hash: hash,
        postback: postback(&app.settings.app_url),
        fingerprints: app.fingerprints.clone(),
        master_key: app.master_key.clone(),
    };
    let shop = app.storage.write(move |tx| seed.write(tx)).await;
    shop.context("cannot write the demo's data")
}

/// Connects the shop to the demo's Shopify as an installation does, with theme embed and pixel: the store's
/// pages have both.
///
/// # Errors
/// When the database cannot be written.
pub(super) async fn connect(app: &App, shop: &Shop) -> anyhow::Result<()> {
    let id = shop.id;
    let known = app.storage.read(move |conn| installation(conn, id)).await?;
    if known.is_some_and(|it| it.token.is_some()) {
        return Ok(());
    }
    let token = access_token(&app.master_key).into();
    let scopes = shopify::scopes::NEEDED.join(",");
    app.admin_api.adopt(&ShopAddress::from(shop), &token, &scopes).await?;
    let now = app.clock.now();
    let extensions = app.storage.write::<_, StorageError, _>(move |tx| {
        installation_set_pixel(tx, id, Ok("gid://shopify/WebPixel/1"))?;
        installation_set_embed(tx, id, EmbedState::Active.as_str(), now)
    });
    Ok(extensions.await?)
}

struct Seed {
    now: UtcTime,
    password_hash: String,
    postback: PostbackSettings,
    fingerprints: shopify::fingerprint::Fingerprinter,
    master_key: MasterKey,
}

impl Seed {
    fn write(&self, tx: &mut WriteTx<'_>) -> Result<Shop, StorageError> {
        if let Some(known) = shops::shop_by_domain(tx, SHOP_DOMAIN)? {
            self.move_postback(tx, known.id)?;
            return Ok(known);
        }
        let shop =
            shops::shop_insert_if_absent(tx, &demo_shop(ShopId(tx.next_id(self.now)), self.now)?)?;
        let program = programs::program_insert(tx, shop.id, "Main", self.now)?.id;
        let rules = json!({
            "key": "main", "name": "Main",
            "commission": {"type": "percent", "value": "10"}, "hold_days": 14,
        });
        let rules = serde_json::from_value(rules).map_err(unstorable)?;
        programs::program_version_insert(tx, shop.id, program, self.now, rules)?;
        let anna = self.affiliate(tx, shop.id, program, ANNA, ANNA_EMAIL, ANNA_CODE)?;
        self.affiliate(tx, shop.id, program, "Bob", "bob@example.com", "BOB")?;
        affiliates::affiliate_set_password_hash(
            tx,
            shop.id,
            anna,
            Some(self.password_hash.clone()),
        )?;
        let coupon = Coupon {
            shop_id: shop.id,
            code_folded: fold_code(ANNA_COUPON),
            code: ANNA_COUPON.to_owned(),
            affiliate_id: anna,
        };
        coupons::coupon_insert(tx, &coupon)?;
        self.insert_postback(tx, shop.id, anna)?;
        let owner = Owner::Affiliate(anna);
        ensure_secret(tx, &self.master_key, shop.id, owner, self.now)
            .map_err(|error| StorageError::Other(format!("the demo's data: {error}")))?;
        Ok(shop)
    }

    fn affiliate(
        &self,
        tx: &mut WriteTx<'_>,
        shop: ShopId,
        program: ProgramId,
        name: &str,
        email: &str,
        code: &str,
    ) -> Result<AffiliateId, StorageError> {
        let affiliate = Affiliate {
            // The storage gives id and number.
            id: AffiliateId(0),
            number: 0,
            shop_id: shop,
            program_id: program,
            name: name.to_owned(),
            email: email.to_owned(),
            email_fingerprint: self.fingerprints.email(email).unwrap_or_default(),
            code: code.to_owned(),
            code_folded: fold_code(code),
            status: AffiliateStatus::Active.as_str().to_owned(),
            shopify_customer_id: None,
            upline_id: None,
            payout_currency: None,
            payout_rate: None,
            password_hash: None,
            created_at: self.now,
        };
        Ok(affiliates::affiliate_insert(tx, affiliate)?.id)
    }

    fn insert_postback(
        &self,
        tx: &mut WriteTx<'_>,
        shop: ShopId,
        affiliate: AffiliateId,
    ) -> Result<(), StorageError> {
        let postback = Postback {
            id: PostbackId(tx.next_id(self.now)),
            shop_id: shop,
            affiliate_id: Some(affiliate),
            name: self.postback.name.clone(),
            settings: serde_json::to_string(&self.postback).map_err(unstorable)?,
            credentials: None,
            author: "demo".to_owned(),
            approved_url: None,
            paused_at: None,
            pause_reason: None,
            backlog_since: None,
            failures_in_row: 0,
            failing_since: None,
            created_at: self.now,
            updated_at: self.now,
            deleted_at: None,
        };
        postbacks::postback_insert(tx, &postback)
    }

    /// The tracker of kept data may have listened on another port.
    fn move_postback(&self, tx: &mut WriteTx<'_>, shop: ShopId) -> Result<(), StorageError> {
        let Some(anna) = affiliates::affiliate_by_code(tx, shop, &fold_code(ANNA_CODE))? else {
            return Ok(());
        };
        for mut row in postbacks::postbacks_of_shop(tx, shop, None, i64::MAX)? {
            let owner = row.affiliate_id.map(Owner::Affiliate);
            let is_seeded = owner == Some(Owner::Affiliate(anna.id)) && row.author == "demo";
            if is_seeded && row.name == self.postback.name {
                row.settings = serde_json::to_string(&self.postback).map_err(unstorable)?;
                row.updated_at = self.now;
                postbacks::postback_update(tx, &row)?;
            }
        }
        Ok(())
    }
}

fn demo_shop(id: ShopId, now: UtcTime) -> Result<Shop, StorageError> {
    Ok(Shop {
        id,
        domain: SHOP_DOMAIN.to_owned(),
        shopify_shop_id: Some(ShopifyId(60_000_000_001)),
        name: "River Goods".to_owned(),
        currency: Some(Currency::USD),
        timezone: "UTC".to_owned(),
        settings: serde_json::to_string(&ShopSettings::default()).map_err(unstorable)?,
        is_demo: true,
        installed_at: now,
        uninstalled_at: None,
    })
}

/// Tells the demo's tracker about every conversion and what becomes of it.
fn postback(app_url: &str) -> PostbackSettings {
    let query = "cid={click_id}&payout={total_commission}&txid={transaction_id}&status={status}";
    PostbackSettings {
        name: "Demo tracker".to_owned(),
        url: format!("{app_url}{}/postback?{query}", recorder::PATH),
        reversals: true,
        ..PostbackSettings::default()
    }
}

fn unstorable(error: serde_json::Error) -> StorageError {
    StorageError::Other(format!("the demo's data: {error}"))
}

#[cfg(test)]
mod tests {
    use domain::postback::CheckContext;

    use super::*;

    #[test]
    fn the_seeded_postback_could_have_been_saved_by_hand() {
        let context = CheckContext {
            private_hosts_allowed: true,
            name_required: true,
            ..CheckContext::default()
        };
        let warnings = postback("http://127.0.0.1:8080").check(&context).unwrap();
        // Loopback has no https; nothing else is odd about it.
        let codes: Vec<_> = warnings.iter().map(|warning| warning.code.to_string()).collect();
        assert_eq!(codes, ["http"]);
    }
}
