//! How long an affiliate waits (U8): from the webhook's answer to the postback's arrival at the
//! receiver, while orders come steadily, whether or not the server keeps up.

use std::time::Duration;

use crate::Scale;
use crate::load::Pace;
use crate::report::{Figures, Report, millis, quantile};
use crate::stage::Stage;

/// 30 seconds of them.
const ORDERS: u64 = 6_000;
/// 200 a second.
const INTERVAL: Duration = Duration::from_millis(5);
/// Played first, off the clock.
const WARM_UP: u64 = 200;

pub(crate) async fn run(scale: &Scale) -> anyhow::Result<()> {
    let mut report = Report::new(
        "latency",
        "from the webhook's answer to the postback's arrival, 200 orders a second, open loop",
    );
    let orders = scale.orders.unwrap_or(ORDERS);
    for database in &scale.databases {
        let mut arrival = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0)]
            .map(|(name, share)| (name, share, Figures::new()));
        let mut answer = Figures::new();
        for _ in 0..scale.runs {
            let stage = Stage::set(*database, "all", WARM_UP + orders).await?;
            stage.play(0..WARM_UP, Pace::AsFastAsAnswered).await?;
            let played = stage.play(WARM_UP..WARM_UP + orders, Pace::Every(INTERVAL)).await?;
            for (_, share, figures) in &mut arrival {
                figures.push(millis(quantile(&played.arrival_times, *share)));
            }
            answer.push(millis(quantile(&played.loaded.answer_times(), 0.99)));
        }
        for (name, _, figures) in &arrival {
            report.row(format!("{}, {name}", database.name()), "ms to arrival", figures, "");
        }
        report.row(format!("{}, p99", database.name()), "ms to the answer", &answer, "");
    }
    report.print();
    Ok(())
}
