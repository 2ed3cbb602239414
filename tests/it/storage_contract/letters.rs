//! A merchant's own words for mails, and what affiliates want.

use domain::letter::LetterKind;
use storage::{
    Storage,
    letters::{
        Letter, LetterChoice, letter_choice_of, letter_choice_save, letter_choice_told,
        letter_choices_due, letter_of, letter_save,
    },
};

use super::{at, on_both_databases, read, tenant, write};

on_both_databases! {
    a_merchants_words_are_kept_per_shop_and_kind,
    who_wants_a_mail_is_told_once_for_each_time,
}

fn a_merchants_words_are_kept_per_shop_and_kind(storage: &Storage) {
    let (here, there) = (tenant(storage), tenant(storage));
    let first = Letter {
        shop_id: here.shop,
        kind: LetterKind::Denied,
        subject: Some("Sorry".to_owned()),
        body: None,
        is_on: true,
    };
    let second = Letter { subject: None, is_on: false, ..first.clone() };
    for letter in [&first, &second] {
        write(storage, |tx| letter_save(tx, letter));
    }
    let of = |shop, kind| read(storage, |conn| letter_of(conn, shop, kind));
    assert_eq!(of(here.shop, LetterKind::Denied), Some(second));
    assert_eq!(of(here.shop, LetterKind::Approved), None);
    assert_eq!(of(there.shop, LetterKind::Denied), None);
}

fn who_wants_a_mail_is_told_once_for_each_time(storage: &Storage) {
    let (here, there) = (tenant(storage), tenant(storage));
    let kind = LetterKind::NewOrders;
    let choice = |tenant: &super::Tenant, is_wanted, seconds| LetterChoice {
        affiliate_id: tenant.affiliate,
        kind,
        shop_id: tenant.shop,
        is_wanted,
        told_until: at(seconds),
    };
    let (wants, refuses) = (choice(&here, true, 10), choice(&there, false, 5));
    for choice in [&wants, &refuses] {
        write(storage, |tx| letter_choice_save(tx, choice));
    }
    let due = |seconds| read(storage, |conn| letter_choices_due(conn, kind, at(seconds), 10));
    assert_eq!(due(9), []);
    assert_eq!(due(10), std::slice::from_ref(&wants));
    assert!(write(storage, |tx| letter_choice_told(tx, &wants, at(20))));
    assert!(
        !write(storage, |tx| letter_choice_told(tx, &wants, at(20))),
        "somebody else was first"
    );
    assert_eq!(due(19), []);
    let of = |shop| read(storage, |conn| letter_choice_of(conn, shop, here.affiliate, kind));
    assert_eq!(of(here.shop).map(|found| found.told_until), Some(at(20)));
    assert_eq!(of(there.shop), None);
}
