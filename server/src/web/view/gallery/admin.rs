//! The merchant's pages.

mod codes;
mod jobs;
mod mails;
mod more;
mod order;
mod payouts;
mod people;
mod programs;
mod shopify;

use self::order::{order, order_by_hand, order_nobody, sale, sale_refused};
use super::*;
use crate::web::{
    admin::orders::actions::refusals,
    view::{
        admin::{
            Frame, Section,
            affiliates::{AffiliateRow, AffiliatesPage},
            home::{Attention, Day, HomePage, Setup, Stat, Step, StepAction, TopAffiliate},
            orders::{Filters, OrderRow, OrdersPage},
            programs::{Program, ProgramsPage, Starter, summary},
            protection::{Detail, DetailKind, Ledger, LedgerDay, ProtectionPage, Rule},
            settings::{SettingsPage, Tracking, VisitDay, Visits},
        },
        parts::Pager,
    },
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
        ("admin-home-troubled", shown(home_troubled())),
        ("admin-orders", shown(orders())),
        ("admin-orders-empty", shown(OrdersPage { rows: vec![], ..orders_blank() })),
        ("admin-orders-none", shown(OrdersPage { filters: filtered(), ..orders_blank() })),
        ("admin-order", shown(order())),
        ("admin-order-by-hand", shown(order_by_hand())),
        ("admin-sale", shown(sale())),
        ("admin-sale-refused", shown(sale_refused())),
        ("admin-order-nobody", shown(order_nobody())),
        ("admin-mails", shown(mails::list())),
        ("admin-mail", shown(mails::editor())),
        ("admin-mail-refused", shown(mails::refused_words())),
        ("admin-affiliates", shown(affiliates())),
        ("admin-affiliates-empty", shown(affiliates_empty())),
        ("admin-programs", shown(program_list())),
        (
            "admin-programs-empty",
            shown(ProgramsPage { programs: vec![], starters: starters(), ..program_list() }),
        ),
        ("admin-program-new", shown(programs::new())),
        ("admin-program-edit", shown(programs::edit())),
        ("admin-program-errors", shown(programs::errors())),
        ("admin-program-history", shown(programs::history())),
        ("admin-program-dry-run", shown(programs::dry_run())),
        ("admin-program-dry-run-refused", shown(programs::dry_run_refused())),
        ("admin-attribution", shown(programs::attribution())),
        ("admin-affiliate", shown(people::affiliate())),
        ("admin-affiliate-blank", shown(people::affiliate_blank())),
        ("admin-affiliate-edit", shown(people::editor())),
        ("admin-affiliate-no-program", shown(people::no_program())),
        ("admin-affiliate-import", shown(people::import())),
        ("admin-affiliate-import-refused", shown(people::import_refused())),
        ("admin-affiliate-import-preview", shown(people::import_preview())),
        ("admin-payouts", shown(payouts::payouts())),
        ("admin-payouts-empty", shown(payouts::nothing_due())),
        ("admin-payout-draft", shown(payouts::draft())),
        ("admin-payout-locked", shown(payouts::locked())),
        ("admin-settings", shown(settings())),
        ("admin-protection", shown(protection(true))),
        ("admin-protection-wrong", shown(protection(false))),
    ];
    pages.extend(codes::pages());
    pages.extend(jobs::pages());
    pages.extend(more::pages());
    pages.extend(shopify::pages());
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
        ],
        setup: None,
        embed: None,
    }
}

fn setup() -> Setup {
    let step = |label: &str, is_done: bool, action: StepAction| Step {
        label: label.to_owned(),
        is_done,
        hint: "Switch it on in the theme editor and press Save there.".to_owned(),
        action,
    };
    let page = |label: &str| StepAction::Page {
        href: "/admin/programs/new".to_owned(),
        label: label.to_owned(),
    };
    let editor = StepAction::Outside {
        href: "https://tea.myshopify.com/admin/themes/current/editor".to_owned(),
        label: "Open the theme editor".to_owned(),
    };
    let retry = StepAction::Form {
        href: "/admin/setup/pixel".to_owned(),
        label: "Connect it now".to_owned(),
    };
    Setup {
        is_done: false,
        steps: vec![
            step("The Tributary embed is on in your theme", false, editor),
            step("The web pixel is connected", false, retry),
            step("A program says what affiliates earn", true, page("Create a program")),
            step("A first affiliate takes part", false, page("Add an affiliate")),
        ],
    }
}

