//! The affiliate's pages.

use super::{
    admin::{firing, log, no_log},
    *,
};
use crate::web::view::{
    admin::home::Stat,
    form::{Pair, Picks},
    log::Firing,
    parts::Pager,
    portal::{
        Frame, Section,
        editor::{EditorPage, Macro, MacroGroup, PostbackForm, Preview, Request},
        links::{LinksPage, builder::tracking_link},
        log::{FiringPage, LogPage},
        login::LoginPage,
        orders::{OrderRow, OrdersPage},
        overview::{Day, NextStep, OverviewPage},
        postbacks::{PostbackRow, PostbacksPage},
        test_fire::{Answer, TestFirePage, TestResult},
    },
};

fn frame(section: Section) -> Frame {
    Frame {
        base: "/portal/demo".to_owned(),
        shop_name: "Riverside Tea".to_owned(),
        affiliate_name: HOSTILE.to_owned(),
        section,
        has_postbacks: true,
        csrf: "token".to_owned(),
        notice: None,
    }
}

pub(super) fn pages() -> Vec<(&'static str, String)> {
    let own = Firing {
        affiliate: None,
        ..firing()
    };
    vec![
        ("portal-login", shown(login(None))),
        (
            "portal-login-error",
            shown(login(Some("E-mail and password do not match."))),
        ),
        ("portal-overview", shown(overview())),
        ("portal-overview-empty", shown(overview_empty())),
        ("portal-links", shown(links())),
        ("portal-links-empty", shown(links_refused())),
        ("portal-orders", shown(orders(order_rows()))),
        ("portal-orders-empty", shown(orders(vec![]))),
        ("portal-postbacks", shown(postbacks())),
        (
            "portal-postbacks-empty",
            shown(PostbacksPage {
                rows: vec![],
                ..postbacks()
            }),
        ),
        ("portal-editor", shown(editor())),
        ("portal-editor-new", shown(editor_new())),
        ("portal-editor-errors", shown(editor_errors())),
        ("portal-test", shown(test_fire(Some(answered())))),
        ("portal-test-empty", shown(test_fire(None))),
        ("portal-test-failed", shown(test_fire(Some(unanswered())))),
        (
            "portal-log",
            shown(LogPage {
                frame: frame(Section::Log),
                log: log(),
            }),
        ),
        (
            "portal-log-empty",
            shown(LogPage {
                frame: frame(Section::Log),
                log: no_log(),
            }),
        ),
        (
            "portal-firing",
            shown(FiringPage {
                frame: frame(Section::Log),
                firing: own,
            }),
        ),
    ]
}

fn login(error: Option<&str>) -> LoginPage {
    LoginPage {
        base: "/portal/demo".to_owned(),
        shop_name: "Riverside Tea".to_owned(),
        email: field("anna@example.com"),
        error: error.map(str::to_owned),
        notice: None,
        next: "/portal/demo/orders".to_owned(),
        csrf: "token".to_owned(),
    }
}

fn overview() -> OverviewPage {
    let stat = |value: &str, id: &str, amounts: &[i64]| Stat {
        value: value.to_owned(),
        note: None,
        series: Some(series(id, "By day", amounts)),
    };
    let days = [
        4, 7, 2, 0, 9, 12, 8, 15, 11, 6, 3, 14, 18, 21, 9, 7, 12, 16, 22, 19,
    ];
    OverviewPage {
        frame: frame(Section::Overview),
        period: "Last 30 days".to_owned(),
        clicks: stat("342", "clicks", &days),
        conversions: stat(
            "12",
            "orders",
            &[0, 1, 0, 0, 2, 1, 0, 3, 1, 0, 0, 1, 2, 0, 1, 0, 0, 0, 0, 0],
        ),
        earned: stat(
            "108.30 USD",
            "earned",
            &[0, 900, 0, 0, 1800, -270, 0, 2700, 900, 0, 0, 900, 1800],
        ),
        payable: "64.20 USD".to_owned(),
        pending: "44.10 USD".to_owned(),
        days: vec![Day {
            date: "20 Mar 2026".to_owned(),
            clicks: "19".to_owned(),
            conversions: "0".to_owned(),
            earned: "0.00 USD".to_owned(),
        }],
        orders: order_rows(),
        next_step: Some(NextStep::AddPostback),
    }
}

