//! Affiliates and what is theirs: codes, coupons, products, customers.

use domain::{
    ids::{AffiliateId, ShopId, ShopifyId},
    money::Currency,
};
use storage::{
    Storage, StorageError,
    affiliates::{
        AffiliateFilter, affiliate_by_code, affiliate_by_id, affiliate_by_number, affiliate_insert,
        affiliate_page, affiliate_set_password_hash, affiliate_set_status, affiliate_update,
        affiliates_by_email, affiliates_by_ids,
    },
    bindings::{
        CustomerBinding, ProductBinding, customer_binding, customer_binding_insert_if_absent,
        product_binding_insert, product_bindings_for,
    },
    coupons::{Coupon, coupon_delete, coupon_insert, coupons_by_codes, coupons_of},
};

use super::{Tenant, affiliate_row, at, in_threads, on_both_databases, read, tenant, write};

on_both_databases! {
    affiliates_are_numbered_from_1001_and_a_code_is_given_once_per_shop,
    many_sign_ups_at_once_all_get_a_number,
    an_affiliate_changes_but_not_its_number_or_password,
    a_search_ignores_case_and_takes_wildcards_literally,
    a_coupon_belongs_to_one_affiliate_of_the_shop,
    g79_a_customer_stays_with_the_first_affiliate,
}

fn affiliates_are_numbered_from_1001_and_a_code_is_given_once_per_shop(storage: &Storage) {
    let (here, there) = (tenant(storage), tenant(storage));
    let second =
        write(storage, |tx| affiliate_insert(tx, affiliate_row(here.shop, here.program, "Bert")));
    assert_eq!(second.number, 1002);
    let taken = storage
        .write_blocking(|tx| affiliate_insert(tx, affiliate_row(here.shop, here.program, "ANNA")));
    assert!(matches!(taken, Err(StorageError::Conflict(_))));
    // The other shop has an Anna of its own, and does not see this one.
    let found = read(storage, |conn| affiliate_by_code(conn, there.shop, "anna")).unwrap();
    assert_eq!(found.id, there.affiliate);
    assert_eq!(read(storage, |conn| affiliate_by_id(conn, there.shop, second.id)), None);
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
    let mut row =
        read(storage, |conn| affiliate_by_id(conn, tenant.shop, tenant.affiliate)).unwrap();
    row.name = "Anna Neu".to_owned();
    row.payout_currency = Currency::parse("EUR").ok();
    row.payout_rate = Some("0.92".to_owned());
    row.shopify_customer_id = Some(ShopifyId(u64::MAX));
    write(storage, |tx| affiliate_update(tx, &row));
    write(storage, |tx| affiliate_set_status(tx, tenant.shop, tenant.affiliate, "blocked"));
    row.status = "blocked".to_owned();
    assert_eq!(
        read(storage, |conn| affiliate_by_id(conn, tenant.shop, tenant.affiliate)),
        Some(row)
    );
    let found =
        read(storage, |conn| affiliates_by_email(conn, tenant.shop, "fingerprint of Anna", 10));
    assert_eq!(found.len(), 1);
    let foreign = storage
        .write_blocking(|tx| affiliate_set_status(tx, ShopId(5), tenant.affiliate, "active"));
    assert!(matches!(foreign, Err(StorageError::NotFound)));
}

fn a_search_ignores_case_and_takes_wildcards_literally(storage: &Storage) {
    let tenant = tenant(storage);
    for name in ["Bert_100%", "Carla", "carlo"] {
        write(storage, |tx| affiliate_insert(tx, affiliate_row(tenant.shop, tenant.program, name)));
    }
    let search = |text: &str| {
        let filter =
            AffiliateFilter { search: Some(text.to_owned()), ..AffiliateFilter::default() };
        let page = read(storage, |conn| affiliate_page(conn, tenant.shop, &filter, None, 10));
        page.into_iter().map(|affiliate| affiliate.name).collect::<Vec<_>>()
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
    let first = read(storage, |conn| affiliate_page(conn, tenant.shop, &filter, None, 3));
    let rest =
        read(storage, |conn| affiliate_page(conn, tenant.shop, &filter, Some(first[2].number), 3));
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
        read(storage, |conn| coupons_of(conn, here.shop, here.affiliate, 10))[0].code,
        "SAVE10"
    );
    write(storage, |tx| coupon_delete(tx, here.shop, here.affiliate, "save10"));
    assert_eq!(read(storage, |conn| coupons_by_codes(conn, here.shop, &codes)), []);
    assert_eq!(read(storage, |conn| coupons_by_codes(conn, there.shop, &codes)).len(), 1);
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
        write(storage, |tx| customer_binding_insert_if_absent(tx, &binding))
    };
    assert!(bind(tenant.affiliate));
    assert!(!bind(other));
    let bound = read(storage, |conn| customer_binding(conn, tenant.shop, customer)).unwrap();
    assert_eq!(bound.affiliate_id, tenant.affiliate);
    assert_eq!(read(storage, |conn| customer_binding(conn, ShopId(5), customer)), None);

    let product =
        ProductBinding { shop_id: tenant.shop, product_id: ShopifyId(7), affiliate_id: other };
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
