//! What runs for every webhook is prepared once per connection, whatever the size of the batch.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use diesel::connection::{Connection, InstrumentationEvent};
use domain::ids::{ClickId, ConversionId, EntryId, FiringId, PostbackId, ShopifyId};
use storage::{
    Body, Json, Storage, StorageError, WriteTx,
    attempts::attempts_append,
    clicks::{Click, click_insert_batch, clicks_of_visitors},
    code_days::{CodeDay, code_days_add},
    conversions::{ConversionRow, conversions_of_orders, conversions_save},
    firings::{Firing, firing_enqueue_batch},
    inbox::{
        NewDelivery, deliveries_claim, deliveries_finish, delivery_bodies_of, delivery_record_batch,
    },
    ledger::{Balance, Entry, balances_add, entries_append},
    orders::{orders_lock, orders_save},
    outbox::{FiringOutcome, firings_claim, firings_finish},
    postbacks::{PostbackOutcome, postback_record_outcomes},
    stats::{DailyStat, daily_stats_add},
};

use super::{
    Tenant, at, conversion_row, firing, firings::attempt, on_both_databases, outbox::result,
    postback, tenant, unique, usd, write,
};

on_both_databases! {
    every_statement_of_the_hot_path_is_prepared_once,
}

fn every_statement_of_the_hot_path_is_prepared_once(storage: &Storage) {
    let tenant = tenant(storage);
    let postback = postback(storage, tenant);
    write(storage, |tx| {
        let seen = watch(tx);
        webhooks(storage, tx, tenant, postback, 3)?;
        let prepared = std::mem::take(&mut *seen.lock().unwrap()).prepared;
        assert!(prepared.len() > 15, "only {prepared:#?}");
        webhooks(storage, tx, tenant, postback, 10)?;
        let again = std::mem::take(&mut *seen.lock().unwrap());
        assert_eq!(again.prepared, BTreeSet::new());
        let unprepared: Vec<_> = again.run.difference(&prepared).collect();
        assert_eq!(unprepared, Vec::<&String>::new());
        tx.set_instrumentation(|_: InstrumentationEvent<'_>| {});
        Ok(())
    });
}

#[derive(Default)]
struct Seen {
    prepared: BTreeSet<String>,
    run: BTreeSet<String>,
}

fn watch(tx: &mut WriteTx<'_>) -> Arc<Mutex<Seen>> {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let log = Arc::clone(&seen);
    tx.set_instrumentation(move |event: InstrumentationEvent<'_>| match event {
        InstrumentationEvent::CacheQuery { sql, .. } => {
            log.lock().unwrap().prepared.insert(sql.trim().to_owned());
        }
        InstrumentationEvent::StartQuery { query, .. } => {
            let text = query.to_string();
            let sql = text.split_once(" -- binds").map_or(text.as_str(), |(sql, _)| sql);
            log.lock().unwrap().run.insert(sql.trim().to_owned());
        }
        _ => {}
    });
    seen
}

