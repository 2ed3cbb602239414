//! The outbox: fired once, sent by one at a time, never lost.

use std::collections::HashSet;

use domain::ids::{FiringId, ShopId};
use storage::{
    Storage,
    firings::{Firing, FiringState, firing_by_id, firing_enqueue_batch},
    outbox::{
        FiringOutcome, FiringResult, firing_counts, firing_next_due_at, firings_claim,
        firings_finish,
    },
};

use super::{at, firing, in_threads, on_both_databases, postback, read, tenant, write};

on_both_databases! {
    one_event_is_fired_once_per_postback,
    two_processes_that_fire_the_same_events_store_each_once,
    a_claimed_firing_is_nobody_elses_until_its_lease_ends,
    six_claimers_never_get_the_same_firing,
    every_outcome_is_kept_with_its_reason_and_code,
    a_late_report_changes_nothing_unless_it_is_an_acceptance,
}

fn one_event_is_fired_once_per_postback(storage: &Storage) {
    let tenant = tenant(storage);
    let (first, second) = (postback(storage, tenant), postback(storage, tenant));
    let rows = [
        firing(storage, tenant, first, "conversion:1:created", 0),
        firing(storage, tenant, second, "conversion:1:created", 0),
        firing(storage, tenant, first, "conversion:1:created", 0),
    ];
    assert_eq!(enqueue(storage, &rows), [true, true, false]);
    let repeat = [
        firing(storage, tenant, second, "conversion:1:created", 9),
        firing(storage, tenant, second, "conversion:1:paid", 9),
    ];
    assert_eq!(enqueue(storage, &repeat), [false, true]);
    assert_eq!(enqueue(storage, &[]), [false; 0]);
    assert_eq!(
        read(storage, |conn| firing_by_id(conn, tenant.shop, rows[0].id)),
        Some(rows[0].clone())
    );
    assert_eq!(read(storage, |conn| firing_by_id(conn, ShopId(5), rows[0].id)), None);
    assert_eq!(read(storage, firing_counts), (3, 0));
}

fn two_processes_that_fire_the_same_events_store_each_once(storage: &Storage) {
    let tenant = tenant(storage);
    let postbacks = [postback(storage, tenant), postback(storage, tenant)];
    let new = in_threads(6, |thread| {
        let mut rows: Vec<Firing> = (0..40)
            .map(|n| firing(storage, tenant, postbacks[n % 2], &format!("event {n}"), 0))
            .collect();
        if thread % 2 == 0 {
            rows.reverse();
        }
        enqueue(storage, &rows).into_iter().filter(|is_new| *is_new).count()
    });
    assert_eq!(new.iter().sum::<usize>(), 40);
}

fn a_claimed_firing_is_nobody_elses_until_its_lease_ends(storage: &Storage) {
    let tenant = tenant(storage);
    let postback = postback(storage, tenant);
    let rows: Vec<Firing> = [(5, "b"), (1, "a"), (100, "future")]
        .into_iter()
        .map(|(seconds, key)| firing(storage, tenant, postback, key, seconds))
        .collect();
    enqueue(storage, &rows);
    assert_eq!(claim(storage, 10, 40, 1)[0].event_key, "a");
    let rest = claim(storage, 10, 40, 10);
    assert_eq!((rest.len(), rest[0].event_key.as_str(), rest[0].run_at), (1, "b", at(40)));
    assert_eq!(claim(storage, 39, 80, 10), []);
    assert_eq!(read(storage, firing_next_due_at), Some(at(40)));
    assert_eq!(claim(storage, 40, 80, 10).len(), 2);
}

