//! The inbox: recorded once, worked on by one at a time, never lost.

use std::collections::HashSet;

use domain::ids::{DeliveryId, ShopId};
use storage::{
    Body, Storage, StorageError,
    inbox::{
        DeliveryState, InboxCounts, NewDelivery, Recorded, deliveries_claim, deliveries_failed,
        deliveries_finish, delivery_bodies_drop_before, delivery_bodies_of, delivery_by_id,
        delivery_counts, delivery_next_due_at, delivery_park, delivery_record_batch,
        delivery_replay, delivery_retry,
    },
};

use super::{at, in_threads, on_both_databases, read, write};

const SHOP: ShopId = ShopId(7);

on_both_databases! {
    g48_a_repeat_is_no_new_delivery_in_one_batch_or_later,
    a_delivery_comes_back_as_it_was_recorded,
    two_processes_that_get_the_same_webhooks_store_each_once,
    a_claimed_delivery_is_nobody_elses_until_its_lease_ends,
    the_ones_that_wait_longest_are_claimed_first,
    a_delivery_recorded_for_memory_is_claimed_only_after_its_lease,
    six_claimers_never_get_the_same_delivery,
    a_delivery_that_fails_is_tried_again_then_parked_then_replayed,
    what_is_done_stays_done_when_a_slow_worker_reports_late,
    old_bodies_go_and_repeats_are_still_known,
}

fn g48_a_repeat_is_no_new_delivery_in_one_batch_or_later(storage: &Storage) {
    let mut batch = vec![delivery("a", 0), delivery("b", 0), delivery("a", 1)];
    let mut other_shop = delivery("a", 0);
    other_shop.shop_id = ShopId(8);
    batch.push(other_shop);
    let recorded = record(storage, &batch);
    assert!(
        matches!(
            recorded[..],
            [Recorded::New(_), Recorded::New(_), Recorded::Repeat, Recorded::New(_)]
        ),
        "{recorded:?}"
    );
    assert_eq!(record(storage, &batch), [Recorded::Repeat; 4]);
    assert_eq!(record(storage, &[]), []);
    assert_eq!(read(storage, delivery_counts), InboxCounts { due: 3, failed: 0 });
    // The first one's bytes are kept.
    let id = id_of(recorded[0]);
    assert_eq!(read(storage, |conn| delivery_bodies_of(conn, &[id]))[&id], Body::pack(b"a at 0"));
}

fn a_delivery_comes_back_as_it_was_recorded(storage: &Storage) {
    let mut new = delivery("a", 5);
    new.event_id = Some("event".to_owned());
    new.lease_until = Some(at(60));
    let id = id_of(record(storage, std::slice::from_ref(&new))[0]);
    let row = read(storage, |conn| delivery_by_id(conn, SHOP, id)).unwrap();
    assert_eq!((row.id, row.webhook_id.as_str(), row.topic.as_str()), (id, "a", "orders/paid"));
    assert_eq!(
        (row.event_id, row.triggered_at, row.received_at),
        (new.event_id, new.triggered_at, new.received_at)
    );
    assert_eq!(
        (row.state, row.attempts, row.run_at, row.error),
        (DeliveryState::Due, 1, at(60), None)
    );
    assert_eq!(read(storage, |conn| delivery_by_id(conn, ShopId(8), id)), None);
}

fn two_processes_that_get_the_same_webhooks_store_each_once(storage: &Storage) {
    // Opposite orders would lock each other out if the batches were not sorted.
    let answers = in_threads(6, |thread| {
        let mut news = Vec::new();
        for round in 0..5 {
            let mut batch: Vec<_> = (0..20).map(|n| delivery(&format!("{round}-{n}"), 0)).collect();
            if thread % 2 == 0 {
                batch.reverse();
            }
            news.extend(record(storage, &batch));
        }
        news.into_iter().filter(|recorded| *recorded != Recorded::Repeat).count()
    });
    assert_eq!(answers.iter().sum::<usize>(), 100);
    assert_eq!(read(storage, delivery_counts).due, 100);
}

fn a_claimed_delivery_is_nobody_elses_until_its_lease_ends(storage: &Storage) {
    record(storage, &[delivery("late", 9), delivery("early", 1), delivery("future", 100)]);
    let claimed = claim(storage, 10, 40, 10);
    let names: Vec<_> = claimed.iter().map(|delivery| delivery.webhook_id.as_str()).collect();
    assert_eq!(names.len(), 2);
    assert!(!names.contains(&"future"));
    assert_eq!(claimed[0].attempts, 1);
    assert_eq!(claim(storage, 39, 80, 10), []);
    assert_eq!(read(storage, delivery_next_due_at), Some(at(40)));
    let again = claim(storage, 40, 80, 1);
    assert_eq!((again.len(), again[0].attempts), (1, 2));
}

fn the_ones_that_wait_longest_are_claimed_first(storage: &Storage) {
    record(storage, &[delivery("c", 3), delivery("a", 1), delivery("b", 2)]);
    for name in ["a", "b", "c"] {
        assert_eq!(claim(storage, 10, 40, 1)[0].webhook_id, name);
    }
}

