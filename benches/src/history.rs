//! Whether an order costs more when many are stored: the same load at a thousand and at a million
//! orders. The history is copied from orders that the server itself has settled, row by row in all
//! tables that grow with orders, by the database.

use std::time::Instant;

use tests::orders::Order;
use tests::server_process::{ServerProcess, ServerSettings};
use tests::sql;

use crate::Scale;
use crate::load::Pace;
use crate::report::{Figures, Report, micros_each, per_second};
use crate::stage::{AFFILIATES, Stage};

const FEW: u64 = 1_000;
const MANY: u64 = 1_000_000;
/// Measured at each size of history.
const ORDERS: u64 = 4_000;

pub(crate) async fn run(scale: &Scale) -> anyhow::Result<()> {
    let mut report = Report::new(
        "history",
        "what an order costs end to end at 1 thousand and at 1 million stored orders",
    );
    let orders = scale.orders.unwrap_or(ORDERS);
    for database in &scale.databases {
        let all = FEW + 2 * orders * u64::try_from(scale.runs)? + FEW;
        let mut stage = Stage::set(*database, "all", all).await?;
        stage.play(0..FEW, Pace::AsFastAsAnswered).await?;
        let mut next = FEW;
        let few = measure(&stage, &mut next, orders, scale.runs).await?;

        stage.server.kill();
        let start = Instant::now();
        copy_orders(&stage.database.url);
        let copying = start.elapsed();
        stage.server = ServerProcess::started(ServerSettings::new(&stage.database.url)).await;
        // Caches are cold after the copying; they are not what is measured.
        stage.play(next..next + FEW, Pace::AsFastAsAnswered).await?;
        next += FEW;
        let many = measure(&stage, &mut next, orders, scale.runs).await?;

        let name = database.name();
        report.row(format!("{name}, 1 thousand"), "orders per second", &few.rate, "");
        report.row(format!("{name}, 1 thousand"), "µs of CPU each", &few.cpu, "");
        let ratio = few.rate.median() / many.rate.median();
        let note = format!("{ratio:.2} times the time each (copied in {copying:.0?})");
        report.row(format!("{name}, 1 million"), "orders per second", &many.rate, note);
        let ratio = many.cpu.median() / few.cpu.median();
        let note = format!("{ratio:.2} times the CPU");
        report.row(format!("{name}, 1 million"), "µs of CPU each", &many.cpu, note);
    }
    report.print();
    Ok(())
}

struct Cost {
    rate: Figures,
    cpu: Figures,
}

async fn measure(stage: &Stage, next: &mut u64, orders: u64, runs: usize) -> anyhow::Result<Cost> {
    let mut cost = Cost { rate: Figures::new(), cpu: Figures::new() };
    for _ in 0..runs {
        let played = stage.play(*next..*next + orders, Pace::AsFastAsAnswered).await?;
        *next += orders;
        let count = played.loaded.exchanges.len();
        cost.rate.push(per_second(count, played.time));
        cost.cpu.push(micros_each(played.cpu, count));
    }
    Ok(cost)
}

/// Copies the first orders, one of each affiliate, until there are many. Ids are from before the
/// first real one, times ten seconds apart, customers two orders each.
fn copy_orders(url: &str) {
    let first_id = Order::reference(0, "", domain::time::UtcTime::default()).id();
    let source =
        format!("FROM n JOIN orders o ON o.shopify_order_id = {first_id} + n.i % {AFFILIATES}");
    let series = format!(
        "WITH RECURSIVE n(i) AS \
         (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})"
    );
    for copy in COPIES {
        let statement = copy.replace("{series}", &series).replace("{source}", &source);
        sql::execute(url, &statement);
    }
    sql::execute(url, "ANALYZE");
}

