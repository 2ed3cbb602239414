//! What the pages say against what is so: the request that they show and what a tracker reads from its
//! socket (N3, P7, E2), where calls come from (N8), when a postback was made and changed (P2).

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
};

use actix_web::body::to_bytes;
use domain::postback::{RequestMethod, receivers::RECEIVERS};
use serde_json::json;

use super::{
    postback_desk::{PORTAL, annas, send},
    site::{Browser, Site, settings},
};
use crate::{
    config::Settings,
    flows::save_postback::{POSTBACKS_MAX, read_postback},
    web::senders,
};

/// A tracker that accepts everything and keeps the bytes.
struct Tracker {
    origin: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Tracker {
    /// Lives as long as the test's process.
    fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut bytes = Vec::new();
                let mut chunk = [0; 16_384];
                while !is_whole(&bytes) {
                    let count = stream.read(&mut chunk).unwrap();
                    bytes.extend_from_slice(&chunk[..count]);
                }
                kept.lock().unwrap().push(String::from_utf8(bytes).unwrap());
                let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nOK";
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        Self { origin, seen }
    }

    fn last(&self) -> String {
        self.seen.lock().unwrap().last().unwrap().clone()
    }

    /// The template with this tracker's origin instead of the receiver's own. Without TLS nothing may
    /// be called a secret (E9), so what is gets a hyphen.
    fn in_place_of(&self, template: &str) -> String {
        let (_, rest) = template.split_once("://").unwrap();
        let tail = rest.find(['/', '?']).map_or("", |at| rest.split_at(at).1).to_owned();
        let secrets = ["token", "auth", "secret", "password", "apikey", "api_key", "pwd"];
        let tail = secrets.iter().fold(tail, |tail, secret| {
            let (first, others) = secret.split_at(1);
            tail.replace(secret, &format!("{first}-{others}"))
        });
        format!("{}{tail}", self.origin)
    }
}

/// The head has ended, and as much of a body as it announces is there.
fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
    });
    body.len() >= length.unwrap_or(0)
}

fn unescaped(html: &str) -> String {
    let text = html.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"");
    text.replace("&#39;", "'").replace("&#38;", "&")
}

/// What stands in the page's element.
fn text_of<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("{before} in {page}"));
    rest.split(after).next().unwrap()
}

/// Previews, saves and tests a postback; gives what was previewed, what the page says was sent, and
/// what came.
async fn shown_and_seen(
    anna: &mut Browser,
    tracker: &Tracker,
    fields: &[(&str, &str)],
) -> (String, String, String) {
    let list = format!("{PORTAL}/postbacks");
    let shared = [("events", "conversion"), ("scope", "all"), ("action", "save")];
    let fields = [&shared, fields].concat();
    let csrf = anna.get(&list).await.csrf();
    let form = [&[("csrf", csrf.as_str())], &fields[..]].concat();
    let preview = anna.post(&format!("{list}/preview"), &form).await.body;
    let previewed = text_of(&preview, "class=\"request\">", "</pre>");
    let previewed = previewed.replace("<span class=\"verb\">", "").replace("</span>", "");
    let previewed = unescaped(&previewed);
    let saved = anna.post(&format!("{list}/new"), &form).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let test = format!("{}/test", saved.location.split('?').next().unwrap());
    let sent = send(anna, &test, &[("source", "sample"), ("event", "conversion")]).await;
    assert!(sent.body.contains("Accepted"), "{}", sent.body);
    let shown = unescaped(text_of(&sent.body, "id=\"sent-bytes\" class=\"request\">", "</pre>"));
    (previewed, shown, tracker.last())
}

#[actix_web::test]
async fn n3_for_every_ready_template_preview_and_page_say_what_the_tracker_reads() {
    let tracker = Tracker::listen();
    // Each shop's affiliate may have twenty postbacks and twenty test calls in a minute.
    for part in RECEIVERS.chunks(POSTBACKS_MAX) {
        let site = Site::new().await;
        let mut anna = site.anna().await;
        for receiver in part {
            let url = tracker.in_place_of(receiver.template);
            let fields = [("name", receiver.case), ("url", url.as_str())];
            let (previewed, shown, seen) = shown_and_seen(&mut anna, &tracker, &fields).await;
            assert_eq!(shown, seen, "{}", receiver.case);
            let target = text_of(&seen, "GET ", " HTTP/1.1\r\n");
            let target = target.strip_prefix("/?").filter(|_| !url.contains("/?")).map_or_else(
                || target.to_owned(),
                // The wire needs the slash that the template leaves out (U5).
                |query| format!("?{query}"),
            );
            let line = previewed.lines().next().unwrap();
            assert_eq!(line, format!("GET {}{target}", tracker.origin), "{}", receiver.case);
        }
    }
}

