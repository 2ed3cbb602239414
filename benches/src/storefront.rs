//! What the storefront's script costs a shopper: from the start of the script until the visit is kept
//! and the cart written, at full speed and on a processor four times slower, as a phone's is. Chromium
//! does the work, so it makes no difference how this program was compiled. Sizes: `cargo xtask
//! storefront --check`; Lighthouse: `benches/lighthouse.mjs`.

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::json;
use tests::browser::{Answer, Browser, Page};

use crate::Scale;
use crate::report::{Figures, Report};

const SCRIPT: &str = include_str!("../../extensions/affiliate-embed/assets/tributary.js");
const ORIGIN: &str = "https://shop.example";
/// Page loads of one figure; more than elsewhere, because one takes a tenth of a second.
const LOADS: usize = 30;

/// Milliseconds, as the page saw them.
#[derive(Debug, Deserialize)]
struct Load {
    /// From the script's start until the cart's request went out.
    attribution: f64,
    /// From the script's start until it returned.
    script: f64,
    /// Tasks of more than 50 ms.
    long_tasks: f64,
}

pub(crate) async fn run(scale: &Scale) -> anyhow::Result<()> {
    let mut report = Report::new(
        "storefront",
        "milliseconds of the storefront's script on a landing page, in headless Chromium",
    );
    let browser = Browser::launch().await.context("there is no Chromium")?;
    let page = browser.page().await;
    page.intercept("*://*.facebook.com/*", |_| Answer::tracking_pixel()).await;
    page.intercept(&format!("{ORIGIN}/*"), |request| answer(&request.url)).await;
    for (slowness, name) in [(1, "full speed"), (4, "a quarter of it")] {
        page.command("Emulation.setCPUThrottlingRate", json!({"rate": slowness})).await;
        let mut figures = [Figures::new(), Figures::new(), Figures::new(), Figures::new()];
        for index in 0..LOADS * scale.runs {
            let landing = load(&page, &format!("/?ref=ANNA&n={index}")).await;
            let plain = load(&page, "/").await;
            let measured = [landing.attribution, landing.script, plain.script, landing.long_tasks];
            for (figures, figure) in figures.iter_mut().zip(measured) {
                figures.push(figure);
            }
        }
        let [attribution, script, plain, long_tasks] = figures;
        report.row(format!("script start to cart write, {name}"), "ms", &attribution, "");
        report.row(format!("main thread, landing, {name}"), "ms", &script, "");
        report.row(format!("main thread, page without visit, {name}"), "ms", &plain, "");
        report.row(format!("tasks over 50 ms, {name}"), "", &long_tasks, "");
    }
    report.print();
    Ok(())
}

async fn load(page: &Page, path: &str) -> Load {
    page.goto(&format!("{ORIGIN}{path}")).await;
    let load = page.eval("new Promise(done => setTimeout(() => done(window.load), 80))").await;
    page.eval::<()>(
        "localStorage.clear(), document.cookie = '_trb=;path=/;secure;max-age=0', null",
    )
    .await;
    load
}

fn answer(url: &str) -> Answer {
    let path = url.strip_prefix(ORIGIN).unwrap_or_default();
    let javascript = |text: &str| Answer::reply(200, "text/javascript", text);
    match path.split('?').next().unwrap_or_default() {
        "/tributary.js" => javascript(SCRIPT),
        "/before.js" => javascript("load.start = performance.now();"),
        "/after.js" => javascript("load.script = performance.now() - load.start;"),
        "/cart/update.js" => Answer::reply(200, "application/json", r#"{"token":"c1"}"#),
        "/apps/tributary/click" => Answer::reply(
            200,
            "application/json",
            r#"{"token":"v1.a.b","expires":4000000000,"pixels":[],"events":[]}"#,
        ),
        _ => Answer::reply(200, "text/html; charset=utf-8", PAGE),
    }
}

/// Deferred scripts run in their order, so the two beside ours see its start and its end.
const PAGE: &str = r#"<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,">
<script>
window.load = {start: 0, script: 0, attribution: 0, long_tasks: 0};
const real = fetch;
window.fetch = (url, options) => {
  if (url.includes('cart/update') && !load.attribution) load.attribution = performance.now() - load.start;
  return real(url, options);
};
new PerformanceObserver(list => { load.long_tasks += list.getEntries().filter(task => task.startTime + task.duration > load.start).length; }).observe({type: 'longtask', buffered: true});
window.Shopify = {routes: {root: '/'}, customerPrivacy: {
  marketingAllowed: () => true, saleOfDataAllowed: () => true, currentVisitorConsent: () => ({}),
}};
</script>
<script src="/before.js" defer></script>
<script src="/tributary.js" defer data-proxy="/apps/tributary"></script>
<script src="/after.js" defer></script><h1>Shop</h1>"#;
