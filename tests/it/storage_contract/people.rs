//! What the pages know of affiliates, their mails and links, and the record of what was done.

use domain::{
    ids::{ActivityId, MailId},
    money::Currency,
    payout::PayoutMethod,
};
use storage::{
    Storage,
    activity::{Activity, Subject, activity_append, activity_page},
    logins::{
        PasswordLink, password_link_by_token, password_link_insert, password_links_delete_of,
    },
    mail::{
        Mail, MailState, mail_claim, mail_failed, mail_insert, mail_is_due, mail_sent, mails_of,
    },
    payouts::{PayoutTemplate, payout_template_of, payout_template_save},
    profiles::{Profile, profile_of, profile_save, profiles_of},
    signups::{Signup, signup_of, signup_save},
};

use super::{Tenant, at, in_threads, on_both_databases, read, tenant, write};

on_both_databases! {
    a_profile_is_of_one_affiliate_and_is_replaced_whole,
    a_sign_up_page_is_closed_until_it_is_opened,
    a_password_link_works_until_its_end_and_in_its_own_shop,
    a_mail_is_claimed_by_one_process_and_comes_back_after_its_lease,
    what_became_of_a_mail_is_said_by_who_has_it_and_an_acceptance_always_counts,
    a_mail_that_is_given_up_keeps_its_text,
    the_record_is_read_by_shop_and_by_thing,
    a_form_of_a_payment_service_is_kept_per_currency,
}

fn a_profile_is_of_one_affiliate_and_is_replaced_whole(storage: &Storage) {
    let (here, there) = (tenant(storage), tenant(storage));
    assert_eq!(read(storage, |conn| profile_of(conn, here.shop, here.affiliate)), None);
    let first = Profile {
        payout_method: Some("paypal".to_owned()),
        payout_address: "anna@example.com".to_owned(),
        disclosed_at: Some(at(1)),
        ..Profile::blank(here.shop, here.affiliate, at(0))
    };
    let second = Profile { notes: "A note".to_owned(), updated_at: at(2), ..first.clone() };
    for profile in [&first, &second] {
        write(storage, |tx| profile_save(tx, profile));
    }
    let found = read(storage, |conn| profile_of(conn, here.shop, here.affiliate));
    assert_eq!(found, Some(second.clone()));
    assert_eq!(read(storage, |conn| profile_of(conn, there.shop, here.affiliate)), None);
    let ids = [here.affiliate, there.affiliate];
    let found = read(storage, |conn| profiles_of(conn, here.shop, &ids));
    assert_eq!(found.into_values().collect::<Vec<_>>(), [second]);
}

fn a_sign_up_page_is_closed_until_it_is_opened(storage: &Storage) {
    let (here, there) = (tenant(storage), tenant(storage));
    assert!(!read(storage, |conn| signup_of(conn, here.shop, here.program)).is_open);
    let open = Signup {
        is_open: true,
        terms: "Be kind.".to_owned(),
        ..Signup::closed(here.shop, here.program)
    };
    write(storage, |tx| signup_save(tx, &open));
    assert_eq!(read(storage, |conn| signup_of(conn, here.shop, here.program)), open);
    assert!(!read(storage, |conn| signup_of(conn, there.shop, here.program)).is_open);
}

fn a_password_link_works_until_its_end_and_in_its_own_shop(storage: &Storage) {
    let (here, there) = (tenant(storage), tenant(storage));
    let link = |hash: &str| PasswordLink {
        token_hash: hash.to_owned(),
        shop_id: here.shop,
        affiliate_id: here.affiliate,
        created_at: at(0),
        expires_at: at(60),
    };
    for hash in ["a", "b"] {
        write(storage, |tx| password_link_insert(tx, &link(hash)));
    }
    let works = |shop, hash: &str, now| {
        read(storage, |conn| password_link_by_token(conn, shop, hash, now)).is_some()
    };
    assert!(works(here.shop, "a", at(59)) && works(here.shop, "b", at(0)));
    assert!(!works(here.shop, "a", at(60)), "it has ended");
    assert!(!works(there.shop, "a", at(0)), "another shop's");
    write(storage, |tx| password_links_delete_of(tx, there.shop, here.affiliate));
    assert!(works(here.shop, "a", at(0)), "the other shop took nothing away");
    write(storage, |tx| password_links_delete_of(tx, here.shop, here.affiliate));
    assert!(!works(here.shop, "a", at(0)) && !works(here.shop, "b", at(0)));
}

fn mail(tenant: Tenant, id: i64) -> Mail {
    Mail {
        id: MailId(id),
        shop_id: tenant.shop,
        affiliate_id: Some(tenant.affiliate),
        kind: "invitation".to_owned(),
        recipient: "anna@example.com".to_owned(),
        subject: "Hello".to_owned(),
        body: vec![1, 2, 3],
        state: MailState::Due,
        attempts: 0,
        run_at: at(0),
        error: None,
        created_at: at(0),
        finished_at: None,
    }
}

