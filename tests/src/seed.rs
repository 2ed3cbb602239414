//! A shop that is ready for orders: a program of 10 percent, affiliates with coupons, and each
//! affiliate's postback. Written through `storage`, as the program itself would.

#![expect(clippy::expect_used, reason = "a harness fails by panicking")]

use domain::affiliate::{AffiliateStatus, fold_code};
use domain::event::EventKind;
use domain::ids::{AffiliateId, PostbackId, ProgramId, ShopId};
use domain::postback::PostbackSettings;
use domain::program::{CommissionKind, CommissionSpec, ProgramRules};
use domain::shop::ShopSettings;
use domain::time::UtcTime;
use storage::affiliates::{self, Affiliate};
use storage::coupons::{self, Coupon};
use storage::postbacks::{self, Postback};
use storage::programs;
use storage::shops::{self, Shop};
use storage::{Storage, StorageError, StorageOptions, WriteTx};
use tributary::clock::Clock;

use crate::orders::CURRENCY;

/// The seeded shop's domain.
pub const SHOP_DOMAIN: &str = "reference.myshopify.com";

/// What a postback's URL ends in: enough to tell at the receiver which call is about what.
pub const POSTBACK_QUERY: &str = "/?order={order_id}&txid={transaction_id}&fire={postback_id}\
     &attempt={attempt}&event={event}&status={status}&total={total_commission}&delta={delta_commission}";

/// What was made.
#[derive(Debug, Clone)]
pub struct Seeded {
    /// The shop.
    pub shop: ShopId,
    /// Its only program.
    pub program: ProgramId,
    /// Its affiliates.
    pub affiliates: Vec<SeededAffiliate>,
}

/// An affiliate with a coupon.
#[derive(Debug, Clone)]
pub struct SeededAffiliate {
    /// Whose.
    pub id: AffiliateId,
    /// The coupon's code.
    pub coupon: String,
    /// The postback, if there is one.
    pub postback: Option<PostbackId>,
}

impl Seeded {
    /// The affiliate whose turn it is, one after the other.
    ///
    /// # Panics
    /// Without affiliates.
    #[must_use]
    pub fn affiliate(&self, turn: u64) -> &SeededAffiliate {
        let mut in_turn = self.affiliates.iter().cycle();
        let count = u64::try_from(self.affiliates.len()).unwrap_or(u64::MAX);
        let turn = usize::try_from(turn % count.max(1)).unwrap_or(0);
        in_turn.nth(turn).expect("a shop with affiliates")
    }
}

/// Seeds a migrated, empty database. The affiliates' postbacks go to these origins
/// (`http://127.0.0.1:8081`) in turn; without any there are no postbacks.
///
/// # Panics
/// When the database refuses it.
pub async fn seed(url: &str, affiliates: usize, receiver_origins: &[String]) -> Seeded {
    let storage = Storage::connect(url, StorageOptions::default()).expect("the database");
    let origins = receiver_origins.to_vec();
    let now = Clock::System.now();
    storage.write(move |tx| write(tx, affiliates, &origins, now)).await.expect("a seeded database")
}

/// The same program and affiliates in a shop that is there already, without postbacks.
///
/// # Panics
/// When the database refuses it.
pub async fn seed_into(storage: &Storage, shop: ShopId, affiliates: usize) -> Seeded {
    let now = Clock::System.now();
    storage.write(move |tx| fill(tx, shop, affiliates, &[], now)).await.expect("a seeded shop")
}

fn write(
    tx: &mut WriteTx<'_>,
    affiliates: usize,
    receiver_origins: &[String],
    now: UtcTime,
) -> Result<Seeded, StorageError> {
    let shop = ShopId(tx.next_id(now));
    shops::shop_insert_if_absent(tx, &shop_row(shop, now))?;
    fill(tx, shop, affiliates, receiver_origins, now)
}