fn a_delivery_recorded_for_memory_is_claimed_only_after_its_lease(storage: &Storage) {
    let mut new = delivery("a", 0);
    new.lease_until = Some(at(30));
    record(storage, &[new]);
    assert_eq!(claim(storage, 29, 60, 10), []);
    assert_eq!(claim(storage, 30, 60, 10)[0].attempts, 2);
}

fn six_claimers_never_get_the_same_delivery(storage: &Storage) {
    let batch: Vec<_> = (0..300).map(|n| delivery(&n.to_string(), 0)).collect();
    record(storage, &batch);
    let claimed: Vec<DeliveryId> = in_threads(6, |_| {
        let mut mine = Vec::new();
        loop {
            let claimed = claim(storage, 10, 1_000, 7);
            if claimed.is_empty() {
                break mine;
            }
            write(storage, |tx| {
                deliveries_finish(tx, &claimed.iter().map(|one| one.id).collect::<Vec<_>>())
            });
            mine.extend(claimed.into_iter().map(|delivery| delivery.id));
        }
    })
    .into_iter()
    .flatten()
    .collect();
    assert_eq!(claimed.len(), 300);
    assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), 300);
    assert_eq!(read(storage, delivery_counts), InboxCounts::default());
}

fn a_delivery_that_fails_is_tried_again_then_parked_then_replayed(storage: &Storage) {
    let id = id_of(record(storage, &[delivery("a", 0)])[0]);
    claim(storage, 1, 30, 1);
    write(storage, |tx| delivery_retry(tx, id, "no such shop?", at(5)));
    let again = claim(storage, 5, 30, 1);
    assert_eq!((again[0].attempts, again[0].error.as_deref()), (2, Some("no such shop?")));
    write(storage, |tx| delivery_park(tx, id, "gave up"));
    assert_eq!(claim(storage, 1_000, 2_000, 1), []);
    assert_eq!(read(storage, delivery_next_due_at), None);
    assert_eq!(read(storage, delivery_counts), InboxCounts { due: 0, failed: 1 });
    let parked = read(storage, |conn| deliveries_failed(conn, SHOP, None, 10));
    assert_eq!((parked[0].id, parked[0].state), (id, DeliveryState::Failed));
    assert_eq!(read(storage, |conn| deliveries_failed(conn, SHOP, Some(id), 10)), []);

    let foreign = storage.write_blocking(|tx| delivery_replay(tx, ShopId(8), id, at(50)));
    assert!(matches!(foreign, Err(StorageError::NotFound)));
    write(storage, |tx| delivery_replay(tx, SHOP, id, at(50)));
    assert_eq!(claim(storage, 50, 60, 1)[0].attempts, 1);
}

fn what_is_done_stays_done_when_a_slow_worker_reports_late(storage: &Storage) {
    let id = id_of(record(storage, &[delivery("a", 0)])[0]);
    claim(storage, 1, 30, 1);
    write(storage, |tx| deliveries_finish(tx, &[id]));
    write(storage, |tx| {
        delivery_retry(tx, id, "late", at(0))?;
        delivery_park(tx, id, "late")
    });
    let row = read(storage, |conn| delivery_by_id(conn, SHOP, id)).unwrap();
    assert_eq!((row.state, row.error), (DeliveryState::Done, None));
}

fn old_bodies_go_and_repeats_are_still_known(storage: &Storage) {
    let batch = [delivery("done", 0), delivery("open", 0), delivery("young", 60)];
    let ids: Vec<DeliveryId> = record(storage, &batch).into_iter().map(id_of).collect();
    write(storage, |tx| deliveries_finish(tx, &[ids[0], ids[2]]));
    assert_eq!(write(storage, |tx| delivery_bodies_drop_before(tx, at(30), 10)), 1);
    let left = read(storage, |conn| delivery_bodies_of(conn, &ids));
    assert_eq!(left.len(), 2);
    assert!(!left.contains_key(&ids[0]));
    assert_eq!(record(storage, &batch), [Recorded::Repeat; 3]);
}

fn delivery(webhook_id: &str, seconds: i64) -> NewDelivery {
    NewDelivery {
        shop_id: SHOP,
        webhook_id: webhook_id.to_owned(),
        event_id: None,
        topic: "orders/paid".to_owned(),
        api_version: Some("2026-10".to_owned()),
        triggered_at: at(seconds - 1),
        received_at: at(seconds),
        body: Body::pack(format!("{webhook_id} at {seconds}").as_bytes()),
        lease_until: None,
    }
}

fn record(storage: &Storage, batch: &[NewDelivery]) -> Vec<Recorded> {
    write(storage, |tx| delivery_record_batch(tx, batch))
}

fn claim(storage: &Storage, now: i64, lease: i64, limit: i64) -> Vec<storage::inbox::Delivery> {
    write(storage, |tx| deliveries_claim(tx, at(now), at(lease), limit))
}

fn id_of(recorded: Recorded) -> DeliveryId {
    match recorded {
        Recorded::New(id) => id,
        Recorded::Repeat => panic!("it is new"),
    }
}
