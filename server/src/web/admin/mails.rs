//! Mails to affiliates: which are sent, and in whose words. With a preview before anything is saved.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::{
    commission::FieldError,
    letter::{LetterKind, LetterWords, Place, fill, mistakes},
};
use storage::{
    StorageError,
    letters::{Letter, letter_of},
};

use crate::{
    error::AppError,
    flows::save_letter::{SaveLetterError, save_letter},
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::{badge, sentence},
        forms::Fields,
        pages::see_other,
        view::{
            admin::{
                Section,
                mails::{KindRow, MailPage, MailsPage, Sample},
            },
            form::Field,
            parts::{Notice, Tone},
        },
    },
};

/// What a form or the store says of a kind of mail.
struct Words {
    words: LetterWords,
    is_on: bool,
}

/// `GET {base}/mails`.
///
/// # Errors
/// [`AppError`].
pub async fn list(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let saved = Fields::of_query(&request).value("done") == "saved";
    let notice = saved.then(|| Notice { tone: Tone::Good, text: "Saved.".to_owned() });
    let own = shop.shop.id;
    let known = shop
        .app
        .storage
        .read(move |conn| {
            let of = |kind| Ok((kind, letter_of(conn, own, kind)?));
            LetterKind::ALL.into_iter().map(of).collect::<Result<Vec<_>, StorageError>>()
        })
        .await?;
    let page = MailsPage {
        frame: shop.frame(Section::Settings, notice),
        has_server: shop.app.settings.smtp.is_some(),
        kinds: known.into_iter().map(|(kind, known)| row(&shop, kind, known)).collect(),
    };
    shop.show(page)
}

/// `GET {base}/mails/{kind}`.
///
/// # Errors
/// [`AppError`]; not found for a kind that there is not.
pub async fn edit(shop: AdminShop, path: Path<String>) -> Result<HttpResponse, AppError> {
    let kind = kind(&path)?;
    let own = shop.shop.id;
    let known = shop.app.storage.read(move |conn| letter_of(conn, own, kind)).await?;
    let page = page(&shop, kind, stored(kind, known), &[]);
    shop.show(page)
}

/// `POST {base}/mails/{kind}`.
///
/// # Errors
/// [`AppError`]; not found for a kind that there is not.
pub async fn save(
    shop: AdminShop,
    path: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let kind = kind(&path)?;
    let is_on = sent.is_on("is_on") || !kind.may_be_off();
    let words = match sent.value("action") {
        "reset" => kind.our_words(),
        _ => LetterWords {
            subject: sent.value("subject").to_owned(),
            // Browsers send line breaks as they did in 1993.
            body: sent.exact("body").replace("\r\n", "\n"),
        },
    };
    if sent.value("action") == "preview" {
        let errors = mistakes(kind, &words);
        return shop.show(page(&shop, kind, Words { words, is_on }, &errors));
    }
    let (act, given) = (shop.act(), words.clone());
    let saved = shop.app.storage.write(move |tx| save_letter(tx, act, kind, &given, is_on)).await;
    match saved {
        Ok(()) => Ok(see_other(&format!("{ADMIN_BASE}/mails?done=saved"))),
        Err(SaveLetterError::Storage(error)) => Err(error.into()),
        Err(SaveLetterError::Refused(errors)) => {
            shop.show_refused(page(&shop, kind, Words { words, is_on }, &errors))
        }
    }
}

fn kind(path: &str) -> Result<LetterKind, AppError> {
    LetterKind::parse(path).ok_or(AppError::NotFound)
}

fn stored(kind: LetterKind, known: Option<Letter>) -> Words {
    let ours = kind.our_words();
    match known {
        None => Words { words: ours, is_on: true },
        Some(own) => Words {
            words: LetterWords {
                subject: own.subject.unwrap_or(ours.subject),
                body: own.body.unwrap_or(ours.body),
            },
            is_on: own.is_on,
        },
    }
}

fn row(shop: &AdminShop, kind: LetterKind, known: Option<Letter>) -> KindRow {
    let is_own = known.as_ref().is_some_and(|own| own.subject.is_some() || own.body.is_some());
    let Words { words, is_on } = stored(kind, known);
    KindRow {
        name: kind.as_str().to_owned(),
        subject: sample(shop, kind, &words).subject,
        occasion: occasion(kind),
        status: if is_on { badge("On", Tone::Good) } else { badge("Off", Tone::Neutral) },
        is_own,
    }
}

fn page(shop: &AdminShop, kind: LetterKind, of: Words, errors: &[FieldError]) -> MailPage {
    let field = |name: &str, value: &str| Field {
        value: value.to_owned(),
        error: errors.iter().find(|one| one.field == name).map(|one| sentence(&one.message)),
        warning: None,
    };
    let in_braces = |place: &Place| (format!("{{{}}}", place.as_str()), place.sample());
    MailPage {
        frame: shop.frame(Section::Settings, None),
        name: kind.as_str().to_owned(),
        occasion: occasion(kind),
        may_be_off: kind.may_be_off(),
        is_on: of.is_on,
        subject: field("subject", &of.words.subject),
        body: field("body", &of.words.body),
        places: kind.places().iter().map(in_braces).collect(),
        sample: errors.is_empty().then(|| sample(shop, kind, &of.words)),
    }
}

fn sample(shop: &AdminShop, kind: LetterKind, words: &LetterWords) -> Sample {
    let value = |place: &Place| match place {
        Place::Shop => (*place, shop.shop.name.clone()),
        _ => (*place, place.sample().to_owned()),
    };
    let values: Vec<(Place, String)> = kind.places().iter().map(value).collect();
    let LetterWords { subject, body } = fill(words, &values);
    Sample { subject, body }
}

const fn occasion(kind: LetterKind) -> &'static str {
    match kind {
        LetterKind::ApplicationReceived => "When somebody has applied and waits",
        LetterKind::Invitation => "When an account is opened or approved without a password yet",
        LetterKind::Approved => "When somebody with a password is approved",
        LetterKind::Denied => "When an application is denied",
        LetterKind::Password => "When somebody has forgotten the password",
        LetterKind::NewOrders => "Of new orders, to those who asked for it, once an hour",
        LetterKind::PayoutSent => "When a payment has arrived",
        LetterKind::PayoutFailed => "When a payment has failed",
    }
}
