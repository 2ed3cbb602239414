//! The module in the browser and the rules on the server are one source; this shows that they are also
//! one behaviour: generated snapshots give the same bytes in both.

use std::fmt::Write as _;

use serde_json::{Value, json};
use storefront::output::Output;
use storefront::visit::decide;
use tests::browser::Browser;
use tests::random::Random;

use super::shop::SCRIPT;

/// More on request: `TRIBUTARY_SNAPSHOTS=1000000`.
const SNAPSHOTS: usize = 10_000;
const BATCH: usize = 2_000;
const NOW: u32 = 1_792_649_528;

const WINDOW: u32 = 30 * 86_400;

/// As `host.js` calls the module, for a whole batch.
const HARNESS: &str = "
    const bytes = Uint8Array.from(code, letter => letter.charCodeAt() - 35);
    const core = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
    const memory = new Uint8Array(core.memory.buffer, core.block() + 4), encoder = new TextEncoder();
    window.runAll = all => all.map(([flags, now, window, lines]) => {
        encoder.encodeInto(lines.join('\\n'), memory.subarray(49152));
        return new TextDecoder().decode(memory.subarray(0, core.run(flags, now, window)));
    });
    null";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_module_and_the_server_agree_on_ten_thousand_snapshots() {
    let Some(browser) = Browser::launch().await else { return };
    let page = browser.page().await;
    let code = SCRIPT.split('"').find(|text| text.len() > 2_000).unwrap().replace("\\\\", "\\");
    page.eval::<()>(&format!("const code = {}; {HARNESS}", json!(code))).await;

    let wanted = std::env::var_os("TRIBUTARY_SNAPSHOTS");
    let wanted = wanted.and_then(|text| text.to_str()?.parse().ok());
    let mut random = Random::new(6);
    let (mut left, mut kinds) = (wanted.unwrap_or(SNAPSHOTS), [0; 6]);
    while left > 0 {
        let batch: Vec<Call> = (0..left.min(BATCH)).map(|_| Call::any(&mut random)).collect();
        left -= batch.len();
        let sent: Vec<Value> = batch.iter().map(Call::json).collect();
        let theirs: Vec<String> = page.eval(&format!("runAll({})", json!(sent))).await;
        for (call, theirs) in batch.iter().zip(theirs) {
            let ours = call.decide();
            assert_eq!(theirs, ours, "{call:?}");
            for (count, letter) in kinds.iter_mut().zip(["E", "M", "S", "C", "R", "H"]) {
                *count += usize::from(ours.lines().any(|line| line.starts_with(letter)));
            }
        }
    }
    assert!(
        kinds.iter().all(|count| *count > 100),
        "the snapshots reach every operation: {kinds:?}"
    );
}

#[derive(Debug)]
struct Call {
    flags: u32,
    lines: [String; 8],
}

impl Call {
    fn any(random: &mut Random) -> Self {
        let token = ["", "v1.token.mac"][below(random, 2)];
        let lines = [
            ["report1", "report2", ""][below(random, 3)].to_owned(),
            any_url(random),
            any_url(random),
            ["ref|aff|affid|sca_ref|rfsn", "via|ref"][below(random, 2)].to_owned(),
            token.to_owned(),
            any_state(random),
            any_pixels(random),
            String::new(),
        ];
        let allowed = [3, 3, 1, 0, 2][below(random, 5)];
        let others = u32::try_from(below(random, 32)).unwrap() << 2;
        Self { flags: allowed | others, lines }
    }

    fn json(&self) -> Value {
        json!([self.flags, NOW, WINDOW, self.lines])
    }

    fn decide(&self) -> String {
        let mut out = Output::<49_152>::new();
        decide(self.lines.join("\n").as_bytes(), self.flags, NOW, WINDOW, &mut out);
        String::from_utf8_lossy(out.written()).into_owned()
    }
}

fn any_url(random: &mut Random) -> String {
    const ORIGINS: [&str; 6] = [
        "https://shop.example",
        "http://127.0.0.1:8080",
        "https://u:p@x.example",
        "",
        "android-app://x",
        "https://",
    ];
    const PATHS: [&str; 8] = [
        "/",
        "",
        "/products/mug",
        "/fr/pages/a@b",
        "/account/s3cr3t",
        "/zh-hant/blogs/x/y",
        "/products",
        "//products/x",
    ];
    const NAMES: [&str; 12] = [
        "ref",
        "REF",
        "%72ef",
        "aff",
        "affid",
        "sca_ref",
        "rfsn",
        "sub1",
        "utm_source",
        "fbclid",
        "affclickid",
        "refx",
    ];
    const VALUES: [&str; 14] = [
        "ANNA", "B.O-B_1", "+ANNA+", "%20x%20", "a b", "%41%4e", "", "a%40b", "%zz", "%", "1=2",
        "\u{e9}", "~@;,\"\\", "4.abc",
    ];
    let mut url =
        format!("{}{}", ORIGINS[below(random, ORIGINS.len())], PATHS[below(random, PATHS.len())]);
    for index in 0..below(random, 6) {
        let separator = if index == 0 { '?' } else { '&' };
        let (name, value) =
            (NAMES[below(random, NAMES.len())], VALUES[below(random, VALUES.len())]);
        let _ = write!(url, "{separator}{name}={value}");
    }
    if below(random, 40) == 0 {
        url.push_str(&"&long=0123456789".repeat(below(random, 150)));
    }
    url.push_str(["", "", "#top?ref=X", "?"][below(random, 4)]);
    url
}

fn any_state(random: &mut Random) -> String {
    let until = [NOW + 500, NOW + 90_000, NOW, NOW - 1][below(random, 4)];
    let token = ["", "v1.a.b"][below(random, 2)];
    let touches = ["", "1792649500*7*BOB~", "1792649500*7*BOB~5*6*ANNA~", "~~*"][below(random, 4)];
    let waiting = ["", "@report1/products/x?ref=BOB", "@report2/", "@x"][below(random, 4)];
    match below(random, 8) {
        0 => String::new(),
        1 => ["raw~?ref=A", "v2~9~~", "9999999999", "9999999999~x~y~z", "@@~/"][below(random, 5)]
            .to_owned(),
        _ => format!("{until}~{token}~{touches}{waiting}"),
    }
}

fn any_pixels(random: &mut Random) -> String {
    let until = [NOW + 500, NOW][below(random, 2)];
    let mut pixels = format!("{until}");
    for _ in 0..below(random, 8) {
        pixels.push(' ');
        pixels.push_str(
            [
                "123456789012345&if=false&noscript=1&eid=pv-77-",
                "12345&fbc=fb.1.2.x&eid=pv-8-",
                "1234&eid=pv-8-",
                "https://evil.example/tr/?id=12345&",
                "PageView,ViewContent",
                "12345678901234567890&\u{e9}",
            ][below(random, 6)],
        );
    }
    pixels
}

fn below(random: &mut Random, end: usize) -> usize {
    usize::try_from(random.below(u64::try_from(end).unwrap())).unwrap()
}
