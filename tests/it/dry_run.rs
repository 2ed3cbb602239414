//! The dry run (N10): it gives the numbers that publishing the draft gives, and it writes nothing.

use std::collections::HashMap;

use domain::{ids::ShopId, program::ProgramRules, time::UtcTime};
use serde_json::{Value, json};
use storage::{Storage, StorageOptions, ledger::ledger_head, shops::shop_list};
use tests::{db::TestDatabase, sql};
use tributary::flows::{
    dry_run::{Draft, DraftFacts, DryRun, DryRunError, dry_run},
    shop_book::ShopBooks,
};

use crate::golden::{
    builder::{Order, Scenario, day, line, percent, rate},
    harness::simulate,
    outcome::Outcome,
};

/// The tables that settling writes to.
const TABLES: [&str; 11] = [
    "orders",
    "conversions",
    "ledger_entries",
    "ledger_heads",
    "ledger_daily_heads",
    "balances",
    "daily_stats",
    "period_sales",
    "bonus_grants",
    "firings",
    "program_versions",
];

/// Dora above Cleo above Bob above Anna, who has eight orders in two months.
struct Past {
    scenario: Scenario,
    orders: Vec<Order>,
}

fn past() -> Past {
    let two_lines = Order::of([line("A", 1, "70.00"), line("B", 2, "40.00")]);
    let orders = vec![
        Order::nth(1, "600.00"),
        Order::nth(2, "500.00"),
        Order::nth(3, "100.00").buyer(5, "five@example.net"),
        Order::nth(20, "33.33").codes(["BOB10"]),
        two_lines.id(1_030).placed_at(&day(30)),
        Order::nth(40, "1999.99"),
        Order::nth(41, "49.99").guest(),
        Order::nth(50, "120.00").unpaid(),
    ];
    let refunded = &orders[5];
    let refund = refunded.refund(&day(60)).amount("500.00");
    let setting = Scenario::golden()
        .program(json!({"hold_days": 0}))
        .affiliate("dora", json!({}))
        .affiliate("cleo", json!({"upline": "dora"}))
        .affiliate("bob", json!({"upline": "cleo", "coupons": ["BOB10"]}))
        .affiliate("anna", json!({"upline": "bob"}));
    let placed = orders.iter().fold(setting, Scenario::order);
    Past { scenario: placed.refund(&refund), orders }
}

/// Drafts that touch every rule that looks at more than the order itself.
fn drafts() -> Vec<Value> {
    let steps = json!([{"from": "1000.00", "commission": percent("20")}]);
    let tiers = |scope: &str, mode: &str, demote: bool| {
        json!({"performance_tiers":
            {"scope": scope, "mode": mode, "demote": demote, "steps": steps}})
    };
    vec![
        json!({}),
        json!({"commission": percent("12.5"), "cap_per_order": "50.00"}),
        tiers("lifetime", "whole", false),
        tiers("lifetime", "marginal", true),
        tiers("month", "whole", true),
        tiers("month", "marginal", false),
        tiers("quarter", "whole", true),
        json!({"levels": [{"percent": "10"}, {"percent": "1", "of": "sale"}]}),
        json!({"rates": [rate(json!({"customer": "new"}), percent("30"))]}),
        json!({"customers": "new_only"}),
        json!({"minimum_order": "110.00"}),
        json!({"exclude": {"product_ids": [632_910_392]}}),
        json!({"order_value_tiers": {"mode": "marginal",
            "steps": [{"from": "0", "commission": percent("1")},
                      {"from": "100.00", "commission": percent("3")}]}}),
    ]
}

fn open(db: &TestDatabase) -> Storage {
    let options = StorageOptions { connections_max: 1, ..StorageOptions::default() };
    Storage::connect(&db.url, options).expect("the database opens")
}

fn the_shop(storage: &Storage) -> ShopId {
    storage.read_blocking(|conn| shop_list(conn, None, 1)).expect("shops")[0].id
}

/// The program's present rules with these fields changed.
fn draft_of(scenario: &Scenario, fields: &Value) -> ProgramRules {
    let changed = scenario.clone().program(fields.clone()).document();
    serde_json::from_value(changed["programs"][0].clone()).expect("rules")
}

fn try_draft(storage: &Storage, rules: &ProgramRules) -> Result<DryRun, DryRunError> {
    let shop = the_shop(storage);
    storage.read_blocking(|conn| {
        let book = ShopBooks::default().of(conn, shop)?;
        let program = storage::programs::program_list(conn, shop, 1)?[0].id;
        let (from, until) = (UtcTime::from_micros(0), UtcTime::from_micros(i64::MAX));
        let facts = DraftFacts::default();
        dry_run(conn, &book, &Draft { program, rules, from, until, facts: &facts })
    })
}

