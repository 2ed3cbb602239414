//! Mails on their way to the mail server: by several processes once each, by the next process when one
//! dies, and once more, under the same id, when nobody can know whether the server took it.

use std::time::{Duration, Instant};

use domain::{ids::ShopId, time::UtcTime};
use tests::{PATIENCE, both_databases, mail_server::MailServer, seed::seed};
use tributary::{
    app::App,
    clock::Clock,
    config::{Settings, SettingsSource},
    delivery::workers,
    flows::write_mail::{Letter, MailError, Recipient, write_mail},
    secrets::MasterKey,
};

const MAILS: usize = 40;

/// A process with its clock.
fn process(url: &str, server: &MailServer, key: &MasterKey, clock: Clock) -> App {
    let source = SettingsSource {
        database_url: Some(url.to_owned()),
        shopify_api_key: Some("key".to_owned()),
        shopify_api_secret: Some("secret".to_owned()),
        shopify_app_url: Some("http://localhost:8080".to_owned()),
        encryption_key: Some(key.to_base64()),
        smtp_url: Some(server.url()),
        mail_from: Some("Tributary <app@tributary.example>".to_owned()),
        ..SettingsSource::default()
    };
    App::build(Settings::load(source).unwrap(), clock, false).unwrap()
}

/// Mails to `person0@example.com` and so on, in one write.
async fn write(app: &App, shop: ShopId, count: usize) {
    let (key, now) = (app.master_key.clone(), app.clock.now());
    let written = app.storage.write::<_, MailError, _>(move |tx| {
        for turn in 0..count {
            let address = format!("person{turn}@example.com");
            let to = Recipient { shop, affiliate: None, address };
            let letter =
                Letter { kind: "test", subject: "Hello".to_owned(), text: "Hello.".to_owned() };
            write_mail(tx, &key, &to, &letter, now)?;
        }
        Ok(())
    });
    written.await.unwrap();
}

/// Recipients of what the server has taken, as soon as there are so many, and a moment later, so that one
/// too many is seen.
async fn taken(server: &MailServer, count: usize) -> Vec<String> {
    let deadline = Instant::now() + PATIENCE;
    while server.taken().len() < count && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut to: Vec<String> = server.taken().into_iter().flat_map(|mail| mail.to).collect();
    to.sort();
    to
}

both_databases! {
    async fn processes_that_share_the_outbox_send_each_mail_once(db: TestDatabase) {
        tributary::delivery::http::install_crypto_provider();
        let shop = seed(&db.url, 1, &[]).await.shop;
        let (server, key) = (MailServer::start().await, MasterKey::generate().unwrap());
        let processes: Vec<App> =
            (0..3).map(|_| process(&db.url, &server, &key, Clock::System)).collect();
        write(&processes[0], shop, MAILS).await;
        let _workers: Vec<_> = processes.iter().map(workers::start).collect();
        let mut expected: Vec<String> =
            (0..MAILS).map(|turn| format!("person{turn}@example.com")).collect();
        expected.sort();
        assert_eq!(taken(&server, MAILS).await, expected);
    }
}

both_databases! {
    async fn a_mail_whose_process_died_goes_out_when_its_lease_has_ended(db: TestDatabase) {
        tributary::delivery::http::install_crypto_provider();
        let shop = seed(&db.url, 1, &[]).await.shop;
        let key = MasterKey::generate().unwrap();
        let start = UtcTime::parse("2026-11-21T10:00:00Z").unwrap();
        // It takes the mail up and is never heard of again.
        let deaf = MailServer::deaf().await;
        let dying = process(&db.url, &deaf, &key, Clock::manual(start));
        write(&dying, shop, 1).await;
        let first = workers::start(&dying);
        deaf.is_called().await;

        let server = MailServer::start().await;
        let next = process(&db.url, &server, &key, Clock::manual(start.plus_seconds(119)));
        write(&next, shop, 2).await;
        let _workers = workers::start(&next);
        // Of its own two the first is for the same person: the one that waits is not among them.
        assert_eq!(taken(&server, 2).await, ["person0@example.com", "person1@example.com"]);
        next.clock.set(start.plus_seconds(120));
        assert_eq!(taken(&server, 3).await.len(), 3);
        assert_eq!(first.mailer.load(), 1, "the first still waits for an answer");
    }
}

both_databases! {
    async fn a_mail_that_breaks_off_comes_again_under_the_same_id(db: TestDatabase) {
        tributary::delivery::http::install_crypto_provider();
        let shop = seed(&db.url, 1, &[]).await.shop;
        let key = MasterKey::generate().unwrap();
        let start = UtcTime::parse("2026-11-21T10:00:00Z").unwrap();
        let server = MailServer::breaking_off(1).await;
        let app = process(&db.url, &server, &key, Clock::manual(start));
        write(&app, shop, 1).await;
        let _workers = workers::start(&app);
        assert_eq!(taken(&server, 1).await.len(), 1);
        app.clock.set(start.plus_seconds(60));
        assert_eq!(taken(&server, 2).await.len(), 2);
        let ids: Vec<String> = server
            .taken()
            .iter()
            .map(|mail| mail.header("Message-ID").expect("an id").to_owned())
            .collect();
        assert_eq!(ids[0], ids[1]);
        app.clock.set(start.plus_days(1));
        write(&app, shop, 2).await;
        let (first, second) = ("person0@example.com", "person1@example.com");
        assert_eq!(taken(&server, 4).await, [first, first, first, second], "not a third time");
    }
}
