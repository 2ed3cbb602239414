//! Firings after the fact: held, dropped, replayed, shown in the log with every request made.

use domain::ids::{AffiliateId, AttemptId, ConversionId, FiringId, PostbackId, ProgramId, ShopId};
use storage::{
    Storage,
    attempts::{
        Attempt, attempts_append, attempts_drop_before, attempts_of_firing, attempts_of_firings,
    },
    firings::{
        Firing, FiringFilter, FiringPage, FiringState, StatusClass, firing_by_id, firing_page,
        firing_page_bounded, firings_of_conversion,
    },
    outbox::{
        FiringOutcome, Released, ReplayFilter, backlogs, backlogs_find, firing_blocked_until,
        firing_counts, firings_drop_held_before, firings_finish, firings_release, firings_replay,
        firings_replayable, firings_replayable_count, postback_backlog_end,
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
    a_held_firing_that_nobody_heard_of_is_found_and_an_old_one_is_dropped,
    calls_about_one_conversion_wait_for_the_ones_before_them,
    n7_a_replay_puts_what_was_sent_into_the_backlog_in_order,
    i11_the_log_is_filtered_paged_and_shows_an_affiliate_only_its_own,
    n6_a_filter_that_nothing_passes_reads_a_bounded_part_of_the_log,
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
    assert_eq!(read(storage, |conn| backlogs(conn, 9)), [(tenant.shop, paused)]);
    let release =
        |from| write(storage, |tx| firings_release(tx, tenant.shop, paused, at(from), 1_000, 3));
    assert_eq!(release(100), Released::Some(3));
    assert_eq!(release(100), Released::UnderWay, "the first portion has not ended");
    let again = claim(storage, 101, 200, 9);
    assert_eq!(again.iter().map(|one| one.event_key.as_str()).collect::<Vec<_>>(), ["0", "1", "x"]);
    assert!(again[..2].iter().all(|one| one.is_replay) && !again[2].is_replay);
    let last = claim(storage, 102, 200, 9);
    assert_eq!(last.len(), 1);
    let delivered: Vec<_> = [again, last]
        .concat()
        .iter()
        .map(|one| result(one.id, FiringOutcome::Delivered, Some(200)))
        .collect();
    // One that waits for its next try does not hold up the next portion.
    let retry = FiringOutcome::Retry { reason: "503".to_owned(), run_at: at(900) };
    let failed = result(delivered[0].id, retry, Some(503));
    write(storage, |tx| {
        firings_finish(tx, &[std::slice::from_ref(&failed), &delivered[1..]].concat())
    });
    assert_eq!((release(103), release(103)), (Released::Some(1), Released::UnderWay));
    let late = claim(storage, 103, 200, 9);
    assert_eq!(late[0].event_key, "late");
    let late = result(late[0].id, FiringOutcome::Delivered, Some(200));
    write(storage, |tx| firings_finish(tx, std::slice::from_ref(&late)));
    assert_eq!(release(104), Released::Nothing);
    write(storage, |tx| postback_backlog_end(tx, tenant.shop, paused));
    assert_eq!(read(storage, |conn| backlogs(conn, 9)), []);
}

fn a_held_firing_that_nobody_heard_of_is_found_and_an_old_one_is_dropped(storage: &Storage) {
    let tenant = tenant(storage);
    let postback = postback(storage, tenant);
    let held = |key: &str, seconds: i64| Firing {
        state: FiringState::Held,
        ..firing(storage, tenant, postback, key, seconds)
    };
    let rows = [held("old", 1), held("new", 50)];
    enqueue(storage, &rows);
    assert_eq!(write(storage, |tx| backlogs_find(tx, at(60))), 1);
    assert_eq!(write(storage, |tx| backlogs_find(tx, at(61))), 0, "known already");
    assert_eq!(read(storage, |conn| backlogs(conn, 9)), [(tenant.shop, postback)]);
    assert_eq!(write(storage, |tx| firings_drop_held_before(tx, at(10), at(70), 9)), 1);
    let row = |n: usize| read(storage, |conn| firing_by_id(conn, tenant.shop, rows[n].id)).unwrap();
    assert_eq!((row(0).state, row(0).finished_at), (FiringState::NotSent, Some(at(70))));
    assert_eq!(row(1).state, FiringState::Held);
}

fn calls_about_one_conversion_wait_for_the_ones_before_them(storage: &Storage) {
    let tenant = tenant(storage);
    let (one, other) = (postback(storage, tenant), postback(storage, tenant));
    let about = |postback, key: &str, conversion, seconds| Firing {
        conversion_id: Some(ConversionId(conversion)),
        ..firing(storage, tenant, postback, key, seconds)
    };
    let rows = [
        about(one, "a1", 5, 1),
        about(one, "a2", 5, 2),
        about(one, "b1", 6, 3),
        about(other, "a2", 5, 4),
    ];
    enqueue(storage, &rows);
    let blocked = |n: usize| read(storage, |conn| firing_blocked_until(conn, &rows[n]));
    assert_eq!((blocked(0), blocked(1)), (None, Some(at(1))));
    assert_eq!((blocked(2), blocked(3)), (None, None), "another conversion, another receiver");
    let gone = result(rows[0].id, FiringOutcome::Delivered, Some(200));
    write(storage, |tx| firings_finish(tx, std::slice::from_ref(&gone)));
    assert_eq!(blocked(1), None);
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

fn n7_a_replay_puts_what_was_sent_into_the_backlog_in_order(storage: &Storage) {
    let tenant = tenant(storage);
    let postback = postback(storage, tenant);
    let rows: Vec<Firing> =
        (0..4).map(|n| firing(storage, tenant, postback, &n.to_string(), n)).collect();
    enqueue(storage, &rows);
    let failed =
        |n: usize| result(rows[n].id, FiringOutcome::Failed { reason: "down".to_owned() }, None);
    write(storage, |tx| firings_finish(tx, &[failed(0), failed(1), failed(2)]));
    let filter = |owner, only_failed| ReplayFilter {
        owner: Some(owner),
        postback_id: Some(postback),
        only_failed,
        from: at(1),
        until: at(9),
    };
    let find = |filter: &ReplayFilter| {
        let rows = read(storage, |conn| firings_replayable(conn, tenant.shop, filter, None, 10));
        rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let mine = filter(Owner::Affiliate(tenant.affiliate), true);
    assert_eq!(find(&mine), [rows[1].id, rows[2].id]);
    assert_eq!(read(storage, |conn| firings_replayable_count(conn, tenant.shop, &mine)), 2);
    assert_eq!(find(&filter(Owner::Merchant, true)), []);
    let first = read(storage, |conn| firings_replayable(conn, tenant.shop, &mine, None, 1));
    let rest =
        read(storage, |conn| firings_replayable(conn, tenant.shop, &mine, Some(first[0]), 9));
    assert_eq!(rest.iter().map(|row| row.id).collect::<Vec<_>>(), [rows[2].id]);

    // What is due is sent anyway, and another shop has no say.
    let with_due = [rows[1].id, rows[3].id, rows[2].id];
    assert_eq!(write(storage, |tx| firings_replay(tx, ShopId(5), &with_due, at(100))), 0);
    assert_eq!(write(storage, |tx| firings_replay(tx, tenant.shop, &with_due, at(100))), 2);
    let row = |n: usize| read(storage, |conn| firing_by_id(conn, tenant.shop, rows[n].id)).unwrap();
    assert_eq!(
        (row(1).state, row(1).is_replay, row(1).finished_at, row(1).attempts),
        (FiringState::Held, true, None, 0)
    );
    assert_eq!(row(2).transaction_id, rows[2].transaction_id);
    assert!(!row(3).is_replay);
    assert_eq!(read(storage, |conn| backlogs(conn, 9)), [(tenant.shop, postback)]);

    let unsent = FiringOutcome::NotSent { reason: "cannot be expressed".to_owned() };
    write(storage, |tx| {
        firings_finish(tx, &[result(rows[3].id, FiringOutcome::clone(&unsent), None)])
    });
    let never_sent = [rows[3].id];
    assert_eq!(write(storage, |tx| firings_replay(tx, tenant.shop, &never_sent, at(100))), 0);
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

fn n6_a_filter_that_nothing_passes_reads_a_bounded_part_of_the_log(storage: &Storage) {
    let tenant = tenant(storage);
    let postback = postback(storage, tenant);
    let mut rows: Vec<Firing> = (0..10_100)
        .map(|n| Firing {
            created_at: at(n),
            ..firing(storage, tenant, postback, &n.to_string(), n)
        })
        .collect();
    rows[3].event = "payout".to_owned();
    enqueue(storage, &rows);
    let payouts = FiringFilter { event: Some("payout".to_owned()), ..FiringFilter::default() };
    let page = |filter: &FiringFilter, before| {
        read(storage, |conn| firing_page_bounded(conn, tenant.shop, filter, before, 10))
    };
    let first = page(&payouts, None);
    assert_eq!(first.rows, []);
    let second = page(&payouts, first.next);
    assert_eq!(second.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [rows[3].id]);
    assert_eq!(second.next, None);
    let all = page(&FiringFilter::default(), None);
    assert_eq!((all.rows.len(), all.next.is_some()), (10, true));
    let failed = FiringFilter { state: Some(FiringState::Failed), ..FiringFilter::default() };
    assert_eq!(page(&failed, None).next, None, "an index leads to what has failed");
    // Of one postback nothing has failed, and somebody else's is not found by looking at all of it.
    let of_postback = FiringFilter { postback_id: Some(postback), ..FiringFilter::default() };
    let stranger = Some(Owner::Affiliate(AffiliateId(77)));
    for rare in [
        FiringFilter { state: Some(FiringState::Failed), ..of_postback.clone() },
        FiringFilter { owner: stranger, ..of_postback.clone() },
        FiringFilter { owner: Some(Owner::Merchant), ..of_postback.clone() },
    ] {
        let first = page(&rare, None);
        assert!(first.rows.is_empty() && first.next.is_some(), "{rare:?}");
        assert_eq!(page(&rare, first.next).next, None, "{rare:?}");
    }
    assert_eq!(page(&of_postback, None).rows.len(), 10);
    let transaction = rows[5].transaction_id.clone();
    let of_stranger = FiringFilter { transaction_id: transaction, owner: stranger, ..of_postback };
    assert_eq!(page(&of_stranger, None), FiringPage { rows: Vec::new(), next: None });
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
