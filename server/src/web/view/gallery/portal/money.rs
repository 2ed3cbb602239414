//! What an affiliate is paid, its account, and the ways into it.

use super::*;
use crate::web::view::portal::{
    account::{AccountPage, MailChoice},
    entry::{ForgottenPage, JoinPage, Outside, PasswordPage, ToldPage},
    payouts::{PayoutRow, PayoutsPage, StatementLine, StatementPage},
};

pub(super) fn payouts() -> PayoutsPage {
    PayoutsPage {
        method: Some(format!("PayPal, {HOSTILE}")),
        rows: vec![PayoutRow {
            id: "1".to_owned(),
            at: at("1 Mar 2026"),
            status: badge("Failed", Tone::Bad),
            to: HOSTILE.to_owned(),
            amount: "16.00 USD".to_owned(),
            reason: Some("account closed".to_owned()),
        }],
        ..no_payouts()
    }
}

pub(super) fn no_payouts() -> PayoutsPage {
    PayoutsPage {
        frame: frame(Section::Payouts),
        balances: vec![pair("Payable", "0.00 USD"), pair("Pending", "9.00 USD")],
        minimum: Some("25.00 USD".to_owned()),
        method: None,
        rows: vec![],
        pager: Pager::default(),
    }
}

pub(super) fn statement() -> StatementPage {
    StatementPage {
        frame: frame(Section::Payouts),
        id: "1".to_owned(),
        facts: vec![pair("Paid to", HOSTILE), pair("Number", "po-1")],
        status: badge("Paid", Tone::Good),
        lines: vec![StatementLine {
            at: at("1 Mar 2026"),
            what: "Commission".to_owned(),
            order: "#1001".to_owned(),
            amount: "16.00 USD".to_owned(),
        }],
        total: "16.00 USD".to_owned(),
    }
}

pub(super) fn account() -> AccountPage {
    AccountPage {
        frame: frame(Section::Account),
        full_name: refused("", "Enter a name of at most 120 characters."),
        email: "anna@example.com".to_owned(),
        number: "1001".to_owned(),
        current: refused("", "This is not your present password."),
        password: refused("", "The two entries differ."),
        least: "10".to_owned(),
        payout_method: field("paypal"),
        payout_address: refused("anna", "Enter the e-mail address of the PayPal account."),
        mails: vec![MailChoice {
            name: "payout_sent".to_owned(),
            label: "A payment has arrived",
            hint: "With a link to its statement.",
            is_on: true,
        }],
    }
}

fn outside() -> Outside {
    Outside {
        base: "/portal/demo".to_owned(),
        shop_name: HOSTILE.to_owned(),
        csrf: "token".to_owned(),
    }
}

pub(super) fn join() -> JoinPage {
    JoinPage {
        outside: outside(),
        number: "1".to_owned(),
        program: HOSTILE.to_owned(),
        offer: vec!["Commission: 10% of the sale".to_owned()],
        welcome: format!("{HOSTILE}\n\nWelcome."),
        terms: HOSTILE.to_owned(),
        full_name: refused("", "Enter your name."),
        email: refused("anna", "Enter your e-mail address, such as anna@example.com."),
        introduction: field(HOSTILE),
        discloses: refused("", "Without this promise nobody can join."),
        agrees: refused("", "Without the terms nobody can join."),
    }
}

pub(super) fn forgotten() -> ForgottenPage {
    ForgottenPage { outside: outside() }
}

pub(super) fn password() -> PasswordPage {
    PasswordPage {
        outside: outside(),
        name: HOSTILE.to_owned(),
        email: "anna@example.com".to_owned(),
        least: "10".to_owned(),
        error: Some("The two entries differ.".to_owned()),
    }
}

pub(super) fn told() -> ToldPage {
    ToldPage {
        outside: outside(),
        title: "Thank you".to_owned(),
        text: "Your application has arrived.".to_owned(),
    }
}
