//! Sessions of the portal and failed log-ins.

use domain::ids::ShopId;
use storage::{
    Storage,
    logins::{
        PortalSession, login_failure_record, login_failures_clear, login_failures_of,
        portal_session_by_token, portal_session_delete, portal_session_insert,
        portal_sessions_delete_expired, portal_sessions_delete_of,
    },
};

use super::{at, on_both_databases, read, tenant, write};

on_both_databases! {
    a_session_lasts_until_it_expires_or_is_ended,
    failed_log_ins_count_up_are_forgotten_and_cleared,
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
    assert_eq!(read(storage, |conn| portal_session_by_token(conn, "a", at(60))), None);
    write(storage, |tx| portal_session_delete(tx, "a"));
    assert_eq!(read(storage, |conn| portal_session_by_token(conn, "a", at(1))), None);
    assert_eq!(write(storage, |tx| portal_sessions_delete_expired(tx, at(59))), 0);
    write(storage, |tx| portal_sessions_delete_of(tx, ShopId(5), tenant.affiliate));
    assert!(read(storage, |conn| portal_session_by_token(conn, "b", at(1))).is_some());
    write(storage, |tx| portal_sessions_delete_of(tx, tenant.shop, tenant.affiliate));
    assert_eq!(write(storage, |tx| portal_sessions_delete_expired(tx, at(60))), 0);
}

fn failed_log_ins_count_up_are_forgotten_and_cleared(storage: &Storage) {
    let fail = |seconds| {
        write(storage, |tx| login_failure_record(tx, "1:a@b.c", at(seconds), at(seconds - 60)))
    };
    assert_eq!((fail(0), fail(10), fail(20)), (1, 2, 3));
    assert_eq!(fail(81), 1);
    assert_eq!(read(storage, |conn| login_failures_of(conn, "1:a@b.c")).unwrap().last_at, at(81));
    write(storage, |tx| login_failures_clear(tx, "1:a@b.c"));
    assert_eq!(read(storage, |conn| login_failures_of(conn, "1:a@b.c")), None);
}
