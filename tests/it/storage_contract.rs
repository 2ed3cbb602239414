//! Every storage function on both databases: what it promises must not depend on which one it is.

mod affiliates;
mod clicks;
mod firings;
pub(crate) mod fresh;
mod hot_path;
mod inbox;
mod ledger;
mod letters;
mod link_names;
mod logins;
mod orders;
mod outbox;
mod people;
mod postbacks;
mod shared_commits;
mod shops;
mod transactions;

use std::{
    sync::atomic::{AtomicI64, Ordering},
    thread,
};

use domain::{
    ids::{AffiliateId, FiringId, OrderId, PostbackId, ProgramId, ShopId, ShopifyId},
    money::Currency,
    time::UtcTime,
};
use storage::{
    Storage, StorageError, WriteTx,
    affiliates::{Affiliate, affiliate_insert},
    conversions::ConversionRow,
    firings::{Firing, FiringState},
    orders::{orders_lock, orders_save},
    postbacks::{Postback, postback_insert},
    programs::program_insert,
    shops::{Shop, shop_insert_if_absent},
};

/// Makes of each `fn name(storage: &Storage)` the tests `name::sqlite` and `name::postgres`, each
/// on a fresh, migrated database. One that is not listed is dead code, which the build refuses.
macro_rules! on_both_databases {
    ($($name:ident,)+) => {$(
        mod $name {
            use crate::storage_contract::{fresh::TestDatabase, run};

            #[test]
            fn sqlite() {
                run(super::$name, &TestDatabase::sqlite());
            }

            #[test]
            fn postgres() {
                if let Some(db) = TestDatabase::postgres() {
                    run(super::$name, &db);
                }
            }
        }
    )+};
}
use on_both_databases;

fn run(scenario: fn(&Storage), db: &fresh::TestDatabase) {
    let storage = Storage::connect(&db.url, storage::StorageOptions::default()).unwrap();
    storage.migrate().unwrap();
    scenario(&storage);
}

/// Ten in the morning of a day, and so many seconds.
fn at(seconds: i64) -> UtcTime {
    UtcTime::parse("2026-11-21T10:00:00Z").unwrap().plus_seconds(seconds)
}

fn usd() -> Currency {
    Currency::USD
}

