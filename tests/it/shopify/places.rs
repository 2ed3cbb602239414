//! Who works on which task, and when: leases, and places that become free one by one.

use std::time::Duration;

use domain::ids::ShopId;
use domain::time::UtcTime;
use storage::installations::{installation, renewal_begin, renewal_end};
use storage::shopify_tasks::{
    Task, TaskKind, task_add, task_again, task_claim, task_finish, task_hold, tasks_of,
};
use storage::{Storage, StorageOptions};
use tests::both_databases;
use tests::db::TestDatabase;
use tests::seed::seed;
use tests::shopify::FakeShopify;
use tributary::clock::Clock;
use tributary::flows::welcome_shop::welcome_shop;
use tributary::shopify_work;

use super::{SHOP, address, process, welcomed};

const OTHER: &str = "coffee.myshopify.com";
const LEASE_S: i64 = 100;

fn noon() -> UtcTime {
    UtcTime::parse("2026-11-21T12:00:00Z").unwrap()
}

/// A table with one task, without anybody who works on it.
struct Table {
    storage: Storage,
    shop: ShopId,
    _db: TestDatabase,
}

impl Table {
    async fn new(db: TestDatabase) -> Self {
        let shop = seed(&db.url, 0, &[]).await.shop;
        let storage = Storage::connect(&db.url, StorageOptions::default()).unwrap();
        let table = Self { storage, shop, _db: db };
        table.ask(noon()).await;
        table
    }

    async fn ask(&self, at: UtcTime) {
        let shop = self.shop;
        self.storage
            .write(move |tx| task_add(tx, shop, TaskKind::Reconcile, "", at))
            .await
            .unwrap();
    }

    async fn claim_but(&self, now: UtcTime, but: &'static [TaskKind]) -> Option<Task> {
        let until = now.plus_seconds(LEASE_S);
        self.storage.write(move |tx| task_claim(tx, now, until, but)).await.unwrap()
    }

    async fn claim(&self, now: UtcTime) -> Option<Task> {
        self.claim_but(now, &[]).await
    }

    async fn finish(&self, task: &Task) {
        let task = task.clone();
        self.storage.write(move |tx| task_finish(tx, &task)).await.unwrap();
    }

    async fn hold(&self, task: &Task, until: UtcTime) -> bool {
        let task = task.clone();
        self.storage.write(move |tx| task_hold(tx, &task, until)).await.unwrap()
    }

    async fn rows(&self) -> Vec<Task> {
        let shop = self.shop;
        self.storage.read(move |conn| tasks_of(conn, shop, 10)).await.unwrap()
    }
}

both_databases! {
    async fn a_task_asked_for_while_it_runs_is_run_once_more_and_never_by_two(db: TestDatabase) {
        let table = Table::new(db).await;
        let first = table.claim(noon()).await.unwrap();
        table.ask(noon()).await;
        assert_eq!(table.claim(noon().plus_seconds(1)).await, None, "somebody works on it");
        table.finish(&first).await;
        let again = table.claim(noon().plus_seconds(2)).await.unwrap();
        assert_eq!((again.id, again.attempts), (first.id, 1));
        table.finish(&again).await;
        assert_eq!(table.rows().await, []);
    }

    async fn the_task_of_a_process_that_died_is_taken_over(db: TestDatabase) {
        let table = Table::new(db).await;
        let dead = table.claim(noon()).await.unwrap();
        assert!(table.hold(&dead, noon().plus_seconds(2 * LEASE_S)).await);
        assert_eq!(table.claim(noon().plus_seconds(LEASE_S + 1)).await, None, "it was kept for longer");
        let heir = table.claim(noon().plus_seconds(2 * LEASE_S)).await.unwrap();
        assert_eq!((heir.id, heir.attempts), (dead.id, 2));
        // It was not dead after all: nothing that it says counts any more.
        assert!(!table.hold(&dead, noon().plus_days(1)).await);
        table.finish(&dead).await;
        let late = dead.clone();
        table.storage
            .write(move |tx| task_again(tx, &late, noon().plus_days(1), Some("too late")))
            .await
            .unwrap();
        assert_eq!(table.rows().await, std::slice::from_ref(&heir));
        table.finish(&heir).await;
        assert_eq!(table.rows().await, []);
    }

    async fn a_failure_does_not_put_off_what_was_asked_for_meanwhile(db: TestDatabase) {
        let table = Table::new(db).await;
        let task = table.claim(noon()).await.unwrap();
        table.ask(noon()).await;
        let failed = task.clone();
        table.storage
            .write(move |tx| task_again(tx, &failed, noon().plus_days(1), Some("no")))
            .await
            .unwrap();
        assert!(table.claim(noon().plus_seconds(1)).await.is_some());
    }

    async fn long_work_leaves_places_for_what_somebody_waits_for(db: TestDatabase) {
        let table = Table::new(db).await;
        assert_eq!(table.claim_but(noon(), &[TaskKind::Reconcile]).await, None);
        assert!(table.claim_but(noon(), &[TaskKind::EraseShop]).await.is_some());
    }

    async fn a_task_that_takes_long_holds_up_nobody_elses(db: TestDatabase) {
        let clock = Clock::manual(noon());
        let fake = FakeShopify::with_clock(clock.clone());
        let app = process(&db, &fake, clock.clone());
        fake.install(SHOP);
        let slow = welcomed(&app).await;
        fake.install(OTHER);
        let quick =
            app.storage.write(move |tx| welcome_shop(tx, OTHER, noon())).await.unwrap();
        for (shop, domain) in [(&slow, SHOP), (&quick, OTHER)] {
            app.admin_api.connect(&address(shop), &fake.session_token(domain)).await.unwrap();
        }
        // Both tokens have ended, and another process has been renewing one of them for a while.
        clock.set(noon().plus_seconds(7_200));
        let (id, now) = (slow.id, clock.now());
        let row = app.storage.read(move |conn| installation(conn, id)).await.unwrap().unwrap();
        let begun = app.storage.write(move |tx| {
            task_add(tx, id, TaskKind::ReadShop, "", now)?;
            renewal_begin(tx, id, row.generation, now, now.plus_seconds(3_600))
        });
        assert!(begun.await.unwrap());
        let worker = tokio::spawn(shopify_work::run(app.clone()));
        let tasks = async |shop: ShopId| {
            app.storage.read(move |conn| tasks_of(conn, shop, 10)).await.unwrap()
        };
        while tasks(slow.id).await.iter().all(|task| task.held_by.is_none()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let other = quick.id;
        let add = move |tx: &mut storage::WriteTx<'_>| {
            task_add(tx, other, TaskKind::TellStorefront, "", now)
        };
        app.storage.write(add).await.unwrap();
        while !tasks(quick.id).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(tasks(slow.id).await.iter().any(|task| task.held_by.is_some()), "it still waits");
        // The other process is done, and so is the slow one soon.
        app.storage.write(move |tx| renewal_end(tx, id, row.generation)).await.unwrap();
        while tasks(slow.id).await.iter().any(|task| task.held_by.is_some()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        worker.abort();
    }
}
