//! The connection to Shopify, the plan, and codes that are made there.

use super::{super::*, frame};
use crate::web::view::admin::{
    Section,
    connection::{Comparison, ConnectionPage, Request},
    plan::{FeatureRow, PlanPage, UsageCard, UsageOffer, Wanted},
    program_codes::{DiscountForm, ProgramCodesPage, Running},
};

pub(super) fn pages() -> Vec<(&'static str, String)> {
    let paywall = PlanPage { wanted: Some(wanted()), offer: Some(offer()), usage: None, ..plan() };
    vec![
        ("admin-connection", shown(connection())),
        ("admin-connection-new", shown(connection_new())),
        ("admin-connection-lost", shown(connection_lost())),
        ("admin-connection-demo", shown(ConnectionPage { is_demo: true, ..connection_new() })),
        ("admin-plan", shown(plan())),
        ("admin-plan-paywall", shown(paywall)),
        ("admin-plan-open", shown(plan_open())),
        ("admin-program-codes", shown(codes())),
        ("admin-program-codes-new", shown(codes_new())),
    ]
}

fn connection() -> ConnectionPage {
    let row = |text: &str, tone: Tone, drift: &[&str]| Comparison {
        at: at("1 Mar 2026, 03:00"),
        checked: "1,204".to_owned(),
        missing: "2".to_owned(),
        stale: "9".to_owned(),
        drift: drift.iter().map(|name| (*name).to_owned()).collect(),
        outcome: badge(text, tone),
    };
    let request = |number: &str, downloaded: Option<&str>| Request {
        id: "1".to_owned(),
        number: number.to_owned(),
        received: at("20 Feb 2026, 12:00"),
        due: at("22 Mar 2026"),
        is_waiting: downloaded.is_none(),
        downloaded: downloaded.map(at),
    };
    let names = ["#1001", "#1002", HOSTILE, "#1004", "#1005", "#1006", "#1007", "#1008"];
    ConnectionPage {
        comparisons: vec![
            row("Fetched", Tone::Info, &names),
            row("In step", Tone::Good, &[]),
            row("Broke off", Tone::Bad, &["#1009"]),
        ],
        requests: vec![request("99001122334455", None), request("7", Some("21 Feb 2026, 09:10"))],
        compared_until: Some(at("1 Mar 2026, 03:00")),
        ..connection_new()
    }
}

fn connection_new() -> ConnectionPage {
    ConnectionPage {
        frame: frame(Section::Settings),
        is_connected: true,
        is_demo: false,
        state: badge("Connected", Tone::Good),
        advice: None,
        missing_scopes: vec![],
        plan: "Free".to_owned(),
        compared_until: None,
        comparisons: vec![],
        requests: vec![],
    }
}

fn connection_lost() -> ConnectionPage {
    ConnectionPage {
        is_connected: false,
        state: badge("Not connected", Tone::Bad),
        advice: Some("The connection to Shopify is lost.".to_owned()),
        missing_scopes: vec!["write_store_credit_account_transactions".to_owned()],
        plan: HOSTILE.to_owned(),
        ..connection()
    }
}

fn plan() -> PlanPage {
    let feature = |name: &str, growth: bool| FeatureRow {
        name: name.to_owned(),
        text: "Every approved affiliate gets a code at once, and a code taken away stops."
            .to_owned(),
        brought_by: [false, growth, true],
    };
    PlanPage {
        frame: frame(Section::Settings),
        wanted: None,
        plan: HOSTILE.to_owned(),
        status: Some(badge("Active", Tone::Good)),
        explanation: "Shopify charges it with your own bill.",
        plans: ["Free".to_owned(), "Growth".to_owned(), "Professional".to_owned()],
        features: vec![
            feature("Discount codes made in Shopify", true),
            feature("Payouts by store credit", false),
        ],
        plans_url: Some(
            "https://admin.shopify.com/store/tea/charges/tributary/pricing_plans".into(),
        ),
        offer: None,
        usage: Some(UsageCard {
            used: "200.00 USD".to_owned(),
            cap: "200.00 USD".to_owned(),
            percent: "100".to_owned(),
            is_near: true,
            is_reached: true,
            problem: Some("Total price exceeds balance remaining".to_owned()),
        }),
        can_check: true,
    }
}

fn plan_open() -> PlanPage {
    PlanPage {
        plan: "Everything included".to_owned(),
        status: None,
        explanation: "Nothing is charged in this shop, and everything is open.",
        plans_url: None,
        usage: None,
        can_check: false,
        features: vec![],
        ..plan()
    }
}

fn wanted() -> Wanted {
    Wanted {
        name: "Payouts by store credit".to_owned(),
        text: "Affiliates are paid in your shop with one press of a button.".to_owned(),
        plan: "Professional".to_owned(),
    }
}

fn offer() -> UsageOffer {
    UsageOffer { percent: "1.5%".to_owned(), cap: "200.00 USD".to_owned() }
}

fn codes() -> ProgramCodesPage {
    ProgramCodesPage {
        running: Some(Running {
            saving: Some("10%".to_owned()),
            title: format!("{HOSTILE}, affiliates (1772366400)"),
            once_per_customer: true,
            is_ending: false,
            is_made: true,
            problem: Some("Shopify's limit is reached.".to_owned()),
        }),
        ..codes_new()
    }
}

fn codes_new() -> ProgramCodesPage {
    ProgramCodesPage {
        frame: frame(Section::Programs),
        number: "1".to_owned(),
        name: HOSTILE.to_owned(),
        currency: "USD".to_owned(),
        running: None,
        form: DiscountForm {
            value: refused("lots", "Enter a percentage, such as 10"),
            is_automatic: true,
            ..DiscountForm::default()
        },
    }
}