/// Everything that happens to a batch of webhooks, from their arrival to the requests made.
fn webhooks(
    storage: &Storage,
    tx: &mut WriteTx<'_>,
    tenant: Tenant,
    postback: PostbackId,
    count: usize,
) -> Result<(), StorageError> {
    let arrived: Vec<NewDelivery> = (0..count).map(|_| delivery(tenant)).collect();
    delivery_record_batch(tx, &arrived)?;
    let claimed: Vec<_> =
        deliveries_claim(tx, at(1), at(60), 100)?.iter().map(|one| one.id).collect();
    assert_eq!(claimed.len(), count);
    delivery_bodies_of(tx, &claimed)?;

    let clicks: Vec<Click> = (0..count).map(|_| click(storage, tenant)).collect();
    click_insert_batch(tx, &clicks)?;
    let visitors: Vec<String> = clicks.iter().map(|click| click.visitor.clone()).collect();
    assert_eq!(clicks_of_visitors(tx, tenant.shop, &visitors, at(0))?.len(), count);

    let ids: Vec<ShopifyId> = (0..count).map(|_| ShopifyId(unique().unsigned_abs())).collect();
    let orders = orders_lock(tx, tenant.shop, &ids, usd(), at(0))?;
    orders_save(tx, &orders)?;
    let order_ids: Vec<_> = orders.iter().map(|order| order.row.id).collect();
    conversions_of_orders(tx, tenant.shop, &order_ids)?;
    let conversions: Vec<ConversionRow> = order_ids
        .iter()
        .map(|order| ConversionRow {
            id: ConversionId(tx.next_id(at(0))),
            ..conversion_row(tenant, *order)
        })
        .collect();
    conversions_save(tx, &conversions)?;
    let entries: Vec<Entry> = conversions.iter().map(|one| entry(storage, one)).collect();
    entries_append(tx, &entries)?;
    balances_add(tx, &[balance(tenant)])?;
    daily_stats_add(tx, &[day(tenant)])?;
    code_days_add(tx, &[code_day(tenant)])?;

    let firings: Vec<Firing> = conversions
        .iter()
        .map(|one| Firing {
            conversion_id: Some(one.id),
            ..firing(storage, tenant, postback, &one.id.to_string(), 0)
        })
        .collect();
    firing_enqueue_batch(tx, &firings)?;
    let claimed: Vec<FiringId> =
        firings_claim(tx, at(1), at(60), 100)?.iter().map(|one| one.id).collect();
    assert_eq!(claimed.len(), count);
    let attempts: Vec<_> = claimed.iter().map(|id| attempt(storage, tenant, *id, 1)).collect();
    attempts_append(tx, &attempts)?;
    let results: Vec<_> =
        claimed.iter().map(|id| result(*id, FiringOutcome::Delivered, Some(200))).collect();
    firings_finish(tx, &results)?;
    postback_record_outcomes(
        tx,
        &[PostbackOutcome { postback_id: postback, is_success: true, at: at(1) }],
    )?;
    let done: Vec<_> =
        deliveries_claim(tx, at(60), at(90), 100)?.iter().map(|one| one.id).collect();
    deliveries_finish(tx, &done)
}

fn delivery(tenant: Tenant) -> NewDelivery {
    NewDelivery {
        shop_id: tenant.shop,
        webhook_id: unique().to_string(),
        event_id: None,
        topic: "orders/create".to_owned(),
        api_version: None,
        triggered_at: at(0),
        received_at: at(0),
        body: Body::pack(b"{}"),
        lease_until: None,
    }
}

fn click(storage: &Storage, tenant: Tenant) -> Click {
    Click {
        id: ClickId(storage.next_id(at(0))),
        shop_id: tenant.shop,
        affiliate_id: tenant.affiliate,
        visitor: unique().to_string(),
        clicked_at: at(0),
        entry_url: "https://shop.example/".to_owned(),
        link_params: Json::default(),
        is_params_cut: false,
        referrer: None,
        ip_truncated: None,
        report_id: None,
        consent: None,
        user_agent: None,
    }
}

fn entry(storage: &Storage, conversion: &ConversionRow) -> Entry {
    Entry {
        id: EntryId(storage.next_id(at(0))),
        shop_id: conversion.shop_id,
        affiliate_id: conversion.affiliate_id,
        conversion_id: Some(conversion.id),
        at: at(0),
        kind: "accrual".to_owned(),
        reason: None,
        currency: usd(),
        amount_minor: 900,
        payout_currency: usd(),
        payout_amount_minor: 900,
        conversion_version: Some(1),
    }
}

fn balance(tenant: Tenant) -> Balance {
    Balance {
        shop_id: tenant.shop,
        affiliate_id: tenant.affiliate,
        currency: usd(),
        pending_minor: 900,
        payable_minor: 0,
        paid_minor: 0,
    }
}

fn code_day(tenant: Tenant) -> CodeDay {
    CodeDay {
        shop_id: tenant.shop,
        day: 20_000,
        code_folded: "anna10".to_owned(),
        affiliate_id: tenant.affiliate,
        orders: 1,
        without_click: 1,
        from_coupon_sites: 0,
        last_moment: 0,
    }
}

fn day(tenant: Tenant) -> DailyStat {
    DailyStat {
        shop_id: tenant.shop,
        affiliate_id: tenant.affiliate,
        day: 20_000,
        currency: usd(),
        clicks: 1,
        conversions: 1,
        sales_minor: 9_000,
        commission_minor: 900,
    }
}
