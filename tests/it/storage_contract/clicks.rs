//! Clicks: found by visitor for attribution, by affiliate for pages.

use std::collections::{BTreeMap, HashSet};

use domain::ids::ClickId;
use storage::{
    Json, Storage,
    clicks::{
        CLICKS_OF_VISITOR_MAX, Click, click_by_id, click_drop_before, click_insert_batch,
        click_latest_of_visitor, click_page, clicks_by_ids, clicks_of_reports, clicks_of_visitors,
    },
};

use super::{Tenant, at, on_both_databases, read, tenant, write};

on_both_databases! {
    clicks_are_found_by_visitor_since_a_time_newest_first,
    one_visitor_with_very_many_clicks_does_not_crowd_out_another,
    clicks_are_paged_without_gaps_and_dropped_by_age,
    a_links_parameters_come_back_as_they_were,
    a_report_is_stored_once_whoever_stores_it,
}

fn a_report_is_stored_once_whoever_stores_it(storage: &Storage) {
    let tenant = tenant(storage);
    let report = |visitor: &str, id: &str| Click {
        report_id: Some(id.to_owned()),
        ..click(storage, tenant, visitor, 1)
    };
    let rows = [report("v1", "r1"), report("v1", "r2"), report("v2", "r1")];
    assert_eq!(write(storage, |tx| click_insert_batch(tx, &rows)).len(), 3);
    // The other process has not seen them.
    let (again, fresh) = (report("v1", "r1"), report("v1", "r3"));
    let both = [again.clone(), fresh.clone()];
    let new = write(storage, |tx| click_insert_batch(tx, &both));
    assert_eq!(new, HashSet::from([fresh.id.0]));
    let first = read(storage, |conn| clicks_of_reports(conn, &[&again]));
    assert_eq!(first, [rows[0].clone()]);
    let visitors = ["v1".to_owned(), "v2".to_owned()];
    let found = read(storage, |conn| clicks_of_visitors(conn, tenant.shop, &visitors, at(0)));
    assert_eq!(found.len(), 4);
    // Two visits of which no browser gave an id are two.
    let unnamed = [click(storage, tenant, "v3", 1), click(storage, tenant, "v3", 1)];
    assert_eq!(write(storage, |tx| click_insert_batch(tx, &unnamed)).len(), 2);
}

fn clicks_are_found_by_visitor_since_a_time_newest_first(storage: &Storage) {
    let (here, there) = (tenant(storage), tenant(storage));
    let rows: Vec<Click> =
        [(here, "v1", 10), (here, "v1", 30), (here, "v1", 20), (here, "v2", 5), (there, "v1", 40)]
            .into_iter()
            .map(|(tenant, visitor, seconds)| click(storage, tenant, visitor, seconds))
            .collect();
    write(storage, |tx| click_insert_batch(tx, &rows));
    let visitors = ["v1".to_owned(), "v2".to_owned(), "v3".to_owned()];
    let mut found = read(storage, |conn| clicks_of_visitors(conn, here.shop, &visitors, at(6)));
    assert_eq!(
        found.iter().map(|click| click.clicked_at).collect::<Vec<_>>(),
        [at(30), at(20), at(10)]
    );
    assert_eq!(found.pop().unwrap(), rows[0]);
    assert_eq!(
        read(storage, |conn| clicks_of_visitors(conn, here.shop, &visitors, at(0))).len(),
        4
    );
    assert!(read(storage, |conn| clicks_of_visitors(conn, here.shop, &[], at(0))).is_empty());
    let latest =
        read(storage, |conn| click_latest_of_visitor(conn, here.shop, "v1", here.affiliate))
            .unwrap();
    assert_eq!(latest.clicked_at, at(30));
    assert_eq!(read(storage, |conn| click_by_id(conn, there.shop, rows[0].id)), None);
    let ids: Vec<ClickId> = rows.iter().map(|click| click.id).collect();
    assert_eq!(read(storage, |conn| clicks_by_ids(conn, here.shop, &ids)).len(), 4);
}

fn one_visitor_with_very_many_clicks_does_not_crowd_out_another(storage: &Storage) {
    let tenant = tenant(storage);
    let mut rows: Vec<Click> = (0..300).map(|n| click(storage, tenant, "bot", n)).collect();
    rows.push(click(storage, tenant, "human", 0));
    write(storage, |tx| click_insert_batch(tx, &rows));
    let visitors = ["bot".to_owned(), "human".to_owned()];
    let found = read(storage, |conn| clicks_of_visitors(conn, tenant.shop, &visitors, at(-1)));
    assert_eq!(found.len(), CLICKS_OF_VISITOR_MAX + 1);
    assert_eq!(found[0].clicked_at, at(299));
}

fn clicks_are_paged_without_gaps_and_dropped_by_age(storage: &Storage) {
    let tenant = tenant(storage);
    // Four in the same moment: the id decides.
    let rows: Vec<Click> = (0..9).map(|n| click(storage, tenant, "v", n / 4)).collect();
    write(storage, |tx| click_insert_batch(tx, &rows));
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = read(storage, |conn| click_page(conn, tenant.shop, tenant.affiliate, before, 2));
        let Some(last) = page.last() else { break };
        before = Some((last.clicked_at, last.id));
        seen.extend(page.iter().map(|click| click.id));
    }
    let expected: Vec<ClickId> = rows.iter().rev().map(|click| click.id).collect();
    assert_eq!(seen, expected);
    assert_eq!(write(storage, |tx| click_drop_before(tx, tenant.shop, at(1), 3)), 3);
    assert_eq!(write(storage, |tx| click_drop_before(tx, tenant.shop, at(1), 3)), 1);
    assert_eq!(write(storage, |tx| click_drop_before(tx, tenant.shop, at(1), 3)), 0);
}

fn a_links_parameters_come_back_as_they_were(storage: &Storage) {
    let tenant = tenant(storage);
    let mut row = click(storage, tenant, "v", 1);
    row.link_params = Json(BTreeMap::from([
        ("sub1".to_owned(), "?'\"\\".to_owned()),
        ("clickid".to_owned(), "1".to_owned()),
    ]));
    write(storage, |tx| click_insert_batch(tx, std::slice::from_ref(&row)));
    assert_eq!(read(storage, |conn| click_by_id(conn, tenant.shop, row.id)), Some(row));
}

fn click(storage: &Storage, tenant: Tenant, visitor: &str, seconds: i64) -> Click {
    Click {
        id: ClickId(storage.next_id(at(seconds))),
        shop_id: tenant.shop,
        affiliate_id: tenant.affiliate,
        visitor: visitor.to_owned(),
        clicked_at: at(seconds),
        entry_url: "https://shop.example/?ref=anna".to_owned(),
        link_params: Json(BTreeMap::new()),
        is_params_cut: true,
        referrer: None,
        ip_truncated: Some("192.0.2.0".to_owned()),
        report_id: None,
        consent: Some(3),
        user_agent: None,
    }
}
