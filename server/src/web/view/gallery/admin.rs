//! The merchant's pages.

mod more;
mod order;

use self::order::{order, order_nobody};
use super::*;
use crate::web::view::{
    admin::{
        Frame, Section,
        affiliates::{AffiliateRow, AffiliatesPage},
        connection::{Comparison, ConnectionPage, Request},
        home::{Attention, Day, HomePage, Setup, Stat, Step, TopAffiliate, Way},
        orders::{Filters, OrderRow, OrdersPage},
        programs::{Program, ProgramsPage, summary},
        settings::{SettingsPage, Tracking},
    },
    parts::{Embedded, Pager},
};

pub(super) fn frame(section: Section) -> Frame {
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
    let mut pages = vec![
        ("admin-home", shown(home())),
        ("admin-home-empty", shown(home_empty())),
        ("admin-connection", shown(connection())),
        ("admin-connection-empty", shown(connection_empty())),
        ("admin-orders", shown(orders())),
        ("admin-orders-empty", shown(OrdersPage { rows: vec![], ..orders_blank() })),
        ("admin-orders-none", shown(OrdersPage { filters: filtered(), ..orders_blank() })),
        ("admin-order", shown(order())),
        ("admin-order-nobody", shown(order_nobody())),
        ("admin-affiliates", shown(affiliates())),
        ("admin-affiliates-empty", shown(affiliates_empty())),
        ("admin-programs", shown(programs())),
        ("admin-programs-empty", shown(ProgramsPage { programs: vec![], ..programs() })),
        ("admin-settings", shown(settings())),
    ];
    pages.extend(more::pages());
    pages
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

pub(super) fn home() -> HomePage {
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
        commissions: stat("1245.00 USD", "c2", "Commissions by day", &[4, -3, 6, 2, 9, -1, 5, 8]),
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
            Attention::Disconnected,
            Attention::MissingScopes(2),
            Attention::DataRequests(1),
            Attention::EmbedOff,
        ],
        setup: None,
        embed_state: None,
    }
}

fn setup() -> Setup {
    let step = |is_done, what: &str, way| Step { is_done, what: what.to_owned(), note: None, way };
    let page = Way::Page { label: "Make a program".to_owned(), path: "/programs".to_owned() };
    let editor = Way::Shopify {
        label: "Open the theme editor".to_owned(),
        url: "https://demo.myshopify.com/admin/themes/current/editor?context=apps".to_owned(),
    };
    let pixel = Way::Ask { label: "Try again".to_owned(), path: "/pixel".to_owned() };
    Setup {
        steps: vec![
            step(true, "A program", page),
            step(false, "The theme embed", editor),
            Step {
                note: Some("The app's web pixel is not deployed yet.".to_owned()),
                ..step(false, "The web pixel", pixel)
            },
            step(false, "An order", Way::Wait),
        ],
    }
}

pub(super) fn connection() -> ConnectionPage {
    let when = |text: &str| When { text: text.to_owned(), utc: "2026-03-01T12:00:00Z".to_owned() };
    ConnectionPage {
        frame: frame(Section::Settings),
        state: Badge { text: "Connected".to_owned(), tone: Tone::Good },
        advice: None,
        missing_scopes: vec!["write_pixels".to_owned()],
        plan: Some("Growth".to_owned()),
        plans_url: Some(
            "https://admin.shopify.com/store/demo/charges/tributary/pricing_plans".to_owned(),
        ),
        comparisons: vec![
            Comparison {
                at: when("1 Mar 2026, 12:00"),
                checked: "1,204".to_owned(),
                missing: "2".to_owned(),
                stale: "5".to_owned(),
                drift: vec!["#1001".to_owned(), "#1002".to_owned()],
                outcome: Badge { text: "Mended".to_owned(), tone: Tone::Good },
            },
            Comparison {
                at: when("28 Feb 2026, 12:00"),
                checked: "10".to_owned(),
                missing: "0".to_owned(),
                stale: "0".to_owned(),
                drift: vec![],
                outcome: Badge { text: "Broke off".to_owned(), tone: Tone::Bad },
            },
        ],
        requests: vec![Request {
            id: "7".to_owned(),
            number: "99".to_owned(),
            received: when("1 Mar 2026, 12:00"),
            downloaded: None,
        }],
    }
}

pub(super) fn connection_empty() -> ConnectionPage {
    ConnectionPage {
        state: Badge { text: "Not connected".to_owned(), tone: Tone::Bad },
        advice: Some(
            "Close this page and open Tributary again from your Shopify admin.".to_owned(),
        ),
        missing_scopes: vec![],
        plan: None,
        plans_url: None,
        comparisons: vec![],
        requests: vec![],
        ..connection()
    }
}

pub(super) fn embedded() -> Embedded {
    Embedded {
        api_key: "client-id".to_owned(),
        bridge: "https://cdn.shopify.com/shopifycloud/app-bridge.js".to_owned(),
    }
}

pub(super) fn home_empty() -> HomePage {
    let none = |value: &str| Stat { value: value.to_owned(), note: None, series: None };
    HomePage {
        frame: Frame {
            embedded: Some(embedded()),
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
        setup: Some(setup()),
        embed_state: Some("available".to_owned()),
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
            row("#1006", &["Anna Lindqvist"], "Link", badge("Pending", Tone::Info), None),
            row("#1005", &["Anna Lindqvist"], "Coupon ANNA10", badge("Approved", Tone::Good), None),
            row(
                "#1004",
                &[],
                "",
                badge("Not credited", Tone::Neutral),
                Some("The click is older than 30 days"),
            ),
            row("#1003", &[HOSTILE, "Bob"], "Link, shared", badge("Paid", Tone::Neutral), None),
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
        pager: Pager { newer: None, older: Some("/admin/orders?before=7".to_owned()) },
        ..orders_blank()
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
        frame: Frame { notice: notice("Postbacks are on."), ..frame(Section::Settings) },
        has_postbacks: true,
        has_facebook_pixel: false,
        pixels: domain::pixel::PixelRules::default(),
        tracking: Tracking {
            click_model: "Last click".to_owned(),
            precedence: "Coupon, then customer, then link, then product".to_owned(),
            window: "30 days".to_owned(),
            currency: "USD".to_owned(),
            timezone: "Europe/Paris".to_owned(),
        },
    }
}
