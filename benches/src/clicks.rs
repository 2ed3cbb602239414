//! Clicks per second that are on the disk when they are answered, against a handler that only parses
//! the same body. Every click is a new visitor at an address of its own; same load, same number of web
//! workers; the worker role does not run.

use domain::time::UtcTime;
use shopify::app_proxy::sign_proxy_query;
use tests::seed::{SHOP_DOMAIN, Seeded, seed};
use tests::server_process::{ServerProcess, ServerSettings};
use tests::sql;
use tests::webhook::app_secrets;
use tributary::clock::Clock;
use uuid::Uuid;

use crate::Scale;
use crate::bare_handler::BareHandler;
use crate::databases::Database;
use crate::load::{Loaded, Pace, send};
use crate::report::{Figures, Report, micros_each, millis, per_second, percent_of, quantile};

const CLICKS: u64 = 40_000;
/// Sent first, off the clock.
const WARM_UP: u64 = 1_000;
const CONNECTIONS: usize = 256;
const WORKERS: usize = 1;
const AFFILIATES: usize = 8;

#[derive(Default)]
struct Measured {
    rate: Figures,
    cpu: Figures,
    answer_p50: Figures,
    answer_p99: Figures,
}

pub(crate) async fn run(scale: &Scale) -> anyhow::Result<()> {
    let mut report = Report::new(
        "clicks",
        "recorded durably, a new visitor each, 256 connections, 1 web worker",
    );
    let clicks = scale.orders.unwrap_or(CLICKS);
    let mut bare = Measured::default();
    let mut stored: Vec<Measured> = scale.databases.iter().map(|_| Measured::default()).collect();
    for _ in 0..scale.runs {
        bare_run(clicks, &mut bare).await?;
        for (database, measured) in scale.databases.iter().zip(&mut stored) {
            stored_run(*database, clicks, measured).await?;
        }
    }
    report.row("bare handler", "per second", &bare.rate, "");
    report.row("bare handler", "µs of its CPU each", &bare.cpu, "");
    for (database, measured) in scale.databases.iter().zip(&stored) {
        let name = database.name();
        let share = percent_of(&measured.rate, &bare.rate, "the bare handler's");
        report.row(name, "per second", &measured.rate, share);
        report.row(name, "µs of the server's CPU each", &measured.cpu, "");
        report.row(name, "ms to the answer, p50", &measured.answer_p50, "");
        report.row(name, "ms to the answer, p99", &measured.answer_p99, "");
    }
    report.print();
    Ok(())
}

async fn bare_run(clicks: u64, measured: &mut Measured) -> anyhow::Result<()> {
    let handler = BareHandler::start(WORKERS)?;
    let codes = vec!["FRIEND0".to_owned()];
    send(handler.address(), &requests(0..WARM_UP, &codes), CONNECTIONS, Pace::AsFastAsAnswered)
        .await?;
    let requests = requests(WARM_UP..WARM_UP + clicks, &codes);
    let cpu_before = handler.cpu_time();
    let loaded = send(handler.address(), &requests, CONNECTIONS, Pace::AsFastAsAnswered).await?;
    measured.take(&loaded);
    measured.cpu.push(micros_each(handler.cpu_time() - cpu_before, requests.len()));
    Ok(())
}

async fn stored_run(
    database: Database,
    clicks: u64,
    measured: &mut Measured,
) -> anyhow::Result<()> {
    let database = database.fresh()?;
    let seeded: Seeded = seed(&database.url, AFFILIATES, &[]).await;
    let codes: Vec<String> = seeded.affiliates.iter().map(|one| one.coupon.clone()).collect();
    let server = ServerProcess::started(ServerSettings::new(&database.url).role("web")).await;
    send(server.address(), &requests(0..WARM_UP, &codes), CONNECTIONS, Pace::AsFastAsAnswered)
        .await?;
    let requests = requests(WARM_UP..WARM_UP + clicks, &codes);
    let cpu_before = server.cpu_time();
    let loaded = send(server.address(), &requests, CONNECTIONS, Pace::AsFastAsAnswered).await?;
    measured.take(&loaded);
    measured.cpu.push(micros_each(server.cpu_time() - cpu_before, requests.len()));
    let stored = sql::integer(&database.url, "SELECT COUNT(*) AS value FROM clicks");
    let sent = i64::try_from(WARM_UP + clicks)?;
    anyhow::ensure!(stored == sent, "{stored} of {sent} clicks are stored");
    Ok(())
}

/// Whole requests, signed as Shopify signs them; made just before they are sent, because a signature
/// is good for 90 seconds.
fn requests(numbers: std::ops::Range<u64>, codes: &[String]) -> Vec<Vec<u8>> {
    let now = Clock::System.now();
    let query = format!(
        "shop={SHOP_DOMAIN}&logged_in_customer_id=&path_prefix=%2Fapps%2Ftributary&timestamp={}",
        now.unix_seconds()
    );
    let target = format!("/proxy/click?{}", sign_proxy_query(&query, &app_secrets()));
    numbers
        .zip(codes.iter().cycle())
        .map(|(number, code)| {
            let body = serde_json::json!({
                "v": 1,
                "id": report_id(number, now),
                "url": format!(
                    "https://shop.example/products/kettle?ref={code}&sub1=zone-{number}\
                     &affclickid=w5fj2k3l4m9q{number}&utm_source=blog&utm_medium=affiliate"
                ),
                "referrer": "https://blog.example/the-best-kettles-of-the-year",
                "state": "",
                "consent": 3,
            })
            .to_string();
            let (high, low) = (number / 250 % 250, number % 250);
            format!(
                "POST {target} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                 x-forwarded-for: 10.{}.{high}.{low}\r\nuser-agent: Mozilla/5.0 (Windows NT 10.0; \
                 Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36\r\n\
                 content-length: {}\r\n\r\n{body}",
                number / 62_500,
                body.len()
            )
            .into_bytes()
        })
        .collect()
}

/// As the storefront's script makes them: the time in base 36, then the end of a random UUID. The
/// visitors came in the last half second, in no order.
fn report_id(number: u64, now: UtcTime) -> String {
    let late = i64::try_from(number.wrapping_mul(7_919) % 500).unwrap_or_default();
    let uuid = Uuid::new_v4().to_string();
    format!("{}{}", base36(now.micros() / 1_000 - late), uuid.get(13..).unwrap_or_default())
}

fn base36(mut number: i64) -> String {
    let mut letters = Vec::new();
    while number > 0 {
        letters
            .extend(u32::try_from(number % 36).ok().and_then(|digit| char::from_digit(digit, 36)));
        number /= 36;
    }
    letters.into_iter().rev().collect()
}

impl Measured {
    fn take(&mut self, loaded: &Loaded) {
        let times = loaded.answer_times();
        self.rate.push(per_second(times.len(), loaded.time));
        self.answer_p50.push(millis(quantile(&times, 0.5)));
        self.answer_p99.push(millis(quantile(&times, 0.99)));
    }
}
