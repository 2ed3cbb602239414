//! The templates that networks publish, every one converted. Two counts: as published, where the name
//! of the parameter helps, and with names that say nothing, where the macro's own name must do.

use super::*;
use crate::postback::{PostbackSettings, Record, render, template::Template};

/// How the collection writes its usual address.
const ADDRESS: &str = "http://{domain}/{postback_key}/postback";
/// The share that must be right (N13).
const RIGHT_PERCENT_MIN: usize = 95;
/// What is right when only macro names can help; a floor under what was reached.
const RIGHT_BY_NAME_PERCENT_MIN: usize = 75;

struct Published {
    network: &'static str,
    click: &'static str,
    payout: &'static str,
    template: String,
}

fn collection() -> Vec<Published> {
    let lines = include_str!("../published.tsv").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let [network, click, payout, template] =
                line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            let template = match template.strip_prefix('?') {
                Some(query) => format!("{ADDRESS}?{query}"),
                None => template.to_owned(),
            };
            Published { network, click, payout, template }
        })
        .collect()
}

/// Our macro that is the first thing in the value of a pair.
fn macro_of(template: &str, pair: usize) -> Option<&'static str> {
    let (_, query) = template.split_once('?')?;
    let (_, value) = query.split('&').nth(pair)?.split_once('=')?;
    let value = value.split_inclusive('}').next()?;
    let read = Template::parse(value).ok()?;
    let name = read.placeholders().next()?.name.clone();
    macros::find(&name).map(|info| info.name)
}

/// The places of the pairs that hold the click and the payout: those of the receivers' own words.
fn places(template: &str) -> (Option<usize>, Option<usize>) {
    let query = template.split_once('?').map_or("", |(_, query)| query);
    let names: Vec<&str> = query.split('&').map(|pair| pair.split('=').next().unwrap()).collect();
    let find = |words: &[&str]| names.iter().position(|name| words.contains(name));
    (
        find(&["subid", "cid", "clickid", "click_id", "cnv_id", "subid1"]),
        find(&["payout", "sum", "amount"]),
    )
}

/// What is wrong with the conversion of one template; `spelled` is how it is put to the wizard.
fn miss(one: &Published, spelled: &str) -> Option<String> {
    let text = converted(spelled);
    let (click, payout) = places(&one.template);
    let wanted = [(one.click, click), (one.payout, payout)];
    wanted.into_iter().find_map(|(wanted, place)| {
        let found = place.and_then(|place| macro_of(&text, place));
        (wanted != "-" && found != Some(wanted))
            .then(|| format!("{}: {wanted} came out as {found:?} in {text}", one.network))
    })
}

fn assert_share(what: &str, percent_min: usize, spell: impl Fn(&str) -> String) {
    let all = collection();
    let misses: Vec<String> =
        all.iter().filter_map(|one| miss(one, &spell(&one.template))).collect();
    let right = all.len() - misses.len();
    let share = format!("{what}: {right} of {} right; missed:\n{}", all.len(), misses.join("\n"));
    println!("{share}");
    assert!(right * 100 >= percent_min * all.len(), "{share}");
}

#[test]
fn n13_the_wizard_is_right_for_the_click_and_the_payout_of_published_templates() {
    assert_share("as published", RIGHT_PERCENT_MIN, str::to_owned);
}

#[test]
fn n13_the_wizard_knows_most_macros_by_their_names_alone() {
    assert_share("by name alone", RIGHT_BY_NAME_PERCENT_MIN, |template| {
        let (address, query) = template.split_once('?').unwrap();
        let pairs: Vec<String> = query
            .split('&')
            .enumerate()
            .map(|(index, pair)| format!("z{index}={}", pair.split_once('=').unwrap().1))
            .collect();
        format!("{address}?{}", pairs.join("&"))
    });
}

#[test]
fn n13_the_collection_is_large_and_holds_every_syntax() {
    let all = collection();
    assert!(all.len() >= 60, "{}", all.len());
    let networks: std::collections::BTreeSet<&str> = all.iter().map(|one| one.network).collect();
    assert_eq!(networks.len(), all.len(), "a network stands there twice");
    for bracket in ["=[", "={{", "=##", "=#", "=${", "=%", "=<", "={"] {
        assert!(all.iter().any(|one| one.template.contains(bracket)), "{bracket}");
    }
    for one in &all {
        for wanted in [one.click, one.payout] {
            assert!(wanted == "-" || macros::find(wanted).is_some_and(|info| info.name == wanted));
        }
    }
}

/// A template in our own braces is one already: it comes back byte for byte, and where every macro is
/// known it can be fired.
#[test]
fn n13_published_templates_come_back_byte_for_byte_and_what_is_converted_can_be_sent() {
    let mut sent = 0;
    for one in collection() {
        if let Ok(read) = Template::parse(&one.template) {
            assert_eq!(read.to_string(), one.template);
        }
        let text =
            converted(&one.template).replace(ADDRESS, "https://trk.example.com/KEY/postback");
        if one.click == "-" {
            continue;
        }
        let record: Record =
            [(one.click, "w5fj2k3l4m9q"), ("total_commission", "9.00"), ("currency", "USD")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into_iter()
                .collect();
        let settings: PostbackSettings = PostbackSettings { url: text, ..Default::default() };
        // What nobody understood may be no URL yet: the affiliate is told where.
        let Ok(request) = render(&settings, None, &record) else { continue };
        let url = url::Url::parse(&request.url).unwrap();
        let (click, payout) = places(&one.template);
        let values: Vec<String> = url.query_pairs().map(|(_, value)| value.into_owned()).collect();
        if miss(&one, &one.template).is_none() {
            assert!(values[click.unwrap()].starts_with("w5fj2k3l4m9q"), "{}", request.url);
            if one.payout != "-" {
                assert_eq!(values[payout.unwrap()], "9.00", "{}", request.url);
            }
            sent += 1;
        }
    }
    assert!(sent * 10 >= collection().len() * 8, "{sent} could be sent");
}
