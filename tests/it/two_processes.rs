//! Several processes on one PostgreSQL, with nothing between them but the database: whatever they
//! are told, together they do it once.

use tests::db::TestDatabase;
use tests::random::Random;
use tests::seed::seed;
use tests::server_process::ServerProcess;

use super::exactly_once::{AFFILIATES, FlakyReceiver, Stream, addresses, audit, server};

const ORDERS: u64 = 400;

/// Webhooks to any of the servers in the first list, which all run beside the second.
async fn play(db: &TestDatabase, mut web: Vec<ServerProcess>, mut workers: Vec<ServerProcess>) {
    let run_seed = Random::fresh_seed();
    println!("seed {run_seed}");
    let receiver = FlakyReceiver::start(run_seed);
    let seeded = seed(&db.url, AFFILIATES, &[receiver.origin()]).await;
    for server in web.iter_mut().chain(&mut workers) {
        server.start();
    }
    for server in web.iter_mut().chain(&mut workers) {
        server.ready().await;
    }
    let stream = Stream::start(addresses(&web), &seeded, ORDERS, run_seed);
    let expected = stream.end().await;
    audit(db, &receiver, &expected).await;
    for server in web.iter_mut().chain(&mut workers) {
        assert!(server.is_running(), "it ended by itself:\n{}", server.log_tail());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_share_a_database_do_nothing_twice() {
    let Some(db) = TestDatabase::postgres() else { return };
    let web = vec![server(&db, "all"), server(&db, "all")];
    play(&db, web, Vec::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_web_process_and_two_workers_divide_the_work_and_do_nothing_twice() {
    let Some(db) = TestDatabase::postgres() else { return };
    let web = vec![server(&db, "web")];
    play(&db, web, vec![server(&db, "worker"), server(&db, "worker")]).await;
}
