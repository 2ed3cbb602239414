//! A page of the postback log with a million rows (N6): the very function that the page calls, with the
//! filters that hurt most, for the merchant and for one affiliate. Nothing is warmed up but the first
//! run, and nobody has gathered statistics on SQLite.

use std::time::Instant;

use storage::{Storage, StorageError, StorageOptions};
use tests::{
    seed::{Seeded, seed},
    sql,
};
use tributary::web::{display::Zone, forms::Fields, log_rows::Reader};

use crate::Scale;
use crate::report::{Figures, Report, millis};

/// Rows of the log.
const ROWS: u64 = 1_000_000;
/// Affiliates who share them.
const AFFILIATES: usize = 8;

/// What a page is asked for, in words and as a query. `{affiliate}` is the first one's number,
/// `{postback}` its postback.
const ASKED: [(&str, &str); 10] = [
    ("no filter", ""),
    ("failed", "outcome=failed"),
    ("held", "outcome=held"),
    ("4xx, which nothing had", "code=4xx"),
    ("5xx", "code=5xx"),
    ("refunds, one in a thousand", "event=refund"),
    ("payouts, which nothing was", "event=payout"),
    ("one transaction", "transaction=order-500000"),
    ("one affiliate, failed", "affiliate={affiliate}&outcome=failed"),
    ("one postback, delivered", "postback={postback}&outcome=delivered"),
];

pub(crate) async fn run(scale: &Scale) -> anyhow::Result<()> {
    let mut report =
        Report::new("log", "a page of the postback log with a million rows, everything it shows");
    let rows = scale.orders.unwrap_or(ROWS);
    for database in &scale.databases {
        let stored = database.fresh()?;
        let origins = ["http://127.0.0.1:9".to_owned()];
        let seeded = seed(&stored.url, AFFILIATES, &origins).await;
        fill(&stored.url, &seeded, rows);
        let storage = Storage::connect(&stored.url, StorageOptions::default())?;
        let first = seeded.affiliate(0);
        for (side, affiliate) in [("merchant", None), ("affiliate", Some(first))] {
            for (what, query) in ASKED {
                if affiliate.is_some() && query.contains("affiliate=") {
                    continue;
                }
                let reader = Reader {
                    shop: seeded.shop,
                    affiliate: affiliate.map(|one| one.id),
                    zone: Zone::named("UTC"),
                };
                let postback = first.postback.map_or(0, |id| id.0);
                let query = query
                    .replace("{affiliate}", "1001")
                    .replace("{postback}", &postback.to_string());
                let mut figures = Figures::new();
                for _ in 0..scale.runs {
                    let (reader, fields) = (reader.clone(), Fields::read(query.as_bytes()));
                    let start = Instant::now();
                    storage
                        .read::<_, StorageError, _>(move |conn| reader.page(conn, &fields, "/log"))
                        .await?;
                    figures.push(millis(start.elapsed()));
                }
                let name = format!("{}, {side}, {what}", database.name());
                report.row(name, "ms", &figures, "");
            }
        }
    }
    report.print();
    Ok(())
}

/// A million firings with an attempt each, a second apart, in turn of all affiliates. One in a hundred
/// was not delivered.
fn fill(url: &str, seeded: &Seeded, rows: u64) {
    let mut text = format!(
        "CREATE TEMPORARY TABLE numbers AS \
         WITH RECURSIVE series (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL \
         SELECT i + 1 FROM series WHERE i < {rows}) \
         SELECT i, i % {AFFILIATES} AS k, i * 4194304 AS id, \
         1772366400000000 + i * 1000000 AS at FROM series;\n\
         CREATE TEMPORARY TABLE owners (k BIGINT, affiliate BIGINT, postback BIGINT);\n"
    );
    for (k, one) in seeded.affiliates.iter().enumerate() {
        let postback = one.postback.map_or(0, |id| id.0);
        text.push_str(&format!("INSERT INTO owners VALUES ({k}, {}, {postback});\n", one.id));
    }
    let (shop, program) = (seeded.shop, seeded.program);
    text.push_str(&format!(
        "INSERT INTO firings (id, shop_id, postback_id, affiliate_id, program_id, conversion_id, \
         click_id, event_key, event, status, transaction_id, record, state, reason, run_at, \
         attempts, last_status_code, is_replay, created_at, finished_at) \
         SELECT n.id, {shop}, o.postback, o.affiliate, {program}, NULL, NULL, 'event:' || n.i, \
         CASE WHEN n.i % 1000 = 7 THEN 'refund' WHEN n.i % 10 = 1 THEN 'status_change' \
             ELSE 'conversion' END, \
         'pending', 'order-' || n.i, '{{\"order_name\":\"#1\",\"transaction_id\":\"1\"}}', \
         CASE WHEN n.i % 200 = 3 THEN 'failed' WHEN n.i % 500 = 4 THEN 'not_sent' \
             WHEN n.i % 500 = 5 THEN 'held' ELSE 'delivered' END, \
         NULL, n.at, 1, CASE WHEN n.i % 200 = 3 THEN 503 ELSE 200 END, FALSE, n.at, n.at \
         FROM numbers n JOIN owners o ON o.k = n.k;\n\
         INSERT INTO attempts (id, shop_id, firing_id, number, at, latency_ms, method, template, url, \
         headers, body, status_code, outcome, error, response, flags, next_try_at) \
         SELECT n.id, {shop}, n.id, 1, n.at, 12, 'GET', 'https://t.example/?c={{click_id}}', \
         'https://t.example/?c=w5fj2k3l4m9q', '[[\"X-A\",\"b\"]]', NULL, \
         CASE WHEN n.i % 200 = 3 THEN 503 ELSE 200 END, \
         CASE WHEN n.i % 200 = 3 THEN 'failed' ELSE 'accepted' END, NULL, 'OK', NULL, NULL \
         FROM numbers n;\n"
    ));
    let before = match url.starts_with("sqlite") {
        true => "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;",
        false => "SET session_replication_role = replica;",
    };
    sql::execute(url, &format!("{before}\n{text}"));
}
