//! The merchant's pages.

use super::*;
use crate::web::view::{
    admin::{
        Frame, Section,
        affiliates::{AffiliateRow, AffiliatesPage},
        home::{Attention, Day, HomePage, Setup, Stat, TopAffiliate},
        log::{FiringPage, LogPage},
        order::{Candidate, Credit, Decision, Entry, Line, OrderPage},
        orders::{Filters, OrderRow, OrdersPage},
        programs::{Program, ProgramsPage, summary},
        settings::{SettingsPage, Tracking},
    },
    log::{self, Attempt, Click, Firing, Log},
    parts::Pager,
};

fn frame(section: Section) -> Frame {
    Frame {
        base: "/admin".to_owned(),
        shop_name: "Riverside Tea".to_owned(),
        section,
        embedded: None,
        csrf: "token".to_owned(),
        notice: None,
    }
}

pub(super) fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("admin-home", shown(home())),
        ("admin-home-empty", shown(home_empty())),
        ("admin-orders", shown(orders())),
        (
            "admin-orders-empty",
            shown(OrdersPage {
                rows: vec![],
                ..orders_blank()
            }),
        ),
        (
            "admin-orders-none",
            shown(OrdersPage {
                filters: filtered(),
                ..orders_blank()
            }),
        ),
        ("admin-order", shown(order())),
        ("admin-order-nobody", shown(order_nobody())),
        ("admin-affiliates", shown(affiliates())),
        ("admin-affiliates-empty", shown(affiliates_empty())),
        ("admin-programs", shown(programs())),
        (
            "admin-programs-empty",
            shown(ProgramsPage {
                programs: vec![],
                ..programs()
            }),
        ),
        ("admin-settings", shown(settings())),
        (
            "admin-log",
            shown(LogPage {
                frame: frame(Section::Log),
                log: log(),
            }),
        ),
        (
            "admin-log-empty",
            shown(LogPage {
                frame: frame(Section::Log),
                log: no_log(),
            }),
        ),
        (
            "admin-firing",
            shown(FiringPage {
                frame: frame(Section::Log),
                firing: firing(),
            }),
        ),
    ]
}

fn stat(value: &str, id: &str, title: &str, amounts: &[i64]) -> Stat {
    Stat {
        value: value.to_owned(),
        note: Some("12% more than the 30 days before".to_owned()),
        series: Some(series(id, title, amounts)),
    }
}

const DAYS: &[i64] = &[
    3, 0, 5, 8, 2, 9, 12, 7, 4, 6, 10, 14, 9, 3, 1, 0, 6, 11, 13, 8, 9, 15, 18, 12, 7, 16, 19, 21,
    14, 17,
];

fn home() -> HomePage {
    let top = |name: &str| TopAffiliate {
        affiliate: person(name),
        orders: "14".to_owned(),
        sales: "1260.00 USD".to_owned(),
        earned: "126.00 USD".to_owned(),
    };
    let day = |date: &str| Day {
        date: date.to_owned(),
        sales: "180.00 USD".to_owned(),
        commissions: "18.00 USD".to_owned(),
        clicks: "34".to_owned(),
        conversions: "2".to_owned(),
    };
    HomePage {
        frame: frame(Section::Home),
        period: "Last 30 days".to_owned(),
        sales: stat("12450.00 USD", "c1", "Sales by day", DAYS),
        commissions: stat(
            "1245.00 USD",
            "c2",
            "Commissions by day",
            &[4, -3, 6, 2, 9, -1, 5, 8],
        ),
        clicks: stat("2301", "c3", "Clicks by day", DAYS),
        conversions: Stat {
            note: Some("6.0% of clicks".to_owned()),
            ..stat("138", "c4", "Orders by day", DAYS)
        },
        days: vec![day("30 Mar 2026"), day("29 Mar 2026")],
        top: vec![top("Anna Lindqvist"), top(HOSTILE), top("Bob")],
        attention: vec![
            Attention::PendingAffiliates(3),
            Attention::OrdersOnHold(1),
            Attention::FailingPostbacks(2),
        ],
        setup: None,
    }
}

fn home_empty() -> HomePage {
    let none = |value: &str| Stat {
        value: value.to_owned(),
        note: None,
        series: None,
    };
    HomePage {
        frame: Frame {
            embedded: Some("client-id".to_owned()),
            notice: notice("Saved."),
            ..frame(Section::Home)
        },
        period: "Last 30 days".to_owned(),
        sales: none("0.00 USD"),
        commissions: none("0.00 USD"),
        clicks: none("0"),
        conversions: none("0"),
        days: vec![],
        top: vec![],
        attention: vec![],
        setup: Some(Setup {
            has_program: true,
            has_affiliate: false,
            has_order: false,
            has_postbacks: false,
        }),
    }
}

