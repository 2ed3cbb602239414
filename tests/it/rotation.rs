//! The key of what is encrypted in the database is replaced, as docs/operations.md tells it: the new key
//! beside the old one, everything encrypted anew, the old key taken away.

use std::process::{Command, Output};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    pixel::{PixelChoice, PixelRules},
    postback::{AuthKind, PostbackSettings},
    shop::PostbackRules,
};
use shopify::admin::shop::ReadShop;
use storage::{StorageError, postbacks::Owner, sealed::SealedColumn, shops::Shop};
use tests::{
    both_databases, db::TestDatabase, seed::seed_into, server_process::binary,
    shopify::FakeShopify, sql, webhook::CLIENT_SECRET,
};
use tributary::{
    app::App,
    clock::Clock,
    flows::{
        record_activity::{Act, Actor},
        renew_secrets::{Renewed, renew_column},
        save_pixel::{PixelDraft, PixelOwner, add_pixel},
        save_postback::{Draft, Saving, save_postback},
        write_mail::{Letter, Recipient, write_mail},
    },
};

use crate::shopify::{ENCRYPTION_KEY, address, connected, process_with};

fn key(byte: u8) -> String {
    STANDARD.encode([byte; 32])
}

/// A process with these keys for what is encrypted.
fn process(db: &TestDatabase, fake: &FakeShopify, present: &str, before: &str) -> App {
    process_with(db, fake, Clock::System, |settings| {
        settings.secrets_key = Some(present.to_owned());
        settings.secrets_key_previous = Some(before.to_owned());
    })
}