/// Amounts by order and affiliate's name, without zeros.
fn amounts(run: &DryRun, of: impl Fn(&tributary::flows::dry_run::DryPart) -> i64) -> Amounts {
    let names: HashMap<_, _> =
        run.affiliates.iter().map(|one| (one.id, one.name.clone())).collect();
    let parts = run.orders.iter().flat_map(|order| {
        let id = order.shopify_order_id.0;
        order.parts.iter().map(move |part| (id, part))
    });
    let amounts = parts.map(|(id, part)| ((id, names[&part.affiliate].clone()), of(part)));
    amounts.filter(|(_, minor)| *minor != 0).collect()
}

type Amounts = std::collections::BTreeMap<(u64, String), i64>;

/// What each affiliate has of each order in a real run; the unpaid order as it would be booked.
fn real(result: &Outcome, orders: &[Order]) -> Amounts {
    let mut amounts = Amounts::new();
    for order in orders {
        for name in ["anna", "bob", "cleo", "dora"] {
            let minor = result.order(order).stands_minor(name);
            if minor != 0 {
                amounts.insert((order.id, name.to_owned()), minor);
            }
        }
    }
    amounts
}

fn state(db: &TestDatabase, storage: &Storage) -> (Vec<i64>, Option<storage::ledger::Head>) {
    let count =
        |table: &&str| sql::integer(&db.url, &format!("SELECT COUNT(*) AS value FROM {table}"));
    let shop = the_shop(storage);
    let head = storage.read_blocking(|conn| ledger_head(conn, shop)).expect("a head");
    (TABLES.iter().map(count).collect(), head)
}

fn gives_what_publishing_gives(fresh: impl Fn() -> Option<TestDatabase>) {
    let Some(db) = fresh() else { return };
    let past = past();
    simulate(&past.scenario.document(), &db);
    let storage = open(&db);
    let before = state(&db, &storage);
    for fields in drafts() {
        let rules = draft_of(&past.scenario, &fields);
        let tried = try_draft(&storage, &rules).expect("a dry run");
        assert_eq!(tried.orders.len(), past.orders.len());

        let published = fresh().expect("it was there before");
        let scenario = past.scenario.clone().program(fields.clone());
        let result = Outcome::checked(simulate(&scenario.document(), &published));
        let new = amounts(&tried, |part| part.new_minor);
        assert_eq!(new, real(&result, &past.orders), "{fields}");

        // The same draft once it is in force: nothing would change any more.
        let again = try_draft(&open(&published), &rules).expect("a dry run");
        assert_eq!(amounts(&again, |part| part.new_minor), new, "{fields}");
        assert_eq!(amounts(&again, |part| part.old_minor), new, "{fields}");
        assert_eq!(tried.old_minor(), amounts(&tried, |part| part.old_minor).values().sum::<i64>());
    }
    assert_eq!(state(&db, &storage), before);
}

#[test]
fn n10_a_dry_run_gives_what_publishing_gives_on_sqlite() {
    gives_what_publishing_gives(|| Some(TestDatabase::sqlite()));
}

#[test]
fn n10_a_dry_run_gives_what_publishing_gives_on_postgres() {
    gives_what_publishing_gives(TestDatabase::postgres);
}

#[test]
fn n10_a_dry_run_changes_no_byte_of_the_database() {
    let db = TestDatabase::sqlite();
    let past = past();
    simulate(&past.scenario.document(), &db);
    let bytes = || {
        sql::execute(&db.url, "PRAGMA wal_checkpoint(TRUNCATE)");
        std::fs::read(db.url.trim_start_matches("sqlite://")).expect("the file")
    };
    let before = bytes();
    let rules = draft_of(&past.scenario, &json!({"commission": percent("50")}));
    let tried = try_draft(&open(&db), &rules).expect("a dry run");
    assert!(tried.new_minor() > tried.old_minor());
    assert!(bytes() == before, "the file has changed");
}

#[test]
fn n10_a_draft_that_could_not_be_published_is_refused() {
    let db = TestDatabase::sqlite();
    let past = past();
    simulate(&past.scenario.document(), &db);
    let rules = draft_of(&past.scenario, &json!({"cap_per_order": "-1"}));
    let refused = try_draft(&open(&db), &rules);
    let Err(DryRunError::Rules(errors)) = refused else { panic!("{refused:?}") };
    assert_eq!(errors[0].field, "cap_per_order");
}

#[test]
fn n10_bonuses_of_the_draft_are_shown_beside_those_granted() {
    let db = TestDatabase::sqlite();
    let past = past();
    simulate(&past.scenario.document(), &db);
    let bonus = json!({"bonuses": [{"scope": "month", "from": "1200.00", "amount": "25.00"}]});
    let tried = try_draft(&open(&db), &draft_of(&past.scenario, &bonus)).expect("a dry run");
    let anna = tried.affiliates.iter().find(|one| one.name == "anna").expect("anna");
    // March: 600 + 500 + 100 + 150; April: 1999.99 − 500 + 49.99.
    assert_eq!((anna.old_bonus_minor, anna.new_bonus_minor), (0, 5_000));
}