fn fill(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    affiliates: usize,
    receiver_origins: &[String],
    now: UtcTime,
) -> Result<Seeded, StorageError> {
    let program = programs::program_insert(tx, shop, "Reference", now)?.id;
    programs::program_version_insert(tx, shop, program, UtcTime::default(), ten_percent())?;
    let mut seeded = Seeded { shop, program, affiliates: Vec::new() };
    let mut origins = receiver_origins.iter().cycle();
    for index in 0..affiliates {
        let code = format!("FRIEND{index}");
        let affiliate = affiliates::affiliate_insert(tx, affiliate_row(&seeded, &code, now))?;
        coupons::coupon_insert(
            tx,
            &Coupon {
                shop_id: shop,
                code_folded: fold_code(&code),
                code: code.clone(),
                affiliate_id: affiliate.id,
            },
        )?;
        let mut postback = None;
        if let Some(origin) = origins.next() {
            let url = format!("{origin}{POSTBACK_QUERY}");
            let row = postback_row(PostbackId(tx.next_id(now)), &affiliate, &url, now);
            postbacks::postback_insert(tx, &row)?;
            postback = Some(row.id);
        }
        seeded.affiliates.push(SeededAffiliate { id: affiliate.id, coupon: code, postback });
    }
    Ok(seeded)
}

/// Somebody asks to join the shop's first program, as the sign-up page writes it; with this code in the
/// links and as a coupon.
///
/// # Panics
/// Without a shop of this domain that has a program.
pub async fn apply(url: &str, domain: &str, code: &str) -> AffiliateId {
    let storage = Storage::connect(url, StorageOptions::default()).expect("the database");
    let now = Clock::System.now();
    let (domain, code) = (domain.to_owned(), code.to_owned());
    let applied = storage.write::<_, StorageError, _>(move |tx| {
        let shop = shops::shop_by_domain(tx, &domain)?.ok_or(StorageError::NotFound)?.id;
        let programs = programs::program_list(tx, shop, 1)?;
        let program = programs.first().ok_or(StorageError::NotFound)?.id;
        let seeded = Seeded { shop, program, affiliates: Vec::new() };
        let status = AffiliateStatus::Pending.as_str().to_owned();
        let row = Affiliate { status, ..affiliate_row(&seeded, &code, now) };
        let affiliate = affiliates::affiliate_insert(tx, row)?.id;
        let (code, code_folded) = (code.clone(), fold_code(&code));
        coupons::coupon_insert(
            tx,
            &Coupon { shop_id: shop, code_folded, code, affiliate_id: affiliate },
        )?;
        Ok(affiliate)
    });
    applied.await.expect("an application")
}

fn shop_row(id: ShopId, now: UtcTime) -> Shop {
    Shop {
        id,
        domain: SHOP_DOMAIN.to_owned(),
        shopify_shop_id: None,
        name: "Reference shop".to_owned(),
        currency: Some(CURRENCY),
        timezone: "UTC".to_owned(),
        settings: serde_json::to_string(&ShopSettings::default()).expect("JSON"),
        is_demo: false,
        installed_at: now,
        uninstalled_at: None,
    }
}

fn ten_percent() -> ProgramRules {
    let rules = serde_json::json!({"key": "reference", "name": "Reference"});
    let rules: ProgramRules = serde_json::from_value(rules).expect("rules of defaults");
    let commission =
        CommissionSpec { kind: Some(CommissionKind::Percent), value: Some("10".to_owned()) };
    ProgramRules { commission, ..rules }
}

fn affiliate_row(seeded: &Seeded, code: &str, now: UtcTime) -> Affiliate {
    Affiliate {
        id: AffiliateId(0),
        shop_id: seeded.shop,
        program_id: seeded.program,
        number: 0,
        name: format!("The friend {code}"),
        email: format!("{code}@example.com"),
        email_fingerprint: String::new(),
        code: code.to_owned(),
        code_folded: fold_code(code),
        status: AffiliateStatus::Active.as_str().to_owned(),
        shopify_customer_id: None,
        upline_id: None,
        payout_currency: None,
        payout_rate: None,
        password_hash: None,
        created_at: now,
    }
}

fn postback_row(id: PostbackId, affiliate: &Affiliate, url: &str, now: UtcTime) -> Postback {
    let settings: PostbackSettings = PostbackSettings {
        name: "Everything".to_owned(),
        url: url.to_owned(),
        on: vec![
            EventKind::Conversion,
            EventKind::StatusChange,
            EventKind::Refund,
            EventKind::Adjustment,
        ],
        ..PostbackSettings::default()
    };
    Postback {
        id,
        shop_id: affiliate.shop_id,
        affiliate_id: Some(affiliate.id),
        name: settings.name.clone(),
        settings: serde_json::to_string(&settings).expect("JSON"),
        credentials: None,
        author: "seed".to_owned(),
        approved_url: None,
        paused_at: None,
        pause_reason: None,
        backlog_since: None,
        failures_in_row: 0,
        failing_since: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}
