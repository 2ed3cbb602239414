//! Pages about postbacks in each state, in the chrome of both sides.

use askama::Template;

use self::editor::{editor, editor_errors, editor_new, editor_paused};
use super::{
    log::{firing, log, no_log, partial_log},
    *,
};
use crate::web::view::{
    admin,
    log::Firing,
    portal,
    postbacks::{
        Place,
        editor::Editor,
        help::{Help, MacroLine, Topic},
        list::{ContactForm, News, Overview, PixelRow, PostbackRow, Postbacks, ProgramPostbacks},
        log::{FiringPage, LogPage},
        replay::{Count, ReplayPage},
        signing::{Secret, Signing},
        test_fire::{Answer, TestFire, TestResult},
    },
};

pub(super) mod editor;

pub(super) fn pages() -> Vec<(&'static str, String)> {
    let own = Firing { affiliate: None, ..firing() };
    vec![
        ("portal-postbacks", in_portal(postbacks())),
        ("portal-postbacks-empty", in_portal(Postbacks { rows: vec![], ..postbacks() })),
        ("portal-postbacks-full", in_portal(Postbacks { is_full: true, ..postbacks() })),
        ("portal-editor", in_portal(editor())),
        ("portal-editor-new", in_portal(editor_new())),
        ("portal-editor-errors", in_portal(editor_errors())),
        ("portal-editor-paused", in_portal(editor_paused(place()))),
        ("portal-test", in_portal(test_fire(Some(answered())))),
        ("portal-test-empty", in_portal(test_fire(None))),
        ("portal-test-failed", in_portal(test_fire(Some(unanswered())))),
        ("portal-log", in_portal(LogPage { place: place(), log: log() })),
        ("portal-log-empty", in_portal(LogPage { place: place(), log: no_log() })),
        ("portal-log-partial", in_portal(LogPage { place: place(), log: partial_log() })),
        ("portal-firing", in_portal(FiringPage { place: place(), firing: own })),
        ("portal-replay", in_portal(replay(None))),
        ("portal-replay-counted", in_portal(replay(Some(true)))),
        ("portal-replay-none", in_portal(replay(Some(false)))),
        ("portal-signing", in_portal(signing())),
        ("portal-signing-empty", in_portal(Signing { secrets: vec![], ..signing() })),
        ("portal-help", in_portal(help(vec![topic()]))),
        ("portal-help-none", in_portal(help(vec![]))),
        ("admin-help", in_admin(Help { place: merchants(), ..help(vec![topic()]) })),
        ("admin-postbacks", in_admin(overview())),
        ("admin-postbacks-empty", in_admin(overview_empty())),
        ("admin-postbacks-of", in_admin(Postbacks { place: on_behalf(), ..postbacks() })),
        ("admin-program-postbacks", in_admin(of_program(postbacks().rows))),
        ("admin-program-postbacks-empty", in_admin(of_program(vec![]))),
        ("admin-editor", in_admin(Editor { place: merchants(), ..editor() })),
        ("admin-editor-approval", in_admin(editor_paused(on_behalf()))),
        ("admin-log", in_admin(LogPage { place: merchants(), log: log() })),
        ("admin-log-empty", in_admin(LogPage { place: merchants(), log: no_log() })),
        ("admin-firing", in_admin(FiringPage { place: merchants(), firing: firing() })),
        ("admin-replay", in_admin(ReplayPage { place: merchants(), ..replay(Some(true)) })),
        ("admin-signing", in_admin(Signing { place: merchants(), ..signing() })),
    ]
}

fn place() -> Place {
    Place {
        base: "/portal/demo".to_owned(),
        postbacks: "/portal/demo/postbacks".to_owned(),
        csrf: "token".to_owned(),
        is_merchant: false,
        affiliate: Some(HOSTILE.to_owned()),
    }
}

fn merchants() -> Place {
    Place {
        base: "/admin".to_owned(),
        postbacks: "/admin/postbacks".to_owned(),
        is_merchant: true,
        affiliate: None,
        ..place()
    }
}

fn on_behalf() -> Place {
    Place {
        postbacks: "/admin/affiliates/7/postbacks".to_owned(),
        affiliate: Some(HOSTILE.to_owned()),
        ..merchants()
    }
}

pub(super) fn in_portal(piece: impl Template) -> String {
    let frame = super::portal::frame(portal::Section::Postbacks);
    let piece = piece.render().unwrap();
    let heading = HOSTILE.to_owned();
    shown(portal::PiecePage { frame, heading, is_wide: true, piece })
}

fn in_admin(piece: impl Template) -> String {
    let frame = super::admin::frame(admin::Section::Postbacks);
    let piece = piece.render().unwrap();
    let heading = "Postbacks".to_owned();
    shown(admin::PiecePage { frame, heading, is_wide: true, piece })
}

fn overview() -> Postbacks {
    let rows = postbacks().rows;
    let overview = Overview {
        is_off: true,
        attention: rows.clone(),
        others: rows,
        is_cut: true,
        programs: vec![
            choice("", "Every program", true),
            choice("1", "Main", false),
            choice("2", HOSTILE, false),
        ],
        approval_required: true,
        customer_hash_allowed: false,
        goals_enabled: true,
        contact: ContactForm {
            email: refused(HOSTILE, "Enter an e-mail address."),
            known_to_shopify: None,
        },
    };
    Postbacks { place: merchants(), overview: Some(overview), ..postbacks() }
}