fn a_mail_is_claimed_by_one_process_and_comes_back_after_its_lease(storage: &Storage) {
    let tenant = tenant(storage);
    write(storage, |tx| {
        for _ in 0..20 {
            let id = tx.next_id(at(0));
            mail_insert(tx, &mail(tenant, id))?;
        }
        Ok(())
    });
    let claim_all = |now, lease_until| {
        let claim = || write(storage, |tx| mail_claim(tx, now, lease_until));
        std::iter::from_fn(claim).collect::<Vec<Mail>>()
    };
    assert!(read(storage, |conn| mail_is_due(conn, at(1))));
    let claimed = in_threads(4, |_| claim_all(at(1), at(100)));
    let mut all: Vec<Mail> = claimed.into_iter().flatten().collect();
    all.sort_unstable_by_key(|mail| mail.id);
    let count = all.len();
    all.dedup_by_key(|mail| mail.id);
    assert_eq!((count, all.len()), (20, 20), "each was taken once");
    assert!(claim_all(at(99), at(200)).is_empty(), "leased");
    assert!(!read(storage, |conn| mail_is_due(conn, at(99))));
    let again = claim_all(at(100), at(200));
    assert_eq!(again.iter().map(|mail| mail.attempts).collect::<Vec<_>>(), vec![2; 20]);
}

fn what_became_of_a_mail_is_said_by_who_has_it_and_an_acceptance_always_counts(storage: &Storage) {
    let tenant = tenant(storage);
    let id = write(storage, |tx| {
        let id = tx.next_id(at(0));
        mail_insert(tx, &mail(tenant, id))?;
        Ok(MailId(id))
    });
    let known = || {
        let all = read(storage, |conn| mails_of(conn, tenant.shop, tenant.affiliate, 50));
        all.into_iter().find(|mail| mail.id == id).unwrap()
    };
    let claim = |now, until| write(storage, |tx| mail_claim(tx, now, until)).unwrap();
    let first = claim(at(1), at(100));
    write(storage, |tx| mail_failed(tx, &first, "busy", Some(at(150)), at(2)));
    assert_eq!((known().state, known().run_at), (MailState::Due, at(150)));
    assert_eq!(known().error.as_deref(), Some("busy"));

    let slow = claim(at(150), at(200));
    let second = claim(at(200), at(300));
    write(storage, |tx| mail_failed(tx, &slow, "too late", Some(at(201)), at(210)));
    write(storage, |tx| mail_failed(tx, &slow, "too late", None, at(210)));
    assert_eq!((known().state, known().run_at), (MailState::Due, at(300)), "it is another's now");
    write(storage, |tx| mail_sent(tx, &slow, at(220)));
    assert_eq!((known().state, known().body.len()), (MailState::Sent, 0), "it did go out; emptied");
    write(storage, |tx| mail_failed(tx, &second, "no", None, at(230)));
    assert_eq!((known().state, known().finished_at), (MailState::Sent, Some(at(220))));
    assert!(write(storage, |tx| mail_claim(tx, at(900), at(999))).is_none());
}

fn a_mail_that_is_given_up_keeps_its_text(storage: &Storage) {
    let tenant = tenant(storage);
    let claimed = write(storage, |tx| {
        let id = tx.next_id(at(0));
        mail_insert(tx, &mail(tenant, id))?;
        mail_claim(tx, at(1), at(100))
    });
    write(storage, |tx| mail_failed(tx, claimed.as_ref().unwrap(), "no", None, at(2)));
    let known = read(storage, |conn| mails_of(conn, tenant.shop, tenant.affiliate, 50)).remove(0);
    assert_eq!((known.state, known.body.len()), (MailState::Failed, 3));
    assert!(write(storage, |tx| mail_claim(tx, at(900), at(999))).is_none());
}

fn the_record_is_read_by_shop_and_by_thing(storage: &Storage) {
    let (here, there) = (tenant(storage), tenant(storage));
    let line = |tenant: Tenant, subject, id: i64, words: &str| {
        write(storage, |tx| {
            let line = Activity {
                id: ActivityId(tx.next_id(at(0))),
                shop_id: tenant.shop,
                at: at(0),
                actor: "Merchant".to_owned(),
                subject,
                subject_id: id,
                words: words.to_owned(),
            };
            activity_append(tx, &[line])
        });
    };
    line(here, Subject::Program, 1, "one");
    line(here, Subject::Payout, 1, "two");
    line(there, Subject::Program, 1, "three");
    line(here, Subject::Program, 1, "four");
    let words = |about, before, limit| {
        let page = read(storage, |conn| activity_page(conn, here.shop, about, before, limit));
        page.into_iter().map(|line| (line.id, line.words)).collect::<Vec<_>>()
    };
    let all = words(None, None, 10);
    assert_eq!(
        all.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(),
        ["four", "two", "one"]
    );
    let program = words(Some((Subject::Program, 1)), None, 10);
    assert_eq!(program.len(), 2);
    assert_eq!(words(None, Some(all[0].0), 1)[0].1, "two");
}

fn a_form_of_a_payment_service_is_kept_per_currency(storage: &Storage) {
    let (here, there) = (tenant(storage), tenant(storage));
    let euro = Currency::parse("EUR").unwrap();
    let form = |header: &str| PayoutTemplate {
        shop_id: here.shop,
        method: PayoutMethod::Wise,
        currency: euro,
        header: header.to_owned(),
        uploaded_at: at(0),
    };
    for header in ["name,amount", "amount,name"] {
        write(storage, |tx| payout_template_save(tx, &form(header)));
    }
    let of = |shop, currency| {
        read(storage, |conn| payout_template_of(conn, shop, PayoutMethod::Wise, currency))
    };
    assert_eq!(of(here.shop, euro).map(|form| form.header).as_deref(), Some("amount,name"));
    assert_eq!(of(here.shop, Currency::USD), None);
    assert_eq!(of(there.shop, euro), None);
}
