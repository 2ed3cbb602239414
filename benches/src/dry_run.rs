//! How long a merchant waits for a dry run (N10): a draft that asks for everything, tried on orders
//! that the server itself has settled.

use std::time::Instant;

use domain::{program::ProgramRules, time::UtcTime};
use serde_json::json;
use storage::{Storage, StorageOptions};
use tributary::flows::{
    dry_run::{Draft, DraftFacts, DryRunError, dry_run},
    shop_book::ShopBooks,
};

use crate::Scale;
use crate::load::Pace;
use crate::report::{Figures, Report, millis};
use crate::stage::Stage;

/// What the specification names.
const ORDERS: u64 = 10_000;

pub(crate) async fn run(scale: &Scale) -> anyhow::Result<()> {
    let orders = scale.orders.unwrap_or(ORDERS);
    let mut report = Report::new("dry-run", "a draft program tried on past orders");
    let rules: ProgramRules = serde_json::from_value(json!({
        "key": "main",
        "commission": {"type": "percent", "value": "12.5"},
        "rates": [{"match": {"customer": "new"}, "commission": {"type": "percent", "value": "20"}}],
        "performance_tiers": {"scope": "month", "steps": [
            {"from": "1000.00", "commission": {"type": "percent", "value": "15"}}]},
        "levels": [{"percent": "10"}],
        "bonuses": [{"scope": "month", "from": "5000.00", "amount": "100.00"}],
        "cap_per_order": "50.00",
    }))?;
    for database in &scale.databases {
        let stage = Stage::set(*database, "all", orders).await?;
        stage.play(0..orders, Pace::AsFastAsAnswered).await?;
        let storage = Storage::connect(&stage.database.url, StorageOptions::default())?;
        let mut figures = Figures::new();
        let mut found = 0;
        for _ in 0..scale.runs {
            let (shop, program, rules) = (stage.seeded.shop, stage.seeded.program, rules.clone());
            let start = Instant::now();
            let tried = storage
                .read(move |conn| {
                    let book = ShopBooks::default().of(conn, shop)?;
                    let (from, until) = (UtcTime::from_micros(0), UtcTime::from_micros(i64::MAX));
                    let facts = DraftFacts::default();
                    let draft = Draft { program, rules: &rules, from, until, facts: &facts };
                    dry_run(conn, &book, &draft).map_err(|error| match error {
                        DryRunError::Storage(error) => error,
                        DryRunError::Rules(_) => {
                            storage::StorageError::Other("the benchmark's rules".to_owned())
                        }
                    })
                })
                .await?;
            figures.push(millis(start.elapsed()));
            found = tried.orders.len();
        }
        report.row(format!("{}, {found} orders", database.name()), "ms", &figures, "");
    }
    report.print();
    Ok(())
}
