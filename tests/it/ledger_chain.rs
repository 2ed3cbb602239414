//! The ledger's chain (N11): any entry that is changed, removed, added or moved past the program is
//! found and named, and so is a tail cut off; two processes that book at once make one chain.

use std::process::Command;

use domain::{
    ids::{AffiliateId, EntryId, ShopId},
    ledger::chain::ChainHash,
    money::Currency,
    time::UtcTime,
};
use proptest::{prelude::*, test_runner::TestRunner};
use storage::{
    Storage, StorageError, StorageOptions,
    ledger::{Entry, entries_append, ledger_daily_heads_of, ledger_head},
};
use tests::{db::TestDatabase, server_process::binary, sql};
use tributary::flows::verify_ledger::{Fault, Step, Walk};

use crate::golden::{
    builder::{Order, Scenario, day},
    harness::simulate,
};

/// Books sixty entries of several kinds over many days.
fn booked(db: &TestDatabase) -> ShopId {
    let orders: Vec<Order> = (1..=20).map(|n| Order::nth(n, "90.00")).collect();
    let setting = Scenario::golden()
        .program(serde_json::json!({"levels": [{"percent": "10"}]}))
        .affiliate("bob", serde_json::json!({}))
        .affiliate("anna", serde_json::json!({"upline": "bob"}));
    let told = orders.iter().fold(setting, |told, order| {
        told.order(order).refund(&order.refund(&order.created_at).amount("10.00"))
    });
    simulate(&told.advance(&day(90)).document(), db);
    ShopId(sql::integer(&db.url, "SELECT id AS value FROM shops"))
}

fn open(db: &TestDatabase) -> Storage {
    let options = StorageOptions { connections_max: 2, ..StorageOptions::default() };
    Storage::connect(&db.url, options).expect("the database opens")
}

fn verify(storage: &Storage, shop: ShopId) -> Step {
    verify_with(storage, shop, None)
}

fn verify_with(storage: &Storage, shop: ShopId, kept: Option<(i64, ChainHash)>) -> Step {
    let mut walk = storage.read_blocking(|conn| Walk::begin(conn, shop)).expect("a walk");
    if let Some((entries, hash)) = kept {
        walk.must_pass(entries, hash);
    }
    loop {
        match storage.read_blocking(|conn| walk.step(conn)).expect("a step") {
            Step::More { .. } => {}
            end => return end,
        }
    }
}

fn fault(storage: &Storage, shop: ShopId) -> Fault {
    match verify(storage, shop) {
        Step::Broken(fault) => fault,
        other => panic!("nothing was found: {other:?}"),
    }
}

