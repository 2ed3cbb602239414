//! N1, delivery that cannot be lost: the real binary is killed again and again, at random moments,
//! while webhooks stream in and the receiver fails 30 % of the calls. Then the books are audited.
//!
//! `TRIBUTARY_CHAOS_KILLS` sets how often for each database (100; 1000 is the full claim of N1), and
//! `TRIBUTARY_CHAOS_SEED` repeats the choices of a run, though not its timing.

use tests::both_databases;
use tests::random::Random;
use tests::seed::seed;
use tokio::time::sleep;

use super::exactly_once::{AFFILIATES, FlakyReceiver, Stream, audit, server};

const KILLS: u64 = 100;
/// As in N1: 10,000 conversions for 1,000 kills.
const ORDERS_PER_KILL: u64 = 10;

both_databases! {
    async fn n1_killed_at_random_moments_nothing_is_lost_and_nothing_happens_twice(db: TestDatabase) {
        let chosen = number_from_environment("TRIBUTARY_CHAOS_SEED");
        let run_seed = chosen.unwrap_or_else(Random::fresh_seed);
        println!("TRIBUTARY_CHAOS_SEED={run_seed}");
        let kills = number_from_environment("TRIBUTARY_CHAOS_KILLS").unwrap_or(KILLS);

        let receiver = FlakyReceiver::start(run_seed);
        let seeded = seed(&db.url, AFFILIATES, &[receiver.origin()]).await;
        let mut server = server(&db, "all");
        let stream =
            Stream::start(vec![server.address()], &seeded, kills * ORDERS_PER_KILL, run_seed);
        let mut random = Random::new(run_seed);
        for _ in 0..kills {
            server.start();
            if random.percent(10) {
                // While it starts, when it takes up what the last one left.
                sleep(random.millis(1, 100)).await;
            } else {
                server.ready().await;
                sleep(random.millis(20, 300)).await;
            }
            assert!(server.is_running(), "it ended by itself:\n{}", server.log_tail());
            server.kill();
        }
        server.start();
        server.ready().await;
        let expected = stream.end().await;
        audit(&db, &receiver, &expected).await;
    }
}

fn number_from_environment(name: &str) -> Option<u64> {
    std::env::var_os(name)?.to_str()?.parse().ok()
}