fn orders_blank() -> OrdersPage {
    OrdersPage {
        frame: frame(Section::Orders),
        filters: Filters::default(),
        rows: vec![],
        pager: Pager::default(),
    }
}

fn filtered() -> Filters {
    Filters {
        status: field("rejected"),
        from: field("2026-03-01"),
        affiliates: vec![choice("1", HOSTILE, true)],
        is_set: true,
        ..Filters::default()
    }
}

fn orders() -> OrdersPage {
    let row =
        |name: &str, who: &[&str], method: &str, status: Badge, reason: Option<&str>| OrderRow {
            id: "7".to_owned(),
            name: name.to_owned(),
            at: at("1 Mar 2026, 12:00"),
            affiliates: who.iter().copied().map(person).collect(),
            method: method.to_owned(),
            status,
            reason: reason.map(str::to_owned),
            sales: "90.00 USD".to_owned(),
            commission: "9.00 USD".to_owned(),
        };
    OrdersPage {
        rows: vec![
            row(
                "#1006",
                &["Anna Lindqvist"],
                "Link",
                badge("Pending", Tone::Info),
                None,
            ),
            row(
                "#1005",
                &["Anna Lindqvist"],
                "Coupon ANNA10",
                badge("Approved", Tone::Good),
                None,
            ),
            row(
                "#1004",
                &[],
                "",
                badge("Not credited", Tone::Neutral),
                Some("The click is older than 30 days"),
            ),
            row(
                "#1003",
                &[HOSTILE, "Bob"],
                "Link, shared",
                badge("Paid", Tone::Neutral),
                None,
            ),
            row(
                "#1002",
                &["Bob"],
                "Customer",
                badge("Reversed", Tone::Warning),
                Some("Refunded in full"),
            ),
            row(
                "#1001",
                &["Bob"],
                "Link",
                badge("Rejected", Tone::Bad),
                Some("The buyer is the affiliate"),
            ),
        ],
        pager: Pager {
            newer: None,
            older: Some("/admin/orders?before=7".to_owned()),
        },
        ..orders_blank()
    }
}

fn order() -> OrderPage {
    let line = |title: &str, base: &str, rate: &str, commission: &str, why: &str| Line {
        title: title.to_owned(),
        quantity: "1 of 2".to_owned(),
        base: base.to_owned(),
        rate: rate.to_owned(),
        commission: commission.to_owned(),
        why: why.to_owned(),
    };
    let entry = |kind: &str, amount: &str, is_negative: bool, reason: Option<&str>| Entry {
        at: at("1 Mar 2026, 12:00"),
        kind: kind.to_owned(),
        affiliate: person("Anna Lindqvist"),
        amount: amount.to_owned(),
        is_negative,
        payout_amount: is_negative.then(|| "-2.49 EUR".to_owned()),
        reason: reason.map(str::to_owned),
    };
    OrderPage {
        frame: frame(Section::Orders),
        name: "#1001".to_owned(),
        shopify_id: "5678901234567".to_owned(),
        at: at("1 Mar 2026, 12:00"),
        total: "97.50 USD".to_owned(),
        payment: badge("Partially refunded", Tone::Warning),
        is_test: true,
        discount_codes: vec!["ANNA10".to_owned()],
        decision: Decision {
            rule: "The coupon ANNA10 belongs to Anna Lindqvist, and coupons come before links in this shop.".to_owned(),
            candidates: vec![
                Candidate {
                    affiliate: person("Anna Lindqvist"),
                    method: "Coupon".to_owned(),
                    evidence: "ANNA10".to_owned(),
                    at: None,
                    lost: None,
                },
                Candidate {
                    affiliate: person(HOSTILE),
                    method: "Link".to_owned(),
                    evidence: "w5fj2k3l4m9q".to_owned(),
                    at: Some(at("27 Feb 2026, 09:13")),
                    lost: Some("A coupon of another affiliate was entered".to_owned()),
                },
            ],
        },
        credits: vec![Credit {
            affiliate: person("Anna Lindqvist"),
            program: "Main, version 2".to_owned(),
            status: badge("Pending", Tone::Info),
            reason: None,
            approve_at: Some(at("31 Mar 2026")),
            share: None,
            lines: vec![
                line("First-flush Darjeeling, 250 g", "45.00 USD", "10%", "4.50 USD", "Program rate"),
                line(HOSTILE, "18.00 USD", "20%", "3.60 USD", "Special rate of this product"),
                line("Gift card", "0.00 USD", "", "0.00 USD", "Gift cards never count"),
            ],
            sales: "63.00 USD".to_owned(),
            commission: "8.10 USD".to_owned(),
            remark: Some("Most per order is 50.00 USD: not reached.".to_owned()),
        }],
        entries: vec![
            entry("Accrual", "10.80 USD", false, None),
            entry("Refund", "-2.70 USD", true, Some("One unit came back")),
        ],
        entries_total: "8.10 USD".to_owned(),
        firings: vec![firing(), not_sent()],
    }
}

