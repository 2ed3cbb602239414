//! Names of links' parameters: whose they are, how long they stay, how far the reader has come.

use std::collections::BTreeMap;

use domain::ids::{ClickId, ShopId};
use storage::{
    Json, Storage,
    clicks::{Click, click_insert_batch},
    link_names::{
        LINK_NAMES_MAX, LinkName, clicks_are_read, clicks_unread, link_names_drop_before,
        link_names_of, link_names_see,
    },
    postbacks::Owner,
};

use super::{Tenant, at, on_both_databases, read, tenant, write};

on_both_databases! {
    names_are_known_of_each_affiliate_and_of_the_shop,
    of_too_many_names_those_stay_that_were_seen_last_and_first,
    a_name_goes_when_it_was_not_seen_for_long,
    clicks_are_read_once_and_in_order,
}

fn seen(tenant: Tenant, owner: Owner, names: &[&str], day: i64) -> Vec<LinkName> {
    names.iter().map(|name| LinkName::of(tenant.shop, owner, (*name).to_owned(), day)).collect()
}

fn names(storage: &Storage, shop: ShopId, owner: Owner) -> Vec<String> {
    read(storage, |conn| link_names_of(conn, shop, owner)).into_iter().collect()
}

fn names_are_known_of_each_affiliate_and_of_the_shop(storage: &Storage) {
    let (here, there) = (tenant(storage), tenant(storage));
    let anna = Owner::Affiliate(here.affiliate);
    write(storage, |tx| link_names_see(tx, &seen(here, anna, &["zone", "sub1"], 1)));
    write(storage, |tx| link_names_see(tx, &seen(here, Owner::Merchant, &["sub1", "?'\"\\"], 1)));
    write(storage, |tx| link_names_see(tx, &seen(here, anna, &["sub1"], 2)));
    assert_eq!(names(storage, here.shop, anna), ["sub1", "zone"]);
    assert_eq!(names(storage, here.shop, Owner::Merchant), ["?'\"\\", "sub1"]);
    assert!(names(storage, there.shop, anna).is_empty(), "another shop's affiliate");
    assert!(names(storage, there.shop, Owner::Merchant).is_empty());
}

fn of_too_many_names_those_stay_that_were_seen_last_and_first(storage: &Storage) {
    let here = tenant(storage);
    let shop = Owner::Merchant;
    write(storage, |tx| link_names_see(tx, &seen(here, shop, &["forgotten", "zone"], 1)));
    write(storage, |tx| link_names_see(tx, &seen(here, shop, &["zone"], 3)));
    let flood: Vec<String> = (0..LINK_NAMES_MAX + 50).map(|n| format!("junk{n:04}")).collect();
    let flood: Vec<&str> = flood.iter().map(String::as_str).collect();
    write(storage, |tx| link_names_see(tx, &seen(here, shop, &flood, 3)));
    let known = names(storage, here.shop, shop);
    assert_eq!(i64::try_from(known.len()).unwrap(), LINK_NAMES_MAX);
    assert!(known.contains(&"zone".to_owned()), "known for longer than what came the same day");
    assert!(!known.contains(&"forgotten".to_owned()), "not seen for longest");
}

fn a_name_goes_when_it_was_not_seen_for_long(storage: &Storage) {
    let here = tenant(storage);
    let shop = Owner::Merchant;
    write(storage, |tx| link_names_see(tx, &seen(here, shop, &["old", "older", "zone"], 1)));
    write(storage, |tx| link_names_see(tx, &seen(here, shop, &["zone"], 9)));
    assert_eq!(write(storage, |tx| link_names_drop_before(tx, 9, 1)), 1);
    assert_eq!(write(storage, |tx| link_names_drop_before(tx, 9, 9)), 1);
    assert_eq!(names(storage, here.shop, shop), ["zone"]);
}

fn clicks_are_read_once_and_in_order(storage: &Storage) {
    let here = tenant(storage);
    let rows: Vec<Click> = (1..=3).map(|seconds| click(storage, here, seconds)).collect();
    write(storage, |tx| click_insert_batch(tx, &rows));
    let unread = |until, limit| {
        let found = read(storage, |conn| clicks_unread(conn, at(until), limit));
        found.into_iter().map(|click| click.id).collect::<Vec<ClickId>>()
    };
    let ids: Vec<ClickId> = rows.iter().map(|row| row.id).collect();
    assert_eq!(unread(9, 2), ids[..2]);
    assert_eq!(unread(3, 9), ids[..2], "younger ones are left");
    write(storage, |tx| clicks_are_read(tx, ids[1]));
    write(storage, |tx| clicks_are_read(tx, ids[0]));
    assert_eq!(unread(9, 9), ids[2..], "what is read stays read");
    let link = read(storage, |conn| clicks_unread(conn, at(9), 1)).remove(0);
    assert_eq!((link.shop_id, link.affiliate_id), (here.shop, here.affiliate));
    assert_eq!(link.link_params.0.keys().collect::<Vec<_>>(), ["sub3"]);
}

fn click(storage: &Storage, tenant: Tenant, seconds: i64) -> Click {
    Click {
        id: ClickId(storage.next_id(at(seconds))),
        shop_id: tenant.shop,
        affiliate_id: tenant.affiliate,
        visitor: format!("visitor {seconds}"),
        clicked_at: at(seconds),
        entry_url: "https://shop.example/?ref=anna".to_owned(),
        link_params: Json(BTreeMap::from([(format!("sub{seconds}"), "1".to_owned())])),
        is_params_cut: false,
        referrer: None,
        ip_truncated: None,
        report_id: None,
        consent: None,
        user_agent: None,
    }
}
