//! The program editor.

use domain::{
    commission::check_rules,
    ids::{ProgramId, ShopId},
    money::Currency,
    program::ProgramRules,
};
use storage::signups::Signup;

use super::*;
use crate::web::{
    admin::programs::{
        example::{example, sample},
        form::{form_of, show_errors},
    },
    view::admin::{
        attribution::AttributionPage,
        programs::{
            dry_run::{DryAffiliateRow, DryOrderRow, DryRunPage},
            editor::{ProgramEditorPage, ProgramHistoryPage, VersionRow},
        },
    },
};

const RULES: &str = r#"{"key":"main","name":"NAME","commission":{"type":"percent","value":"10"},
    "rates":[{"match":{"product_id":632910392,"customer":"new"},"commission":{"type":"percent","value":"20"}}],
    "exclude":{"product_ids":[1]},"cap_per_order":"50.00",
    "order_value_tiers":{"steps":[{"from":"100.00","commission":{"type":"percent","value":"12"}}]},
    "performance_tiers":{"steps":[{"from":"1000.00","commission":{"type":"percent","value":"12"}}]},
    "bonuses":[{"scope":"month","from":"1500.00","amount":"25.00"}],"levels":[{"percent":"10"}],
    "recurring":{"steps":[{"charges":3,"commission":{"type":"percent","value":"40"}}],"max_charges":12}}"#;

fn page(json: &str, number: Option<&str>) -> ProgramEditorPage {
    let mut rules: ProgramRules = serde_json::from_str(json).unwrap();
    if rules.name == "NAME" {
        HOSTILE.clone_into(&mut rules.name);
    }
    let order = sample(Currency::USD);
    let welcome = HOSTILE.to_owned();
    let signup = Signup { welcome, is_open: true, ..Signup::closed(ShopId(1), ProgramId(1)) };
    let mut form = form_of(&rules, &signup);
    if let Err(errors) = check_rules(&rules, Currency::USD) {
        show_errors(&mut form, &errors);
    }
    ProgramEditorPage {
        frame: frame(Section::Programs),
        number: number.map(str::to_owned),
        version: "2".to_owned(),
        currency: "USD".to_owned(),
        shop_window: "30".to_owned(),
        starters: vec![choice("percent", "10% of sales", true), choice("flat", "Per order", false)],
        form,
        example: example(&rules, &order, Currency::USD, &[]),
        sample: order,
        signup_url: number.map(|_| "https://app.example/portal/demo/join/1".to_owned()),
    }
}

pub(super) fn new() -> ProgramEditorPage {
    page(r#"{"key":"","name":"Affiliates","commission":{"type":"percent","value":"10"}}"#, None)
}

pub(super) fn edit() -> ProgramEditorPage {
    page(RULES, Some("1"))
}

pub(super) fn errors() -> ProgramEditorPage {
    let wrong = RULES.replace("\"10\"}", "\"110\"}").replace("\"25.00\"", "\"a lot\"");
    page(&wrong.replace("\"50.00\"", "\"1.005\""), Some("1"))
}

pub(super) fn history() -> ProgramHistoryPage {
    let version = |version: &str, is_current: bool, changes: &[&str]| VersionRow {
        version: version.to_owned(),
        since: at("1 Mar 2026, 12:00"),
        is_current,
        changes: changes.iter().map(|text| (*text).to_owned()).collect(),
    };
    ProgramHistoryPage {
        frame: frame(Section::Programs),
        number: "1".to_owned(),
        name: HOSTILE.to_owned(),
        versions: vec![
            version("2", true, &["Commission: 10% of the sale → 12% of the sale"]),
            version("1", false, &["Commission: 10% of the sale", "Counts: items after discounts"]),
        ],
    }
}

pub(super) fn dry_run() -> DryRunPage {
    let steps = || vec!["54.00 USD × 10% = 5.40 USD: Program rate".to_owned()];
    DryRunPage {
        problem: Some(
            "Shopify could not be asked which products are in the collections.".to_owned(),
        ),
        errors: vec![],
        file: Some("/admin/jobs/7/file".to_owned()),
        affiliates: vec![DryAffiliateRow {
            id: "1".to_owned(),
            name: HOSTILE.to_owned(),
            orders: "14".to_owned(),
            old: "126.00 USD".to_owned(),
            new: "151.20 USD".to_owned(),
            difference: "+25.20 USD".to_owned(),
        }],
        orders: vec![DryOrderRow {
            id: "7".to_owned(),
            name: "#1001".to_owned(),
            at: at("1 Mar 2026"),
            affiliate: HOSTILE.to_owned(),
            old: "9.00 USD".to_owned(),
            new: "10.80 USD".to_owned(),
            difference: "+1.80 USD".to_owned(),
            old_steps: steps(),
            new_steps: steps(),
        }],
        is_cut: true,
        has_more_orders: true,
        ..dry_run_refused()
    }
}

pub(super) fn dry_run_refused() -> DryRunPage {
    DryRunPage {
        problem: None,
        file: None,
        frame: frame(Section::Programs),
        number: "1".to_owned(),
        name: HOSTILE.to_owned(),
        days: "90".to_owned(),
        fields: vec![pair("commission_value", "110"), pair("name", HOSTILE)],
        errors: vec!["A percentage lies between 0 and 100.".to_owned()],
        orders_count: "14".to_owned(),
        old: "126.00 USD".to_owned(),
        new: "151.20 USD".to_owned(),
        difference: "+25.20 USD".to_owned(),
        is_cut: false,
        affiliates: vec![],
        orders: vec![],
        has_more_orders: false,
    }
}

pub(super) fn attribution() -> AttributionPage {
    let places = || vec![choice("coupon", "Coupon", true), choice("link", "Link", false)];
    AttributionPage {
        frame: frame(Section::Programs),
        click_model: field("linear"),
        places: vec![places(), places()],
        places_error: Some("Each way stands in one place only.".to_owned()),
        window_days: refused("a month", "Between 0 and 3652 days."),
    }
}
