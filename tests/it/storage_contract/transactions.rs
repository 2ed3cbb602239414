//! How a unit of work gets its connection and its transaction.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use domain::ids::ShopId;
use storage::{
    Storage, StorageError, StorageOptions, TxError,
    notify::{Channel, Listener, notify},
    shops::{shop_by_domain, shop_by_id, shop_insert_if_absent, shop_list},
};

use super::{
    at, fresh::TestDatabase, in_threads, on_both_databases, read, shop_row, tenant, write,
};

/// An error of a flow that has nothing to do with the database.
#[derive(Debug)]
enum FlowError {
    Refused,
    Storage(StorageError),
}

impl From<StorageError> for FlowError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl TxError for FlowError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Refused => None,
            Self::Storage(error) => Some(error),
        }
    }
}

on_both_databases! {
    a_flow_that_refuses_leaves_nothing_behind_and_runs_once,
    an_id_that_another_process_took_is_replaced_by_running_once_more,
    a_lasting_conflict_is_reported_and_not_tried_for_ever,
    a_write_inside_a_write_is_refused,
    a_closure_that_panics_is_rolled_back_and_the_next_one_works,
    a_reader_sees_the_last_commit_while_a_write_is_open,
    the_async_door_commits_and_reads_what_was_committed,
}

fn a_flow_that_refuses_leaves_nothing_behind_and_runs_once(storage: &Storage) {
    let mut runs = 0;
    let result = storage.write_blocking(|tx| {
        runs += 1;
        let id = ShopId(tx.next_id(at(0)));
        shop_insert_if_absent(tx, &shop_row(id, "gone.myshopify.com"))?;
        Err::<(), FlowError>(FlowError::Refused)
    });
    assert!(matches!(result, Err(FlowError::Refused)));
    assert_eq!(runs, 1);
    assert_eq!(read(storage, |conn| shop_by_domain(conn, "gone.myshopify.com")), None);
}

fn an_id_that_another_process_took_is_replaced_by_running_once_more(storage: &Storage) {
    let taken = tenant(storage).shop;
    let mut runs = 0;
    let id = write(storage, |tx| {
        runs += 1;
        let id = if runs == 1 { taken } else { ShopId(tx.next_id(at(0))) };
        Ok(shop_insert_if_absent(tx, &shop_row(id, "new.myshopify.com"))?.id)
    });
    assert_eq!(runs, 2);
    assert_ne!(id, taken);
}

fn a_lasting_conflict_is_reported_and_not_tried_for_ever(storage: &Storage) {
    let taken = tenant(storage).shop;
    let mut runs = 0;
    let result = storage.write_blocking(|tx| {
        runs += 1;
        shop_insert_if_absent(tx, &shop_row(taken, "new.myshopify.com"))
    });
    assert!(matches!(result, Err(StorageError::Conflict(_))));
    assert_eq!(runs, 2);
}

fn a_write_inside_a_write_is_refused(storage: &Storage) {
    let result =
        storage.write_blocking(|_tx| storage.write_blocking(|_inner| Ok::<_, StorageError>(())));
    assert!(matches!(result, Err(StorageError::Other(_))));
    let result =
        storage.write_blocking(|_tx| storage.read_blocking(|_inner| Ok::<_, StorageError>(())));
    assert!(matches!(result, Err(StorageError::Other(_))));
}

fn a_closure_that_panics_is_rolled_back_and_the_next_one_works(storage: &Storage) {
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        write(storage, |tx| -> Result<(), StorageError> {
            let id = ShopId(tx.next_id(at(0)));
            shop_insert_if_absent(tx, &shop_row(id, "panic.myshopify.com"))?;
            panic!("on purpose")
        });
    }));
    assert!(panicked.is_err());
    assert_eq!(read(storage, |conn| shop_by_domain(conn, "panic.myshopify.com")), None);
    tenant(storage);
}

fn a_reader_sees_the_last_commit_while_a_write_is_open(storage: &Storage) {
    let shop = tenant(storage).shop;
    write(storage, |tx| {
        let id = ShopId(tx.next_id(at(0)));
        shop_insert_if_absent(tx, &shop_row(id, "open.myshopify.com"))?;
        let seen = std::thread::scope(|scope| {
            scope.spawn(|| read(storage, |conn| shop_list(conn, None, 10))).join().unwrap()
        });
        assert_eq!(seen.iter().map(|row| row.id).collect::<Vec<_>>(), [shop]);
        Ok(())
    });
    assert_eq!(read(storage, |conn| shop_list(conn, None, 10)).len(), 2);
}

