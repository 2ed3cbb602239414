//! Every seed and every finding so far, by the ordinary test run.

use std::{fs, path::Path};

use crate::{foreign, payload, proof, seeds, template};

fn check_of(target: &str) -> fn(&[u8]) {
    match target {
        "template" => template::check,
        "foreign" => foreign::check,
        "payload" => payload::check,
        "proof" => proof::check,
        other => panic!("no target {other}"),
    }
}

#[test]
fn every_target_survives_its_seeds() {
    for (target, seeds) in seeds::all() {
        assert!(!seeds.is_empty());
        seeds.iter().for_each(|seed| check_of(target)(seed));
    }
}

#[test]
fn what_the_fuzzer_has_found_stays_mended() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // `<target>-<what it was>`
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some((target, _)) = name.split_once('-') else { continue };
        check_of(target)(&fs::read(&path).unwrap());
    }
}

#[test]
fn the_seeds_of_proofs_are_accepted_as_they_are() {
    let secrets = proof::secrets();
    let [_, _, _, (_, proofs)] = seeds::all();
    let text = |index: usize| String::from_utf8(proofs[index].clone()).unwrap();
    assert_eq!(text(0), proof::token(&secrets));
    assert!(shopify::query_hmac::verify_query(&text(1), &secrets).is_ok());
    assert!(shopify::app_proxy::verify_proxy(&text(2), &secrets, proof::NOW).is_ok());
}

/// A check that can never fail would find nothing.
#[test]
fn a_value_that_leaves_its_slot_is_a_finding() {
    use domain::postback::Rendered;

    use crate::shape::Shape;

    let request = |url: &str, body: Option<&str>| Rendered {
        method: "GET",
        url: url.to_owned(),
        headers: Vec::new(),
        body: body.map(str::to_owned),
        flags: Vec::new(),
    };
    let shape = |url: &str, body: Option<&str>| Shape::of(&request(url, body));
    let plain = shape("https://h.test/a?x=1", None);
    for escaped in ["https://h.test/a/b?x=1", "https://h.test/a?x=1&y=2", "https://h.test/a?x=1#y"]
    {
        assert_ne!(shape(escaped, None), plain, "{escaped}");
    }
    let json = |body: &str| shape("https://h.test/", Some(body));
    assert_ne!(json(r#"{"a":"1","a":"2"}"#), json(r#"{"a":"1"}"#));
    assert_ne!(json(r#"{"a":{}}"#), json(r#"{"a":1}"#));
    assert_eq!(json(r#"{"a":null}"#), json(r#"{"a":1}"#));
    assert_ne!(shape("https://h.test/", Some("a=1&b=2")), shape("https://h.test/", Some("a=1")));
}
