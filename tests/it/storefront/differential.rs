//! The module in the browser and the rules on the server are one source; this shows that they are also
//! one behaviour: generated snapshots give the same bytes in both.

use std::fmt::Write as _;

use serde_json::{Value, json};
use storefront::consent::Consent;
use storefront::snapshot::{Moment, Snapshot};
use storefront::touches::Model;
use storefront::visit::decide;
use storefront::writer::Writer;
use tests::browser::Browser;
use tests::random::Random;

use super::shop::SCRIPT;

/// More on request: `TRIBUTARY_SNAPSHOTS=1000000`.
const SNAPSHOTS: usize = 10_000;
const BATCH: usize = 2_000;
const NOW: u32 = 1_792_649_528;

/// As `host.js` calls the module, for a whole batch.
const HARNESS: &str = "
    const bytes = [];
    let high = 0;
    for (const letter of code) {
        const at = letter.charCodeAt(0), number = at - 35 - (at > 92);
        number > 88 ? high = (number - 88) * 89 : (bytes.push(high + number), high = 0);
    }
    const core = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes))).exports;
    const start = core.block(), encoder = new TextEncoder();
    window.runAll = all => all.map(([flags, now, texts]) => {
        const memory = new Uint8Array(core.memory.buffer);
        const lengths = new Uint16Array(core.memory.buffer, start, 8);
        texts.forEach((text, slot) => {
            const from = start + 16 + 8192 * slot;
            lengths[slot] = encoder.encodeInto(text, memory.subarray(from, from + 8192)).written;
        });
        const from = start + 16 + 8192 * 8;
        return new TextDecoder().decode(memory.subarray(from, from + core.run(flags, now)));
    });
    null";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_module_and_the_server_agree_on_ten_thousand_snapshots() {
    let Some(browser) = Browser::launch().await else { return };
    let page = browser.page().await;
    let (_, code) = SCRIPT.split_once("const code=\"").unwrap();
    let code = code.split_once('"').unwrap().0;
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
    flags: u8,
    texts: [String; 8],
}

impl Call {
    fn any(random: &mut Random) -> Self {
        let moment = [0, 0, 16, 8][below(random, 4)];
        let model = [0, 32, 64][below(random, 3)];
        let consent = [3, 3, 1, 0, 2][below(random, 5)];
        let subject = if moment == 8 { ["", "v1.token.mac"] } else { ["", "PageView"] };
        let texts = [
            "1792649528123".to_owned(),
            format!("report{}", below(random, 3)),
            any_url(random),
            any_url(random),
            any_state(random),
            any_pixels(random),
            subject[below(random, 2)].to_owned(),
            ["", "", "purchase-1&cd[value]=9\u{e9}\" "][below(random, 3)].to_owned(),
        ];
        let on_device = if below(random, 3) > 0 { 4 } else { 0 };
        Self { flags: moment | model | consent | on_device, texts }
    }

    fn json(&self) -> Value {
        json!([self.flags, NOW, self.texts])
    }

    fn decide(&self) -> String {
        let [now_ms, id, page, referrer, state, pixels, subject, details] =
            self.texts.each_ref().map(|text| text.as_bytes());
        let has = |bit: u8| self.flags & bit != 0;
        let moment = if has(8) {
            Moment::Answer
        } else if has(16) {
            Moment::Revisit
        } else {
            Moment::Page
        };
        let model = if has(32) {
            Model::First
        } else if has(64) {
            Model::Linear
        } else {
            Model::Last
        };
        let consent = Consent::from_bits(self.flags);
        let snapshot = Snapshot {
            moment,
            consent,
            is_on_device: has(4),
            model,
            now: NOW,
            now_ms,
            id,
            page,
            referrer,
            state,
            pixels,
            subject,
            details,
        };
        let mut buffer = vec![0; 32 * 1024];
        let mut out = Writer::new(&mut buffer);
        decide(&snapshot, &mut out);
        String::from_utf8(out.written().to_vec()).unwrap()
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
        1 => ["raw~?ref=A", "v2~9~~", "v1~", "v1~x~y~z", "@@~/"][below(random, 5)].to_owned(),
        _ => format!("v1~{until}~{token}~{touches}{waiting}"),
    }
}

fn any_pixels(random: &mut Random) -> String {
    let until = [NOW + 500, NOW][below(random, 2)];
    let mut pixels = format!("{until}");
    for _ in 0..below(random, 8) {
        pixels.push(' ');
        pixels.push_str([
            "https://www.facebook.com/tr/?id=123456789012345&if=false&eid=pv-77-0&ev=PageView&dl=x",
            "https://www.facebook.com/tr/?id=12345&fbc=fb.1.2.x&eid=pv-8-0",
            "https://www.facebook.com/tr/?id=1234&eid=pv-8-0",
            "https://evil.example/tr/?id=12345&",
            "PageView,ViewContent",
            "https://www.facebook.com/tr/?id=12345&\u{e9}",
        ][below(random, 6)]);
    }
    pixels
}

fn below(random: &mut Random, end: usize) -> usize {
    usize::try_from(random.below(u64::try_from(end).unwrap())).unwrap()
}