/// Ids that no real row has: a millisecond of 2026 each.
const COPIES: [&str; 6] = [
    "{series} INSERT INTO orders (id, shop_id, shopify_order_id, name, ordered_at, customer_id, \
     currency, total_minor, state, decision, reason, created_at, updated_at) \
     SELECT n.i * 4194304, o.shop_id, 1000000000000 + n.i, '#H' || n.i, \
     o.ordered_at - n.i * 10000000, 9000000000000 + n.i / 2, o.currency, o.total_minor, o.state, \
     o.decision, o.reason, o.created_at - n.i * 10000000, o.updated_at - n.i * 10000000 {source}",
    "{series} INSERT INTO conversions (id, shop_id, order_id, affiliate_id, program_id, \
     program_version, click_id, method, share_index, status, reason, currency, sales_minor, \
     commission_minor, first_commission_minor, payout_currency, payout_rate, payout_minor, \
     explanation, memory, ordered_at, approve_at, version, created_at, updated_at) \
     SELECT n.i * 4194304, c.shop_id, n.i * 4194304, c.affiliate_id, c.program_id, \
     c.program_version, c.click_id, c.method, c.share_index, 'approved', c.reason, c.currency, \
     c.sales_minor, c.commission_minor, c.first_commission_minor, c.payout_currency, \
     c.payout_rate, c.payout_minor, c.explanation, c.memory, c.ordered_at - n.i * 10000000, NULL, \
     c.version, c.created_at - n.i * 10000000, c.updated_at - n.i * 10000000 \
     {source} JOIN conversions c ON c.order_id = o.id",
    "{series} INSERT INTO ledger_entries (id, shop_id, affiliate_id, conversion_id, at, kind, \
     reason, currency, amount_minor, payout_currency, payout_amount_minor, conversion_version) \
     SELECT n.i * 4194304, e.shop_id, e.affiliate_id, n.i * 4194304, e.at - n.i * 10000000, \
     e.kind, e.reason, e.currency, e.amount_minor, e.payout_currency, e.payout_amount_minor, \
     e.conversion_version \
     {source} JOIN conversions c ON c.order_id = o.id JOIN ledger_entries e ON e.conversion_id = c.id",
    "{series} INSERT INTO firings (id, shop_id, postback_id, affiliate_id, program_id, \
     conversion_id, click_id, event_key, event, status, transaction_id, record, state, reason, \
     run_at, attempts, last_status_code, is_replay, created_at, finished_at) \
     SELECT n.i * 4194304, f.shop_id, f.postback_id, f.affiliate_id, f.program_id, \
     n.i * 4194304, f.click_id, 'history:' || n.i, f.event, f.status, \
     CAST(1000000000000 + n.i AS TEXT), f.record, f.state, f.reason, f.run_at - n.i * 10000000, \
     f.attempts, f.last_status_code, f.is_replay, f.created_at - n.i * 10000000, \
     f.finished_at - n.i * 10000000 \
     {source} JOIN conversions c ON c.order_id = o.id JOIN firings f ON f.conversion_id = c.id",
    "{series} INSERT INTO attempts (id, shop_id, firing_id, number, at, latency_ms, method, \
     template, url, headers, body, status_code, outcome, error, response, flags, next_try_at) \
     SELECT n.i * 4194304, a.shop_id, n.i * 4194304, a.number, a.at - n.i * 10000000, \
     a.latency_ms, a.method, a.template, a.url, a.headers, a.body, a.status_code, a.outcome, \
     a.error, a.response, a.flags, a.next_try_at \
     {source} JOIN conversions c ON c.order_id = o.id JOIN firings f ON f.conversion_id = c.id \
     JOIN attempts a ON a.firing_id = f.id AND a.status_code = 200",
    "{series} INSERT INTO deliveries (id, shop_id, webhook_id, event_id, topic, api_version, \
     triggered_at, received_at, state, attempts, run_at, error) \
     SELECT n.i * 4194304, o.shop_id, 'history-' || n.i, 'history-' || n.i, 'orders/create', \
     '2026-10', o.created_at - n.i * 10000000, o.created_at - n.i * 10000000, 'done', 1, \
     o.created_at - n.i * 10000000, NULL {source}",
];
