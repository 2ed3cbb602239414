//! The ledger, balances and daily sums: right to the cent, whoever writes at the same time.

use domain::{
    ids::{AffiliateId, ConversionId, EntryId, ShopId},
    money::Currency,
};
use storage::{
    Storage, StorageError,
    affiliates::affiliate_insert,
    conversions::{ConversionRow, conversions_save},
    ledger::{
        Balance, Entry, balances_add, balances_of, balances_of_affiliates, entries_after,
        entries_append, entries_of_conversions, entry_page,
    },
    stats::{DailyStat, daily_stats_add, stats_of_affiliate, stats_of_shop, stats_top_affiliates},
};

use super::{
    Tenant, affiliate_row, at, conversion_row, in_threads, on_both_databases, order, read, tenant,
    usd, write,
};

on_both_databases! {
    one_change_of_a_conversion_is_booked_once_and_its_balance_with_it,
    entries_without_a_conversion_are_not_held_for_repeats,
    six_threads_on_one_balance_lose_nothing,
    a_balance_that_overflows_is_refused_and_keeps_its_value,
    daily_sums_add_up_per_affiliate_and_shop,
}

fn one_change_of_a_conversion_is_booked_once_and_its_balance_with_it(storage: &Storage) {
    let tenant = tenant(storage);
    let conversion = conversion(storage, tenant);
    let book = |version: i64| {
        storage.write_blocking(|tx| {
            balances_add(tx, &[balance(tenant, usd(), 900)])?;
            let id = EntryId(tx.next_id(at(version)));
            entries_append(
                tx,
                &[Entry {
                    conversion_version: Some(version),
                    ..entry(tenant, id, Some(conversion))
                }],
            )
        })
    };
    book(1).unwrap();
    assert!(matches!(book(1), Err(StorageError::Conflict(_))));
    book(2).unwrap();
    let entries = read(storage, |conn| entries_of_conversions(conn, tenant.shop, &[conversion]));
    assert_eq!(
        entries.iter().map(|entry| entry.conversion_version).collect::<Vec<_>>(),
        [Some(1), Some(2)]
    );
    assert_eq!(pending(storage, tenant), 1_800);
}

fn entries_without_a_conversion_are_not_held_for_repeats(storage: &Storage) {
    let tenant = tenant(storage);
    let ids: Vec<EntryId> = (0..5).map(|n| EntryId(storage.next_id(at(n)))).collect();
    let rows: Vec<Entry> = ids.iter().map(|id| entry(tenant, *id, None)).collect();
    write(storage, |tx| entries_append(tx, &rows));
    let page = |before, limit| {
        let rows =
            read(storage, |conn| entry_page(conn, tenant.shop, tenant.affiliate, before, limit));
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 2), [ids[4], ids[3]]);
    assert_eq!(page(Some((at(0), ids[3])), 9), [ids[2], ids[1], ids[0]]);
    let rest = read(storage, |conn| entries_after(conn, tenant.shop, ids[2], 9));
    assert_eq!(rest, rows[3..]);
    assert_eq!(read(storage, |conn| entries_after(conn, ShopId(5), EntryId(0), 9)), []);
}

fn six_threads_on_one_balance_lose_nothing(storage: &Storage) {
    let tenant = tenant(storage);
    let other = write(storage, |tx| {
        affiliate_insert(tx, affiliate_row(tenant.shop, tenant.program, "Bert"))
    })
    .id;
    let second = Tenant { affiliate: other, ..tenant };
    let euro = Currency::parse("EUR").unwrap();
    in_threads(6, |thread| {
        for _ in 0..25 {
            let mut deltas = vec![
                balance(tenant, usd(), 3),
                balance(second, usd(), 5),
                balance(tenant, euro, 7),
                balance(tenant, usd(), -1),
            ];
            // Opposite orders would lock each other out if the deltas were not sorted.
            if thread % 2 == 0 {
                deltas.reverse();
            }
            write(storage, |tx| balances_add(tx, &deltas));
        }
    });
    let found = read(storage, |conn| balances_of(conn, tenant.shop, tenant.affiliate));
    let sums: Vec<_> = found
        .iter()
        .map(|row| (row.currency, row.pending_minor, row.payable_minor, row.paid_minor))
        .collect();
    assert_eq!(sums, [(euro, 1_050, -2_100, 150), (usd(), 300, -600, 300)]);
    let both =
        read(storage, |conn| balances_of_affiliates(conn, tenant.shop, &[tenant.affiliate, other]));
    assert_eq!(both.last().unwrap().pending_minor, 750);
    assert_eq!(both.len(), 3);
    assert_eq!(read(storage, |conn| balances_of(conn, ShopId(5), tenant.affiliate)), []);
}

