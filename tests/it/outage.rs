//! A receiver that is down for days, with the real workers on a clock that is moved by hand: nothing is
//! lost, the pause comes when it should, and what was kept goes out in order (N7, N15).

use std::{
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{
    ids::{ConversionId, FiringId, PostbackId, ShopId},
    postback::Record,
    time::UtcTime,
};
use storage::{
    StorageError,
    contacts::contact_learn,
    firings::{Firing, FiringFilter, FiringState, firing_enqueue_batch, firing_page},
    notices::notices_of,
    outbox::{ReplayFilter, backlogs},
    postbacks::{Owner, Postback, postback_by_id},
};
use tests::{
    PATIENCE, both_databases,
    db::TestDatabase,
    mail_server::{MailServer, Taken},
    receiver::{Answer, Received, Recorder},
    seed::{Seeded, seed},
};
use tributary::{
    app::App,
    clock::Clock,
    config::{Settings, SettingsSource},
    delivery::workers,
    flows::{
        pause_postback::{self, pause_overdue},
        record_activity::{Act, Actor},
        replay_firings::replay_step,
    },
    secrets::MasterKey,
};

both_databases! {
    async fn n7_after_48_hours_everything_is_sent_again_in_order_with_the_same_ids(db: TestDatabase) {
        let world = World::start(&db).await;
        for hour in [0, 16, 32] {
            world.set_hour(hour);
            world.conversions(8).await;
            world.settle().await;
        }
        world.set_hour(48);
        world.settle().await;
        let before = world.firings().await;
        assert!(before.iter().all(|one| one.state != FiringState::Delivered), "{before:#?}");

        world.answers.store(200, Ordering::SeqCst);
        let failed_calls = world.receiver.count();
        let started = Instant::now();
        let filter = ReplayFilter {
            owner: Some(Owner::Affiliate(world.seeded.affiliates[0].id)),
            postback_id: Some(world.postback),
            only_failed: true,
            from: world.start,
            until: world.now().plus_seconds(1),
        };
        let act = world.act();
        let step = world.app.storage.write(move |tx| replay_step(tx, act, &filter, None));
        let replayed = step.await.unwrap();
        assert_eq!(replayed.count, 24, "everything that was sent in vain");
        world.drain().await;
        let took = started.elapsed();
        assert!(took >= Duration::from_millis(23 * 100), "more than ten a second: {took:?}");

        let accepted = &world.receiver.received()[failed_calls..];
        let ids: Vec<String> = before.iter().rev().map(|one| one.id.to_string()).collect();
        assert_eq!(accepted.iter().map(fire).collect::<Vec<_>>(), ids, "in order, each once");
        assert!(accepted.iter().all(|call| call.header("tributary-replay") == Some("1")));
        let transactions: Vec<_> =
            before.iter().rev().map(|one| one.transaction_id.clone()).collect();
        assert_eq!(accepted.iter().map(|call| call.query("txid")).collect::<Vec<_>>(), transactions);
    }

    async fn n15_an_outage_of_80_hours_pauses_at_the_first_moment_both_conditions_hold(db: TestDatabase) {
        let world = World::start(&db).await;
        // Nine conversions fail for three days: too few.
        world.conversions(9).await;
        world.settle().await;
        world.set_hour(72);
        world.settle().await;
        world.sweep().await;
        assert_eq!(world.row().await.paused_at, None, "nine are not enough");
        // The tenth: both conditions hold from now on.
        world.conversions(1).await;
        world.settle().await;
        assert_eq!(world.row().await.paused_at, Some(world.now()));
        assert_eq!(world.row().await.pause_reason.as_deref(), Some(pause_postback::FAILING));

        let affiliate = Owner::Affiliate(world.seeded.affiliates[0].id);
        for reader in [Owner::Merchant, affiliate] {
            let (shop, start) = (world.shop(), world.start);
            let told = world.app.storage.read(move |conn| notices_of(conn, shop, reader, start, 9));
            assert_eq!(told.await.unwrap().len(), 1, "each side is told once: {reader:?}");
        }
        world.sweep().await;
        let mails = world.mails(2).await;
        let to: Vec<&str> = mails.iter().flat_map(|mail| &mail.to).map(String::as_str).collect();
        assert_eq!(to.len(), 2, "one mail for each side: {mails:#?}");
        assert!(to.contains(&MERCHANT) && to.iter().any(|one| one.ends_with("@example.com")));
        for mail in &mails {
            assert!(mail.header("subject").unwrap().contains("was paused"), "{mail:#?}");
            assert!(mail.text().contains("have failed for 72 hours"), "{mail:#?}");
            assert!(mail.text().contains(&format!("/{}", world.postback)), "{mail:#?}");
        }

        world.set_hour(80);
        world.conversions(5).await;
        world.settle().await;
        let held = world.count(FiringState::Held).await;
        assert!(held >= 5, "{held}");

        world.answers.store(200, Ordering::SeqCst);
        let refused = world.receiver.count();
        world.end_pause().await;
        let mails = world.mails(4).await;
        let ends = mails.iter().filter(|mail| mail.text().contains("is not paused any more"));
        assert_eq!(ends.count(), 2, "both sides hear that it goes on: {mails:#?}");
        world.drain().await;
        world.set_hour(24 * 7);
        world.settle().await;
        assert_eq!(world.count(FiringState::Delivered).await, 15, "nothing is lost");
        let released: Vec<i64> = world.receiver.received()[refused..]
            .iter()
            .filter(|call| call.header("tributary-replay") == Some("1"))
            .map(|call| fire(call).parse().unwrap())
            .collect();
        assert!(released.len() >= 5 && released.is_sorted(), "{released:?}");
    }

    async fn n15_a_receiver_that_is_gone_pauses_at_once_and_even_that_call_is_kept(db: TestDatabase) {
        let world = World::start(&db).await;
        world.answers.store(410, Ordering::SeqCst);
        world.conversions(3).await;
        world.settle().await;
        assert_eq!(world.row().await.pause_reason.as_deref(), Some(pause_postback::GONE));
        assert_eq!(world.count(FiringState::Held).await, 3, "{:#?}", world.firings().await);
        assert_eq!(world.mails(2).await.len(), 2, "both sides are told, once");

        world.answers.store(200, Ordering::SeqCst);
        world.end_pause().await;
        world.drain().await;
        assert_eq!(world.count(FiringState::Delivered).await, 3, "nothing is lost");
    }

    async fn n15_ten_failures_pause_when_the_72_hours_are_over_though_nothing_is_sent_then(db: TestDatabase) {
        let world = World::start(&db).await;
        world.conversions(10).await;
        world.settle().await;
        let since = world.row().await.failing_since.unwrap();
        let last_second = since.plus_seconds(72 * 3_600 - 1);
        world.app.clock.set(last_second);
        world.sweep().await;
        assert_eq!(world.row().await.paused_at, None);
        world.app.clock.set(last_second.plus_seconds(1));
        world.sweep().await;
        assert_eq!(world.row().await.paused_at, Some(last_second.plus_seconds(1)));
        world.sweep().await;
    }
}

/// A process with its workers, one postback, and a receiver that is down.
struct World {
    app: App,
    seeded: Seeded,
    postback: PostbackId,
    receiver: Recorder,
    answers: Arc<AtomicU16>,
    start: UtcTime,
    mail_server: MailServer,
    _workers: workers::Workers,
}

impl World {
    async fn start(db: &TestDatabase) -> Self {
        tributary::delivery::http::install_crypto_provider();
        let answers = Arc::new(AtomicU16::new(503));
        let seen = Arc::clone(&answers);
        let receiver = Recorder::answering(move |_| Answer::status(seen.load(Ordering::SeqCst)));
        let seeded = seed(&db.url, 1, &[receiver.url("")]).await;
        let start = Clock::System.now();
        let mail_server = MailServer::start().await;
        let settings = settings(&db.url, &mail_server);
        let app = App::build(settings, Clock::manual(start), false).unwrap();
        let shop = seeded.shop;
        app.storage.write(move |tx| contact_learn(tx, shop, MERCHANT)).await.unwrap();
        let workers = workers::start(&app);
        let postback = seeded.affiliates[0].postback.unwrap();
        Self { app, seeded, postback, receiver, answers, start, mail_server, _workers: workers }
    }

    fn shop(&self) -> ShopId {
        self.seeded.shop
    }

    fn now(&self) -> UtcTime {
        self.app.clock.now()
    }

    /// The affiliate ends the pause.
    async fn end_pause(&self) {
        let (app, act, id) = (self.app.clone(), self.act(), self.postback);
        let owner = Owner::Affiliate(self.seeded.affiliates[0].id);
        let ended = self
            .app
            .storage
            .write(move |tx| pause_postback::resume(tx, app.mail_room(), act, owner, id));
        ended.await.unwrap();
    }

    fn act(&self) -> Act {
        Act { shop: self.shop(), actor: Actor::Affiliate(1), now: self.now() }
    }

    /// What the mail server has, as soon as it is so many, and a moment later, so that one too many
    /// is seen.
    async fn mails(&self, count: usize) -> Vec<Taken> {
        let deadline = Instant::now() + PATIENCE;
        while self.mail_server.taken().len() < count && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        self.mail_server.taken()
    }

    fn set_hour(&self, hour: i64) {
        self.app.clock.set(self.start.plus_seconds(hour * 3_600));
    }

    /// So many new conversions, each told once.
    async fn conversions(&self, count: i64) {
        let (now, shop, program) = (self.now(), self.shop(), self.seeded.program);
        let (postback, affiliate) = (self.postback, self.seeded.affiliates[0].id);
        self.app
            .storage
            .write::<_, StorageError, _>(move |tx| {
                let mut rows = Vec::new();
                for turn in 0..count {
                    let id = FiringId(tx.next_id(now));
                    // Each happens a moment after the one before.
                    let created_at = now.plus_millis(turn);
                    let mut record = Record::new();
                    record.set("transaction_id", format!("order-{id}"));
                    record.set("postback_id", id.to_string());
                    rows.push(Firing {
                        id,
                        shop_id: shop,
                        postback_id: postback,
                        affiliate_id: Some(affiliate),
                        program_id: Some(program),
                        conversion_id: Some(ConversionId(id.0)),
                        click_id: None,
                        event_key: format!("conversion:{id}:1"),
                        event: "conversion".to_owned(),
                        status: Some("pending".to_owned()),
                        transaction_id: Some(format!("order-{id}")),
                        record: serde_json::to_string(&record).unwrap(),
                        state: FiringState::Due,
                        reason: None,
                        run_at: now,
                        attempts: 0,
                        last_status_code: None,
                        is_replay: false,
                        created_at,
                        finished_at: None,
                    });
                }
                firing_enqueue_batch(tx, &rows)?;
                Ok(())
            })
            .await
            .unwrap();
    }

    /// Waits until nothing is due any more at this moment.
    async fn settle(&self) {
        self.wait_until("something is still due", async || {
            let now = self.now();
            // The clock stands still, so what is being sent is leased until exactly then.
            let leased = now.plus_seconds(LEASE_SECONDS);
            self.firings()
                .await
                .iter()
                .filter(|one| one.state == FiringState::Due)
                .all(|one| one.attempts > 0 && one.run_at > now && one.run_at != leased)
        })
        .await;
    }

    /// Waits until the backlog is out. Its pace is by the clock, so the clock goes on.
    async fn drain(&self) {
        self.wait_until("the backlog is not out", async || {
            self.app.clock.set(self.now().plus_millis(60));
            let left = self.app.storage.read(|conn| backlogs(conn, 9)).await.unwrap();
            left.is_empty() && self.count(FiringState::Held).await == 0
        })
        .await;
        self.app.clock.set(self.now().plus_seconds(1));
        self.settle().await;
    }

    async fn wait_until(&self, complaint: &str, is_so: impl AsyncFn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so().await {
            assert!(Instant::now() < deadline, "{complaint}: {:#?}", self.firings().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What the sweeper does every half a minute.
    async fn sweep(&self) {
        let now = self.now();
        let app = self.app.clone();
        let swept = self.app.storage.write(move |tx| pause_overdue(tx, app.mail_room(), now));
        swept.await.unwrap();
    }

    async fn row(&self) -> Postback {
        let (shop, id) = (self.shop(), self.postback);
        let row = self.app.storage.read(move |conn| postback_by_id(conn, shop, None, id)).await;
        row.unwrap().unwrap()
    }

    /// Newest first.
    async fn firings(&self) -> Vec<Firing> {
        let (shop, all) = (self.shop(), FiringFilter::default());
        self.app.storage.read(move |conn| firing_page(conn, shop, &all, None, 1_000)).await.unwrap()
    }

    async fn count(&self, state: FiringState) -> usize {
        self.firings().await.iter().filter(|one| one.state == state).count()
    }
}

/// The id of the firing that a call is about.
fn fire(call: &Received) -> String {
    call.query("fire").unwrap()
}

/// Longer than any call here, so that nothing that is being sent looks due.
const LEASE_SECONDS: i64 = 60;

/// Where the shop's merchant is told.
const MERCHANT: &str = "owner@shop.example";

fn settings(url: &str, mail_server: &MailServer) -> Settings {
    let source = SettingsSource {
        database_url: Some(url.to_owned()),
        shopify_api_key: Some("key".to_owned()),
        shopify_api_secret: Some("secret".to_owned()),
        shopify_app_url: Some("http://localhost:8080".to_owned()),
        encryption_key: Some(MasterKey::generate().unwrap().to_base64()),
        postback_allow_networks: Some(vec!["127.0.0.0/8".parse().unwrap()]),
        lease_seconds: Some(LEASE_SECONDS),
        smtp_url: Some(mail_server.url()),
        mail_from: Some("Tributary <app@tributary.example>".to_owned()),
        ..SettingsSource::default()
    };
    Settings::load(source).unwrap()
}
