//! One affiliate.

use super::*;
use crate::web::view::admin::affiliates::{
    editor::{AffiliateEditorPage, AffiliateForm},
    import::{Found, ImportPage, LineRow},
    profile::{
        ActivityLine, AdjustForm, AffiliatePage, CodeRow, CodesCard, Decision, OrderLine,
        PayoutLine, WaitingMail,
    },
};

fn decision(status: &str, label: &str, is_harsh: bool) -> Decision {
    Decision { status: status.to_owned(), label: label.to_owned(), is_harsh }
}

fn codes() -> CodesCard {
    let row = |code: &str, status: Badge, error: Option<&str>| CodeRow {
        code: code.to_owned(),
        status,
        error: error.map(str::to_owned),
        can_take: true,
    };
    CodesCard {
        program: "1".to_owned(),
        is_set_up: true,
        problem: Some("The app lacks a permission for this.".to_owned()),
        codes: vec![
            row("ANNA10", badge("In your shop", Tone::Good), None),
            row(HOSTILE, badge("Refused", Tone::Bad), Some("This code exists already.")),
        ],
        others: vec!["VIP".to_owned()],
        field: refused("AN NA", "Enter a code without spaces and commas, such as ANNA10"),
    }
}

pub(super) fn affiliate() -> AffiliatePage {
    AffiliatePage {
        tags: vec!["newsletter".to_owned(), HOSTILE.to_owned()],
        notes: HOSTILE.to_owned(),
        introduction: format!("{HOSTILE}\nsecond line"),
        codes: codes(),
        password_link: Some("https://app.example/portal/demo/password/abc".to_owned()),
        mails: vec![WaitingMail {
            at: at("1 Mar 2026, 12:00"),
            subject: HOSTILE.to_owned(),
            text: format!("Hello {HOSTILE}"),
            error: Some("connection refused".to_owned()),
        }],
        orders: vec![OrderLine {
            id: "7".to_owned(),
            name: "#1001".to_owned(),
            at: at("1 Mar 2026, 12:00"),
            status: badge("Pending", Tone::Info),
            commission: "9.00 USD".to_owned(),
        }],
        payouts: vec![PayoutLine {
            number: "1".to_owned(),
            at: at("1 Mar 2026"),
            status: badge("Paid", Tone::Good),
            amount: "16.00 USD".to_owned(),
        }],
        held: Some(
            "3 of 10 orders were refunded. What is due is kept until you release it.".to_owned(),
        ),
        activity: vec![ActivityLine {
            at: at("1 Mar 2026, 12:00"),
            actor: "Merchant".to_owned(),
            words: format!("Coupon {HOSTILE} was given."),
        }],
        ..affiliate_blank()
    }
}

pub(super) fn affiliate_blank() -> AffiliatePage {
    AffiliatePage {
        frame: frame(Section::Affiliates),
        id: "1".to_owned(),
        name: HOSTILE.to_owned(),
        status: badge("Pending", Tone::Warning),
        decisions: vec![decision("active", "Approve", false), decision("denied", "Deny", true)],
        figures: vec![pair("Clicks", "0"), pair("Payable", "0.00 USD")],
        facts: vec![pair("E-mail", "anna@example.com"), pair("Program", HOSTILE)],
        link: "https://demo.myshopify.com/?ref=ANNA".to_owned(),
        codes: CodesCard { program: "1".to_owned(), ..CodesCard::default() },
        tags: vec![],
        notes: String::new(),
        introduction: String::new(),
        has_password: false,
        password_link: None,
        mails: vec![],
        orders: vec![],
        payouts: vec![],
        adjust: AdjustForm {
            amount: refused("lots", "Not an amount: \"lots\"."),
            currency: "USD".to_owned(),
            ..AdjustForm::default()
        },
        held: None,
        activity: vec![],
    }
}

pub(super) fn editor() -> AffiliateEditorPage {
    AffiliateEditorPage {
        frame: frame(Section::Affiliates),
        id: Some("1".to_owned()),
        currency: "USD".to_owned(),
        form: AffiliateForm {
            name: field(HOSTILE),
            email: refused("anna", "Enter an e-mail address, such as anna@example.com."),
            code: refused("a b", "A code has 1 to 64 letters, digits, '_', '.' or '-'."),
            programs: vec![choice("1", HOSTILE, true)],
            coupons: refused("VIP", "“VIP” belongs to Bob (1002)."),
            payout_method: field("paypal"),
            payout_address: refused("", "Enter the e-mail address of the PayPal account."),
            ..AffiliateForm::default()
        },
    }
}

pub(super) fn no_program() -> AffiliateEditorPage {
    let form = AffiliateForm::default();
    AffiliateEditorPage { id: None, form, ..editor() }
}

pub(super) fn import() -> ImportPage {
    ImportPage {
        frame: frame(Section::Affiliates),
        programs: vec![choice("1", HOSTILE, true)],
        table: field(""),
        found: None,
    }
}

pub(super) fn import_refused() -> ImportPage {
    let table = refused(HOSTILE, "The first line must name the columns, and one of them is Email.");
    ImportPage { table, ..import() }
}

pub(super) fn import_preview() -> ImportPage {
    let line = |number: &str, fate: Badge, mistakes: Vec<String>| LineRow {
        number: number.to_owned(),
        name: HOSTILE.to_owned(),
        email: "anna@example.com".to_owned(),
        code: "3122711".to_owned(),
        coupons: "ANNA10, ANNA20".to_owned(),
        fate,
        mistakes,
    };
    let found = Found {
        source: "UpPromote".to_owned(),
        columns: vec![("Email".to_owned(), Some("E-mail")), (HOSTILE.to_owned(), None)],
        is_done: false,
        summary: "2 can be added, 1 is here already, 1 cannot be added.".to_owned(),
        addable: 2,
        lines: vec![
            line("4", badge("Not added", Tone::Bad), vec![HOSTILE.to_owned(), "No.".to_owned()]),
            line("2", badge("New", Tone::Good), vec![]),
            line("3", badge("Here as 1001", Tone::Neutral), vec![]),
        ],
        is_cut: true,
    };
    ImportPage { table: field("email\na@example.com"), found: Some(found), ..import() }
}
