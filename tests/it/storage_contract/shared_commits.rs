//! Writes that wait together may be committed together; none of them may notice it. On PostgreSQL
//! nothing is shared, and the promises are the same.

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use domain::ids::ShopId;
use futures_util::future::join_all;
use storage::{
    Storage, StorageError, StorageOptions, TxError, WriteTx,
    shops::{shop_by_domain, shop_insert_if_absent, shop_list},
};
use tokio::runtime::Runtime;

use super::{at, fresh::TestDatabase, on_both_databases, read, shop_row, tenant};

/// Writes that are made to wait for each other.
const WRITES: u32 = 40;

on_both_databases! {
    each_of_many_waiting_writes_is_committed_once,
    a_refusal_undoes_its_own_work_only,
    a_conflict_is_tried_again_without_the_others,
    a_panic_undoes_its_own_work_only,
    a_write_sees_what_was_written_before_it,
}

#[derive(Debug, PartialEq)]
enum Refusal {
    Unlucky,
    Storage,
}

impl From<StorageError> for Refusal {
    fn from(_: StorageError) -> Self {
        Self::Storage
    }
}

impl TxError for Refusal {
    fn storage_error(&self) -> Option<&StorageError> {
        None
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn add_shop(tx: &mut WriteTx<'_>, name: &str) -> Result<ShopId, StorageError> {
    let id = ShopId(tx.next_id(at(0)));
    Ok(shop_insert_if_absent(tx, &shop_row(id, &format!("{name}.myshopify.com")))?.id)
}

/// Runs the writes while the one before them is still open, so that they wait together.
fn all_at_once<T, E, F>(storage: &Storage, work: impl Fn(u32) -> F) -> Vec<Result<T, E>>
where
    F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: TxError + Send + 'static,
{
    let begun = Arc::new(Barrier::new(2));
    let waits = Arc::clone(&begun);
    let holder = storage.clone();
    let held = thread::spawn(move || {
        holder.write_blocking(|_tx| {
            waits.wait();
            thread::sleep(Duration::from_millis(50));
            Ok::<_, StorageError>(())
        })
    });
    begun.wait();
    let outcomes = runtime().block_on(join_all((0..WRITES).map(|n| storage.write(work(n)))));
    held.join().unwrap().unwrap();
    outcomes
}

fn writes() -> usize {
    usize::try_from(WRITES).unwrap()
}

fn shops(storage: &Storage) -> usize {
    read(storage, |conn| shop_list(conn, None, 1_000)).len()
}

fn each_of_many_waiting_writes_is_committed_once(storage: &Storage) {
    let runs = Arc::new(AtomicU32::new(0));
    let outcomes = all_at_once(storage, |n| {
        let runs = Arc::clone(&runs);
        move |tx: &mut WriteTx<'_>| {
            runs.fetch_add(1, Ordering::Relaxed);
            add_shop(tx, &n.to_string())
        }
    });
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!((shops(storage), runs.load(Ordering::Relaxed)), (writes(), WRITES));
}

fn a_refusal_undoes_its_own_work_only(storage: &Storage) {
    let is_unlucky = |n: u32| n.is_multiple_of(3);
    let outcomes = all_at_once(storage, |n| {
        move |tx: &mut WriteTx<'_>| {
            add_shop(tx, &n.to_string())?;
            if is_unlucky(n) { Err(Refusal::Unlucky) } else { Ok(n) }
        }
    });
    for (n, outcome) in (0..WRITES).zip(outcomes) {
        let expected = if is_unlucky(n) { Err(Refusal::Unlucky) } else { Ok(n) };
        assert_eq!(outcome, expected);
        let name = format!("{n}.myshopify.com");
        let found = read(storage, |conn| shop_by_domain(conn, &name));
        assert_eq!(found.is_some(), !is_unlucky(n), "{n}");
    }
}

fn a_conflict_is_tried_again_without_the_others(storage: &Storage) {
    let taken = tenant(storage).shop;
    let outcomes = all_at_once(storage, |n| {
        let mut runs = 0;
        move |tx: &mut WriteTx<'_>| {
            runs += 1;
            // The id of another, until the last try.
            let id = if n == 7 && runs < 2 { taken } else { ShopId(tx.next_id(at(0))) };
            Ok::<_, StorageError>(
                shop_insert_if_absent(tx, &shop_row(id, &format!("{n}.myshopify.com")))?.id,
            )
        }
    });
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(shops(storage), writes() + 1);
}

fn a_panic_undoes_its_own_work_only(storage: &Storage) {
    let outcomes = all_at_once(storage, |n| {
        move |tx: &mut WriteTx<'_>| {
            let id = add_shop(tx, &n.to_string())?;
            assert_ne!(n, 5, "on purpose");
            Ok::<_, StorageError>(id)
        }
    });
    for (n, outcome) in outcomes.iter().enumerate() {
        assert_eq!(outcome.is_ok(), n != 5, "{n}: {outcome:?}");
    }
    assert_eq!(shops(storage), writes() - 1);
    tenant(storage);
}

fn a_write_sees_what_was_written_before_it(storage: &Storage) {
    let outcomes = all_at_once(storage, |_n| {
        move |tx: &mut WriteTx<'_>| {
            let id = add_shop(tx, "one")?;
            Ok::<_, StorageError>(id)
        }
    });
    let first = outcomes[0].as_ref().unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.as_ref().unwrap() == first), "{outcomes:?}");
    assert_eq!(shops(storage), 1);
}

#[test]
fn a_write_whose_patience_ends_before_its_turn_never_runs() {
    let db = TestDatabase::sqlite();
    let options = StorageOptions { wait_max: Duration::from_millis(20), ..Default::default() };
    let storage = Storage::connect(&db.url, options).unwrap();
    storage.migrate().unwrap();
    let begun = Arc::new(Barrier::new(2));
    let (waits, holder) = (Arc::clone(&begun), storage.clone());
    let held = thread::spawn(move || {
        holder.write_blocking(|_tx| {
            waits.wait();
            thread::sleep(Duration::from_millis(300));
            Ok::<_, StorageError>(())
        })
    });
    begun.wait();
    let late = runtime().block_on(async {
        let write = || storage.write(|tx| add_shop(tx, "late"));
        tokio::join!(write(), write())
    });
    held.join().unwrap().unwrap();
    assert!(matches!(late, (Err(StorageError::Busy(_)), Err(StorageError::Busy(_)))), "{late:?}");
    assert_eq!(shops(&storage), 0);
}
