//! The demo store and the problem pages.

use super::*;
use crate::web::view::{
    demo::{
        BoughtLine, CheckoutPage, Frame, Product, ProductPage, Recorded, RecorderPage, StorePage,
        ThankYouPage, Tour,
    },
    problem::{BouncePage, Problem, ProblemPage},
};

fn frame() -> Frame {
    Frame {
        base: String::new(),
        shop_name: "Riverside Tea".to_owned(),
        tour: Tour {
            affiliate_link: "/?ref=ANNA&sub1=demo".to_owned(),
            affiliate_name: "Anna".to_owned(),
            coupon: "ANNA10".to_owned(),
            admin_url: "/admin".to_owned(),
            portal_url: "/portal/demo".to_owned(),
            portal_email: "anna@example.com".to_owned(),
            portal_password: "river-otter-42".to_owned(),
            recorder_url: "/recorder".to_owned(),
        },
        shop_domain: "riverside-tea.myshopify.com".to_owned(),
        platform_script: "/assets/1/demo-store.js".to_owned(),
        embed_script: "/tributary.js".to_owned(),
        calls_script: "/tributary-calls.js".to_owned(),
        app_proxy: "/apps/aff".to_owned(),
        csrf: "token".to_owned(),
        notice: None,
    }
}

pub(super) fn pages() -> Vec<(&'static str, String)> {
    let problem = |problem, detail: Option<&str>| {
        shown(ProblemPage {
            problem,
            detail: detail.map(str::to_owned),
            home: Some("/portal/demo/login".to_owned()),
            request_id: Some("0193b6a2-7c1e-7d2b".to_owned()),
            embedded: None,
        })
    };
    vec![
        ("demo-store", shown(StorePage { frame: frame(), products: products() })),
        ("demo-product", shown(ProductPage { frame: frame(), product: products().remove(0) })),
        ("demo-checkout", shown(checkout())),
        ("demo-thank-you", shown(thank_you(false))),
        ("demo-thank-you-closed", shown(thank_you(true))),
        ("demo-recorder", shown(RecorderPage { frame: frame(), requests: vec![recorded()] })),
        ("demo-recorder-empty", shown(RecorderPage { frame: frame(), requests: vec![] })),
        ("problem-400", problem(Problem::BadRequest, Some("The date 2026-13-01 does not exist."))),
        ("problem-401", problem(Problem::SessionExpired, None)),
        ("problem-403", problem(Problem::Forbidden, None)),
        ("problem-404", problem(Problem::NotFound, None)),
        ("problem-410", problem(Problem::OutsideAdmin, None)),
        ("problem-429", problem(Problem::TooMany, None)),
        ("problem-500", problem(Problem::Server, None)),
        ("problem-503", problem(Problem::Busy, None)),
        ("bounce", shown(BouncePage { api_key: "client-id".to_owned() })),
    ]
}

fn products() -> Vec<Product> {
    let titles = ["Darjeeling", "Oolong", "Earl Grey", "Mint", "Teapot", "Gift card"];
    titles
        .iter()
        .zip(0_u8..)
        .map(|(title, tile)| Product {
            handle: title.to_lowercase().replace(' ', "-"),
            title: (*title).to_owned(),
            price: "24.00 USD".to_owned(),
            description: "First flush, light and flowery. 250 g.".to_owned(),
            tile,
        })
        .collect()
}

fn checkout() -> CheckoutPage {
    CheckoutPage {
        frame: frame(),
        product: products().remove(1),
        quantity: refused("0", "Order at least one."),
        email: field("visitor@example.com"),
        discount: field("ANNA10"),
    }
}

fn thank_you(is_closed: bool) -> ThankYouPage {
    ThankYouPage {
        frame: Frame { notice: notice("One Darjeeling was refunded."), ..frame() },
        id: "5678901234567".to_owned(),
        name: "#1001".to_owned(),
        payment: badge("Paid", Tone::Good),
        lines: vec![BoughtLine {
            id: "1".to_owned(),
            title: "Darjeeling".to_owned(),
            quantity: "1 of 2 left".to_owned(),
            amount: "48.00 USD".to_owned(),
            can_refund: !is_closed,
        }],
        discount: Some("-4.80 USD".to_owned()),
        total: "43.20 USD".to_owned(),
        checkout_token: "checkout-1".to_owned(),
        total_plain: "43.20".to_owned(),
        currency: "USD".to_owned(),
        is_closed,
        admin_url: Some("/admin/orders/7".to_owned()),
    }
}

fn recorded() -> Recorded {
    Recorded {
        at: at("1 Mar 2026, 12:00:04"),
        method: "GET".to_owned(),
        target: "/postback?cid=w5fj2k3l4m9q&payout=4.32&status=pending".to_owned(),
        parameters: vec![
            pair("cid", "w5fj2k3l4m9q"),
            pair("payout", "4.32"),
            pair("status", "pending"),
        ],
        headers: vec![pair("user-agent", "Tributary/0.1"), pair("accept", "*/*")],
        body: None,
    }
}

#[test]
fn a_closed_order_cannot_be_refunded_again() {
    let closed = shown(thank_you(true));
    assert!(!closed.contains("Refund") && !closed.contains("Cancel the order"));
    assert!(shown(thank_you(false)).contains("action=\"/orders/5678901234567/cancel\""));
}