fn order_nobody() -> OrderPage {
    OrderPage {
        discount_codes: vec![],
        is_test: false,
        decision: Decision {
            rule: "Nobody was credited: the order has no link, coupon, customer or product of an affiliate.".to_owned(),
            candidates: vec![],
        },
        credits: vec![],
        entries: vec![],
        firings: vec![],
        ..order()
    }
}

fn affiliates() -> AffiliatesPage {
    let row = |name: &str, code: &str, status: Badge, is_pending: bool| AffiliateRow {
        id: "1".to_owned(),
        number: "1001".to_owned(),
        name: name.to_owned(),
        email: "anna@example.com".to_owned(),
        code: code.to_owned(),
        coupons: vec!["ANNA10".to_owned(), "TEA4ANNA".to_owned()],
        program: "Main".to_owned(),
        status,
        is_pending,
        orders: "14".to_owned(),
        earned: "126.00 USD".to_owned(),
    };
    AffiliatesPage {
        rows: vec![
            row("Anna Lindqvist", "ANNA", badge("Active", Tone::Good), false),
            row(
                HOSTILE,
                "a-very-long-code-that-somebody-chose_for.themselves-2026",
                badge("Pending", Tone::Warning),
                true,
            ),
            row("Bob", "BOB", badge("Blocked", Tone::Bad), false),
        ],
        ..affiliates_empty()
    }
}

fn affiliates_empty() -> AffiliatesPage {
    AffiliatesPage {
        frame: frame(Section::Affiliates),
        query: field(""),
        status: field(""),
        is_filtered: false,
        signup_url: Some("https://app.example/portal/demo/join".to_owned()),
        rows: vec![],
        pager: Pager::default(),
    }
}

fn programs() -> ProgramsPage {
    let rules = serde_json::from_str(
        r#"{"key":"main","commission":{"type":"percent","value":"10"},"cap_per_order":"50.00",
        "rates":[{"match":{"product_id":632910392},"commission":{"type":"percent","value":"20"}}],
        "levels":[{"percent":"10","of":"commission"}]}"#,
    )
    .unwrap();
    let program = |name: &str, number: &str| Program {
        number: number.to_owned(),
        name: name.to_owned(),
        version: "2".to_owned(),
        since: at("1 Mar 2026"),
        affiliates: "3 affiliates".to_owned(),
        rules: summary(&rules, domain::money::Currency::USD),
    };
    ProgramsPage {
        frame: frame(Section::Programs),
        programs: vec![program("Main", "1"), program(HOSTILE, "2")],
    }
}

fn settings() -> SettingsPage {
    SettingsPage {
        frame: Frame {
            notice: notice("Postbacks are on."),
            ..frame(Section::Settings)
        },
        has_postbacks: true,
        has_facebook_pixel: false,
        tracking: Tracking {
            click_model: "Last click".to_owned(),
            precedence: "Coupon, then customer, then link, then product".to_owned(),
            window: "30 days".to_owned(),
            currency: "USD".to_owned(),
            timezone: "Europe/Paris".to_owned(),
        },
    }
}

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
        latency: "182ms".to_owned(),
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
        latency: Some("182ms".to_owned()),
        attempt_count: "2 of 8".to_owned(),
        next_try: Some(at("1 Mar 2026, 12:30")),
        is_replay: false,
        attempts: vec![
            attempt(
                2,
                badge("No answer", Tone::Bad),
                None,
                Some("No answer within 10 seconds"),
            ),
            attempt(1, badge("Refused", Tone::Warning), Some("503"), None),
        ],
    }
}

fn not_sent() -> Firing {
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
    }
}

pub(super) fn no_log() -> Log {
    Log {
        filters: log::Filters::default(),
        rows: vec![],
        pager: Pager::default(),
    }
}

#[test]
fn the_navigation_is_app_bridges_inside_shopify_and_ours_outside() {
    let inside = shown(home_empty());
    let script = inside.find("app-bridge.js").unwrap();
    assert!(inside.contains("<s-app-nav>") && !inside.contains("class=\"nav\""));
    assert!(
        script < inside.find("app.js").unwrap(),
        "App Bridge must be the first script"
    );
    let outside = shown(home());
    assert!(!outside.contains("shopify.com") && outside.contains("aria-current=\"page\">Home"));
}