fn the_async_door_commits_and_reads_what_was_committed(storage: &Storage) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let found = runtime.block_on(async {
        let id = storage
            .write(|tx| {
                let id = ShopId(tx.next_id(at(0)));
                Ok::<_, StorageError>(
                    shop_insert_if_absent(tx, &shop_row(id, "async.myshopify.com"))?.id,
                )
            })
            .await
            .unwrap();
        storage.read(move |conn| shop_by_id(conn, id)).await
    });
    assert_eq!(found.unwrap().unwrap().domain, "async.myshopify.com");
}

/// Eight processes (here: threads with a pool of their own) start on an empty database.
fn migrates_once(db: &TestDatabase) {
    let ran = in_threads(8, |_| {
        let options = StorageOptions { connections_max: 1, ..StorageOptions::default() };
        Storage::connect(&db.url, options).unwrap().migrate().unwrap()
    });
    assert_eq!(ran.iter().filter(|count| **count > 0).count(), 1, "{ran:?}");
}

#[test]
fn processes_that_start_at_once_migrate_once_on_sqlite() {
    migrates_once(&TestDatabase::sqlite());
}

#[test]
fn processes_that_start_at_once_migrate_once_on_postgres() {
    if let Some(db) = TestDatabase::postgres() {
        migrates_once(&db);
    }
}

#[test]
fn processes_that_write_to_one_sqlite_file_wait_for_each_other_and_run_once() {
    let db = TestDatabase::sqlite();
    let connect = || Storage::connect(&db.url, StorageOptions::default()).unwrap();
    connect().migrate().unwrap();
    let runs = AtomicU32::new(0);
    in_threads(4, |thread| {
        let storage = connect();
        for n in 0..50 {
            write(&storage, |tx| {
                runs.fetch_add(1, Ordering::Relaxed);
                // Reads first: a deferred transaction would fail to write after that.
                shop_list(tx, None, 5)?;
                std::thread::yield_now();
                let id = ShopId(tx.next_id(at(0)));
                shop_insert_if_absent(tx, &shop_row(id, &format!("{thread}-{n}.myshopify.com")))
            });
        }
    });
    let stored = read(&connect(), |conn| shop_list(conn, None, 1_000)).len();
    assert_eq!((stored, runs.into_inner()), (200, 200));
}

#[test]
fn the_database_in_memory_keeps_what_was_written() {
    let storage = Storage::in_memory().unwrap();
    let tenant = tenant(&storage);
    let again = storage.clone();
    drop(storage);
    assert!(read(&again, |conn| shop_by_id(conn, tenant.shop)).is_some());
}

#[test]
fn a_server_that_is_not_there_is_reported_at_once_with_the_cause() {
    let start = Instant::now();
    let url = "postgres://nobody@127.0.0.1:1/none";
    let error = Storage::connect(url, StorageOptions::default()).unwrap_err();
    assert!(
        matches!(&error, StorageError::Unavailable(cause) if cause.contains("refused")),
        "{error}"
    );
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn the_sqlite_file_is_readable_by_nobody_else() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new/folder/tributary.sqlite");
    let url = format!("sqlite://{}", file.display());
    Storage::connect(&url, StorageOptions::default()).unwrap().migrate().unwrap();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0);
}

#[test]
fn a_commit_wakes_the_listeners_of_other_processes_on_postgres() {
    let Some(db) = TestDatabase::postgres() else {
        return;
    };
    let storage = Storage::connect(&db.url, StorageOptions::default()).unwrap();
    let mut listener = Listener::connect(&db.url).unwrap();
    assert_eq!(listener.wait(Duration::from_millis(1)).unwrap(), []);
    let announce = |is_committed: bool| {
        storage.write_blocking(|tx| {
            notify(tx, Channel::Outbox)?;
            notify(tx, Channel::Outbox)?;
            if is_committed { Ok(()) } else { Err(StorageError::NotFound) }
        })
    };
    announce(false).unwrap_err();
    assert_eq!(listener.wait(Duration::from_millis(30)).unwrap(), []);
    announce(true).unwrap();
    assert_eq!(listener.wait(Duration::from_secs(10)).unwrap(), [Channel::Outbox]);
}

#[test]
fn on_sqlite_announcing_and_listening_do_nothing() {
    let db = TestDatabase::sqlite();
    let storage = Storage::connect(&db.url, StorageOptions::default()).unwrap();
    write(&storage, |tx| notify(tx, Channel::Inbox));
    let mut listener = Listener::connect(&db.url).unwrap();
    assert_eq!(listener.wait(Duration::from_millis(1)).unwrap(), []);
}
