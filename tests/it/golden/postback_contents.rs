//! What a fired postback says, byte for byte: U4, U5, T2–T12, P7, P10, I9 and the rules E1–E8
//! as they show in a whole scenario. Every receiver's template is tested beside `domain::postback`.

use serde_json::json;

use super::{
    builder::{Order, Scenario, day},
    harness::{Run, golden},
    outcome::Outcome,
};

golden![
    u4_the_six_macros_are_filled,
    u4_ids_of_affiliate_and_program_tell_them_apart,
    t2_link_parameters_reach_the_postback,
    t4_a_parameter_missing_on_the_link_is_empty,
    t8_the_name_left_of_the_sign_is_free,
    t12_static_text_arrives_byte_for_byte,
    c3_every_spelling_of_a_click_id_is_understood,
    i9_an_external_transaction_id_passes_through,
    e2_values_are_percent_encoded,
    e3_a_value_is_never_expanded_again,
    e4_macro_names_ignore_case_and_values_keep_it,
    e8_minor_units_on_request,
    p7_a_form_carries_its_parameters_in_the_body,
    p7_a_json_body_is_an_object,
];

/// Anna's link with these parameters, an order on the next day, and one postback.
fn linked(run: &Run, query: &str, url: &str) -> String {
    let order = Order::reference().codes([]).placed_at(&day(1));
    let scenario = Scenario::golden()
        .postback("t1", url, json!({}))
        .click(&day(0), "v1", &format!("ref=ANNA&{query}"))
        .order_of("v1", &order);
    only_url(&run.play(&scenario))
}

/// The one URL that postback `t1` requested.
fn only_url(result: &Outcome) -> String {
    assert_eq!(result.sent("t1").len(), 1);
    result.sent("t1")[0].url().to_owned()
}

fn u4_the_six_macros_are_filled(run: &Run) {
    let url = linked(
        run,
        "sca_source=fb%20ads%2F%C3%A9t%C3%A9%26x%3D1",
        "https://domain.test?affiliate_id={affiliate_id}&program_id={program_id}\
         &sca_source={sca_source}&order_id={order_id}&total_sales={total_sales}\
         &total_commission={total_commission}",
    );
    // The two ids are ours; everything else is known. No path is invented (U5).
    let (head, rest) = url.split_once("&program_id=").expect("a program id");
    let (program, rest) = rest.split_once('&').expect("more");
    let affiliate = head.strip_prefix("https://domain.test?affiliate_id=").expect("the template");
    assert!(!affiliate.is_empty() && affiliate.bytes().all(|byte| byte.is_ascii_digit()), "{url}");
    assert!(!program.is_empty() && program.bytes().all(|byte| byte.is_ascii_digit()), "{url}");
    assert_eq!(
        rest,
        "sca_source=fb%20ads%2F%C3%A9t%C3%A9%26x%3D1&order_id=450789469&total_sales=90.00\
         &total_commission=9.00"
    );
}

fn u4_ids_of_affiliate_and_program_tell_them_apart(run: &Run) {
    let url = "https://crm.example.com/?a={affiliate_id}&p={program_id}";
    let scenario = Scenario::golden()
        .another_program("other", json!({}))
        .affiliate("bob", json!({"coupons": ["BOB10"]}))
        .affiliate("cleo", json!({"program": "other", "coupons": ["CLEO10"]}))
        .postback("t1", url, json!({"owner": {"merchant": true}}))
        .order(&Order::reference())
        .order(&Order::reference().id(1_002).codes(["BOB10"]))
        .order(&Order::reference().id(1_003).codes(["CLEO10"]));
    let result = run.play(&scenario);
    let ids: Vec<_> = result
        .sent("t1")
        .iter()
        .map(|fired| (fired.parameter("a"), fired.parameter("p")))
        .collect();
    let [anna, bob, cleo] = ids[..] else { panic!("three firings, not {ids:?}") };
    assert!(anna.0 != bob.0 && anna.0 != cleo.0 && bob.0 != cleo.0, "{ids:?}");
    assert!(anna.1 == bob.1 && anna.1 != cleo.1, "{ids:?}");
}

fn t2_link_parameters_reach_the_postback(run: &Run) {
    let url = linked(
        run,
        "affclickid=w5fj2k3l4m9q&sub1=zone-42&sca_source=mail&anything.goes=yes",
        "https://trk.example.com/p?c={click_id}&z={sub1}&s={sca_source}&l={link.anything.goes}",
    );
    assert_eq!(url, "https://trk.example.com/p?c=w5fj2k3l4m9q&z=zone-42&s=mail&l=yes");
}

