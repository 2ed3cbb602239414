//! The affiliate's pages.

mod creatives;
mod goals;
mod money;
mod pixels;

use super::*;
use crate::web::view::{
    admin::home::Stat,
    form::Pair,
    parts::Pager,
    portal::{
        Frame, Section,
        links::{LinksPage, ProgramLink, builder::tracking_link, qr::qr_code},
        login::LoginPage,
        orders::{OrderRow, OrdersPage},
        overview::{Day, NextStep, OverviewPage},
    },
};

pub(super) fn frame(section: Section) -> Frame {
    Frame {
        base: "/portal/demo".to_owned(),
        shop_name: "Riverside Tea".to_owned(),
        affiliate_name: HOSTILE.to_owned(),
        section,
        has_postbacks: true,
        has_pixels: true,
        csrf: "token".to_owned(),
        notice: None,
    }
}

pub(super) fn pages() -> Vec<(&'static str, String)> {
    let mut pages = vec![
        ("portal-login", shown(login(None))),
        ("portal-login-error", shown(login(Some("E-mail and password do not match.")))),
        ("portal-overview", shown(overview())),
        ("portal-overview-empty", shown(overview_empty())),
        ("portal-links", shown(links())),
        ("portal-links-empty", shown(links_refused())),
        ("portal-orders", shown(orders(order_rows()))),
        ("portal-orders-empty", shown(orders(vec![]))),
        ("portal-payouts", shown(money::payouts())),
        ("portal-payouts-empty", shown(money::no_payouts())),
        ("portal-statement", shown(money::statement())),
        ("portal-account", shown(money::account())),
        ("portal-join", shown(money::join())),
        ("portal-forgotten", shown(money::forgotten())),
        ("portal-password", shown(money::password())),
        ("portal-told", shown(money::told())),
    ];
    pages.extend(pixels::pages());
    pages.extend(creatives::pages());
    pages.extend(goals::pages());
    pages
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

pub(super) fn overview() -> OverviewPage {
    let stat = |value: &str, id: &str, amounts: &[i64]| Stat {
        value: value.to_owned(),
        note: None,
        series: Some(series(id, "By day", amounts)),
    };
    let days = [4, 7, 2, 0, 9, 12, 8, 15, 11, 6, 3, 14, 18, 21, 9, 7, 12, 16, 22, 19];
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

pub(super) fn overview_empty() -> OverviewPage {
    let none = |value: &str| Stat { value: value.to_owned(), note: None, series: None };
    OverviewPage {
        clicks: none("0"),
        conversions: none("0"),
        earned: none("0.00 USD"),
        payable: "0.00 USD".to_owned(),
        pending: "0.00 USD".to_owned(),
        days: vec![],
        orders: vec![],
        next_step: Some(NextStep::ShareLink),
        frame: Frame { has_postbacks: false, has_pixels: false, ..frame(Section::Overview) },
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
        row("#1001", badge("Reversed", Tone::Warning), Some("Returned by the buyer"), "0.00 USD"),
    ]
}

fn orders(rows: Vec<OrderRow>) -> OrdersPage {
    OrdersPage {
        frame: frame(Section::Orders),
        status: field(""),
        from: field(""),
        to: field(""),
        is_filtered: false,
        has_goals: true,
        rows,
        pager: Pager::default(),
    }
}

fn links() -> LinksPage {
    let sent = [("ref", "ANNA"), ("affclickid", "{clickid}"), ("sub1", "zone-42")];
    let blank = || field("");
    LinksPage {
        frame: frame(Section::Links),
        shop_url: "https://shop.example".to_owned(),
        code_parameter: "ref".to_owned(),
        code: "ANNA".to_owned(),
        program: Some(ProgramLink {
            name: HOSTILE.to_owned(),
            commission: "5.00 USD per order".to_owned(),
            link: format!("https://shop.example/?ref={}", "VIP".repeat(20)),
        }),
        page: field("https://shop.example/products/darjeeling"),
        click_id: field("{clickid}"),
        subs: vec![field("zone-42"), blank(), blank(), blank(), blank()],
        extra: vec![Pair::default()],
        link: tracking_link("https://shop.example", "/products/darjeeling", &sent).unwrap(),
        qr: qr_code("https://shop.example/products/darjeeling?ref=ANNA"),
        seen_names: vec!["click_id".to_owned(), "sub1".to_owned()],
        coupons: vec!["ANNA10".to_owned(), "TEA4ANNA".to_owned()],
    }
}

fn links_refused() -> LinksPage {
    LinksPage {
        page: refused("https://other.example/", "That page is not on https://shop.example"),
        coupons: vec![],
        seen_names: vec![],
        click_id: field(""),
        ..links()
    }
}