fn a_balance_that_overflows_is_refused_and_keeps_its_value(storage: &Storage) {
    let tenant = tenant(storage);
    write(storage, |tx| balances_add(tx, &[balance(tenant, usd(), i64::MAX / 2)]));
    let result =
        storage.write_blocking(|tx| balances_add(tx, &[balance(tenant, usd(), i64::MAX / 2 + 5)]));
    assert!(matches!(result, Err(StorageError::Other(_))), "{result:?}");
    let in_one_batch = [balance(tenant, usd(), i64::MAX), balance(tenant, usd(), 1)];
    assert!(storage.write_blocking(|tx| balances_add(tx, &in_one_batch)).is_err());
    assert_eq!(pending(storage, tenant), i64::MAX / 2);
}

fn daily_sums_add_up_per_affiliate_and_shop(storage: &Storage) {
    let tenant = tenant(storage);
    let other = write(storage, |tx| {
        affiliate_insert(tx, affiliate_row(tenant.shop, tenant.program, "Bert"))
    })
    .id;
    in_threads(3, |_| {
        for day in [10, 11] {
            write(storage, |tx| {
                daily_stats_add(
                    tx,
                    &[
                        day_of(tenant, tenant.affiliate, day),
                        day_of(tenant, other, day),
                        day_of(tenant, other, day),
                    ],
                )
            });
        }
    });
    let mine =
        read(storage, |conn| stats_of_affiliate(conn, tenant.shop, tenant.affiliate, (11, 12), 10));
    assert_eq!(
        mine,
        [DailyStat {
            clicks: 6,
            conversions: 3,
            sales_minor: -30,
            commission_minor: 12,
            ..day_of(tenant, tenant.affiliate, 11)
        }]
    );
    let days = read(storage, |conn| stats_of_shop(conn, tenant.shop, (10, 11), 10));
    assert_eq!(
        days.iter()
            .map(|day| (
                day.day,
                day.clicks,
                day.conversions,
                day.sales_minor,
                day.commission_minor
            ))
            .collect::<Vec<_>>(),
        [(10, 18, 9, -90, 36), (11, 18, 9, -90, 36)]
    );
    let top = read(storage, |conn| stats_top_affiliates(conn, tenant.shop, (10, 11), 1));
    assert_eq!((top[0].affiliate_id, top[0].sales_minor, top[0].day), (tenant.affiliate, -60, 10));
}

fn conversion(storage: &Storage, tenant: Tenant) -> ConversionId {
    let order = order(storage, tenant, 1, 0);
    write(storage, |tx| {
        let id = ConversionId(tx.next_id(at(0)));
        conversions_save(tx, &[ConversionRow { id, ..conversion_row(tenant, order) }])?;
        Ok(id)
    })
}

fn entry(tenant: Tenant, id: EntryId, conversion_id: Option<ConversionId>) -> Entry {
    Entry {
        id,
        shop_id: tenant.shop,
        affiliate_id: tenant.affiliate,
        conversion_id,
        at: at(0),
        kind: "accrual".to_owned(),
        reason: None,
        currency: usd(),
        amount_minor: 900,
        payout_currency: usd(),
        payout_amount_minor: 900,
        conversion_version: None,
    }
}

fn balance(tenant: Tenant, currency: Currency, amount: i64) -> Balance {
    Balance {
        shop_id: tenant.shop,
        affiliate_id: tenant.affiliate,
        currency,
        pending_minor: amount,
        payable_minor: amount.saturating_mul(-2),
        paid_minor: 1,
    }
}

fn pending(storage: &Storage, tenant: Tenant) -> i64 {
    read(storage, |conn| balances_of(conn, tenant.shop, tenant.affiliate))[0].pending_minor
}

fn day_of(tenant: Tenant, affiliate: AffiliateId, day: i64) -> DailyStat {
    DailyStat {
        shop_id: tenant.shop,
        affiliate_id: affiliate,
        day,
        currency: usd(),
        clicks: 2,
        conversions: 1,
        sales_minor: -10,
        commission_minor: 4,
    }
}
