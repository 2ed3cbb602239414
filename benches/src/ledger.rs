//! How long it takes to prove a ledger whole (N11), and what the chain costs while entries are written.

use std::time::Instant;

use domain::{ids::EntryId, money::Currency, time::UtcTime};
use storage::{
    Storage, StorageError, StorageOptions,
    ledger::{Entry, entries_append},
};
use tests::seed::{Seeded, seed};
use tributary::flows::verify_ledger::{Step, Walk};

use crate::Scale;
use crate::report::{Figures, Report, millis, per_second};

/// What the specification names.
const ENTRIES: u64 = 1_000_000;
/// Entries of one transaction while filling.
const BATCH: u64 = 2_000;

pub(crate) async fn run(scale: &Scale) -> anyhow::Result<()> {
    let entries = scale.orders.unwrap_or(ENTRIES);
    let mut report = Report::new("ledger", "a chain of entries written and verified");
    for database in &scale.databases {
        let fresh = database.fresh()?;
        let seeded = seed(&fresh.url, 8, &[]).await;
        let storage = Storage::connect(&fresh.url, StorageOptions::default())?;
        let start = Instant::now();
        for batch in 0..entries.div_ceil(BATCH) {
            let count = BATCH.min(entries - batch * BATCH);
            let seeded = seeded.clone();
            storage
                .write(move |tx| {
                    let rows: Vec<Entry> = (0..count)
                        .map(|n| entry(&seeded, batch * BATCH + n, |now| tx.next_id(now)))
                        .collect();
                    entries_append(tx, &rows)
                })
                .await?;
        }
        let mut written = Figures::new();
        written.push(per_second(usize::try_from(entries)?, start.elapsed()));
        let mut verified = Figures::new();
        for _ in 0..scale.runs {
            let shop = seeded.shop;
            let start = Instant::now();
            let end = storage
                .read(move |conn| {
                    let mut walk = Walk::begin(conn, shop)?;
                    loop {
                        match walk.step(conn)? {
                            Step::More { .. } => {}
                            end => return Ok::<_, StorageError>(end),
                        }
                    }
                })
                .await?;
            anyhow::ensure!(matches!(end, Step::Whole { .. }), "not whole: {end:?}");
            verified.push(millis(start.elapsed()));
        }
        let name = database.name();
        report.row(format!("{name}, written"), "entries per second", &written, "");
        report.row(format!("{name}, {entries} verified"), "ms", &verified, "");
    }
    report.print();
    Ok(())
}

fn entry(seeded: &Seeded, n: u64, id: impl Fn(UtcTime) -> i64) -> Entry {
    let seconds = i64::try_from(n).unwrap_or(0) * 20;
    let at = UtcTime::from_micros(1_780_000_000_000_000).plus_seconds(seconds);
    Entry {
        id: EntryId(id(at)),
        shop_id: seeded.shop,
        affiliate_id: seeded.affiliate(n).id,
        conversion_id: None,
        at,
        kind: "manual".to_owned(),
        reason: Some("benchmark".to_owned()),
        currency: Currency::USD,
        amount_minor: 900,
        payout_currency: Currency::USD,
        payout_amount_minor: 900,
        conversion_version: None,
    }
}
