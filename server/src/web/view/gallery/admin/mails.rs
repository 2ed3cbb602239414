//! Mails to affiliates.

use super::{super::*, frame};
use crate::web::view::admin::{
    Section,
    mails::{KindRow, MailPage, MailsPage, Sample},
};

pub(super) fn list() -> MailsPage {
    let row = |subject: &str, is_on: bool| KindRow {
        name: "payout_sent".to_owned(),
        subject: subject.to_owned(),
        occasion: "When a payment has arrived",
        status: if is_on { badge("On", Tone::Good) } else { badge("Off", Tone::Neutral) },
        is_own: !is_on,
    };
    MailsPage {
        frame: frame(Section::Settings),
        has_server: false,
        kinds: vec![row("River Goods has paid you 27.00 USD", true), row(HOSTILE, false)],
    }
}

pub(super) fn editor() -> MailPage {
    MailPage {
        frame: frame(Section::Settings),
        name: "payout_sent".to_owned(),
        occasion: "When a payment has arrived",
        may_be_off: true,
        is_on: true,
        subject: field("{shop} has paid you"),
        body: field("Hello {name},\n\nyou have {amount}."),
        places: vec![("{name}".to_owned(), "Anna"), ("{amount}".to_owned(), "27.00 USD")],
        sample: Some(Sample {
            subject: HOSTILE.to_owned(),
            body: format!("Hello {HOSTILE},\n\nyou have 27.00 USD."),
        }),
    }
}

pub(super) fn refused_words() -> MailPage {
    MailPage {
        subject: refused("", "This must not be empty."),
        body: refused(HOSTILE, "{ammount} is not known here; this mail has {name}, {amount}."),
        sample: None,
        ..editor()
    }
}
