//! Shops, programs, affiliates and what belongs to them.

use std::collections::BTreeMap;

use domain::{
    ids::{AffiliateId, ClickId, ShopId, ShopifyId},
    money::Currency,
};
use storage::{
    Json, Storage, StorageError,
    affiliates::{
        AffiliateFilter, affiliate_by_code, affiliate_by_id, affiliate_by_number, affiliate_insert,
        affiliate_page, affiliate_set_password_hash, affiliate_set_status, affiliate_update,
        affiliates_by_email, affiliates_by_ids,
    },
    bindings::{
        CustomerBinding, ProductBinding, customer_binding, customer_binding_insert_if_absent,
        product_binding_insert, product_bindings_for,
    },
    clicks::{
        CLICKS_OF_VISITOR_MAX, Click, click_by_id, click_drop_before, click_insert_batch,
        click_latest_of_visitor, click_page, clicks_by_ids, clicks_of_visitors,
        link_param_names_of,
    },
    coupons::{Coupon, coupon_delete, coupon_insert, coupons_by_codes, coupons_of},
    logins::{
        PortalSession, login_failure_record, login_failures_clear, login_failures_of,
        portal_session_by_token, portal_session_delete, portal_session_insert,
        portal_sessions_delete_expired, portal_sessions_delete_of,
    },
    programs::{
        program_by_id, program_by_number, program_insert, program_list, program_rename,
        program_version_at, program_version_insert, program_versions_of_shop,
    },
    shops::{
        ShopProfile, shop_by_domain, shop_insert_if_absent, shop_list, shop_set_uninstalled,
        shop_update_currency, shop_update_profile, shop_update_settings,
    },
};

use super::{
    Tenant, affiliate_row, at, in_threads, on_both_databases, read, shop_row, tenant, write,
};

on_both_databases! {
    a_shop_is_stored_once_per_domain_and_keeps_its_first_row,
    a_shop_takes_over_what_shopify_says,
    programs_are_numbered_from_1_in_each_shop_also_by_many_at_once,
    g87_the_version_in_force_is_the_one_that_began_last,
    affiliates_are_numbered_from_1001_and_a_code_is_given_once_per_shop,
    many_sign_ups_at_once_all_get_a_number,
    an_affiliate_changes_but_not_its_number_or_password,
    a_search_ignores_case_and_takes_wildcards_literally,
    a_coupon_belongs_to_one_affiliate_of_the_shop,
    g79_a_customer_stays_with_the_first_affiliate,
    clicks_are_found_by_visitor_since_a_time_newest_first,
    one_visitor_with_very_many_clicks_does_not_crowd_out_another,
    clicks_are_paged_without_gaps_and_dropped_by_age,
    the_parameter_names_are_those_that_links_really_carried,
    a_session_lasts_until_it_expires_or_is_ended,
    failed_log_ins_count_up_are_forgotten_and_cleared,
}

fn a_shop_is_stored_once_per_domain_and_keeps_its_first_row(storage: &Storage) {
    let first = write(storage, |tx| {
        shop_insert_if_absent(tx, &shop_row(ShopId(1), "a.myshopify.com"))
    });
    let second = write(storage, |tx| {
        shop_insert_if_absent(tx, &shop_row(ShopId(2), "a.myshopify.com"))
    });
    assert_eq!(first, shop_row(ShopId(1), "a.myshopify.com"));
    assert_eq!(second, first);
    assert_eq!(
        read(storage, |conn| shop_list(conn, Some(ShopId(1)), 10)),
        []
    );
}

