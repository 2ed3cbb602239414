//! The list of postbacks, the editor in each state, and test calls.

use super::{super::*, Section, frame};
use crate::web::view::{
    form::{Pair, Picks},
    portal::{
        editor::{EditorPage, Macro, MacroGroup, PostbackForm, Preview, Request},
        postbacks::{PostbackRow, PostbacksPage},
        test_fire::{Answer, TestFirePage, TestResult},
    },
};

pub(in super::super) fn postbacks() -> PostbacksPage {
    let row = |id: &str, name: &str, health: Badge, note: Option<&str>| PostbackRow {
        id: id.to_owned(),
        name: name.to_owned(),
        health,
        health_note: note.map(str::to_owned),
        goal: "Any".to_owned(),
        statuses: "Approved, rejected".to_owned(),
        url: TEMPLATE.to_owned(),
        method: "POST JSON".to_owned(),
        created: at("1 Mar 2026, 12:00"),
        updated: at("2 Mar 2026, 08:30"),
    };
    PostbacksPage {
        frame: frame(Section::Postbacks),
        rows: vec![
            row("31", "My Keitaro tracker", badge("Active", Tone::Good), None),
            row("32", HOSTILE, badge("Failing", Tone::Bad), Some("The last 4 calls were refused")),
        ],
        is_full: false,
    }
}

fn macros() -> Vec<MacroGroup> {
    let group = |title: &str, names: &[(&str, &str)]| MacroGroup {
        title: title.to_owned(),
        macros: names
            .iter()
            .map(|(text, meaning)| Macro {
                text: (*text).to_owned(),
                meaning: (*meaning).to_owned(),
            })
            .collect(),
    };
    vec![
        group("Click", &[("{click_id}", "The click ID you sent along"), ("{sub1}", "Your sub1")]),
        group(
            "Amounts",
            &[
                ("{total_commission}", "What you earn"),
                ("{total_sales}", "What counts of the order"),
                ("{delta_commission}", "The change, signed"),
                ("{currency}", "USD"),
            ],
        ),
        group(
            "Order",
            &[
                ("{transaction_id}", "The same for every call about an order"),
                ("{status}", "approved"),
            ],
        ),
    ]
}

pub(in super::super) fn editor() -> EditorPage {
    EditorPage {
        frame: frame(Section::Postbacks),
        id: Some("31".to_owned()),
        form: PostbackForm {
            name: field("My Keitaro tracker"),
            events: Picks {
                values: vec!["conversion".to_owned(), "status_change".to_owned()],
                error: None,
            },
            statuses: Picks { values: vec!["approved".to_owned()], error: None },
            scope: field("all"),
            programs: vec![choice("1", "Main", false), choice("2", HOSTILE, true)],
            delay_seconds: field("0"),
            method: field("POST_FORM"),
            url: Field {
                warning: Some("{sub1} was never seen on your links; it may stay empty.".to_owned()),
                ..field(TEMPLATE)
            },
            params: vec![
                Pair {
                    name: "payout".to_owned(),
                    value: "{total_commission}".to_owned(),
                    error: None,
                },
                Pair::default(),
            ],
            headers: vec![Pair::default()],
            auth: field("basic"),
            auth_login: field("anna"),
            has_secret: true,
            reversals: true,
            ..PostbackForm::default()
        },
        macros: macros(),
        starters: vec![],
        preview: Preview {
            source: "sample data".to_owned(),
            request: Some(Request {
                method: "POST".to_owned(),
                url: "https://trk.example.com/postback?cid=w5fj2k3l4m9q&cur=USD".to_owned(),
                headers: vec![
                    pair("Content-Type", "application/x-www-form-urlencoded"),
                    pair("Authorization", "Basic ••••••"),
                ],
                body: Some("payout=9.00".to_owned()),
            }),
            errors: vec![],
            warnings: vec!["{sub1} was never seen on your links; it may stay empty.".to_owned()],
        },
    }
}

pub(in super::super) fn editor_new() -> EditorPage {
    EditorPage {
        id: None,
        form: PostbackForm {
            events: Picks { values: vec!["conversion".to_owned()], error: None },
            params: vec![Pair::default()],
            headers: vec![Pair::default()],
            ..PostbackForm::default()
        },
        starters: vec![choice("voluum", "Voluum", false), choice("keitaro", "Keitaro", false)],
        preview: Preview::default(),
        ..editor()
    }
}

pub(in super::super) fn editor_errors() -> EditorPage {
    let unknown = "There is no {clikid}. Did you mean {click_id}?";
    let mut page = editor();
    page.form.name = refused("", "Give it a name.");
    page.form.url = refused("https://trk.example.com/?c={clikid}", unknown);
    page.form.events.error = Some("Tick at least one event.".to_owned());
    page.form.auth_secret_error = Some("Enter the password.".to_owned());
    page.form.delay_seconds = refused("a week", "Enter the delay as a number of seconds.");
    page.form.is_static = true;
    page.form.headers = vec![Pair {
        name: "Host".to_owned(),
        value: "x".to_owned(),
        error: Some("Host cannot be set.".to_owned()),
    }];
    page.preview = Preview { errors: vec![unknown.to_owned()], ..Preview::default() };
    page
}

pub(in super::super) fn test_fire(result: Option<TestResult>) -> TestFirePage {
    TestFirePage {
        frame: frame(Section::Postbacks),
        id: "31".to_owned(),
        name: "My Keitaro tracker".to_owned(),
        sources: vec![choice("sample", "Sample data", true), choice("9", "Order #1001", false)],
        events: vec![choice("conversion", "New conversion", true)],
        result,
    }
}

pub(in super::super) fn answered() -> TestResult {
    TestResult {
        verdict: badge("Accepted", Tone::Good),
        explanation: "The tracker answered 200, and no failure pattern was found in the answer.".to_owned(),
        request: "GET /postback?cid=w5fj2k3l4m9q&cur=USD HTTP/1.1\r\nHost: trk.example.com\r\nUser-Agent: Tributary/0.1\r\n\r\n".to_owned(),
        answer: Some(Answer {
            code: "200 OK".to_owned(),
            headers: "content-type: text/plain\ncontent-length: 2".to_owned(),
            body: "OK <b>".to_owned(),
            is_cut: true,
        }),
        time: "182ms".to_owned(),
        flags: vec!["{sub1} had no value".to_owned()],
    }
}

pub(in super::super) fn unanswered() -> TestResult {
    TestResult {
        verdict: badge("No answer", Tone::Bad),
        explanation: "No server was found under trk.example.com.".to_owned(),
        answer: None,
        time: "23ms".to_owned(),
        ..answered()
    }
}
