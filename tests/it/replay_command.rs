//! `tributary replay` as an operator runs it, beside a running server: which calls it chooses, how fast
//! they go out, what it tells meanwhile (N7).

use std::{
    process::{Command, Output},
    time::{Duration, Instant},
};

use domain::{
    ids::{ConversionId, FiringId},
    postback::Record,
    time::UtcTime,
};
use storage::{
    Storage, StorageError, StorageOptions,
    firings::{Firing, FiringState, firing_enqueue_batch},
};
use tests::{
    both_databases,
    db::TestDatabase,
    receiver::{Received, Recorder},
    seed::{Seeded, seed},
    server_process::{ServerProcess, ServerSettings, binary},
};
use tributary::clock::Clock;

const SHOP: &str = "reference.myshopify.com";
/// Calls that failed, one a minute.
const FAILED: i64 = 24;

both_databases! {
    async fn n7_the_command_sends_the_calls_of_a_time_again_in_order_at_ten_a_second(db: TestDatabase) {
        let world = World::start(&db).await;
        let (from, to) = (world.minute(4), world.minute(FAILED));
        let range = ["--from", from.as_str(), "--to", to.as_str(), "--failed"];

        let dry = world.replay(&[&range[..], &["--dry-run"]].concat());
        assert_eq!(stdout(&dry), "20 calls would be sent again\n");
        assert_eq!(world.receiver.count(), 0, "a dry run sends nothing");

        let started = Instant::now();
        let sent = world.replay(&range);
        assert_eq!(stdout(&sent), "20 calls are sent again\n", "{sent:?}");
        let took = started.elapsed();
        assert!(took >= Duration::from_millis(1_900), "more than ten a second: {took:?}");
        let told = String::from_utf8_lossy(&sent.stderr).into_owned();
        assert!(told.contains("planned 20 of 20") && told.contains("sent "), "{told}");
        world.receiver.wait_for(20).await;
        let arrived = world.receiver.received();
        assert_eq!(arrived.iter().map(fire).collect::<Vec<_>>(), world.ids(4..24), "in order");
        assert!(arrived.iter().all(|call| call.header("tributary-replay") == Some("1")));

        // They were accepted now, so nothing of that time is left.
        let again = world.replay(&[&range[..], &["--dry-run"]].concat());
        assert_eq!(stdout(&again), "0 calls would be sent again\n");
    }

    async fn n7_the_command_sends_a_selection_and_says_what_it_does_not_know(db: TestDatabase) {
        let world = World::start(&db).await;
        let ids = [world.id(7), world.id(2)];
        let sent = world.replay(&["--call", &format!("{},{},99", ids[0], ids[1])]);
        assert_eq!(stdout(&sent), "2 calls are sent again\n", "{sent:?}");
        world.receiver.wait_for(2).await;
        let arrived: Vec<i64> = world.receiver.received().iter().map(fire).collect();
        assert_eq!(arrived, [ids[1], ids[0]], "the older one first");

        let (from, to) = (world.minute(0), world.minute(FAILED));
        let range = ["--from", from.as_str(), "--to", to.as_str(), "--dry-run"];
        let all = world.replay(&range);
        assert_eq!(stdout(&all), "24 calls would be sent again\n", "accepted ones too");
        let of = |name: &str, value: &str| world.replay(&[&range[..], &[name, value]].concat());
        assert_eq!(stdout(&of("--affiliate", "1001")), "24 calls would be sent again\n");
        let postback = world.seeded.affiliates[0].postback.unwrap().to_string();
        assert_eq!(stdout(&of("--postback", &postback)), "24 calls would be sent again\n");
        for (name, complaint) in [("--affiliate", "has no affiliate 9"), ("--postback", "has no postback 9")] {
            let refused = of(name, "9");
            assert!(!refused.status.success());
            assert!(String::from_utf8_lossy(&refused.stderr).contains(complaint), "{refused:?}");
        }
        let backwards = world.replay(&["--from", &to, "--to", &from]);
        assert!(String::from_utf8_lossy(&backwards.stderr).contains("--to is not after --from"));
        let nothing = world.replay(&[]);
        assert_eq!(nothing.status.code(), Some(2), "neither a time nor a selection: {nothing:?}");
    }
}

#[test]
fn n7_the_commands_help_has_an_example_and_says_who_sends() {
    let help = Command::new(binary()).args(["replay", "--help"]).output().unwrap();
    let text = stdout(&help);
    for part in ["--failed", "--dry-run", "Examples:", "tributary serve", "Tributary-Replay"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

/// A server, a receiver that accepts, and calls that have failed before.
struct World {
    url: String,
    seeded: Seeded,
    receiver: Recorder,
    start: UtcTime,
    first: FiringId,
    _server: ServerProcess,
}

impl World {
    async fn start(db: &TestDatabase) -> Self {
        let receiver = Recorder::start();
        let seeded = seed(&db.url, 1, &[receiver.url("")]).await;
        let start = Clock::System.now().plus_seconds(-48 * 3_600);
        // Whole seconds, as an operator types them.
        let start = UtcTime::from_micros(start.unix_seconds() * 1_000_000);
        let first = FiringId(1_000_000);
        let rows: Vec<Firing> =
            (0..FAILED).map(|turn| failed(&seeded, first, start, turn)).collect();
        let storage = Storage::connect(&db.url, StorageOptions::default()).unwrap();
        let written = storage
            .write::<_, StorageError, _>(move |tx| firing_enqueue_batch(tx, &rows).map(drop));
        written.await.unwrap();
        let server = ServerProcess::started(ServerSettings::new(&db.url)).await;
        Self { url: db.url.clone(), seeded, receiver, start, first, _server: server }
    }

    fn replay(&self, options: &[&str]) -> Output {
        Command::new(binary())
            .args(["replay", "--shop", SHOP])
            .args(options)
            .env("DATABASE_URL", &self.url)
            .env("SHOPIFY_API_KEY", "key")
            .env("SHOPIFY_API_SECRET", "secret")
            .env("SHOPIFY_APP_URL", "https://app.example.com")
            .env("ENCRYPTION_KEY", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")
            .output()
            .unwrap()
    }

    fn minute(&self, minute: i64) -> String {
        self.start.plus_seconds(minute * 60).to_string()
    }

    fn id(&self, turn: i64) -> i64 {
        self.first.0 + turn
    }

    fn ids(&self, turns: std::ops::Range<i64>) -> Vec<i64> {
        turns.map(|turn| self.id(turn)).collect()
    }
}

fn failed(seeded: &Seeded, first: FiringId, start: UtcTime, turn: i64) -> Firing {
    let (id, at) = (FiringId(first.0 + turn), start.plus_seconds(turn * 60));
    let mut record = Record::new();
    record.set("transaction_id", format!("order-{id}"));
    record.set("postback_id", id.to_string());
    Firing {
        id,
        shop_id: seeded.shop,
        postback_id: seeded.affiliates[0].postback.unwrap(),
        affiliate_id: Some(seeded.affiliates[0].id),
        program_id: Some(seeded.program),
        conversion_id: Some(ConversionId(id.0)),
        click_id: None,
        event_key: format!("conversion:{id}:1"),
        event: "conversion".to_owned(),
        status: Some("pending".to_owned()),
        transaction_id: Some(format!("order-{id}")),
        record: serde_json::to_string(&record).unwrap(),
        state: FiringState::Failed,
        reason: None,
        run_at: at,
        attempts: 8,
        last_status_code: Some(503),
        is_replay: false,
        created_at: at,
        finished_at: Some(at),
    }
}

fn fire(call: &Received) -> i64 {
    call.query("fire").unwrap().parse().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