fn a_shop_takes_over_what_shopify_says(storage: &Storage) {
    let shop = write(storage, |tx| {
        shop_insert_if_absent(tx, &shop_row(ShopId(1), "a.myshopify.com"))
    })
    .id;
    // An id beyond what a signed integer holds must survive.
    let shopify_shop_id = Some(ShopifyId(u64::MAX - 5));
    write(storage, |tx| {
        shop_update_settings(tx, shop, r#"{"x":"?"}"#)?;
        shop_update_profile(
            tx,
            shop,
            &ShopProfile {
                shopify_shop_id,
                name: "Käse & Co".to_owned(),
                currency: None,
                timezone: "UTC".to_owned(),
            },
        )?;
        shop_set_uninstalled(tx, shop, Some(at(9)))
    });
    let row = read(storage, |conn| shop_by_domain(conn, "a.myshopify.com")).unwrap();
    assert_eq!(
        (row.shopify_shop_id, row.currency, row.uninstalled_at),
        (shopify_shop_id, None, Some(at(9)))
    );
    assert_eq!(
        (row.name.as_str(), row.settings.as_str()),
        ("Käse & Co", r#"{"x":"?"}"#)
    );
    let yen = Currency::parse("JPY").unwrap();
    write(storage, |tx| shop_update_currency(tx, shop, yen));
    assert_eq!(
        read(storage, |conn| shop_by_domain(conn, "a.myshopify.com"))
            .unwrap()
            .currency,
        Some(yen)
    );
    let missing = storage.write_blocking(|tx| shop_update_settings(tx, ShopId(99), "{}"));
    assert!(matches!(missing, Err(StorageError::NotFound)));
}

fn programs_are_numbered_from_1_in_each_shop_also_by_many_at_once(storage: &Storage) {
    let (here, there) = (tenant(storage), tenant(storage));
    let mut numbers = in_threads(4, |n| {
        write(storage, |tx| {
            program_insert(tx, here.shop, &format!("P{n}"), at(0))
        })
        .number
    });
    numbers.sort_unstable();
    assert_eq!(numbers, [2, 3, 4, 5]);
    assert_eq!(
        read(storage, |conn| program_list(conn, there.shop, 10)).len(),
        1
    );
    let second = read(storage, |conn| program_by_number(conn, here.shop, 2)).unwrap();
    write(storage, |tx| {
        program_rename(tx, here.shop, second.id, "Renamed")
    });
    assert_eq!(
        read(storage, |conn| program_by_id(conn, here.shop, second.id))
            .unwrap()
            .name,
        "Renamed"
    );
    assert_eq!(
        read(storage, |conn| program_by_id(conn, there.shop, second.id)),
        None
    );
    let foreign = storage.write_blocking(|tx| program_rename(tx, there.shop, second.id, "Stolen"));
    assert!(matches!(foreign, Err(StorageError::NotFound)));
}

fn g87_the_version_in_force_is_the_one_that_began_last(storage: &Storage) {
    let Tenant { shop, program, .. } = tenant(storage);
    for (seconds, key) in [
        (0, "first"),
        (100, "second"),
        (50, "backdated"),
        (100, "corrected"),
    ] {
        write(storage, |tx| {
            program_version_insert(tx, shop, program, at(seconds), rules(key))
        });
    }
    let key_at = |seconds| {
        let version = read(storage, |conn| {
            program_version_at(conn, shop, program, at(seconds))
        });
        version.map(|version| version.rules.0.key)
    };
    assert_eq!(key_at(-1), None);
    assert_eq!(key_at(0).as_deref(), Some("first"));
    assert_eq!(key_at(99).as_deref(), Some("backdated"));
    assert_eq!(key_at(100).as_deref(), Some("corrected"));
    let all = read(storage, |conn| program_versions_of_shop(conn, shop, 10));
    assert_eq!(
        all.iter()
            .map(|version| version.version)
            .collect::<Vec<_>>(),
        [1, 2, 3, 4]
    );
}

fn affiliates_are_numbered_from_1001_and_a_code_is_given_once_per_shop(storage: &Storage) {
    let (here, there) = (tenant(storage), tenant(storage));
    let second = write(storage, |tx| {
        affiliate_insert(tx, affiliate_row(here.shop, here.program, "Bert"))
    });
    assert_eq!(second.number, 1002);
    let taken = storage
        .write_blocking(|tx| affiliate_insert(tx, affiliate_row(here.shop, here.program, "ANNA")));
    assert!(matches!(taken, Err(StorageError::Conflict(_))));
    // The other shop has an Anna of its own, and does not see this one.
    let found = read(storage, |conn| affiliate_by_code(conn, there.shop, "anna")).unwrap();
    assert_eq!(found.id, there.affiliate);
    assert_eq!(
        read(storage, |conn| affiliate_by_id(conn, there.shop, second.id)),
        None
    );
    assert_eq!(
        read(storage, |conn| affiliate_by_number(conn, here.shop, 1002)),
        Some(second.clone())
    );
    let ids = [here.affiliate, second.id, there.affiliate, AffiliateId(5)];
    let map = read(storage, |conn| affiliates_by_ids(conn, here.shop, &ids));
    assert_eq!(map.len(), 2);
    assert_eq!(map[&second.id], second);
    assert!(read(storage, |conn| affiliates_by_ids(conn, here.shop, &[])).is_empty());
}

fn many_sign_ups_at_once_all_get_a_number(storage: &Storage) {
    let tenant = tenant(storage);
    let mut numbers: Vec<i64> = in_threads(6, |thread| {
        (0..5)
            .map(|n| affiliate_row(tenant.shop, tenant.program, &format!("a{thread}-{n}")))
            .map(|row| write(storage, |tx| affiliate_insert(tx, row.clone())).number)
            .collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1002..1032).collect::<Vec<_>>());
}

fn an_affiliate_changes_but_not_its_number_or_password(storage: &Storage) {
    let tenant = tenant(storage);
    write(storage, |tx| {
        affiliate_set_password_hash(
            tx,
            tenant.shop,
            tenant.affiliate,
            Some("$argon2id$".to_owned()),
        )
    });
    let mut row = read(storage, |conn| {
        affiliate_by_id(conn, tenant.shop, tenant.affiliate)
    })
    .unwrap();
    row.name = "Anna Neu".to_owned();
    row.payout_currency = Currency::parse("EUR").ok();
    row.payout_rate = Some("0.92".to_owned());
    row.shopify_customer_id = Some(ShopifyId(u64::MAX));
    write(storage, |tx| affiliate_update(tx, &row));
    write(storage, |tx| {
        affiliate_set_status(tx, tenant.shop, tenant.affiliate, "blocked")
    });
    row.status = "blocked".to_owned();
    assert_eq!(
        read(storage, |conn| affiliate_by_id(
            conn,
            tenant.shop,
            tenant.affiliate
        )),
        Some(row)
    );
    let found = read(storage, |conn| {
        affiliates_by_email(conn, tenant.shop, "fingerprint of Anna", 10)
    });
    assert_eq!(found.len(), 1);
    let foreign = storage
        .write_blocking(|tx| affiliate_set_status(tx, ShopId(5), tenant.affiliate, "active"));
    assert!(matches!(foreign, Err(StorageError::NotFound)));
}

fn a_search_ignores_case_and_takes_wildcards_literally(storage: &Storage) {
    let tenant = tenant(storage);
    for name in ["Bert_100%", "Carla", "carlo"] {
        write(storage, |tx| {
            affiliate_insert(tx, affiliate_row(tenant.shop, tenant.program, name))
        });
    }
    let search = |text: &str| {
        let filter = AffiliateFilter {
            search: Some(text.to_owned()),
            ..AffiliateFilter::default()
        };
        let page = read(storage, |conn| {
            affiliate_page(conn, tenant.shop, &filter, None, 10)
        });
        page.into_iter()
            .map(|affiliate| affiliate.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(search("CARL"), ["carlo", "Carla"]);
    assert_eq!(search("t_1"), ["Bert_100%"]);
    assert_eq!(search("%"), ["Bert_100%"]);
    assert_eq!(search("a_l"), [""; 0]);
    assert_eq!(search("\\"), [""; 0]);
    let filter = AffiliateFilter {
        status: Some("active".to_owned()),
        program_id: Some(tenant.program),
        ..AffiliateFilter::default()
    };
    let first = read(storage, |conn| {
        affiliate_page(conn, tenant.shop, &filter, None, 3)
    });
    let rest = read(storage, |conn| {
        affiliate_page(conn, tenant.shop, &filter, Some(first[2].number), 3)
    });
    assert_eq!((first.len(), rest.len()), (3, 1));
}

fn a_coupon_belongs_to_one_affiliate_of_the_shop(storage: &Storage) {
    let (here, there) = (tenant(storage), tenant(storage));
    let coupon = |tenant: Tenant, code: &str| Coupon {
        shop_id: tenant.shop,
        code_folded: code.to_lowercase(),
        code: code.to_owned(),
        affiliate_id: tenant.affiliate,
    };
    write(storage, |tx| {
        coupon_insert(tx, &coupon(here, "SAVE10"))?;
        coupon_insert(tx, &coupon(there, "SAVE10"))
    });
    let taken = storage.write_blocking(|tx| coupon_insert(tx, &coupon(here, "save10")));
    assert!(matches!(taken, Err(StorageError::Conflict(_))));
    let codes = ["save10".to_owned(), "none".to_owned()];
    let found = read(storage, |conn| coupons_by_codes(conn, here.shop, &codes));
    assert_eq!(found, [("save10".to_owned(), here.affiliate)]);
    assert_eq!(
        read(storage, |conn| coupons_of(
            conn,
            here.shop,
            here.affiliate,
            10
        ))[0]
            .code,
        "SAVE10"
    );
    write(storage, |tx| {
        coupon_delete(tx, here.shop, here.affiliate, "save10")
    });
    assert_eq!(
        read(storage, |conn| coupons_by_codes(conn, here.shop, &codes)),
        []
    );
    assert_eq!(
        read(storage, |conn| coupons_by_codes(conn, there.shop, &codes)).len(),
        1
    );
}

fn g79_a_customer_stays_with_the_first_affiliate(storage: &Storage) {
    let tenant = tenant(storage);
    let other = write(storage, |tx| {
        affiliate_insert(tx, affiliate_row(tenant.shop, tenant.program, "Bert"))
    })
    .id;
    let customer = ShopifyId(u64::MAX - 1);
    let bind = |affiliate_id| {
        let binding = CustomerBinding {
            shop_id: tenant.shop,
            customer_id: customer,
            affiliate_id,
            bound_at: at(0),
        };
        write(storage, |tx| {
            customer_binding_insert_if_absent(tx, &binding)
        })
    };
    assert!(bind(tenant.affiliate));
    assert!(!bind(other));
    let bound = read(storage, |conn| {
        customer_binding(conn, tenant.shop, customer)
    })
    .unwrap();
    assert_eq!(bound.affiliate_id, tenant.affiliate);
    assert_eq!(
        read(storage, |conn| customer_binding(conn, ShopId(5), customer)),
        None
    );

    let product = ProductBinding {
        shop_id: tenant.shop,
        product_id: ShopifyId(7),
        affiliate_id: other,
    };
    write(storage, |tx| product_binding_insert(tx, &product));
    assert!(matches!(
        storage.write_blocking(|tx| product_binding_insert(tx, &product)),
        Err(StorageError::Conflict(_))
    ));
    let found = read(storage, |conn| {
        product_bindings_for(conn, tenant.shop, &[ShopifyId(7), ShopifyId(8)])
    });
    assert_eq!(found, [product]);
}

fn clicks_are_found_by_visitor_since_a_time_newest_first(storage: &Storage) {
    let (here, there) = (tenant(storage), tenant(storage));
    let rows: Vec<Click> = [
        (here, "v1", 10),
        (here, "v1", 30),
        (here, "v1", 20),
        (here, "v2", 5),
        (there, "v1", 40),
    ]
    .into_iter()
    .map(|(tenant, visitor, seconds)| click(storage, tenant, visitor, seconds))
    .collect();
    write(storage, |tx| click_insert_batch(tx, &rows));
    let visitors = ["v1".to_owned(), "v2".to_owned(), "v3".to_owned()];
    let mut found = read(storage, |conn| {
        clicks_of_visitors(conn, here.shop, &visitors, at(6))
    });
    assert_eq!(
        found
            .iter()
            .map(|click| click.clicked_at)
            .collect::<Vec<_>>(),
        [at(30), at(20), at(10)]
    );
    assert_eq!(found.pop().unwrap(), rows[0]);
    assert_eq!(
        read(storage, |conn| clicks_of_visitors(
            conn,
            here.shop,
            &visitors,
            at(0)
        ))
        .len(),
        4
    );
    assert!(
        read(storage, |conn| clicks_of_visitors(
            conn,
            here.shop,
            &[],
            at(0)
        ))
        .is_empty()
    );
    let latest = read(storage, |conn| {
        click_latest_of_visitor(conn, here.shop, "v1", here.affiliate)
    })
    .unwrap();
    assert_eq!(latest.clicked_at, at(30));
    assert_eq!(
        read(storage, |conn| click_by_id(conn, there.shop, rows[0].id)),
        None
    );
    let ids: Vec<ClickId> = rows.iter().map(|click| click.id).collect();
    assert_eq!(
        read(storage, |conn| clicks_by_ids(conn, here.shop, &ids)).len(),
        4
    );
}

fn one_visitor_with_very_many_clicks_does_not_crowd_out_another(storage: &Storage) {
    let tenant = tenant(storage);
    let mut rows: Vec<Click> = (0..300).map(|n| click(storage, tenant, "bot", n)).collect();
    rows.push(click(storage, tenant, "human", 0));
    write(storage, |tx| click_insert_batch(tx, &rows));
    let visitors = ["bot".to_owned(), "human".to_owned()];
    let found = read(storage, |conn| {
        clicks_of_visitors(conn, tenant.shop, &visitors, at(-1))
    });
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
        let page = read(storage, |conn| {
            click_page(conn, tenant.shop, tenant.affiliate, before, 2)
        });
        let Some(last) = page.last() else { break };
        before = Some((last.clicked_at, last.id));
        seen.extend(page.iter().map(|click| click.id));
    }
    let expected: Vec<ClickId> = rows.iter().rev().map(|click| click.id).collect();
    assert_eq!(seen, expected);
    assert_eq!(write(storage, |tx| click_drop_before(tx, at(1), 3)), 3);
    assert_eq!(write(storage, |tx| click_drop_before(tx, at(1), 3)), 1);
    assert_eq!(write(storage, |tx| click_drop_before(tx, at(1), 3)), 0);
}

fn the_parameter_names_are_those_that_links_really_carried(storage: &Storage) {
    let tenant = tenant(storage);
    let rows: Vec<Click> = (0..3)
        .map(|n| {
            let mut row = click(storage, tenant, "v", n);
            row.link_params = Json(BTreeMap::from([
                (format!("sub{n}"), "?'\"\\".to_owned()),
                ("clickid".to_owned(), "1".to_owned()),
            ]));
            row
        })
        .collect();
    write(storage, |tx| click_insert_batch(tx, &rows));
    let names = read(storage, |conn| {
        link_param_names_of(conn, tenant.shop, tenant.affiliate, 2)
    });
    assert_eq!(
        names.into_iter().collect::<Vec<_>>(),
        ["clickid", "sub1", "sub2"]
    );
    assert_eq!(
        read(storage, |conn| click_by_id(conn, tenant.shop, rows[0].id)),
        Some(rows[0].clone())
    );
}

fn a_session_lasts_until_it_expires_or_is_ended(storage: &Storage) {
    let tenant = tenant(storage);
    let session = |hash: &str| PortalSession {
        token_hash: hash.to_owned(),
        shop_id: tenant.shop,
        affiliate_id: tenant.affiliate,
        created_at: at(0),
        expires_at: at(60),
    };
    for hash in ["a", "b", "c"] {
        write(storage, |tx| portal_session_insert(tx, &session(hash)));
    }
    assert_eq!(
        read(storage, |conn| portal_session_by_token(conn, "a", at(59))),
        Some(session("a"))
    );
    assert_eq!(
        read(storage, |conn| portal_session_by_token(conn, "a", at(60))),
        None
    );
    write(storage, |tx| portal_session_delete(tx, "a"));
    assert_eq!(
        read(storage, |conn| portal_session_by_token(conn, "a", at(1))),
        None
    );
    assert_eq!(
        write(storage, |tx| portal_sessions_delete_expired(tx, at(59))),
        0
    );
    write(storage, |tx| {
        portal_sessions_delete_of(tx, ShopId(5), tenant.affiliate)
    });
    assert!(read(storage, |conn| portal_session_by_token(conn, "b", at(1))).is_some());
    write(storage, |tx| {
        portal_sessions_delete_of(tx, tenant.shop, tenant.affiliate)
    });
    assert_eq!(
        write(storage, |tx| portal_sessions_delete_expired(tx, at(60))),
        0
    );
}

fn failed_log_ins_count_up_are_forgotten_and_cleared(storage: &Storage) {
    let fail = |seconds| {
        write(storage, |tx| {
            login_failure_record(tx, "1:a@b.c", at(seconds), at(seconds - 60))
        })
    };
    assert_eq!((fail(0), fail(10), fail(20)), (1, 2, 3));
    assert_eq!(fail(81), 1);
    assert_eq!(
        read(storage, |conn| login_failures_of(conn, "1:a@b.c"))
            .unwrap()
            .last_at,
        at(81)
    );
    write(storage, |tx| login_failures_clear(tx, "1:a@b.c"));
    assert_eq!(
        read(storage, |conn| login_failures_of(conn, "1:a@b.c")),
        None
    );
}

fn rules(key: &str) -> domain::program::ProgramRules {
    serde_json::from_value(serde_json::json!({ "key": key })).unwrap()
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
    }
}
