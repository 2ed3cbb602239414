//! Firings in each state, for the logs of both sides.

use super::*;
use crate::web::view::{
    log::{self, Attempt, Click, Firing, Log},
    parts::Pager,
};

pub(super) fn firing() -> Firing {
    let headers = vec![
        pair("Host", "trk.example.com"),
        pair("User-Agent", "Tributary/0.1"),
        pair("Authorization", "Basic ••••••"),
    ];
    let url =
        "https://trk.example.com/postback?cid=w5fj2k3l4m9q&cur=USD&x=fb%20ads%2F%C3%A9t%C3%A9";
    let attempt = |number: u32, outcome: Badge, code: Option<&str>, error: Option<&str>| Attempt {
        number,
        at: at("1 Mar 2026, 12:00:04"),
        outcome,
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: headers.clone(),
        body: Some("payout=9.00&txid=5678901234567".to_owned()),
        code: code.map(str::to_owned),
        error: error.map(str::to_owned),
        response: code
            .map(|_| "{\"status\":\"error\",\"msg\":\"<b>unknown click</b>\"}".to_owned()),
        latency: "182 ms".to_owned(),
        next_try: code.is_none().then(|| at("1 Mar 2026, 12:30")),
        flags: vec!["link.foo had no value".to_owned()],
    };
    Firing {
        id: "4711".to_owned(),
        at: at("1 Mar 2026, 12:00"),
        postback: "My Keitaro tracker".to_owned(),
        affiliate: Some(person(HOSTILE)),
        event: "Conversion".to_owned(),
        status: "pending".to_owned(),
        transaction_id: "5678901234567".to_owned(),
        order_name: Some("#1001".to_owned()),
        click: Some(Click {
            id: "w5fj2k3l4m9q".to_owned(),
            entry_url: "https://shop.example/tea?ref=ANNA&affclickid=w5fj2k3l4m9q&sub1=zone-42"
                .to_owned(),
        }),
        template: TEMPLATE.to_owned(),
        final_url: Some(url.to_owned()),
        method: "POST form".to_owned(),
        outcome: badge("Waiting", Tone::Warning),
        not_sent: None,
        code: Some("503".to_owned()),
        error: Some("The receiver answered 503".to_owned()),
        excerpt: Some("upstream connect error".to_owned()),
        latency: Some("182 ms".to_owned()),
        attempt_count: "2 of 8".to_owned(),
        next_try: Some(at("1 Mar 2026, 12:30")),
        is_replay: false,
        can_replay: false,
        attempts: vec![
            attempt(2, badge("No answer", Tone::Bad), None, Some("No answer within 10 seconds")),
            attempt(1, badge("Refused", Tone::Warning), Some("503"), None),
        ],
    }
}

pub(super) fn not_sent() -> Firing {
    Firing {
        id: "4712".to_owned(),
        event: "Refund".to_owned(),
        outcome: badge("Not sent", Tone::Neutral),
        not_sent: Some("template cannot express a reversal".to_owned()),
        attempts: vec![],
        final_url: None,
        code: None,
        error: None,
        excerpt: None,
        latency: None,
        attempt_count: "none".to_owned(),
        next_try: None,
        click: None,
        ..firing()
    }
}

pub(super) fn log() -> Log {
    let delivered = Firing {
        id: "4713".to_owned(),
        outcome: badge("Delivered", Tone::Good),
        code: Some("200".to_owned()),
        error: None,
        excerpt: Some("OK".to_owned()),
        next_try: None,
        method: "GET".to_owned(),
        attempt_count: "1 of 8".to_owned(),
        is_replay: true,
        can_replay: true,
        ..firing()
    };
    Log {
        filters: log::Filters {
            postbacks: vec![choice("1", "My Keitaro tracker", false)],
            ..log::Filters::default()
        },
        rows: vec![firing(), not_sent(), delivered],
        pager: Pager {
            newer: Some("/log?after=1".to_owned()),
            older: Some("/log?before=1".to_owned()),
        },
        query: "event=conversion&currency=1".to_owned(),
        is_partial: false,
    }
}

pub(super) fn no_log() -> Log {
    Log {
        filters: log::Filters::default(),
        rows: vec![],
        pager: Pager::default(),
        query: String::new(),
        is_partial: false,
    }
}

pub(super) fn partial_log() -> Log {
    Log { rows: vec![], is_partial: true, ..log() }
}