fn overview_empty() -> OverviewPage {
    let none = |value: &str| Stat {
        value: value.to_owned(),
        note: None,
        series: None,
    };
    OverviewPage {
        clicks: none("0"),
        conversions: none("0"),
        earned: none("0.00 USD"),
        payable: "0.00 USD".to_owned(),
        pending: "0.00 USD".to_owned(),
        days: vec![],
        orders: vec![],
        next_step: Some(NextStep::ShareLink),
        frame: Frame {
            has_postbacks: false,
            ..frame(Section::Overview)
        },
        ..overview()
    }
}

fn order_rows() -> Vec<OrderRow> {
    let row = |name: &str, status: Badge, reason: Option<&str>, commission: &str| OrderRow {
        name: name.to_owned(),
        at: at("1 Mar 2026, 12:00"),
        method: "Coupon ANNA10".to_owned(),
        status,
        reason: reason.map(str::to_owned),
        amount: "90.00 USD".to_owned(),
        commission: commission.to_owned(),
    };
    vec![
        row("#1003", badge("Pending", Tone::Info), None, "9.00 USD"),
        row("#1002", badge("Approved", Tone::Good), None, "9.00 USD"),
        row(
            "#1001",
            badge("Reversed", Tone::Warning),
            Some("Returned by the buyer"),
            "0.00 USD",
        ),
    ]
}

fn orders(rows: Vec<OrderRow>) -> OrdersPage {
    OrdersPage {
        frame: frame(Section::Orders),
        status: field(""),
        from: field(""),
        to: field(""),
        is_filtered: false,
        rows,
        pager: Pager::default(),
    }
}

fn links() -> LinksPage {
    let sent = [
        ("ref", "ANNA"),
        ("affclickid", "{clickid}"),
        ("sub1", "zone-42"),
    ];
    let blank = || field("");
    LinksPage {
        frame: frame(Section::Links),
        shop_url: "https://shop.example".to_owned(),
        code_parameter: "ref".to_owned(),
        code: "ANNA".to_owned(),
        page: field("https://shop.example/products/darjeeling"),
        click_id: field("{clickid}"),
        subs: vec![field("zone-42"), blank(), blank(), blank(), blank()],
        extra: vec![Pair::default()],
        link: tracking_link("https://shop.example", "/products/darjeeling", &sent).unwrap(),
        coupons: vec!["ANNA10".to_owned(), "TEA4ANNA".to_owned()],
    }
}

fn links_refused() -> LinksPage {
    LinksPage {
        page: refused(
            "https://other.example/",
            "That page is not on https://shop.example",
        ),
        coupons: vec![],
        click_id: field(""),
        ..links()
    }
}

