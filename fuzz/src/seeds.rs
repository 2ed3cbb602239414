//! What the fuzzer starts from: the receiver library, the templates that networks publish, payloads
//! made for the tests, and proofs that are valid.

use domain::postback::receivers::RECEIVERS;
use shopify::{app_proxy::sign_proxy_query, query_hmac::sign_query, webhook::sign_webhook};

use crate::proof;

/// Values that try to get out.
const VALUES: [&str; 8] = [
    "fb ads/été&x=1",
    "..",
    "{order_id}",
    "a\r\nX-Evil: 1",
    "\",\"x\":{\"y\":1}}",
    "1,2]",
    "%2e%2E/#?@:;",
    "\u{0}\u{202e}😀",
];

/// Templates with everything that a template can hold.
const TEMPLATES: [&str; 6] = [
    "{sub1|none}{sub2|a b}",
    "{status:approved=1 pending=2|x}",
    "{total_commission:minor}",
    "{\"s\":\"{sub1}\",\"n\":{total_commission},\"l\":[{sub2|0},{attempt}]}",
    "x{link.a.b}y{CLICKID}",
    "",
];

/// Payloads that cover every reader.
const PAYLOADS: [&[u8]; 6] = [
    include_bytes!(
        "../../server/shopify/tests/fixtures/synthetic/order_multicurrency_usd_eur.json"
    ),
    include_bytes!(
        "../../server/shopify/tests/fixtures/synthetic/order_hostile_note_attributes.json"
    ),
    include_bytes!("../../server/shopify/tests/fixtures/synthetic/order_kwd_three_decimal.json"),
    include_bytes!("../../server/shopify/tests/fixtures/synthetic/refund_shipping_only.json"),
    include_bytes!(
        "../../server/shopify/tests/fixtures/synthetic/refund_multicurrency_partial_jacket.json"
    ),
    include_bytes!("../../server/shopify/tests/fixtures/synthetic/orders_edited_webhook.json"),
];

const PUBLISHED: &str = include_str!("../../server/domain/src/postback/foreign/published.tsv");

/// Name and seeds of every target.
#[must_use]
pub fn all() -> [(&'static str, Vec<Vec<u8>>); 4] {
    [
        ("template", templates()),
        ("foreign", foreign()),
        ("payload", PAYLOADS.iter().map(|body| body.to_vec()).collect()),
        ("proof", proofs()),
    ]
}

fn templates() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (index, receiver) in RECEIVERS.iter().enumerate() {
        let param = TEMPLATES.iter().cycle().nth(index).unwrap();
        let value = VALUES.iter().cycle().nth(index).unwrap();
        let how = index % 16;
        let how = char::from_digit(u32::try_from(how).unwrap(), 16).unwrap();
        seeds.push(format!("{how}\n{}\n{param}\n{{sub1}}\n{value}", receiver.template));
    }
    seeds.into_iter().map(String::into_bytes).collect()
}

fn foreign() -> Vec<Vec<u8>> {
    PUBLISHED
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.rsplit('\t').next()?.as_bytes().to_vec()))
        .collect()
}

fn proofs() -> Vec<Vec<u8>> {
    let secrets = proof::secrets();
    let seconds = proof::NOW.unix_seconds();
    let query = format!(
        "shop=a.myshopify.com&path_prefix=%2Fapps%2Faff&timestamp={seconds}&logged_in_customer_id="
    );
    let body = "\n{\"id\":1}";
    vec![
        proof::token(&secrets).into_bytes(),
        sign_query(&query, &secrets).into_bytes(),
        sign_proxy_query(&query, &secrets).into_bytes(),
        format!("{}{body}", sign_webhook(body.as_bytes(), &secrets)).into_bytes(),
        b"YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvYQ==\na.myshopify.com".to_vec(),
    ]
}