fn t4_a_parameter_missing_on_the_link_is_empty(run: &Run) {
    let template = "https://trk.example.com/p?z={sub1}&y={sub2}&x={sub3|none}&l={link.gone}";
    let url = linked(run, "sub1=zone-42", template);
    assert_eq!(url, "https://trk.example.com/p?z=zone-42&y=&x=none&l=");
}

fn t8_the_name_left_of_the_sign_is_free(run: &Run) {
    let template = "https://trk.example.com/p?click_id={affclickid}&foo={affclickid}";
    let url = linked(run, "affclickid=w5f", template);
    assert_eq!(url, "https://trk.example.com/p?click_id=w5f&foo=w5f");
}

fn t12_static_text_arrives_byte_for_byte(run: &Run) {
    let template = "https://trk.example.com/p?source=track360&a=1,2&&type=signup&c={click_id}&";
    let url = linked(run, "affclickid=w5f", template);
    assert_eq!(url, "https://trk.example.com/p?source=track360&a=1,2&&type=signup&c=w5f&");
}

fn c3_every_spelling_of_a_click_id_is_understood(run: &Run) {
    for name in ["affclickid", "click_id", "clickid", "cid", "subid"] {
        let url = linked(run, &format!("{name}=w5f"), "https://trk.example.com/p?c={click_id}");
        assert_eq!(url, "https://trk.example.com/p?c=w5f", "{name}");
    }
}

fn i9_an_external_transaction_id_passes_through(run: &Run) {
    let template = "https://affiliate-postback.com/?clickid={external_transaction_id}";
    let url = linked(run, "external_transaction_id=AFFILI_CLICKID", template);
    assert_eq!(url, "https://affiliate-postback.com/?clickid=AFFILI_CLICKID");
}

fn e2_values_are_percent_encoded(run: &Run) {
    let template = "https://trk.example.com/{sub1}/p?n={order_name}&z={sub1}";
    let url = linked(run, "sub1=a%20b%2F%25%2B~_.-", template);
    let encoded = "a%20b%2F%25%2B~_.-";
    assert_eq!(url, format!("https://trk.example.com/{encoded}/p?n=%231001&z={encoded}"));
}

fn e3_a_value_is_never_expanded_again(run: &Run) {
    let url = linked(run, "sub1=%7Border_id%7D", "https://trk.example.com/p?z={sub1}&o={order_id}");
    assert_eq!(url, "https://trk.example.com/p?z=%7Border_id%7D&o=450789469");
}

fn e4_macro_names_ignore_case_and_values_keep_it(run: &Run) {
    let template = "https://trk.example.com/p?a={CLICKID}&b={clickId}&c={Click_Id}&s={SUB1}";
    let url = linked(run, "affclickid=W5fQ&sub1=Zone", template);
    assert_eq!(url, "https://trk.example.com/p?a=W5fQ&b=W5fQ&c=W5fQ&s=Zone");
}

fn e8_minor_units_on_request(run: &Run) {
    let template = "https://trk.example.com/p?m={total_commission:minor}&a={total_commission}";
    let url = linked(run, "sub1=x", template);
    assert_eq!(url, "https://trk.example.com/p?m=900&a=9.00");
}

/// One conversion told by POST, with two parameters.
fn posted(run: &Run, method: &str) -> Outcome {
    let order = Order::reference().codes([]).placed_at(&day(1));
    let fields = json!({
        "method": method,
        "params": [
            {"name": "zone", "value": "{sub1}"},
            {"name": "order", "value": "{order_name}"},
            {"name": "source", "value": "shop"},
        ],
        "headers": [{"name": "X-Shop-Order", "value": "{order_id}"}],
    });
    let scenario = Scenario::golden()
        .postback("t1", "https://trk.example.com/p?c={click_id}", fields)
        .click(&day(0), "v1", "ref=ANNA&affclickid=w5f&sub1=zone%2042")
        .order_of("v1", &order);
    let result = run.play(&scenario);
    assert_eq!(only_url(&result), "https://trk.example.com/p?c=w5f");
    assert_eq!(result.sent("t1")[0].header("X-Shop-Order"), Some("450789469"));
    result
}

fn p7_a_form_carries_its_parameters_in_the_body(run: &Run) {
    let result = posted(run, "POST_FORM");
    let body = result.sent("t1")[0].body();
    assert_eq!(body, Some("zone=zone+42&order=%231001&source=shop"));
}

fn p7_a_json_body_is_an_object(run: &Run) {
    let result = posted(run, "POST_JSON");
    let body: serde_json::Value =
        serde_json::from_str(result.sent("t1")[0].body().expect("a body")).expect("JSON");
    assert_eq!(body, json!({"zone": "zone 42", "order": "#1001", "source": "shop"}));
}