fn six_claimers_never_get_the_same_firing(storage: &Storage) {
    let tenant = tenant(storage);
    let postback = postback(storage, tenant);
    let rows: Vec<Firing> =
        (0..300).map(|n| firing(storage, tenant, postback, &n.to_string(), 0)).collect();
    enqueue(storage, &rows);
    let claimed: Vec<FiringId> = in_threads(6, |_| {
        let mut mine = Vec::new();
        loop {
            let claimed = claim(storage, 10, 1_000, 7);
            if claimed.is_empty() {
                break mine;
            }
            let results: Vec<_> = claimed
                .iter()
                .map(|one| result(one.id, FiringOutcome::Delivered, Some(204)))
                .collect();
            write(storage, |tx| firings_finish(tx, &results));
            mine.extend(claimed.into_iter().map(|firing| firing.id));
        }
    })
    .into_iter()
    .flatten()
    .collect();
    assert_eq!(claimed.len(), 300);
    assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), 300);
    assert_eq!(read(storage, firing_counts), (0, 0));
}

fn every_outcome_is_kept_with_its_reason_and_code(storage: &Storage) {
    let tenant = tenant(storage);
    let postback = postback(storage, tenant);
    let rows: Vec<Firing> =
        (0..5).map(|n| firing(storage, tenant, postback, &n.to_string(), 0)).collect();
    enqueue(storage, &rows);
    claim(storage, 1, 60, 9);
    let reason = || "why?".to_owned();
    let unsent = FiringResult {
        was_sent: false,
        ..result(rows[3].id, FiringOutcome::NotSent { reason: reason() }, None)
    };
    write(storage, |tx| {
        firings_finish(
            tx,
            &[
                result(rows[0].id, FiringOutcome::Delivered, Some(200)),
                result(rows[1].id, FiringOutcome::Failed { reason: reason() }, Some(404)),
                result(rows[2].id, FiringOutcome::Retry { reason: reason(), run_at: at(90) }, None),
                unsent.clone(),
            ],
        )
    });
    let found = |n: usize| {
        let row = read(storage, |conn| firing_by_id(conn, tenant.shop, rows[n].id)).unwrap();
        (row.state, row.reason, row.attempts, row.last_status_code, row.run_at, row.finished_at)
    };
    assert_eq!(found(0), (FiringState::Delivered, None, 1, Some(200), at(60), Some(at(50))));
    assert_eq!(found(1), (FiringState::Failed, Some(reason()), 1, Some(404), at(60), Some(at(50))));
    assert_eq!(found(2), (FiringState::Due, Some(reason()), 1, None, at(90), None));
    assert_eq!(found(3), (FiringState::NotSent, Some(reason()), 0, None, at(60), Some(at(50))));
    assert_eq!(found(4), (FiringState::Due, None, 0, None, at(60), None));
}

fn a_late_report_changes_nothing_unless_it_is_an_acceptance(storage: &Storage) {
    let tenant = tenant(storage);
    let postback = postback(storage, tenant);
    let row = firing(storage, tenant, postback, "a", 0);
    enqueue(storage, std::slice::from_ref(&row));
    let failed = || FiringOutcome::Failed { reason: "timeout".to_owned() };
    let report = |outcome, code| {
        write(storage, |tx| {
            firings_finish(tx, &[result(row.id, FiringOutcome::clone(&outcome), code)])
        })
    };
    let state = || read(storage, |conn| firing_by_id(conn, tenant.shop, row.id)).unwrap().state;
    report(failed(), None);
    report(FiringOutcome::Retry { reason: "late".to_owned(), run_at: at(0) }, Some(500));
    assert_eq!(state(), FiringState::Failed);
    report(FiringOutcome::Delivered, Some(200));
    report(failed(), None);
    assert_eq!(state(), FiringState::Delivered);
}

pub(super) fn enqueue(storage: &Storage, rows: &[Firing]) -> Vec<bool> {
    write(storage, |tx| firing_enqueue_batch(tx, rows))
}

pub(super) fn claim(storage: &Storage, now: i64, lease: i64, limit: i64) -> Vec<Firing> {
    write(storage, |tx| firings_claim(tx, at(now), at(lease), limit))
}

pub(super) fn result(
    id: FiringId,
    outcome: FiringOutcome,
    status_code: Option<i64>,
) -> FiringResult {
    FiringResult { id, outcome, was_sent: true, status_code, at: at(50) }
}
