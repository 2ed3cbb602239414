use domain::{commission::check_rules, money::Currency};

use domain::ids::{ProgramId, ShopId};

use super::*;

fn rules(json: &str) -> ProgramRules {
    serde_json::from_str(json).unwrap()
}

/// A document in which every field does something.
const EVERYTHING: &str = r#"{"key":"main","name":"Main",
    "commission":{"type":"percent","value":"10"},
    "rates":[{"match":{"product_id":632910392,"affiliate":"ANNA"},"commission":{"type":"percent","value":"20"}},
        {"match":{"variant_id":7},"commission":{"type":"flat_per_item","value":"2.00"}},
        {"match":{"collection_id":8,"customer":"new"},"commission":{"type":"percent","value":"15"}},
        {"match":{"coupon":"VIP"},"commission":{"type":"flat_per_order","value":"5.00"}}],
    "exclude":{"product_ids":[1,2],"collection_ids":[3]},
    "base":{"shipping":true,"tax":true,"discounts":"ignore"},
    "order_value_tiers":{"mode":"marginal","steps":[{"from":"0","commission":{"type":"percent","value":"5"}},
        {"from":"100.00","commission":{"type":"percent","value":"8"}}]},
    "performance_tiers":{"scope":"month","mode":"whole","demote":true,
        "steps":[{"from":"1000.00","commission":{"type":"percent","value":"12"}}]},
    "bonuses":[{"scope":"quarter","from":"1500.00","amount":"25.00","take_back":true}],
    "levels":[{"percent":"10","of":"commission"},{"percent":"1","of":"sale"}],
    "recurring":{"steps":[{"charges":3,"commission":{"type":"percent","value":"40"}},
        {"charges":null,"commission":{"type":"percent","value":"20"}}],"max_charges":12},
    "cap_per_order":"50.00","minimum_order":"20.00","customers":"new_only","window_days":45,
    "hold_days":14,"amount_only_refunds":"ignore","cancelled_but_paid":"count","product_collections":{"632910392":[8]},
    "minimum_payout":"25.00","require_fulfilment":true,"accept_unpaid":true,"fire_on_zero":true}"#;

/// The form as a browser would send it back.
fn sent_of(form: &ProgramForm) -> Fields {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    for (name, field) in [
        ("name", &form.name),
        ("commission_type", &form.commission_type),
        ("commission_value", &form.commission_value),
        ("exclude_products", &form.exclude_products),
        ("exclude_collections", &form.exclude_collections),
        ("discounts", &form.discounts),
        ("value_mode", &form.value_mode),
        ("sales_scope", &form.sales_scope),
        ("sales_mode", &form.sales_mode),
        ("max_charges", &form.max_charges),
        ("cap_per_order", &form.cap_per_order),
        ("minimum_order", &form.minimum_order),
        ("customers", &form.customers),
        ("window_days", &form.window_days),
        ("hold_days", &form.hold_days),
        ("amount_only_refunds", &form.amount_only_refunds),
        ("cancelled_but_paid", &form.cancelled_but_paid),
        ("minimum_payout", &form.minimum_payout),
    ] {
        body.append_pair(name, &field.value);
    }
    for (name, is_on) in [
        ("shipping", form.shipping),
        ("tax", form.tax),
        ("demote", form.demote),
        ("require_fulfilment", form.require_fulfilment),
        ("accept_unpaid", form.accept_unpaid),
        ("fire_on_zero", form.fire_on_zero),
    ] {
        if is_on {
            body.append_pair(name, "on");
        }
    }
    let tables = [
        &form.rates,
        &form.value_tiers,
        &form.sales_tiers,
        &form.bonuses,
        &form.levels,
        &form.charges,
    ];
    for table in tables {
        for row in &table.rows {
            for cell in table.shape.cells {
                body.append_pair(&format!("{}.{cell}", table.shape.list), row.get(cell));
            }
        }
    }
    Fields::read(body.finish().as_bytes())
}

#[test]
fn a_document_becomes_a_form_and_the_form_the_same_document() {
    let before = rules(EVERYTHING);
    let signup = Signup::closed(ShopId(0), ProgramId(0));
    let sent = sent_of(&form_of(&before, &signup));
    let (after, mistakes) = rules_of(&sent, Some(&before));
    assert_eq!(mistakes, []);
    assert_eq!(after, before);
}

#[test]
fn every_mistake_of_a_document_is_shown_at_its_field_with_what_was_typed() {
    let wrong = rules(
        r#"{"key":"x","name":"x","commission":{"type":"percent","value":"110"},
        "rates":[{"match":{"coupon":"VIP"},"commission":{"type":"percent","value":"5"}},
            {"match":{"coupon":"TV"},"commission":{"type":"percent","value":"lots"}}],
        "order_value_tiers":{"steps":[{"from":"100","commission":{"type":"percent","value":"5"}},
            {"from":"50","commission":{"type":"percent","value":"8"}}]},
        "levels":[{"percent":"-1"}],"bonuses":[{"from":"x","amount":"1"}],
        "recurring":{"steps":[{"charges":0,"commission":{"type":"percent","value":"5"}}]},
        "cap_per_order":"1.005","hold_days":-1,"window_days":99999,"minimum_payout":"much"}"#,
    );
    let errors = check_rules(&wrong, Currency::USD).unwrap_err();
    let mut form = form_of(&wrong, &Signup::closed(ShopId(0), ProgramId(0)));
    show_errors(&mut form, &errors);
    assert!(form.commission_value.error.is_some());
    assert_eq!(form.rates.rows[0].error, None);
    assert!(form.rates.rows[1].is_wrong("value"), "{:?}", form.rates);
    assert_eq!(form.rates.rows[1].get("value"), "lots");
    assert!(form.value_tiers.rows[1].is_wrong("from"), "{:?}", form.value_tiers);
    assert!(form.levels.rows[0].is_wrong("percent"));
    assert!(form.bonuses.rows[0].is_wrong("from"));
    assert!(form.charges.rows[0].is_wrong("charges"));
    for field in [&form.cap_per_order, &form.hold_days, &form.window_days, &form.minimum_payout] {
        assert!(field.error.is_some(), "{field:?}");
    }
    assert_eq!(form.name.error, None, "nothing landed at the field for what has no place");
}

#[test]
fn numbers_of_shopify_are_read_from_addresses_too() {
    let id = Some(ShopifyId(632_910_392));
    for text in [
        "632910392",
        "https://admin.shopify.com/store/x/products/632910392",
        "https://admin.shopify.com/store/x/products/632910392?variant=1",
        "gid://shopify/Product/632910392",
    ] {
        assert_eq!(id_of(text), id, "{text}");
    }
    assert_eq!(id_of("the red one"), None);
}

#[test]
fn a_row_is_taken_out_by_its_button_and_blank_rows_do_not_count() {
    let body = b"levels.percent=10&levels.of=commission&levels.percent=&levels.of=commission\
        &levels.percent=5&levels.of=sale&action=remove%3Alevels%3A0";
    let table = Fields::read(body).table(LEVELS);
    let shown: Vec<&str> = table.rows.iter().map(|row| row.get("percent")).collect();
    assert_eq!(shown, ["5", ""]);
}