fn overview_empty() -> Postbacks {
    let overview = Overview {
        is_off: false,
        attention: vec![],
        others: vec![],
        is_cut: false,
        programs: vec![],
        approval_required: false,
        customer_hash_allowed: false,
        goals_enabled: false,
        contact: ContactForm {
            email: field(""),
            known_to_shopify: Some("owner@shop.example".to_owned()),
        },
    };
    Postbacks {
        place: merchants(),
        rows: vec![],
        notices: vec![],
        pixels: vec![],
        overview: Some(overview),
        ..postbacks()
    }
}

fn of_program(rows: Vec<PostbackRow>) -> ProgramPostbacks {
    ProgramPostbacks {
        place: merchants(),
        number: "2".to_owned(),
        name: HOSTILE.to_owned(),
        is_off: rows.is_empty(),
        is_cut: !rows.is_empty(),
        members: rows.iter().map(|row| choice(&row.id, HOSTILE, false)).collect(),
        rows,
    }
}

fn replay(has_some: Option<bool>) -> ReplayPage {
    ReplayPage {
        place: place(),
        postbacks: vec![choice("31", HOSTILE, true)],
        from: Field {
            error: Some("The time ends before it begins.".to_owned()),
            ..field("2026-03-01T14:30")
        },
        to: field("2026-02-01T09:00"),
        which: field("failed"),
        count: has_some.map(|is_any| Count {
            text: "1,204 calls".to_owned(),
            is_any,
            time: "3 min".to_owned(),
        }),
    }
}

fn signing() -> Signing {
    let secret = |id: &str, shown: Option<&str>| Secret {
        id: id.to_owned(),
        created: at("1 Mar 2026, 12:00"),
        shown: shown.map(str::to_owned),
        is_only: false,
    };
    Signing {
        place: place(),
        secrets: vec![secret("1", Some("trbs_0123456789abcdef")), secret("2", None)],
        can_add: false,
        addresses: vec!["192.0.2.7/32".to_owned()],
        example: "X-Tributary-Signature: t=1772366400,v1=5257a869".to_owned(),
        error: Some("Two secrets are live; retire one of them first.".to_owned()),
    }
}

fn help(topics: Vec<Topic>) -> Help {
    let macros = topics.iter().map(|_| macro_line()).collect();
    Help { place: place(), query: HOSTILE.to_owned(), topics, macros }
}

fn macro_line() -> MacroLine {
    MacroLine {
        name: "click_id",
        meaning: "Your click ID, as your link carried it",
        sample: "w5fj2k3l4m9q",
        aliases: &["clickid", "external_transaction_id"],
    }
}

fn topic() -> Topic {
    Topic {
        id: "what",
        title: "What a postback is",
        text: &["A call from our server to your tracker."],
        example: Some(TEMPLATE),
        page: Some(("/postbacks/new", "Add a postback")),
    }
}

pub(super) fn postbacks() -> Postbacks {
    let row = |id: &str, name: &str, health: Badge, note: Option<&str>| PostbackRow {
        id: id.to_owned(),
        href: format!("/portal/demo/postbacks/{id}"),
        name: name.to_owned(),
        affiliate: Some(person(HOSTILE)),
        programs: "Every program".to_owned(),
        needs_approval: false,
        health,
        health_note: note.map(str::to_owned),
        goal: "Any".to_owned(),
        statuses: "Approved, rejected".to_owned(),
        url: TEMPLATE.to_owned(),
        method: "POST JSON".to_owned(),
        created: at("1 Mar 2026, 12:00"),
        updated: at("2 Mar 2026, 08:30"),
    };
    Postbacks {
        place: place(),
        rows: vec![
            row("31", "My Keitaro tracker", badge("Active", Tone::Good), None),
            row("32", HOSTILE, badge("Failing", Tone::Bad), Some("The last 4 calls were refused")),
        ],
        is_full: false,
        notices: vec![News {
            at: at("1 Mar 2026, 12:00"),
            words: format!("The postback “{HOSTILE}” was paused."),
        }],
        pixels: vec![PixelRow {
            number: "123456789012345".to_owned(),
            href: "/portal/demo/pixels/1".to_owned(),
            health: badge("Active", Tone::Good),
            created: at("1 Mar 2026, 12:00"),
            updated: at("2 Mar 2026, 08:30"),
        }],
        overview: None,
    }
}

pub(super) fn test_fire(result: Option<TestResult>) -> TestFire {
    TestFire {
        place: place(),
        id: "31".to_owned(),
        name: "My Keitaro tracker".to_owned(),
        sources: vec![choice("sample", "Sample data", true), choice("9", "Order #1001", false)],
        events: vec![choice("conversion", "New conversion", true)],
        result,
    }
}

pub(super) fn answered() -> TestResult {
    TestResult {
        verdict: badge("Accepted", Tone::Good),
        explanation: "The receiver answered 200, and no failure pattern was found in the answer.".to_owned(),
        request: "GET /postback?cid=w5fj2k3l4m9q&cur=USD HTTP/1.1\r\nHost: trk.example.com\r\nUser-Agent: Tributary/0.1\r\n\r\n".to_owned(),
        answer: Some(Answer {
            code: "200 OK".to_owned(),
            headers: "content-type: text/plain\ncontent-length: 2".to_owned(),
            body: "OK <b>".to_owned(),
            is_cut: true,
        }),
        time: "182 ms".to_owned(),
        flags: vec!["{sub1} had no value".to_owned()],
    }
}

pub(super) fn unanswered() -> TestResult {
    TestResult {
        verdict: badge("No answer", Tone::Bad),
        explanation: "No server was found under trk.example.com.".to_owned(),
        answer: None,
        time: "23 ms".to_owned(),
        ..answered()
    }
}
