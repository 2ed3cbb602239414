//! Postbacks as rows: whose they are, when a cache must read them again, how their receivers do.

use domain::ids::{AffiliateId, PostbackId, ShopId};
use storage::{
    Storage, StorageError,
    postbacks::{
        Owner, Postback, PostbackHealth, PostbackOutcome, postback_by_id, postback_delete,
        postback_insert, postback_pause, postback_record_outcomes, postback_resume,
        postback_update, postbacks_of_owner, postbacks_of_shop, postbacks_version,
    },
};

use super::{at, in_threads, on_both_databases, postback, postback_row, read, tenant, write};

on_both_databases! {
    u2_an_owner_sees_and_saves_only_its_own,
    the_version_changes_with_every_change_and_only_then,
    paused_ones_are_listed_for_matching_and_deleted_ones_are_not,
    n15_failures_in_a_row_count_from_the_first_and_a_success_ends_them,
}

fn u2_an_owner_sees_and_saves_only_its_own(storage: &Storage) {
    let tenant = tenant(storage);
    let mine = postback(storage, tenant);
    let merchants = write(storage, |tx| {
        let row =
            Postback { affiliate_id: None, ..postback_row(tenant, PostbackId(tx.next_id(at(0)))) };
        postback_insert(tx, &row)?;
        Ok(row.id)
    });
    let me = Owner::Affiliate(tenant.affiliate);
    let find = |owner, id| read(storage, |conn| postback_by_id(conn, tenant.shop, owner, id));
    assert_eq!(find(Some(me), mine), Some(postback_row(tenant, mine)));
    assert_eq!(find(Some(me), merchants), None);
    assert_eq!(find(Some(Owner::Affiliate(AffiliateId(1))), mine), None);
    assert_eq!(find(Some(Owner::Merchant), mine), None);
    assert!(find(None, mine).is_some() && find(Some(Owner::Merchant), merchants).is_some());
    assert_eq!(read(storage, |conn| postback_by_id(conn, ShopId(5), None, mine)), None);
    let of = |owner| read(storage, |conn| postbacks_of_owner(conn, tenant.shop, owner, 10));
    assert_eq!(of(me).iter().map(|row| row.id).collect::<Vec<_>>(), [mine]);
    assert_eq!(of(Owner::Merchant).iter().map(|row| row.id).collect::<Vec<_>>(), [merchants]);

    let stolen = Postback { affiliate_id: Some(AffiliateId(1)), ..postback_row(tenant, mine) };
    assert!(matches!(
        storage.write_blocking(|tx| postback_update(tx, &stolen)),
        Err(StorageError::NotFound)
    ));
    let renamed = Postback {
        name: "New".to_owned(),
        credentials: None,
        updated_at: at(9),
        ..postback_row(tenant, mine)
    };
    write(storage, |tx| postback_update(tx, &renamed));
    assert_eq!(find(Some(me), mine), Some(renamed));
}

fn the_version_changes_with_every_change_and_only_then(storage: &Storage) {
    let tenant = tenant(storage);
    let version = || read(storage, |conn| postbacks_version(conn, tenant.shop));
    let mut seen = vec![version()];
    let id = postback(storage, tenant);
    seen.push(version());
    write(storage, |tx| {
        postback_update(tx, &Postback { updated_at: at(1), ..postback_row(tenant, id) })
    });
    seen.push(version());
    write(storage, |tx| postback_pause(tx, tenant.shop, id, "failing", at(2)));
    seen.push(version());
    write(storage, |tx| postback_resume(tx, tenant.shop, id, at(3)));
    seen.push(version());
    write(storage, |tx| postback_record_outcomes(tx, &[outcome(id, false, 4)]));
    assert_eq!(version(), seen[4]);
    write(storage, |tx| postback_delete(tx, tenant.shop, id, at(5)));
    seen.push(version());
    for (n, one) in seen.iter().enumerate() {
        assert_eq!(seen.iter().filter(|other| *other == one).count(), 1, "version {n} repeats");
    }
}

fn paused_ones_are_listed_for_matching_and_deleted_ones_are_not(storage: &Storage) {
    let tenant = tenant(storage);
    let ids = [postback(storage, tenant), postback(storage, tenant), postback(storage, tenant)];
    write(storage, |tx| {
        postback_pause(tx, tenant.shop, ids[0], "failing", at(2))?;
        postback_delete(tx, tenant.shop, ids[1], at(2))
    });
    let rows = read(storage, |conn| postbacks_of_shop(conn, tenant.shop, None, 10));
    assert_eq!(
        rows.iter().map(|row| (row.id, row.paused_at)).collect::<Vec<_>>(),
        [(ids[0], Some(at(2))), (ids[2], None)]
    );
    let rest = read(storage, |conn| postbacks_of_shop(conn, tenant.shop, Some(ids[0]), 10));
    assert_eq!(rest.len(), 1);
    let twice =
        storage.write_blocking(|tx| postback_pause(tx, tenant.shop, ids[0], "again", at(3)));
    assert!(matches!(twice, Err(StorageError::NotFound)));
    let gone = storage.write_blocking(|tx| postback_delete(tx, tenant.shop, ids[1], at(3)));
    assert!(matches!(gone, Err(StorageError::NotFound)));
    assert_eq!(read(storage, |conn| postback_by_id(conn, tenant.shop, None, ids[1])), None);
}

fn n15_failures_in_a_row_count_from_the_first_and_a_success_ends_them(storage: &Storage) {
    let tenant = tenant(storage);
    let (a, b) = (postback(storage, tenant), postback(storage, tenant));
    let record = |outcomes: &[PostbackOutcome]| {
        let rows = write(storage, |tx| postback_record_outcomes(tx, outcomes));
        rows.iter()
            .map(|row: &PostbackHealth| (row.postback_id, row.failures_in_row, row.failing_since))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        record(&[outcome(a, false, 1), outcome(b, true, 1), outcome(a, false, 2)]),
        [(a, 2, Some(at(1)))]
    );
    assert_eq!(record(&[outcome(a, false, 3)]), [(a, 3, Some(at(1)))]);
    assert_eq!(
        record(&[outcome(a, false, 4), outcome(a, true, 5), outcome(a, false, 6)]),
        [(a, 1, Some(at(6)))]
    );
    assert_eq!(record(&[outcome(a, true, 7)]), []);
    let row = read(storage, |conn| postback_by_id(conn, tenant.shop, None, a)).unwrap();
    assert_eq!((row.failures_in_row, row.failing_since), (0, None));
    in_threads(6, |_| {
        for n in 0..10 {
            record(&[outcome(b, false, n), outcome(a, false, n)]);
        }
    });
    let row = read(storage, |conn| postback_by_id(conn, tenant.shop, None, b)).unwrap();
    assert_eq!((row.failures_in_row, row.failing_since), (60, Some(at(0))));
    write(storage, |tx| postback_resume(tx, tenant.shop, b, at(100)));
    assert_eq!(
        read(storage, |conn| postback_by_id(conn, tenant.shop, None, b)).unwrap().failures_in_row,
        0
    );
}

fn outcome(postback_id: PostbackId, is_success: bool, seconds: i64) -> PostbackOutcome {
    PostbackOutcome { postback_id, is_success, at: at(seconds) }
}
