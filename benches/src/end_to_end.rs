//! Orders per second all the way: webhook verified and stored, commission booked, postback delivered
//! and logged. 64 clients, each sending its next order when the last one is answered.

use crate::Scale;
use crate::load::Pace;
use crate::report::{Figures, Report, micros_each, millis, per_second, quantile};
use crate::stage::Stage;

const ORDERS: u64 = 10_000;
/// Played first, off the clock.
const WARM_UP: u64 = 500;

pub(crate) async fn run(scale: &Scale) -> anyhow::Result<()> {
    let mut report = Report::new(
        "end-to-end",
        "webhook in, commission booked, postback delivered and logged; 64 clients, 12 kB kept",
    );
    let orders = scale.orders.unwrap_or(ORDERS);
    for database in &scale.databases {
        let [mut rate, mut cpu, mut p50, mut p99] = [const { Figures::new() }; 4];
        for _ in 0..scale.runs {
            let stage = Stage::set(*database, "all", WARM_UP + orders).await?;
            stage.play(0..WARM_UP, Pace::AsFastAsAnswered).await?;
            let played = stage.play(WARM_UP..WARM_UP + orders, Pace::AsFastAsAnswered).await?;
            let count = played.loaded.exchanges.len();
            rate.push(per_second(count, played.time));
            cpu.push(micros_each(played.cpu, count));
            p50.push(millis(quantile(&played.loaded.answer_times(), 0.5)));
            p99.push(millis(quantile(&played.loaded.answer_times(), 0.99)));
        }
        report.row(database.name(), "orders per second", &rate, "");
        report.row(database.name(), "µs of the server's CPU each", &cpu, "");
        report.row(database.name(), "ms to the webhook's answer, p50", &p50, "");
        report.row(database.name(), "ms to the webhook's answer, p99", &p99, "");
    }
    report.print();
    Ok(())
}
