//! Firings after the fact: held, dropped, replayed, shown in the log with every request made.

use domain::ids::{AttemptId, ConversionId, FiringId, PostbackId, ProgramId, ShopId};
use storage::{
    Storage,
    attempts::{
        Attempt, attempts_append, attempts_drop_before, attempts_of_firing, attempts_of_firings,
    },
    firings::{
        Firing, FiringFilter, FiringState, StatusClass, firing_by_id, firing_page,
        firings_of_conversion,
    },
    outbox::{
        FailedFilter, FiringOutcome, firing_counts, firings_failed, firings_finish,
        firings_release, firings_requeue,
    },
    postbacks::{Owner, postback_delete, postback_insert, postback_pause, postback_resume},
};

use super::{
    Tenant, at, firing, on_both_databases,
    outbox::{claim, enqueue, result},
    postback, postback_row, read, tenant, write,
};

on_both_databases! {
    a_paused_postback_sends_nothing_and_loses_nothing,
    a_deleted_postback_sends_nothing_and_the_log_says_why,
    n7_a_replay_sends_again_in_order_and_spaced,
    i11_the_log_is_filtered_paged_and_shows_an_affiliate_only_its_own,
    every_request_is_kept_also_two_with_one_number,
}

fn a_paused_postback_sends_nothing_and_loses_nothing(storage: &Storage) {
    let tenant = tenant(storage);
    let (paused, other) = (postback(storage, tenant), postback(storage, tenant));
    let mut rows: Vec<Firing> =
        (0..3).map(|n| firing(storage, tenant, paused, &n.to_string(), n)).collect();
    rows.push(firing(storage, tenant, other, "x", 9));
    enqueue(storage, &rows);
    write(storage, |tx| postback_pause(tx, tenant.shop, paused, "failing", at(10)));
    // Stored by a process that did not know of the pause yet.
    let late = firing(storage, tenant, paused, "late", 0);
    enqueue(storage, std::slice::from_ref(&late));
    assert_eq!(
        claim(storage, 20, 60, 9).iter().map(|one| one.id).collect::<Vec<_>>(),
        [rows[3].id]
    );
    assert_eq!(read(storage, firing_counts), (1, 4));
    assert_eq!(claim(storage, 59, 90, 9), []);

    write(storage, |tx| postback_resume(tx, tenant.shop, paused, at(100)));
    let release = |from, limit| {
        write(storage, |tx| firings_release(tx, tenant.shop, paused, at(from), 1_000, limit))
    };
    assert_eq!((release(100, 3), release(103, 3), release(104, 3)), (3, 1, 0));
    let again = claim(storage, 101, 200, 9);
    assert_eq!(again.iter().map(|one| one.event_key.as_str()).collect::<Vec<_>>(), ["0", "1", "x"]);
    assert_eq!(claim(storage, 103, 200, 9).len(), 2);
}

fn a_deleted_postback_sends_nothing_and_the_log_says_why(storage: &Storage) {
    let tenant = tenant(storage);
    let postback = postback(storage, tenant);
    let rows = [
        firing(storage, tenant, postback, "before", 0),
        firing(storage, tenant, postback, "after", 0),
    ];
    enqueue(storage, &rows[..1]);
    write(storage, |tx| postback_delete(tx, tenant.shop, postback, at(10)));
    enqueue(storage, &rows[1..]);
    assert_eq!(claim(storage, 20, 60, 9), []);
    for row in &rows {
        let row = read(storage, |conn| firing_by_id(conn, tenant.shop, row.id)).unwrap();
        assert_eq!(
            (row.state, row.reason.as_deref(), row.finished_at),
            (FiringState::NotSent, Some("postback_deleted"), Some(at(10)))
        );
    }
}

fn n7_a_replay_sends_again_in_order_and_spaced(storage: &Storage) {
    let tenant = tenant(storage);
    let postback = postback(storage, tenant);
    let rows: Vec<Firing> =
        (0..4).map(|n| firing(storage, tenant, postback, &n.to_string(), n)).collect();
    enqueue(storage, &rows);
    let failed =
        |n: usize| result(rows[n].id, FiringOutcome::Failed { reason: "down".to_owned() }, None);
    write(storage, |tx| firings_finish(tx, &[failed(0), failed(1), failed(2)]));
    let filter = |owner| FailedFilter {
        owner: Some(owner),
        postback_id: Some(postback),
        from: at(1),
        until: at(9),
    };
    let find =
        |filter: &FailedFilter| read(storage, |conn| firings_failed(conn, tenant.shop, filter, 10));
    let ids = find(&filter(Owner::Affiliate(tenant.affiliate)));
    assert_eq!(ids, [rows[1].id, rows[2].id]);
    assert_eq!(find(&filter(Owner::Merchant)), []);

    // What is due is sent anyway, and another shop has no say.
    let with_due = [rows[1].id, rows[3].id, rows[2].id];
    assert_eq!(write(storage, |tx| firings_requeue(tx, ShopId(5), &with_due, at(100), 100)), 0);
    assert_eq!(write(storage, |tx| firings_requeue(tx, tenant.shop, &with_due, at(100), 100)), 2);
    let row = |n: usize| read(storage, |conn| firing_by_id(conn, tenant.shop, rows[n].id)).unwrap();
    assert_eq!((row(1).run_at, row(1).is_replay, row(1).finished_at), (at(100), true, None));
    assert_eq!(
        (row(2).run_at, row(2).transaction_id),
        (at(100).plus_millis(200), rows[2].transaction_id.clone())
    );
    assert!(!row(3).is_replay);
}

