//! What a merchant's browser measures (shopify.md 11, row 36): the layout does not shift and the
//! page is small; times depend on the machine, so they are reported and not judged.

use std::io::Write as _;

use serde::Deserialize;
use serde_json::json;

use super::Merchant;

/// Most bytes of a page on first view, compressed, App Bridge apart.
const TRANSFER_MAX: u64 = 60_000;

#[derive(Debug, Deserialize)]
struct Vitals {
    /// Milliseconds to the largest paint.
    lcp: f64,
    /// Sum of layout shifts.
    cls: f64,
    /// What moved, from where to where, at which millisecond.
    moved: Vec<String>,
    /// Bytes over the wire.
    transfer: u64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_36_pages_do_not_shift_and_are_small() {
    let Some(merchant) = Merchant::arrive().await else { return };
    merchant.page.command("Emulation.setCPUThrottlingRate", json!({"rate": 4})).await;
    for path in ["", "/admin/orders", "/admin/settings"] {
        let frame = merchant.open(path).await;
        frame.command("Emulation.setCPUThrottlingRate", json!({"rate": 4})).await;
        let vitals: Vitals = frame.eval(MEASURE).await;
        let interaction: f64 = frame.eval(INTERACT).await;
        let name = if path.is_empty() { "/admin" } else { path };
        let said = writeln!(
            std::io::stderr(),
            "web vitals of {name} at a quarter of the speed: LCP {:.0} ms, CLS {:.3}, \
             {interaction:.0} ms from a click to the next paint, {} bytes",
            vitals.lcp,
            vitals.cls,
            vitals.transfer
        );
        said.unwrap();
        assert!(vitals.transfer > 0, "nothing was measured: {vitals:?}");
        assert!(vitals.cls < 0.001, "{name} shifts by {}: {:?}", vitals.cls, vitals.moved);
        assert!(vitals.transfer < TRANSFER_MAX, "{name}: {vitals:?}");
    }
}

/// App Bridge comes from another host and is not counted.
const MEASURE: &str = "(async () => {
    const entries = type => new Promise(done => {
        const found = [];
        const observer = new PerformanceObserver(list => found.push(...list.getEntries()));
        observer.observe({type, buffered: true});
        setTimeout(() => { observer.disconnect(); done(found); }, 300);
    });
    const [paints, moves] = await Promise.all(['largest-contentful-paint', 'layout-shift'].map(entries));
    // Chromium may lay out a frame of another origin before its style sheet is there. What moves until
    // the first paint, nobody sees.
    const firstPaint = performance.getEntriesByName('first-paint')[0].startTime;
    const shifts = moves.filter(it => it.startTime > firstPaint && !it.hadRecentInput);
    const own = performance.getEntriesByType('resource').filter(it => it.name.startsWith(location.origin));
    const documents = performance.getEntriesByType('navigation');
    return {
        // Headless Chromium names no largest paint of a frame of another origin; it is the first then.
        lcp: (paints.at(-1) ?? performance.getEntriesByName('first-contentful-paint')[0])?.startTime ?? 0,
        cls: shifts.reduce((sum, it) => sum + it.value, 0),
        moved: shifts.flatMap(it => it.sources.map(({node, previousRect: was, currentRect: is}) =>
            `${node?.localName}.${node?.className}: ${[was.x, was.y, was.width, was.height]} to ` +
            `${[is.x, is.y, is.width, is.height]} at ${Math.round(it.startTime)}`)),
        transfer: [...documents, ...own].reduce((sum, it) => sum + it.transferSize, 0),
    };
})()";

/// From a click on the first link of the page to the frame after it.
const INTERACT: &str = "new Promise(done => {
    const begun = performance.now();
    (document.querySelector('main a:not([target])') ?? document.body).dispatchEvent(
        new MouseEvent('click', {bubbles: true, cancelable: true}));
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
})";
