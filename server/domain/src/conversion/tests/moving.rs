//! Review, approval and payout; and which moves are wrong.

use super::*;

fn fraud() -> Reason {
    Reason::Fraud("velocity".to_owned())
}

#[test]
fn a_rejected_conversion_stays_rejected_whatever_follows() {
    let mut book = Book::of_r();
    book.review(&ReviewAction::Reject(fraud()));
    assert_eq!(book.standing(), "rejected/fraud:velocity");
    assert_eq!(book.written()[1], "reversal -900 fraud:velocity");
    assert_eq!(book.told()[1], "status_change rejected (reversal)");
    assert_eq!(book.occurrences[1].delta_commission_minor, -900);
    book.picture(&r().line(3, 1, "20.00").at(day(1))).refund(one_a(7)).refund(all_of_r(8));
    assert_eq!(book.amounts(), [900, -900]);
    assert_eq!(book.standing(), "rejected/fraud:velocity");
}

#[test]
fn rejecting_what_is_not_booked_writes_nothing() {
    let mut book = Book::new(plain());
    book.picture(&unpaid_r()).review(&ReviewAction::Reject(fraud()));
    assert!(book.entries.is_empty() && book.occurrences.is_empty());
    book.picture(&r().at(day(1)));
    assert_eq!(book.standing(), "rejected/fraud:velocity");
}

#[test]
fn an_approved_conversion_can_be_rejected() {
    let mut book = Book::of_r();
    book.approve().review(&ReviewAction::Reject(Reason::BreachOfTerms));
    assert_eq!(book.amounts(), [900, -900]);
    assert_eq!(
        book.told(),
        ["conversion pending", "status_change approved", "status_change rejected (reversal)"]
    );
}

#[test]
fn a_reopened_conversion_is_settled_as_if_it_had_not_been_rejected() {
    let mut book = Book::of_r();
    book.review(&ReviewAction::Reject(fraud())).refund(one_a(7));
    book.review(&ReviewAction::Reopen);
    assert_eq!((book.amounts(), book.standing()), (vec![900, -900], "recorded".to_owned()));
    book.settle();
    assert_eq!(book.standing(), "pending");
    assert_eq!(book.written().last().unwrap(), "adjustment 630");
    assert!(book.told().last().unwrap().ends_with("pending (reversal)"));
}

#[test]
fn holding_keeps_the_entry_and_follows_the_order() {
    let mut book = Book::of_r();
    book.review(&ReviewAction::Hold(fraud()));
    assert_eq!(book.standing(), "on_hold/fraud:velocity");
    assert_eq!(book.told()[1], "status_change on_hold");
    assert_eq!(
        approve(book.conversion(), day(99)).unwrap_err().to_string(),
        "a conversion that is on_hold cannot be approved"
    );
    book.refund(one_a(7));
    assert_eq!(
        (book.standing(), book.amounts()),
        ("on_hold/fraud:velocity".into(), vec![900, -270])
    );
    book.review(&ReviewAction::Release);
    assert_eq!((book.standing(), book.conversion().approve_at), ("pending".into(), Some(day(30))));
    assert_eq!(book.told().last().unwrap(), "status_change pending");
}

#[test]
fn what_was_approved_is_the_most_that_counts_also_on_hold_and_after_it() {
    let mut book = Book::of_r();
    book.approve().picture(&r().line(3, 1, "20.00").at(day(1)));
    for action in [ReviewAction::Hold(fraud()), ReviewAction::Release] {
        book.review(&action);
        let before = book.conversion().clone();
        assert_eq!(before.memory.withheld_increase_minor, 200);
        book.settle();
        assert_eq!(book.conversion(), &before, "settling again changes nothing");
    }
    assert_eq!(book.amounts(), [900]);
}

#[test]
fn a_person_can_approve_before_the_hold_ends() {
    let mut book = Book::of_r();
    book.review(&ReviewAction::Hold(fraud())).review(&ReviewAction::Approve);
    assert_eq!(book.standing(), "approved");
    assert_eq!(book.conversion().memory.approved_minor, Some(900));
}

#[test]
fn a_payout_is_told_as_one() {
    let mut book = Book::of_r();
    book.approve().pay();
    assert_eq!(book.standing(), "paid");
    assert_eq!(book.told().last().unwrap(), "payout+status_change paid");
    assert_eq!(book.amounts(), [900]);
}

#[test]
fn a_conversion_that_was_never_told_moves_silently() {
    let mut book = Book::new(plain());
    book.picture(&order_of("USD", "30.00").discount(A, "30.00")).approve().pay();
    assert!(book.occurrences.is_empty());
}

#[test]
fn wrong_moves_are_refused() {
    let at = |status| Conversion { status, ..Book::of_r().conversion().clone() };
    let actions = [
        ReviewAction::Approve,
        ReviewAction::Reject(fraud()),
        ReviewAction::Hold(fraud()),
        ReviewAction::Release,
        ReviewAction::AcceptIncrease,
        ReviewAction::Reopen,
    ];
    // Which of the actions, approval by time and payment each status allows.
    let allowed = [
        (ConversionStatus::Recorded, "01000000"),
        (ConversionStatus::Pending, "11100010"),
        (ConversionStatus::Approved, "01100001"),
        (ConversionStatus::Payable, "01000001"),
        (ConversionStatus::Paid, "00000000"),
        (ConversionStatus::Rejected, "01000000"),
        (ConversionStatus::OnHold, "11010000"),
        (ConversionStatus::Reversed, "00000000"),
    ];
    for (status, expected) in allowed {
        let conversion = at(status);
        let mut found: Vec<bool> =
            actions.iter().map(|action| review(&conversion, action).is_ok()).collect();
        found.push(approve(&conversion, day(30)).is_ok());
        found.push(pay(&conversion).is_ok());
        let found: String = found.iter().map(|ok| if *ok { '1' } else { '0' }).collect();
        assert_eq!(found, expected, "{status:?}");
    }
}

#[test]
fn a_rejection_by_a_person_cannot_be_repeated() {
    let mut book = Book::of_r();
    book.review(&ReviewAction::Reject(fraud()));
    assert!(review(book.conversion(), &ReviewAction::Reject(fraud())).is_err());
}

#[test]
fn statuses_read_back_from_their_names() {
    for status in ConversionStatus::ALL {
        assert_eq!(ConversionStatus::parse(status.as_str()), Some(status));
    }
    assert_eq!(ConversionStatus::parse("done"), None);
}

#[test]
fn a_conversion_reads_back_from_its_stored_form() {
    let mut book = Book::of_r();
    book.approve().refund(one_a(7));
    let json = serde_json::to_string(book.conversion()).unwrap();
    assert_eq!(&serde_json::from_str::<Conversion>(&json).unwrap(), book.conversion());
    assert_eq!(serde_json::from_str::<Memory>("{}").unwrap(), Memory::default());
}
