//! What Shopify is told of the app (`shopify.app.toml`) is what the code does (shopify.md 11, row 37).
//! Shopify's own check needs an account and the network, so what it would refuse is checked here.

use std::{collections::BTreeSet, fs, path::Path};

use shopify::graphql::API_VERSION;
use shopify::scopes::NEEDED;
use shopify::webhook::Topic;
use toml::{Table, Value};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn manifest() -> Table {
    fs::read_to_string(root().join("shopify.app.toml")).unwrap().parse().unwrap()
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The topics of all subscriptions under one key.
fn subscribed(manifest: &Table, key: &str) -> BTreeSet<String> {
    let subscriptions = manifest["webhooks"]["subscriptions"].as_array().unwrap();
    let lists = subscriptions.iter().filter_map(|subscription| subscription.get(key));
    let topics: Vec<String> = lists.flat_map(texts).collect();
    let once: BTreeSet<String> = topics.iter().cloned().collect();
    assert_eq!(topics.len(), once.len(), "Shopify refuses a topic that is subscribed to twice");
    once
}

#[test]
fn s11_37_the_scopes_are_the_codes_list() {
    let manifest = manifest();
    let scopes = manifest["access_scopes"]["scopes"].as_str().unwrap();
    let asked: Vec<&str> = scopes.split(',').collect();
    assert_eq!(asked, NEEDED);
    for optional in texts(&manifest["access_scopes"]["optional_scopes"]) {
        assert!(!NEEDED.contains(&optional.as_str()), "{optional} is asked for already");
    }
}

#[test]
fn s11_37_the_topics_are_the_codes_list_and_come_to_our_address() {
    let manifest = manifest();
    let compliance = subscribed(&manifest, "compliance_topics");
    let mandatory = ["customers/data_request", "customers/redact", "shop/redact"];
    assert_eq!(compliance, mandatory.map(str::to_owned).into());
    let mut all = subscribed(&manifest, "topics");
    assert!(all.is_disjoint(&compliance));
    all.extend(compliance);
    let known: BTreeSet<String> =
        Topic::KNOWN.iter().map(|topic| topic.as_str().to_owned()).collect();
    assert_eq!(all, known);
    assert_eq!(manifest["webhooks"]["api_version"].as_str(), Some(API_VERSION));
    for subscription in manifest["webhooks"]["subscriptions"].as_array().unwrap() {
        assert_eq!(subscription["uri"].as_str(), Some("/webhooks"));
    }
}

#[test]
fn s11_37_addresses_are_of_one_host_and_ones_that_we_answer() {
    let manifest = manifest();
    let app = manifest["application_url"].as_str().unwrap();
    assert_eq!(app, format!("https://app.example.com{}", tributary::web::auth::ADMIN_BASE));
    assert_eq!(manifest["app_proxy"]["url"].as_str(), Some("https://app.example.com/proxy"));
    assert_eq!(
        texts(&manifest["auth"]["redirect_urls"]),
        ["https://app.example.com/auth/callback".to_owned()].into()
    );
    let proxy = manifest["app_proxy"].as_table().unwrap();
    assert!(["a", "apps", "community", "tools"].contains(&proxy["prefix"].as_str().unwrap()));
    let subpath = proxy["subpath"].as_str().unwrap();
    assert!(subpath.len() <= 30 && !["admin", "services", "password", "login"].contains(&subpath));
    assert_eq!(manifest["embedded"].as_bool(), Some(true));
    assert_eq!(manifest["pos"]["embedded"].as_bool(), Some(false));
    assert_eq!(manifest["client_id"].as_str(), Some(""), "nobody's own id is kept here");
}