fn i11_the_log_is_filtered_paged_and_shows_an_affiliate_only_its_own(storage: &Storage) {
    let tenant = tenant(storage);
    let mine = postback(storage, tenant);
    let merchants = write(storage, |tx| {
        let id = PostbackId(tx.next_id(at(0)));
        postback_insert(
            tx,
            &storage::postbacks::Postback { affiliate_id: None, ..postback_row(tenant, id) },
        )?;
        Ok(id)
    });
    let mut rows: Vec<Firing> =
        (0..4).map(|n| firing(storage, tenant, mine, &n.to_string(), n)).collect();
    rows.push(Firing { affiliate_id: None, ..firing(storage, tenant, merchants, "m", 4) });
    rows[1].event = "refund".to_owned();
    rows[1].program_id = Some(ProgramId(77));
    rows[2].transaction_id = Some("tx?".to_owned());
    rows[3].conversion_id = Some(ConversionId(5));
    enqueue(storage, &rows);
    write(storage, |tx| {
        firings_finish(
            tx,
            &[
                result(rows[0].id, FiringOutcome::Delivered, Some(299)),
                result(rows[1].id, FiringOutcome::Failed { reason: "no".to_owned() }, Some(500)),
                result(rows[2].id, FiringOutcome::Failed { reason: "no".to_owned() }, None),
            ],
        )
    });
    let page = |filter: FiringFilter| {
        let found = read(storage, |conn| firing_page(conn, tenant.shop, &filter, None, 10));
        found
            .iter()
            .map(|row| rows.iter().position(|known| known.id == row.id).unwrap())
            .collect::<Vec<_>>()
    };
    let all = FiringFilter::default();
    assert_eq!(page(all.clone()), [4, 3, 2, 1, 0]);
    assert_eq!(page(FiringFilter::of_affiliate(tenant.affiliate)), [3, 2, 1, 0]);
    assert_eq!(page(FiringFilter { owner: Some(Owner::Merchant), ..all.clone() }), [4]);
    assert_eq!(page(FiringFilter { postback_id: Some(merchants), ..all.clone() }), [4]);
    assert_eq!(page(FiringFilter { event: Some("refund".to_owned()), ..all.clone() }), [1]);
    assert_eq!(page(FiringFilter { program_id: Some(ProgramId(77)), ..all.clone() }), [1]);
    assert_eq!(page(FiringFilter { transaction_id: Some("tx?".to_owned()), ..all.clone() }), [2]);
    assert_eq!(page(FiringFilter { state: Some(FiringState::Failed), ..all.clone() }), [2, 1]);
    assert_eq!(
        page(FiringFilter { status_class: Some(StatusClass::Hundreds(2)), ..all.clone() }),
        [0]
    );
    assert_eq!(
        page(FiringFilter { status_class: Some(StatusClass::NoAnswer), ..all.clone() }),
        [2]
    );
    assert_eq!(page(FiringFilter { from: Some(at(1)), until: Some(at(3)), ..all.clone() }), [2, 1]);
    let older =
        read(storage, |conn| firing_page(conn, tenant.shop, &all, Some((at(2), rows[2].id)), 10));
    assert_eq!(older.len(), 2);
    assert_eq!(read(storage, |conn| firing_page(conn, ShopId(5), &all, None, 10)), []);
    let about = read(storage, |conn| firings_of_conversion(conn, tenant.shop, ConversionId(5), 10));
    assert_eq!(about.iter().map(|row| row.id).collect::<Vec<_>>(), [rows[3].id]);
}

fn every_request_is_kept_also_two_with_one_number(storage: &Storage) {
    let tenant = tenant(storage);
    let postback = postback(storage, tenant);
    let rows =
        [firing(storage, tenant, postback, "a", 0), firing(storage, tenant, postback, "b", 0)];
    enqueue(storage, &rows);
    let attempts: Vec<Attempt> = [(0, 1), (0, 1), (1, 1), (0, 2)]
        .into_iter()
        .map(|(n, number)| attempt(storage, tenant, rows[n].id, number))
        .collect();
    write(storage, |tx| attempts_append(tx, &attempts));
    let of_first = read(storage, |conn| attempts_of_firing(conn, tenant.shop, rows[0].id, 10));
    assert_eq!(of_first, [attempts[0].clone(), attempts[1].clone(), attempts[3].clone()]);
    let ids = [rows[0].id, rows[1].id];
    assert_eq!(read(storage, |conn| attempts_of_firings(conn, tenant.shop, &ids, 10)).len(), 4);
    assert_eq!(read(storage, |conn| attempts_of_firings(conn, ShopId(5), &ids, 10)), []);
    assert_eq!(write(storage, |tx| attempts_drop_before(tx, at(0), 10)), 0);
    assert_eq!(write(storage, |tx| attempts_drop_before(tx, at(9), 3)), 3);
}

pub(super) fn attempt(storage: &Storage, tenant: Tenant, firing: FiringId, number: i64) -> Attempt {
    Attempt {
        id: AttemptId(storage.next_id(at(0))),
        shop_id: tenant.shop,
        firing_id: firing,
        number,
        at: at(0),
        latency_ms: 12,
        method: "GET".to_owned(),
        template: "https://t.example?x={order_id}".to_owned(),
        url: "https://t.example?x=1".to_owned(),
        headers: "[]".to_owned(),
        body: None,
        status_code: Some(200),
        outcome: "delivered".to_owned(),
        error: None,
        response: Some("OK".to_owned()),
        flags: None,
        next_try_at: Some(at(12)),
    }
}