/// One thing that somebody with access to the database may do to one entry.
#[derive(Debug, Clone)]
enum Tampering {
    /// `UPDATE` of one column.
    Change(&'static str),
    Delete,
    Swap,
    /// A copy of another entry under a new id, behind the last one.
    Append,
}

fn tamperings() -> impl Strategy<Value = Tampering> {
    prop_oneof![
        6 => prop::sample::select(vec![
            "amount_minor = amount_minor + 1",
            "amount_minor = -amount_minor",
            "payout_amount_minor = payout_amount_minor - 1",
            "affiliate_id = (SELECT MAX(id) + MIN(id) FROM affiliates) - affiliate_id",
            "at = at + 1",
            "kind = 'manual'",
            "reason = 'because'",
            "reason = COALESCE(reason, '') || '.'",
            "currency = 'EUR'",
            "currency = 'no currency'",
            "payout_currency = 'EUR'",
            "conversion_version = conversion_version + 100",
            "conversion_id = NULL",
            "id = id + 1",
            "seq = -seq",
            "seq = seq + 1000",
        ])
        .prop_map(Tampering::Change),
        2 => Just(Tampering::Delete),
        1 => Just(Tampering::Swap),
        1 => Just(Tampering::Append),
    ]
}

impl Tampering {
    /// Does it to the entry at this place of so many.
    fn commit(&self, db: &TestDatabase, seq: i64, entries: i64) {
        let at = |seq: i64| format!("WHERE seq = {seq}");
        let other = if seq == entries { 1 } else { seq + 1 };
        let statements = match self {
            Self::Change(change) => format!("UPDATE ledger_entries SET {change} {}", at(seq)),
            Self::Delete => format!("DELETE FROM ledger_entries {}", at(seq)),
            Self::Swap => format!(
                "UPDATE ledger_entries SET seq = -1 {};\
                 UPDATE ledger_entries SET seq = {seq} {};\
                 UPDATE ledger_entries SET seq = {other} {}",
                at(seq),
                at(other),
                at(-1)
            ),
            Self::Append => format!(
                "INSERT INTO ledger_entries (id, shop_id, affiliate_id, conversion_id, at, kind, \
                 reason, currency, amount_minor, payout_currency, payout_amount_minor, \
                 conversion_version, seq, hash) SELECT id + 7, shop_id, affiliate_id, NULL, at, \
                 kind, reason, currency, amount_minor, payout_currency, payout_amount_minor, NULL, \
                 {}, hash FROM ledger_entries {}",
                entries + 1,
                at(seq)
            ),
        };
        sql::execute(&db.url, &statements);
    }
}

fn any_tampering_is_found(fresh: impl Fn() -> Option<TestDatabase>, cases: u32) {
    let Some(db) = fresh() else { return };
    let shop = booked(&db);
    let storage = open(&db);
    let Step::Whole { entries, .. } = verify(&storage, shop) else { panic!("not whole") };
    assert!(entries > 60, "only {entries}");
    let keep = "CREATE TABLE kept AS SELECT * FROM ledger_entries";
    sql::execute(&db.url, keep);
    let restore = "DELETE FROM ledger_entries; INSERT INTO ledger_entries SELECT * FROM kept";
    let mut runner = TestRunner::new(ProptestConfig { cases, ..ProptestConfig::default() });
    let result = runner.run(&(tamperings(), 1..=entries), |(tampering, seq)| {
        tampering.commit(&db, seq, entries);
        let found = verify(&storage, shop);
        sql::execute(&db.url, restore);
        prop_assert!(matches!(found, Step::Broken(_)), "{tampering:?} of {seq}: {found:?}");
        Ok(())
    });
    result.unwrap();
    assert!(matches!(verify(&storage, shop), Step::Whole { .. }));
}

#[test]
fn n11_any_single_tampering_is_found_on_sqlite() {
    any_tampering_is_found(|| Some(TestDatabase::sqlite()), 150);
}

#[test]
fn n11_any_single_tampering_is_found_on_postgres() {
    any_tampering_is_found(TestDatabase::postgres, 60);
}

#[test]
fn n11_the_first_bad_entry_is_named() {
    let db = TestDatabase::sqlite();
    let shop = booked(&db);
    let storage = open(&db);
    sql::execute(&db.url, "UPDATE ledger_entries SET amount_minor = 1 WHERE seq IN (17, 30)");
    let Fault::Changed { seq, .. } = fault(&storage, shop) else { panic!("another fault") };
    assert_eq!(seq, 17);
    sql::execute(&db.url, "DELETE FROM ledger_entries WHERE seq = 9");
    assert_eq!(fault(&storage, shop), Fault::Missing { seq: 9 });
}

#[test]
fn n11_a_tail_cut_off_is_missed_by_the_head() {
    let db = TestDatabase::sqlite();
    let shop = booked(&db);
    let storage = open(&db);
    let last = sql::integer(&db.url, "SELECT MAX(seq) AS value FROM ledger_entries");
    sql::execute(&db.url, &format!("DELETE FROM ledger_entries WHERE seq > {}", last - 3));
    assert_eq!(fault(&storage, shop), Fault::Missing { seq: last - 2 });
}

#[test]
fn n11_a_head_cut_back_with_its_tail_contradicts_what_was_published() {
    let db = TestDatabase::sqlite();
    let shop = booked(&db);
    let storage = open(&db);
    let published = storage.read_blocking(|conn| ledger_daily_heads_of(conn, shop, 100)).unwrap();
    assert!(published.len() > 15, "a head for every day with entries but the last");
    // Cut back to the third day, the head as well: a chain that is right in itself.
    let early = &published[published.len() - 3];
    sql::execute(
        &db.url,
        &format!(
            "DELETE FROM ledger_entries WHERE seq > {0}; UPDATE ledger_heads SET entries = {0}, \
             hash = (SELECT hash FROM ledger_entries WHERE seq = {0})",
            early.entries
        ),
    );
    assert_eq!(fault(&storage, shop), Fault::Missing { seq: early.entries + 1 });
    // Somebody who removes the stored heads as well is found by the merchant's copy.
    let condition = format!("entries > {}", early.entries);
    sql::execute(&db.url, &format!("DELETE FROM ledger_daily_heads WHERE {condition}"));
    assert!(matches!(verify(&storage, shop), Step::Whole { .. }));
    let kept = (published[0].entries, published[0].hash);
    let found = verify_with(&storage, shop, Some(kept));
    assert_eq!(found, Step::Broken(Fault::Missing { seq: early.entries + 1 }));
}

#[test]
fn n11_without_its_head_a_chain_is_not_whole() {
    let db = TestDatabase::sqlite();
    let shop = booked(&db);
    let storage = open(&db);
    sql::execute(&db.url, "DELETE FROM ledger_heads");
    assert!(matches!(fault(&storage, shop), Fault::NoHead { .. }));
    assert_eq!(verify(&storage, ShopId(5)), Step::Whole { entries: 0, hash: ChainHash::START });
}

/// Two processes (here: stores with pools of their own) book for one shop at once.
fn two_processes_make_one_chain(db: &TestDatabase) {
    let shop = booked(db);
    let affiliate = AffiliateId(sql::integer(&db.url, "SELECT MIN(id) AS value FROM affiliates"));
    let before = open(db).read_blocking(|conn| ledger_head(conn, shop)).unwrap().unwrap().entries;
    std::thread::scope(|scope| {
        for process in 0..4_i64 {
            scope.spawn(move || {
                let storage = open(db);
                for batch in 0..15_i64 {
                    let now = UtcTime::from_micros(1_780_000_000_000_000 + batch * 40_000_000_000);
                    storage
                        .write_blocking(|tx| {
                            let count = (process + batch) % 4 + 1;
                            let entries: Vec<Entry> = (0..count)
                                .map(|_| entry(shop, affiliate, EntryId(tx.next_id(now)), now))
                                .collect();
                            entries_append(tx, &entries)
                        })
                        .unwrap();
                }
            });
        }
    });
    let storage = open(db);
    let Step::Whole { entries, .. } = verify(&storage, shop) else { panic!("not whole") };
    let booked: i64 =
        (0..4).map(|process| (0..15).map(|n| (process + n) % 4 + 1).sum::<i64>()).sum();
    assert_eq!(entries, before + booked);
}

fn entry(shop_id: ShopId, affiliate_id: AffiliateId, id: EntryId, at: UtcTime) -> Entry {
    Entry {
        id,
        shop_id,
        affiliate_id,
        conversion_id: None,
        at,
        kind: "manual".to_owned(),
        reason: None,
        currency: Currency::USD,
        amount_minor: 100,
        payout_currency: Currency::USD,
        payout_amount_minor: 100,
        conversion_version: None,
    }
}

#[test]
fn n11_two_processes_make_one_chain_on_sqlite() {
    two_processes_make_one_chain(&TestDatabase::sqlite());
}

#[test]
fn n11_two_processes_make_one_chain_on_postgres() {
    let Some(db) = TestDatabase::postgres() else { return };
    two_processes_make_one_chain(&db);
}

#[test]
fn n11_an_entry_that_is_rolled_back_leaves_no_gap() {
    let db = TestDatabase::sqlite();
    let shop = booked(&db);
    let storage = open(&db);
    let affiliate = AffiliateId(sql::integer(&db.url, "SELECT MIN(id) AS value FROM affiliates"));
    let undone: Result<(), StorageError> = storage.write_blocking(|tx| {
        let now = UtcTime::from_micros(1_780_000_000_000_000);
        entries_append(tx, &[entry(shop, affiliate, EntryId(tx.next_id(now)), now)])?;
        Err(StorageError::NotFound)
    });
    assert!(undone.is_err());
    assert!(matches!(verify(&storage, shop), Step::Whole { .. }));
}

/// What the command prints, and its exit code.
fn command(db: &TestDatabase, arguments: &[&str]) -> (String, Option<i32>) {
    let output = Command::new(binary())
        .arg("verify-ledger")
        .args(["--database-url", &db.url])
        .args(arguments)
        .output()
        .expect("the command runs");
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code())
}

#[test]
fn n11_the_command_names_the_shop_and_the_entry() {
    let db = TestDatabase::sqlite();
    booked(&db);
    let (text, code) = command(&db, &[]);
    assert!(text.starts_with("demo.myshopify.com: ") && text.contains("all as they were written"));
    assert_eq!(code, Some(0), "{text}");
    sql::execute(&db.url, "UPDATE ledger_entries SET amount_minor = 1 WHERE seq = 4");
    let (text, code) = command(&db, &["--shop", "demo.myshopify.com"]);
    assert!(text.contains("entry 4 (id ") && text.contains("was changed"), "{text}");
    assert_eq!(code, Some(1));
    let (_, code) = command(&db, &["--shop", "other.myshopify.com"]);
    assert_eq!(code, Some(1));
}