#[actix_web::test]
async fn p7_each_kind_of_request_is_previewed_and_shown_as_the_tracker_reads_it() {
    let tracker = Tracker::listen();
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let url = format!("{}/in?c={{click_id}}", tracker.origin);
    for (method, line, kind, body) in [
        ("GET", "GET /in?c=w5fj2k3l4m9q&n=%231001&x=a%20%26%20%22%C3%A9%22 HTTP/1.1", None, ""),
        (
            "POST_FORM",
            "POST /in?c=w5fj2k3l4m9q HTTP/1.1",
            Some("application/x-www-form-urlencoded"),
            "n=%231001&x=a+%26+%22%C3%A9%22",
        ),
        (
            "POST_JSON",
            "POST /in?c=w5fj2k3l4m9q HTTP/1.1",
            Some("application/json"),
            "{\"n\":\"#1001\",\"x\":\"a & \\\"é\\\"\"}",
        ),
    ] {
        let fields = [
            ("name", method),
            ("url", url.as_str()),
            ("method", method),
            ("param_name", "n"),
            ("param_value", "{order_name}"),
            ("param_name", "x"),
            ("param_value", "a & \"é\""),
            ("header_name", "X-Order"),
            ("header_value", "{order_id}"),
        ];
        let (previewed, shown, seen) = shown_and_seen(&mut anna, &tracker, &fields).await;
        assert_eq!(shown, seen);
        let (head, came) = seen.split_once("\r\n\r\n").unwrap();
        assert_eq!((head.lines().next().unwrap(), came), (line, body));
        let head = head.to_lowercase();
        assert!(head.contains("\r\nx-order: 5678901234567"), "{head}");
        let announced = head.lines().find_map(|line| line.strip_prefix("content-type: "));
        assert_eq!(announced, kind);
        assert!(previewed.ends_with(body), "{previewed}");
    }
}

#[actix_web::test]
async fn e2_a_parameter_of_a_json_body_may_be_a_number() {
    let tracker = Tracker::listen();
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let url = format!("{}/crm", tracker.origin);
    let with_amount = |value| {
        [
            ("name", "CRM"),
            ("url", url.as_str()),
            ("events", "conversion"),
            ("action", "save"),
            ("method", "POST_JSON"),
            ("param_name", "amount"),
            ("param_value", value),
            ("param_type", "json"),
            ("param_name", "order"),
            ("param_value", "{order_id}"),
            ("param_type", "text"),
        ]
    };
    let new = format!("{PORTAL}/postbacks/new");
    let refused = send(&mut anna, &new, &with_amount("{total_commission")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("this is not JSON"), "{}", refused.body);
    assert!(refused.body.contains("<option value=\"json\" selected>"), "kept: {}", refused.body);
    let fields = with_amount("{total_commission}");
    let (_, shown, seen) = shown_and_seen(&mut anna, &tracker, &fields).await;
    assert_eq!(shown, seen);
    assert!(seen.ends_with("{\"amount\":9.00,\"order\":\"5678901234567\"}"), "{seen}");

    let row = annas(&site).await.remove(0);
    let own = format!("{PORTAL}/postbacks/{}", row.id);
    assert!(anna.get(&own).await.body.contains("<option value=\"json\" selected>"));
    // As a form body everything is text, whatever was chosen before.
    let as_form = fields.map(|(name, value)| match name {
        "method" => (name, "POST_FORM"),
        _ => (name, value),
    });
    assert_eq!(send(&mut anna, &own, &as_form).await.status, 303);
    let settings = read_postback(&annas(&site).await[0]).unwrap();
    assert_eq!(settings.method, RequestMethod::PostForm);
    assert!(settings.params.iter().all(|param| !param.raw));
}

#[actix_web::test]
async fn n8_the_addresses_that_calls_come_from_are_published_as_networks() {
    let published = async |networks: &[&str]| {
        let networks = networks.iter().map(|one| one.parse().unwrap()).collect();
        let settings = Settings { postback_sender_addresses: networks, ..settings() };
        let site = Site::with_settings(settings, false).await;
        let answer = senders::list(site.app.clone()).await;
        let body = to_bytes(answer.into_body()).await.unwrap();
        serde_json::from_slice::<serde_json::Value>(&body).unwrap()
    };
    let two = published(&["192.0.2.7/32", "2001:db8::/64"]).await;
    assert_eq!(two, json!({"senders": ["192.0.2.7/32", "2001:db8::/64"]}));
    assert_eq!(published(&[]).await, json!({"senders": []}));
}

#[actix_web::test]
async fn p2_the_list_says_when_a_postback_was_made_and_when_it_was_changed() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let list = format!("{PORTAL}/postbacks");
    let fields = [
        ("name", "K"),
        ("url", "https://t.example.com/?c={click_id}"),
        ("events", "conversion"),
        ("action", "save"),
    ];
    assert_eq!(send(&mut anna, &format!("{list}/new"), &fields).await.status, 303);
    let made = site.app.clock.now();
    let times = async |anna: &mut Browser| {
        let page = anna.get(&list).await.body;
        let (_, rows) = page.split_once("<tbody>").unwrap();
        let times = rows.split("datetime=\"").skip(1);
        times.map(|rest| rest.split('"').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(times(&mut anna).await, [made.to_string(), made.to_string()]);
    site.app.clock.set(made.plus_seconds(61));
    let own = format!("{list}/{}", annas(&site).await[0].id);
    assert_eq!(send(&mut anna, &own, &fields).await.status, 303);
    let changed = made.plus_seconds(61);
    assert_eq!(times(&mut anna).await, [made.to_string(), changed.to_string()]);
}