/// Runs the closure in so many threads at once and returns what they gave.
fn in_threads<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..count).map(|n| scope.spawn(move || work(n))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn write<T>(storage: &Storage, work: impl FnMut(&mut WriteTx<'_>) -> Result<T, StorageError>) -> T {
    storage.write_blocking(work).unwrap()
}

fn read<T>(
    storage: &Storage,
    work: impl FnOnce(&mut storage::DbConn) -> Result<T, StorageError>,
) -> T {
    storage.read_blocking(work).unwrap()
}

/// A number that no other call of the process gave.
fn unique() -> i64 {
    static NEXT: AtomicI64 = AtomicI64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A shop with one program and one active affiliate.
#[derive(Clone, Copy)]
struct Tenant {
    shop: ShopId,
    program: ProgramId,
    affiliate: AffiliateId,
}

fn tenant(storage: &Storage) -> Tenant {
    let domain = format!("shop-{}.myshopify.com", unique());
    write(storage, |tx| {
        let id = ShopId(tx.next_id(at(0)));
        let shop = shop_insert_if_absent(tx, &shop_row(id, &domain))?.id;
        let program = program_insert(tx, shop, "Partners", at(0))?.id;
        let affiliate = affiliate_insert(tx, affiliate_row(shop, program, "Anna"))?.id;
        Ok(Tenant { shop, program, affiliate })
    })
}

fn shop_row(id: ShopId, domain: &str) -> Shop {
    Shop {
        id,
        domain: domain.to_owned(),
        shopify_shop_id: None,
        name: "A shop".to_owned(),
        currency: Some(usd()),
        timezone: "Europe/Berlin".to_owned(),
        settings: "{}".to_owned(),
        is_demo: false,
        installed_at: at(0),
        uninstalled_at: None,
    }
}

/// An affiliate whose code is its name.
fn affiliate_row(shop: ShopId, program: ProgramId, name: &str) -> Affiliate {
    Affiliate {
        id: AffiliateId(0),
        shop_id: shop,
        program_id: program,
        number: 0,
        name: name.to_owned(),
        email: format!("{name}@example.com"),
        email_fingerprint: format!("fingerprint of {name}"),
        code: name.to_owned(),
        code_folded: name.to_lowercase(),
        status: "active".to_owned(),
        shopify_customer_id: None,
        upline_id: None,
        payout_currency: None,
        payout_rate: None,
        password_hash: None,
        created_at: at(0),
    }
}

/// Stores an order, placed so many seconds after ten o'clock.
fn order(storage: &Storage, tenant: Tenant, shopify_id: u64, seconds: i64) -> OrderId {
    write(storage, |tx| {
        let mut locked =
            orders_lock(tx, tenant.shop, &[ShopifyId(shopify_id)], usd(), at(seconds))?;
        locked[0].row.name = format!("#{shopify_id}");
        orders_save(tx, &locked)?;
        Ok(locked[0].row.id)
    })
}

/// A pending conversion of 90.00 that earns 9.00; its id is still to be set.
fn conversion_row(tenant: Tenant, order: OrderId) -> ConversionRow {
    ConversionRow {
        id: domain::ids::ConversionId(0),
        shop_id: tenant.shop,
        order_id: order,
        affiliate_id: tenant.affiliate,
        level: 0,
        source_id: tenant.affiliate,
        program_id: tenant.program,
        program_version: 1,
        click_id: None,
        method: "link".to_owned(),
        share_index: 0,
        status: "pending".to_owned(),
        reason: None,
        currency: usd(),
        sales_minor: 9_000,
        commission_minor: 900,
        first_commission_minor: 900,
        payout_currency: usd(),
        payout_rate: None,
        payout_minor: 900,
        explanation: "{}".to_owned(),
        memory: "{}".to_owned(),
        ordered_at: at(0),
        approve_at: Some(at(100)),
        approved_at: None,
        version: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

/// Stores a live postback of the tenant's affiliate.
fn postback(storage: &Storage, tenant: Tenant) -> PostbackId {
    write(storage, |tx| {
        let id = PostbackId(tx.next_id(at(0)));
        postback_insert(tx, &postback_row(tenant, id))?;
        Ok(id)
    })
}

fn postback_row(tenant: Tenant, id: PostbackId) -> Postback {
    Postback {
        id,
        shop_id: tenant.shop,
        affiliate_id: Some(tenant.affiliate),
        name: "Tracker".to_owned(),
        settings: "{}".to_owned(),
        credentials: Some(vec![0, 159, 146, 150]),
        author: "affiliate".to_owned(),
        approved_url: None,
        paused_at: None,
        pause_reason: None,
        backlog_since: None,
        failures_in_row: 0,
        failing_since: None,
        created_at: at(0),
        updated_at: at(0),
        deleted_at: None,
    }
}

/// A due firing of the tenant's own postback, for an event so many seconds after ten o'clock.
fn firing(
    storage: &Storage,
    tenant: Tenant,
    postback: PostbackId,
    key: &str,
    seconds: i64,
) -> Firing {
    Firing {
        id: FiringId(storage.next_id(at(seconds))),
        shop_id: tenant.shop,
        postback_id: postback,
        affiliate_id: Some(tenant.affiliate),
        program_id: Some(tenant.program),
        conversion_id: None,
        click_id: None,
        event_key: key.to_owned(),
        event: "conversion".to_owned(),
        status: Some("pending".to_owned()),
        transaction_id: Some("t1".to_owned()),
        record: r#"{"order_id":"1"}"#.to_owned(),
        state: FiringState::Due,
        reason: None,
        run_at: at(seconds),
        attempts: 0,
        last_status_code: None,
        is_replay: false,
        created_at: at(seconds),
        finished_at: None,
    }
}
