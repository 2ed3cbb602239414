//! Orders and conversions: one at a time per order, and found again in every list.

use std::collections::HashMap;

use domain::{
    ids::{ConversionId, OrderId, ShopId, ShopifyId},
    order::OrderState,
};
use storage::{
    Json, Storage, StorageError,
    affiliates::affiliate_insert,
    conversions::{
        ConversionFilter, ConversionRow, conversion_by_id, conversion_count_between,
        conversion_next_approval_at, conversion_page, conversions_due_for_approval,
        conversions_of_orders, conversions_save, refund_counts,
    },
    orders::{
        OrderFilter, order_by_id, order_by_shopify_id, order_page, orders_lock,
        orders_of_customers, orders_save,
    },
};

use super::{
    Tenant, affiliate_row, at, conversion_row, in_threads, on_both_databases, order, read, tenant,
    usd, write,
};

on_both_databases! {
    an_unknown_order_is_locked_as_an_empty_one_and_saved,
    an_order_that_was_locked_but_not_saved_does_not_exist,
    deliveries_about_one_order_take_turns_from_its_very_first,
    orders_are_listed_newest_first_by_filter_without_gaps,
    a_customers_first_orders_are_found_for_a_whole_batch,
    a_conversion_is_saved_changed_and_found_by_its_order,
    an_affiliate_has_one_conversion_for_an_order,
    pending_conversions_become_due_for_approval_in_order,
    conversions_are_listed_and_counted,
    refunds_are_counted_for_many_affiliates_in_one_query,
}

