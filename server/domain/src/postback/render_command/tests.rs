//! Whole files in, whole answers out.

use serde_json::json;

use super::*;

fn run(document: &Value) -> Value {
    match render_postback_document(&document.to_string()) {
        Ok(output) => serde_json::to_value(output).unwrap(),
        Err(refused) => serde_json::to_value(refused).unwrap(),
    }
}

/// Fields and codes of a refusal.
fn refused(document: &Value) -> Vec<(String, String)> {
    let output = run(document);
    let errors = output["errors"].as_array().unwrap_or_else(|| panic!("accepted: {output}"));
    let text = |error: &Value, key: &str| error[key].as_str().unwrap().to_owned();
    errors.iter().map(|error| (text(error, "field"), text(error, "code"))).collect()
}

fn at(field: &str, code: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), code.to_owned())]
}

#[test]
fn the_example_of_the_scenario_page_renders() {
    let document = json!({
        "postback": {
            "method": "GET",
            "url": "https://trk.example.com/postback?cid={click_id}&p={total_commission}&s={status}&z={sub1}",
            "params": [], "headers": [], "auth": null
        },
        "record": {"click_id": "w5fj2k3l4m9q", "total_commission": "9.00", "status": "approved", "sub1": "zone-42"}
    });
    assert_eq!(
        run(&document),
        json!({
            "method": "GET",
            "url": "https://trk.example.com/postback?cid=w5fj2k3l4m9q&p=9.00&s=approved&z=zone-42",
            "headers": [], "body": null, "warnings": []
        })
    );
}

#[test]
fn a_post_with_credentials_shows_the_exact_bytes() {
    let document = json!({
        "postback": {
            "key": "t1", "owner": {"affiliate": "anna"}, "scope": {"programs": ["main"], "affiliates": "all"},
            "method": "POST_JSON", "url": "https://crm.example.com/in",
            "params": [{"name": "id", "value": "{transaction_id}"}, {"name": "sum", "value": "{amount}", "raw": true}],
            "headers": [{"name": "X-Shop", "value": "{affiliate_id}"}],
            "auth": {"type": "bearer", "token": "s3cret"}
        },
        "record": {"transaction_id": "42", "amount": "9.00", "affiliate_id": "1001"}
    });
    assert_eq!(
        run(&document),
        json!({
            "method": "POST", "url": "https://crm.example.com/in",
            "headers": [
                ["Content-Type", "application/json"],
                ["Authorization", "Bearer s3cret"],
                ["X-Shop", "1001"]
            ],
            "body": "{\"id\":\"42\",\"sum\":9.00}", "warnings": []
        })
    );
}

#[test]
fn p08_auth_is_login_and_password_or_a_token() {
    for (auth, expected) in [
        (json!({"type": "basic", "login": "anna", "password": "pass"}), "Basic YW5uYTpwYXNz"),
        (json!({"login": "anna", "password": "pass"}), "Basic YW5uYTpwYXNz"),
        (json!({"type": "basic", "token": "abc"}), "Basic abc"),
        (json!({"token": "abc"}), "Basic abc"),
        (json!({"type": "bearer", "token": "abc"}), "Bearer abc"),
    ] {
        let document = json!({
            "postback": {"url": "https://t.example.com/?a={sub1}", "auth": auth}, "record": {"sub1": "x"}
        });
        assert_eq!(run(&document)["headers"], json!([["Authorization", expected]]));
    }
    for auth in
        [json!({}), json!({"login": "a"}), json!({"login": "a", "password": "b", "token": "c"})]
    {
        let document =
            json!({"postback": {"url": "https://t.example.com/?a={sub1}", "auth": auth}});
        assert_eq!(refused(&document), at("auth", "bad_value"));
    }
}

#[test]
fn record_keys_may_be_aliases_or_any_link_parameter() {
    let document = json!({
        "postback": {"url": "https://t.example.com/?a={affclickid}&b={click_id}&c={zone}&d={link.ZONE}&e={amount}&f={currency_lower}"},
        "record": {"AffClickId": "w5", "Zone": "7", "payout": "9.00", "currency": "EUR"}
    });
    let output = run(&document);
    assert_eq!(output["url"], "https://t.example.com/?a=w5&b=w5&c=7&d=7&e=9.00&f=eur");
    assert_eq!(output["warnings"], json!([]));
}

#[test]
fn what_would_be_refused_on_saving_is_refused_here() {
    let with_url = |url: &str| json!({"postback": {"url": url}, "record": {}});
    assert_eq!(
        refused(&with_url("https://t.example.com/?a={clik_id}")),
        at("url", "unknown_macro")
    );
    assert_eq!(refused(&with_url("https://{sub1}.example.com/")), at("url", "macro_in_host"));
    assert_eq!(refused(&with_url("https://t.example.com/?a=1")), at("url", "no_macro"));
    assert_eq!(
        refused(&with_url("http://169.254.169.254/?a={sub1}")),
        at("url", "host_not_public")
    );
    assert_eq!(refused(&json!({"postback": {}, "record": {}})), at("url", "required"));
}

#[test]
fn unknown_and_misshapen_fields_are_named() {
    let url = "https://t.example.com/?a={sub1}";
    for (document, expected) in [
        (json!({"postback": {"url": url}, "record": {}, "x": 1}), at("x", "unknown_field")),
        (
            json!({"postback": {"url": url, "colour": 1}, "record": {}}),
            at("colour", "unknown_field"),
        ),
        (
            json!({"postback": {"url": url, "delay_seconds": "1"}, "record": {}}),
            at("delay_seconds", "bad_value"),
        ),
        (
            json!({"postback": {"url": url, "on": ["birthday"]}, "record": {}}),
            at("on", "bad_value"),
        ),
        (
            json!({"postback": {"url": url, "statuses": "some"}, "record": {}}),
            at("statuses", "bad_value"),
        ),
        (
            json!({"postback": {"url": url, "params": [{"name": "a", "v": "b"}]}, "record": {}}),
            at("params", "bad_value"),
        ),
        (
            json!({"postback": {"url": url, "auth": {"type": "digest"}}, "record": {}}),
            at("auth", "bad_value"),
        ),
        (
            json!({"postback": {"url": url, "auth": {"type": "bearer", "token": "a\nb"}}, "record": {}}),
            at("auth", "bad_value"),
        ),
        (json!({"postback": {"url": url}, "record": {"sub1": 5}}), at("record.sub1", "bad_value")),
        (json!({"postback": {"url": url}, "record": []}), at("record", "bad_value")),
        (json!({"postback": url, "record": {}}), at("postback", "bad_value")),
        (json!({"record": {}}), at("postback", "bad_value")),
        (json!([]), at("file", "bad_json")),
    ] {
        assert_eq!(refused(&document), expected, "{document}");
    }
}

#[test]
fn what_could_not_be_filled_is_a_warning() {
    let document = json!({
        "postback": {
            "strict": true, "url": "https://t.example.com/?a={click_id}&b={sub1}",
            "headers": [{"name": "X-A", "value": "{sub2|-}"}]
        },
        "record": {"click_id": "w5", "sub2": "é"}
    });
    let output = run(&document);
    assert_eq!(output["url"], "https://t.example.com/?a=w5");
    let codes: Vec<_> = output["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| w["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["never_seen", "dropped", "unsendable"]);
}

#[test]
fn credentials_without_their_secret_cannot_be_rendered() {
    let document = json!({
        "postback": {"url": "https://t.example.com/?a={sub1}", "auth": "basic"}, "record": {"sub1": "x"}
    });
    assert_eq!(refused(&document), at("postback", "cannot_render"));
}