/// Everything that can be wrong between Shopify and us, and a list that is done.
fn home_troubled() -> HomePage {
    let editor = "https://tea.myshopify.com/admin/themes/current/editor";
    let mut done = setup();
    done.is_done = true;
    done.steps.iter_mut().for_each(|step| step.is_done = true);
    HomePage {
        attention: vec![
            Attention::NotConnected,
            Attention::MissingPermissions("read_customer_events, write_pixels".to_owned()),
            Attention::EmbedOff(editor.to_owned()),
            Attention::PixelProblem(HOSTILE.to_owned()),
            Attention::DataRequests(2),
            Attention::UsageLimit,
        ],
        setup: Some(done),
        ..home()
    }
}

pub(super) fn home_empty() -> HomePage {
    let none = |value: &str| Stat { value: value.to_owned(), note: None, series: None };
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
        setup: Some(setup()),
        embed: Some("available".to_owned()),
    }
}

fn orders_blank() -> OrdersPage {
    OrdersPage {
        frame: frame(Section::Orders),
        filters: Filters::default(),
        rows: vec![],
        refusals: refusals(),
        export: "/admin/orders/export?status=pending".to_owned(),
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
        programs: vec![choice("1", HOSTILE, false)],
        rows: vec![],
        pager: Pager::default(),
    }
}

fn program_list() -> ProgramsPage {
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
        signup_url: Some("https://app.example/portal/demo/join/1".to_owned()),
        rules: summary(&rules, domain::money::Currency::USD),
    };
    ProgramsPage {
        frame: frame(Section::Programs),
        programs: vec![program("Main", "1"), program(HOSTILE, "2")],
        starters: vec![],
    }
}

fn starters() -> Vec<Starter> {
    let starter = |value: &str, label: &str| Starter {
        value: value.to_owned(),
        label: label.to_owned(),
        hint: "Right for most shops.".to_owned(),
    };
    vec![starter("percent", "10% of sales"), starter("flat", "A fixed amount per order")]
}

fn settings() -> SettingsPage {
    SettingsPage {
        frame: Frame { notice: notice("Postbacks are on."), ..frame(Section::Settings) },
        has_postbacks: true,
        has_facebook_pixel: false,
        pixels: domain::pixel::PixelRules::default(),
        visits: Visits {
            recorded: "1,204".to_owned(),
            without_consent: "96".to_owned(),
            lost_share: Some("7%".to_owned()),
            bots: "31".to_owned(),
            days: vec![VisitDay {
                date: "1 Mar 2026".to_owned(),
                without_consent: "96".to_owned(),
                bots: "31".to_owned(),
            }],
        },
        tracking: Tracking {
            click_model: "Last click".to_owned(),
            precedence: "Coupon, then customer, then link, then product".to_owned(),
            window: "30 days".to_owned(),
            currency: "USD".to_owned(),
            timezone: "Europe/Paris".to_owned(),
        },
    }
}

fn protection(is_good: bool) -> ProtectionPage {
    let field = |value: &str, error: Option<&str>| Field {
        value: value.to_owned(),
        error: error.filter(|_| !is_good).map(str::to_owned),
        warning: None,
    };
    let detail = |name, label, field| Detail { name, label, kind: DetailKind::Sites, field };
    let hash = "5f".repeat(32);
    let day = |day: &str| LedgerDay {
        day: day.to_owned(),
        entries: "1204".to_owned(),
        hash: hash.clone(),
    };
    ProtectionPage {
        frame: frame(Section::Settings),
        rules: vec![
            Rule {
                name: "banned_referrer",
                label: "Pages you do not want",
                hint: "The visit came from one of these sites.",
                consequence: field("hold", None),
                details: vec![detail(
                    "banned_hosts",
                    "Sites",
                    field(HOSTILE, Some("At most 100 words of 100 characters.")),
                )],
            },
            Rule {
                name: "sibling",
                label: "Another affiliate buys",
                hint: "The buyer is an affiliate of yours, but not the one who is credited.",
                consequence: field("credit", None),
                details: vec![],
            },
        ],
        codes: vec![detail(
            "coupon_sites",
            "Coupon sites",
            field(HOSTILE, Some("At most 100 words.")),
        )],
        refunds: vec![detail(
            "refund_rate_percent",
            "Percent of the orders; 0: never",
            field("a quarter", Some("A whole number from 1 to 100.")),
        )],
        ledger: is_good.then(|| Ledger {
            entries: "1210".to_owned(),
            hash: hash.clone(),
            days: vec![day("2026-03-02"), day("2026-03-01")],
        }),
    }
}