fn an_unknown_order_is_locked_as_an_empty_one_and_saved(storage: &Storage) {
    let shop = tenant(storage).shop;
    let ids = [ShopifyId(9), ShopifyId(u64::MAX), ShopifyId(9)];
    let saved = write(storage, |tx| {
        let mut locked = orders_lock(tx, shop, &ids, usd(), at(0))?;
        assert_eq!(
            locked.iter().map(|order| order.row.shopify_order_id.0).collect::<Vec<_>>(),
            [9, u64::MAX]
        );
        assert!(locked.iter().all(storage::orders::LockedOrder::is_new));
        assert_eq!(locked[0].row.state, Json(OrderState::default()));
        locked[0].row.decision = Some(r#"{"credits":[]}"#.to_owned());
        locked[0].row.customer_id = Some(ShopifyId(1 << 63));
        orders_save(tx, &locked)?;
        Ok(locked)
    });
    let again = write(storage, |tx| orders_lock(tx, shop, &ids, usd(), at(5)));
    assert!(again.iter().all(|order| !order.is_new()));
    assert_eq!(again[0].row, saved[0].row);
    assert_eq!(
        read(storage, |conn| order_by_id(conn, shop, saved[0].row.id)),
        Some(saved[0].row.clone())
    );
    assert_eq!(
        read(storage, |conn| order_by_shopify_id(conn, shop, ShopifyId(u64::MAX))),
        Some(saved[1].row.clone())
    );
    assert_eq!(read(storage, |conn| order_by_id(conn, ShopId(5), saved[0].row.id)), None);
}

fn an_order_that_was_locked_but_not_saved_does_not_exist(storage: &Storage) {
    let shop = tenant(storage).shop;
    write(storage, |tx| orders_lock(tx, shop, &[ShopifyId(1)], usd(), at(0)));
    assert_eq!(read(storage, |conn| order_by_shopify_id(conn, shop, ShopifyId(1))), None);
}

fn deliveries_about_one_order_take_turns_from_its_very_first(storage: &Storage) {
    let shop = tenant(storage).shop;
    in_threads(6, |thread| {
        for n in 0..20 {
            // Different orders of locking must not lead to a deadlock.
            let mut ids = vec![ShopifyId(1), ShopifyId(2), ShopifyId(10 + n)];
            if thread % 2 == 0 {
                ids.reverse();
            }
            write(storage, |tx| {
                let mut locked = orders_lock(tx, shop, &ids, usd(), at(0))?;
                for order in &mut locked {
                    order.row.total_minor += 1;
                }
                orders_save(tx, &locked)
            });
        }
    });
    let total = |id| {
        read(storage, |conn| order_by_shopify_id(conn, shop, ShopifyId(id))).unwrap().total_minor
    };
    assert_eq!((total(1), total(2), total(10), total(29)), (120, 120, 6, 6));
}

fn orders_are_listed_newest_first_by_filter_without_gaps(storage: &Storage) {
    let tenant = tenant(storage);
    // Two each in the same second: the id decides.
    let ids: Vec<OrderId> =
        (0..6_u32).map(|n| order(storage, tenant, u64::from(n) + 100, i64::from(n / 2))).collect();
    let page = |filter: &OrderFilter, before| {
        read(storage, |conn| order_page(conn, tenant.shop, filter, before, 4))
    };
    let all = OrderFilter::default();
    let first = page(&all, None);
    let second = page(&all, first.last().map(|row| (row.ordered_at, row.id)));
    let seen: Vec<OrderId> = first.iter().chain(&second).map(|row| row.id).collect();
    assert_eq!(seen, ids.iter().rev().copied().collect::<Vec<_>>());

    save(storage, tenant, ids[3], |row| row.status = "approved".to_owned());
    let only =
        |filter: OrderFilter| page(&filter, None).into_iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(
        only(OrderFilter { conversion_status: Some("approved".to_owned()), ..all.clone() }),
        [ids[3]]
    );
    assert_eq!(only(OrderFilter { name: Some("#101".to_owned()), ..all.clone() }), [ids[1]]);
    assert_eq!(
        only(OrderFilter { from: Some(at(1)), until: Some(at(2)), ..all.clone() }),
        [ids[3], ids[2]]
    );
    assert_eq!(only(OrderFilter { reason: Some("self_referral".to_owned()), ..all }), []);
    assert_eq!(
        read(storage, |conn| order_page(conn, ShopId(5), &OrderFilter::default(), None, 4)),
        []
    );
}

fn a_customers_first_orders_are_found_for_a_whole_batch(storage: &Storage) {
    let shop = tenant(storage).shop;
    for (id, customer, seconds) in
        [(1, Some(7), 30), (2, Some(7), 10), (3, Some(8), 5), (4, None, 1), (5, Some(7), 20)]
    {
        write(storage, |tx| {
            let mut locked = orders_lock(tx, shop, &[ShopifyId(id)], usd(), at(seconds))?;
            locked[0].row.customer_id = customer.map(ShopifyId);
            orders_save(tx, &locked)
        });
    }
    let customers = [ShopifyId(7), ShopifyId(8), ShopifyId(9)];
    let found = |limit| {
        let rows = read(storage, |conn| orders_of_customers(conn, shop, &customers, limit));
        rows.iter().map(|row| row.shopify_order_id.0).collect::<Vec<_>>()
    };
    assert_eq!(found(1), [2, 3]);
    assert_eq!(found(2), [2, 5, 3]);
}

fn a_conversion_is_saved_changed_and_found_by_its_order(storage: &Storage) {
    let tenant = tenant(storage);
    let orders = [order(storage, tenant, 1, 0), order(storage, tenant, 2, 0)];
    let first = save(storage, tenant, orders[0], |_| {});
    let mut second =
        save(storage, tenant, orders[1], |row| row.payout_rate = Some("0.9".to_owned()));
    second.status = "reversed".to_owned();
    second.commission_minor = 0;
    second.reason = Some("refunded".to_owned());
    second.approve_at = None;
    second.version = 2;
    write(storage, |tx| conversions_save(tx, std::slice::from_ref(&second)));
    assert_eq!(
        read(storage, |conn| conversions_of_orders(conn, tenant.shop, &orders)),
        [first.clone(), second.clone()]
    );
    assert_eq!(read(storage, |conn| conversion_by_id(conn, tenant.shop, second.id)), Some(second));
    assert_eq!(read(storage, |conn| conversion_by_id(conn, ShopId(5), first.id)), None);
    assert_eq!(read(storage, |conn| conversions_of_orders(conn, ShopId(5), &orders)), []);
}

fn an_affiliate_has_one_conversion_for_an_order(storage: &Storage) {
    let tenant = tenant(storage);
    let order = order(storage, tenant, 1, 0);
    let first = save(storage, tenant, order, |_| {});
    let result = storage.write_blocking(|tx| {
        let id = ConversionId(tx.next_id(at(0)));
        conversions_save(tx, &[ConversionRow { id, ..first.clone() }])
    });
    assert!(matches!(result, Err(StorageError::Conflict(_))));
}

fn pending_conversions_become_due_for_approval_in_order(storage: &Storage) {
    let tenant = tenant(storage);
    let mut ids = Vec::new();
    for (n, approve, status) in [
        (1, Some(30), "pending"),
        (2, Some(10), "pending"),
        (3, None, "pending"),
        (4, Some(5), "approved"),
        (5, Some(99), "pending"),
    ] {
        let order = order(storage, tenant, n, 0);
        ids.push(
            save(storage, tenant, order, |row| {
                row.approve_at = approve.map(at);
                row.status = status.to_owned();
            })
            .id,
        );
    }
    let due = |seconds, limit| {
        let rows = read(storage, |conn| conversions_due_for_approval(conn, at(seconds), limit));
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(due(9, 10), []);
    assert_eq!(due(30, 10), [ids[1], ids[0]]);
    assert_eq!(due(1_000, 1), [ids[1]]);
    assert_eq!(read(storage, conversion_next_approval_at), Some(at(10)));
}

fn conversions_are_listed_and_counted(storage: &Storage) {
    let tenant = tenant(storage);
    let mut rows = Vec::new();
    for (n, status) in [(0, "approved"), (1, "paid"), (2, "pending"), (3, "approved")] {
        let order = order(storage, tenant, 50 + n, 0);
        let seconds = i64::try_from(n).unwrap();
        rows.push(save(storage, tenant, order, |row| {
            row.status = status.to_owned();
            row.ordered_at = at(seconds);
        }));
    }
    let page = |filter: &ConversionFilter, before, limit| {
        let rows = read(storage, |conn| conversion_page(conn, tenant.shop, filter, before, limit));
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let all = ConversionFilter::default();
    assert_eq!(page(&all, None, 2), [rows[3].id, rows[2].id]);
    assert_eq!(page(&all, Some((at(2), rows[2].id)), 9), [rows[1].id, rows[0].id]);
    let filter = ConversionFilter {
        affiliate_id: Some(tenant.affiliate),
        program_id: Some(tenant.program),
        status: Some("approved".to_owned()),
        from: Some(at(1)),
        until: Some(at(4)),
    };
    assert_eq!(page(&filter, None, 9), [rows[3].id]);
    let count = |from, until, most| {
        let times = (at(from), at(until));
        read(storage, |conn| {
            conversion_count_between(conn, tenant.shop, tenant.affiliate, times, most)
        })
    };
    assert_eq!((count(0, 3, 9), count(1, 2, 9), count(0, 3, 2)), (4, 2, 2));
}

fn refunds_are_counted_for_many_affiliates_in_one_query(storage: &Storage) {
    let (anna, elsewhere) = (tenant(storage), tenant(storage));
    let bob =
        write(storage, |tx| affiliate_insert(tx, affiliate_row(anna.shop, anna.program, "Bob")));
    let bob = Tenant { affiliate: bob.id, ..anna };
    let stands = [
        (anna, 10, "reversed", Some("refunded"), 0),
        (anna, 10, "reversed", Some("chargeback"), 0),
        (anna, 10, "approved", None, 0),
        // Not counted: too old, of a level above, not booked.
        (anna, 4, "reversed", Some("refunded"), 0),
        (anna, 10, "reversed", Some("refunded"), 1),
        (anna, 10, "rejected", Some("self_referral"), 0),
        (anna, 10, "recorded", None, 0),
        (bob, 10, "pending", None, 0),
        (elsewhere, 10, "reversed", Some("refunded"), 0),
    ];
    for (n, (whose, seconds, status, reason, level)) in (70..).zip(stands) {
        let order = order(storage, whose, n, 0);
        save(storage, whose, order, |row| {
            row.status = status.to_owned();
            row.reason = reason.map(str::to_owned);
            row.ordered_at = at(seconds);
            row.level = level;
        });
    }
    let whose = [anna.affiliate, bob.affiliate, elsewhere.affiliate, bob.affiliate];
    let counts = read(storage, |conn| refund_counts(conn, anna.shop, &whose, at(5)));
    let expected = [(anna.affiliate, (3, 2)), (bob.affiliate, (1, 0))];
    assert_eq!(counts, HashMap::from(expected), "nothing of another shop's");
    assert!(read(storage, |conn| refund_counts(conn, anna.shop, &[], at(5))).is_empty());
}

fn save(
    storage: &Storage,
    tenant: Tenant,
    order: OrderId,
    change: impl Fn(&mut ConversionRow),
) -> ConversionRow {
    write(storage, |tx| {
        let id = ConversionId(tx.next_id(at(0)));
        let mut row = ConversionRow { id, ..conversion_row(tenant, order) };
        change(&mut row);
        conversions_save(tx, std::slice::from_ref(&row))?;
        Ok(row)
    })
}