fn postbacks() -> PostbacksPage {
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
            row(
                "31",
                "My Keitaro tracker",
                badge("Active", Tone::Good),
                None,
            ),
            row(
                "32",
                HOSTILE,
                badge("Failing", Tone::Bad),
                Some("The last 4 calls were refused"),
            ),
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
        group(
            "Click",
            &[
                ("{click_id}", "The click ID you sent along"),
                ("{sub1}", "Your sub1"),
            ],
        ),
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

fn editor() -> EditorPage {
    EditorPage {
        frame: frame(Section::Postbacks),
        id: Some("31".to_owned()),
        form: PostbackForm {
            name: field("My Keitaro tracker"),
            events: Picks {
                values: vec!["conversion".to_owned(), "status_change".to_owned()],
                error: None,
            },
            statuses: Picks {
                values: vec!["approved".to_owned()],
                error: None,
            },
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

fn editor_new() -> EditorPage {
    EditorPage {
        id: None,
        form: PostbackForm {
            events: Picks {
                values: vec!["conversion".to_owned()],
                error: None,
            },
            params: vec![Pair::default()],
            headers: vec![Pair::default()],
            ..PostbackForm::default()
        },
        starters: vec![
            choice("voluum", "Voluum", false),
            choice("keitaro", "Keitaro", false),
        ],
        preview: Preview::default(),
        ..editor()
    }
}

fn editor_errors() -> EditorPage {
    let unknown = "There is no {clikid}. Did you mean {click_id}?";
    let mut page = editor();
    page.form.name = refused("", "Give it a name.");
    page.form.url = refused("https://trk.example.com/?c={clikid}", unknown);
    page.form.events.error = Some("Tick at least one event.".to_owned());
    page.form.auth_secret_error = Some("Enter the password.".to_owned());
    page.form.delay_seconds = refused("a week", "Enter a number of seconds.");
    page.form.is_static = true;
    page.form.headers = vec![Pair {
        name: "Host".to_owned(),
        value: "x".to_owned(),
        error: Some("Host cannot be set.".to_owned()),
    }];
    page.preview = Preview {
        errors: vec![unknown.to_owned()],
        ..Preview::default()
    };
    page
}

fn test_fire(result: Option<TestResult>) -> TestFirePage {
    TestFirePage {
        frame: frame(Section::Postbacks),
        id: "31".to_owned(),
        name: "My Keitaro tracker".to_owned(),
        sources: vec![
            choice("sample", "Sample data", true),
            choice("9", "Order #1001", false),
        ],
        events: vec![choice("conversion", "New conversion", true)],
        result,
    }
}

fn answered() -> TestResult {
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

fn unanswered() -> TestResult {
    TestResult {
        verdict: badge("No answer", Tone::Bad),
        explanation: "No server was found under trk.example.com.".to_owned(),
        answer: None,
        time: "23ms".to_owned(),
        ..answered()
    }
}

/// U1: with the switch off nothing of the portal speaks of postbacks.
#[test]
fn u01_postbacks_disappear_from_the_portal_when_the_shop_has_them_off() {
    let off = shown(overview_empty());
    assert!(!off.to_lowercase().contains("postback"), "{off}");
    assert!(shown(overview()).contains("/portal/demo/postbacks"));
}

#[test]
fn p02_the_list_of_postbacks_has_the_eight_columns() {
    let html = shown(postbacks());
    for column in [
        "ID",
        "Affiliate",
        "Goal",
        "Conversion status",
        "URL",
        "HTTP type",
        "Created",
        "Updated",
    ] {
        assert!(
            html.contains(&format!("<th scope=\"col\">{column}</th>")),
            "{column}"
        );
    }
}

#[test]
fn t18_the_log_shows_click_template_and_final_url() {
    let html = unescaped(&shown(LogPage {
        frame: frame(Section::Log),
        log: log(),
    }));
    for text in [
        "https://shop.example/tea?ref=ANNA&affclickid=",
        TEMPLATE,
        "cid=w5fj2k3l4m9q&cur=",
    ] {
        assert!(html.contains(text), "{text}");
    }
}

#[test]
fn p08_a_stored_secret_is_never_in_the_form() {
    let html = shown(editor());
    let start = html.find("id=\"auth_secret\"").unwrap();
    let tag = html[start..].split('>').next().unwrap();
    assert!(!tag.contains("value"), "{tag}");
    assert!(html.contains("One is stored"));
}

#[test]
fn refused_fields_keep_their_input_and_say_why_beside_it_and_above() {
    let html = shown(editor_errors());
    assert!(html.contains("c={clikid}") && html.contains("value=\"a week\""));
    assert_eq!(
        html.matches("Did you mean").count(),
        3,
        "summary, field and preview"
    );
    assert!(html.contains("href=\"#url\"") && html.contains("id=\"url-error\""));
    assert_eq!(html.matches("aria-invalid=\"true\"").count(), 5);
}

/// P5: the goal condition is only there while the shop uses goals.
#[test]
fn p05_the_goal_condition_follows_the_shops_switch() {
    let mut page = editor();
    assert!(!shown(page.clone()).contains("name=\"goals\""));
    page.form.has_goals = true;
    assert!(shown(page).contains("name=\"goals\""));
}