/// The command as an operator runs it.
fn rotate(db: &TestDatabase, present: &str, before: &str) -> Output {
    let mut command = Command::new(binary());
    command.arg("rotate-secrets").env_clear();
    for (name, value) in [
        ("DATABASE_URL", db.url.as_str()),
        ("SHOPIFY_API_KEY", "key"),
        ("SHOPIFY_API_SECRET", CLIENT_SECRET),
        ("SHOPIFY_APP_URL", "https://app.example.com"),
        ("ENCRYPTION_KEY", ENCRYPTION_KEY),
        ("SECRETS_KEY", present),
        ("SECRETS_KEY_PREVIOUS", before),
    ] {
        command.env(name, value);
    }
    command.output().expect("the command")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Everything that is encrypted, each once; the postback brings the secret that it is signed with, the
/// connection its token.
async fn fill(app: &App, shop: &Shop) {
    let seeded = seed_into(&app.storage, shop.id, 1).await;
    let (shop, affiliate) = (shop.id, seeded.affiliates[0].id);
    let (app_in, now) = (app.clone(), app.clock.now());
    let written = app.storage.write::<_, StorageError, _>(move |tx| {
        let key = &app_in.master_key;
        let to = Recipient { shop, affiliate: None, address: "owner@example.com".to_owned() };
        let letter = Letter {
            kind: "password_link",
            subject: "Your password".to_owned(),
            text: "a link".to_owned(),
        };
        write_mail(tx, key, &to, &letter, now).unwrap();
        let draft = PixelDraft {
            number: "123456789012345".to_owned(),
            is_confirmed: false,
            choice: PixelChoice::default(),
            token: "EAAtoken".to_owned(),
            drops_token: false,
            test_code: String::new(),
            is_enabled: true,
        };
        let owner = PixelOwner { shop, affiliate };
        add_pixel(tx, key, &PixelRules::default(), owner, &draft, now).unwrap();
        let settings = PostbackSettings {
            name: "CRM".to_owned(),
            url: "https://crm.example/?order={order_id}".to_owned(),
            auth: Some(AuthKind::Bearer),
            ..PostbackSettings::default()
        };
        let saving = Saving {
            act: Act { shop, actor: Actor::Merchant, now },
            owner: Owner::Merchant,
            id: None,
            draft: Draft { settings, login: String::new(), secret: "s3cret".to_owned() },
            rules: PostbackRules::default(),
            private_hosts_allowed: false,
        };
        save_postback(tx, app_in.mail_room(), &saving).unwrap();
        Ok(())
    });
    written.await.unwrap();
}

/// What a process finds of every column: values under its present key, and ones that it cannot open.
async fn look(app: &App) -> Renewed {
    let mut all = Renewed::default();
    for column in SealedColumn::ALL {
        let found = renew_column(&app.storage, &app.master_key, column, |_| {}).await.unwrap();
        all.anew += found.anew;
        all.present += found.present;
        all.unreadable.extend(found.unreadable);
    }
    all
}

both_databases! {
    async fn s11_11_after_a_rotation_nothing_needs_the_keys_before(db: TestDatabase) {
        let fake = FakeShopify::start();
        let (app, shop) = connected(&db, &fake).await;
        fill(&app, &shop).await;
        let secrets = u64::try_from(SealedColumn::ALL.len()).unwrap();
        assert_eq!(look(&app).await.present, secrets, "one of each");

        // The first key of its own, in place of the one that everything is derived from.
        let (first, second) = (key(1), key(2));
        let rotated = rotate(&db, &first, "");
        assert!(rotated.status.success(), "{rotated:?}");
        assert!(stdout(&rotated).starts_with("5 secrets encrypted anew, 0 had"), "{rotated:?}");
        // And the next one. What is written meanwhile has the new key already.
        let both = process(&db, &fake, &second, &first);
        both.admin_api.renew(&address(&shop), 1).await.unwrap();
        let rotated = rotate(&db, &second, &first);
        assert!(stdout(&rotated).starts_with("4 secrets encrypted anew, 1 had"), "{rotated:?}");
        assert!(stdout(&rotated).ends_with("SECRETS_KEY_PREVIOUS can be taken away.\n"));

        let only = process(&db, &fake, &second, "");
        assert_eq!(look(&only).await, Renewed { present: secrets, ..Renewed::default() });
        assert!(only.admin_api.call(&address(&shop), &ReadShop).await.is_ok());
        // The keys before open nothing any more, the one that everything is derived from included.
        assert_eq!(look(&app).await.unreadable.len(), SealedColumn::ALL.len());
        let again = rotate(&db, &second, "");
        assert!(stdout(&again).starts_with("0 secrets encrypted anew, 5 had"), "{again:?}");
    }

    async fn s11_11_a_rotation_without_the_key_before_says_what_it_could_not_open(db: TestDatabase) {
        let fake = FakeShopify::start();
        let (app, shop) = connected(&db, &fake).await;
        fill(&app, &shop).await;
        assert!(rotate(&db, &key(1), "").status.success());
        let forgotten = rotate(&db, &key(2), "");
        assert!(!forgotten.status.success());
        let told = stdout(&forgotten);
        assert!(told.contains("0 secrets encrypted anew, 0 had the present key already, 5 cannot be"));
        assert!(told.contains("postbacks.credentials of row"), "{told}");
        // Nothing was lost: with both keys it goes through.
        assert!(rotate(&db, &key(2), &key(1)).status.success());
    }
}

/// A new column that holds something encrypted has to be rotated as well.
#[test]
fn every_column_of_bytes_is_rotated_or_known_to_hold_no_secret() {
    #[derive(diesel::QueryableByName)]
    struct Column {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }
    let db = TestDatabase::sqlite();
    let columns: Vec<Column> = sql::rows(
        &db.url,
        "SELECT m.name || '.' || c.name AS name FROM sqlite_schema AS m \
         JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table' AND lower(c.type) = 'blob'",
    );
    let mut found: Vec<String> = columns.into_iter().map(|column| column.name).collect();
    found.retain(|name| SealedColumn::ALL.iter().all(|sealed| sealed.name() != name));
    found.sort_unstable();
    assert_eq!(found, PLAIN);
}

/// Bytes that are no secrets: bodies of webhooks, hashes, files.
const PLAIN: [&str; 6] = [
    "creative_images.body",
    "delivery_bodies.body",
    "job_pieces.content",
    "ledger_daily_heads.hash",
    "ledger_entries.hash",
    "ledger_heads.hash",
];
