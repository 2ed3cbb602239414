//! Shops, programs and the versions of their rules.

use domain::{
    ids::{ShopId, ShopifyId},
    money::Currency,
};
use storage::{
    Storage, StorageError,
    programs::{
        program_by_id, program_by_number, program_insert, program_list, program_rename,
        program_version_at, program_version_insert, program_versions_of_shop,
    },
    shops::{
        ShopProfile, shop_by_domain, shop_insert_if_absent, shop_list, shop_set_uninstalled,
        shop_update_currency, shop_update_profile, shop_update_settings,
    },
};

use super::{Tenant, at, in_threads, on_both_databases, read, shop_row, tenant, write};

on_both_databases! {
    a_shop_is_stored_once_per_domain_and_keeps_its_first_row,
    a_shop_takes_over_what_shopify_says,
    programs_are_numbered_from_1_in_each_shop_also_by_many_at_once,
    g87_the_version_in_force_is_the_one_that_began_last,
}

fn a_shop_is_stored_once_per_domain_and_keeps_its_first_row(storage: &Storage) {
    let first =
        write(storage, |tx| shop_insert_if_absent(tx, &shop_row(ShopId(1), "a.myshopify.com")));
    let second =
        write(storage, |tx| shop_insert_if_absent(tx, &shop_row(ShopId(2), "a.myshopify.com")));
    assert_eq!(first, shop_row(ShopId(1), "a.myshopify.com"));
    assert_eq!(second, first);
    assert_eq!(read(storage, |conn| shop_list(conn, Some(ShopId(1)), 10)), []);
}

fn a_shop_takes_over_what_shopify_says(storage: &Storage) {
    let shop =
        write(storage, |tx| shop_insert_if_absent(tx, &shop_row(ShopId(1), "a.myshopify.com"))).id;
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
        shop_set_uninstalled(tx, shop, at(9))
    });
    let row = read(storage, |conn| shop_by_domain(conn, "a.myshopify.com")).unwrap();
    assert_eq!(
        (row.shopify_shop_id, row.currency, row.uninstalled_at),
        (shopify_shop_id, None, Some(at(9)))
    );
    assert_eq!((row.name.as_str(), row.settings.as_str()), ("Käse & Co", r#"{"x":"?"}"#));
    let yen = Currency::parse("JPY").unwrap();
    write(storage, |tx| shop_update_currency(tx, shop, yen));
    assert_eq!(
        read(storage, |conn| shop_by_domain(conn, "a.myshopify.com")).unwrap().currency,
        Some(yen)
    );
    let missing = storage.write_blocking(|tx| shop_update_settings(tx, ShopId(99), "{}"));
    assert!(matches!(missing, Err(StorageError::NotFound)));
}

fn programs_are_numbered_from_1_in_each_shop_also_by_many_at_once(storage: &Storage) {
    let (here, there) = (tenant(storage), tenant(storage));
    let mut numbers = in_threads(4, |n| {
        write(storage, |tx| program_insert(tx, here.shop, &format!("P{n}"), at(0))).number
    });
    numbers.sort_unstable();
    assert_eq!(numbers, [2, 3, 4, 5]);
    assert_eq!(read(storage, |conn| program_list(conn, there.shop, 10)).len(), 1);
    let second = read(storage, |conn| program_by_number(conn, here.shop, 2)).unwrap();
    write(storage, |tx| program_rename(tx, here.shop, second.id, "Renamed"));
    assert_eq!(
        read(storage, |conn| program_by_id(conn, here.shop, second.id)).unwrap().name,
        "Renamed"
    );
    assert_eq!(read(storage, |conn| program_by_id(conn, there.shop, second.id)), None);
    let foreign = storage.write_blocking(|tx| program_rename(tx, there.shop, second.id, "Stolen"));
    assert!(matches!(foreign, Err(StorageError::NotFound)));
}

fn g87_the_version_in_force_is_the_one_that_began_last(storage: &Storage) {
    let Tenant { shop, program, .. } = tenant(storage);
    for (seconds, key) in [(0, "first"), (100, "second"), (50, "backdated"), (100, "corrected")] {
        write(storage, |tx| program_version_insert(tx, shop, program, at(seconds), rules(key)));
    }
    let key_at = |seconds| {
        let version = read(storage, |conn| program_version_at(conn, shop, program, at(seconds)));
        version.map(|version| version.rules.0.key)
    };
    assert_eq!(key_at(-1), None);
    assert_eq!(key_at(0).as_deref(), Some("first"));
    assert_eq!(key_at(99).as_deref(), Some("backdated"));
    assert_eq!(key_at(100).as_deref(), Some("corrected"));
    let all = read(storage, |conn| program_versions_of_shop(conn, shop, 10));
    assert_eq!(all.iter().map(|version| version.version).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

fn rules(key: &str) -> domain::program::ProgramRules {
    serde_json::from_value(serde_json::json!({ "key": key })).unwrap()
}
