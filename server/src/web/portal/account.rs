//! The affiliate's account.

use actix_web::{HttpRequest, HttpResponse, web::Bytes};
use domain::{ids::AffiliateId, letter::LetterKind};
use storage::{
    DbConn, StorageError,
    letters::letter_choice_of,
    logins::{PortalSession, portal_session_insert},
    profiles::profile_of,
    shops::Shop,
};

use super::entry::refusal_words;
use crate::{
    error::AppError,
    flows::{
        change_account::{change_name, change_payout, choose_mails},
        log_in::{SESSION_DAYS, hash_password, is_own_password},
        password_links::{PASSWORD_MIN, replace_password, weakness},
        save_affiliate::SaveAffiliateError,
        write_letter::words_of,
    },
    secrets::token_hash,
    web::{
        auth::PortalAffiliate,
        display::sentence,
        forms::Fields,
        pages::see_other,
        view::{
            form::Field,
            parts::{Notice, Tone},
            portal::{
                Section,
                account::{AccountPage, MailChoice},
            },
        },
    },
};

/// `GET {base}/account`.
///
/// # Errors
/// [`AppError`].
pub async fn page(who: PortalAffiliate, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let done = Fields::of_query(&request).value("done") == "saved";
    let notice = done.then(|| Notice { tone: Tone::Good, text: "Saved.".to_owned() });
    let page = stored(&who, notice).await?;
    who.show(page)
}

/// `POST {base}/account`; `part` says which form.
///
/// # Errors
/// [`AppError`].
pub async fn save(
    who: PortalAffiliate,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = who.form(&request, &body)?;
    let refused = match sent.value("part") {
        "payout" => save_payout(&who, &sent).await?,
        "password" => save_password(&who, &sent).await?,
        "mails" => save_mails(&who, &sent).await?,
        _ => save_profile(&who, &sent).await?,
    };
    match refused {
        None => Ok(see_other(&format!("{}/account?done=saved", who.base()))),
        Some(page) => who.show_refused(page),
    }
}

async fn save_profile(
    who: &PortalAffiliate,
    sent: &Fields,
) -> Result<Option<AccountPage>, AppError> {
    let (act, id, name) = (who.act(), who.affiliate.id, sent.value("name").to_owned());
    let saved = who.app.storage.write(move |tx| change_name(tx, act, id, &name)).await;
    refused_page(who, saved, |page| page.full_name = field(sent.value("name"))).await
}

async fn save_payout(
    who: &PortalAffiliate,
    sent: &Fields,
) -> Result<Option<AccountPage>, AppError> {
    let (act, id) = (who.act(), who.affiliate.id);
    let (method, address) =
        (sent.value("payout_method").to_owned(), sent.value("payout_address").to_owned());
    let saved =
        who.app.storage.write(move |tx| change_payout(tx, act, id, &method, &address)).await;
    let keep = |page: &mut AccountPage| {
        page.payout_method = field(sent.value("payout_method"));
        page.payout_address = field(sent.value("payout_address"));
    };
    refused_page(who, saved, keep).await
}

async fn save_mails(who: &PortalAffiliate, sent: &Fields) -> Result<Option<AccountPage>, AppError> {
    let (act, id) = (who.act(), who.affiliate.id);
    let shown = who.app.storage.read({
        let (shop, affiliate) = (who.shop.clone(), id);
        move |conn| mails(conn, &shop, affiliate)
    });
    // What the page does not offer is not meant by its absence.
    let wanted: Vec<(LetterKind, bool)> = shown
        .await?
        .iter()
        .filter_map(|one| Some((LetterKind::parse(&one.name)?, sent.is_on(&one.name))))
        .collect();
    who.app.storage.write(move |tx| choose_mails(tx, act, id, &wanted)).await?;
    Ok(None)
}

/// The page with what was typed and what is wrong with it; none when it was saved.
async fn refused_page(
    who: &PortalAffiliate,
    saved: Result<(), SaveAffiliateError>,
    keep: impl FnOnce(&mut AccountPage),
) -> Result<Option<AccountPage>, AppError> {
    let errors = match saved {
        Ok(()) => return Ok(None),
        Err(SaveAffiliateError::Storage(error)) => return Err(error.into()),
        Err(SaveAffiliateError::Refused(errors)) => errors,
    };
    let mut page = stored(who, None).await?;
    keep(&mut page);
    for error in errors {
        let slot = match error.field.as_str() {
            "payout_method" => &mut page.payout_method,
            "payout_address" => &mut page.payout_address,
            _ => &mut page.full_name,
        };
        slot.error = Some(sentence(&error.message));
    }
    Ok(Some(page))
}

async fn save_password(
    who: &PortalAffiliate,
    sent: &Fields,
) -> Result<Option<AccountPage>, AppError> {
    let (new, repeated) = (sent.exact("password"), sent.exact("repeated"));
    let is_right = is_own_password(&who.app, &who.affiliate, sent.exact("current")).await?;
    let weak = weakness(new, repeated, &who.affiliate.email);
    if !is_right || weak.is_some() {
        let mut page = stored(who, None).await?;
        if !is_right {
            page.current.error = Some("This is not your present password.".to_owned());
        }
        page.password.error = weak.map(refusal_words);
        return Ok(Some(page));
    }
    let hash = hash_password(new.to_owned()).await?;
    let (act, affiliate, token) = (who.act(), who.affiliate.clone(), token_hash(who.token()));
    who.app
        .storage
        .write::<_, StorageError, _>(move |tx| {
            replace_password(tx, act, &affiliate, hash.clone())?;
            // This browser stays logged in.
            let session = PortalSession {
                token_hash: token.clone(),
                shop_id: act.shop,
                affiliate_id: affiliate.id,
                created_at: act.now,
                expires_at: act.now.plus_days(SESSION_DAYS),
            };
            portal_session_insert(tx, &session)
        })
        .await?;
    Ok(None)
}

async fn stored(who: &PortalAffiliate, notice: Option<Notice>) -> Result<AccountPage, AppError> {
    let (shop, id) = (who.shop.id, who.affiliate.id);
    let own = who.shop.clone();
    let (profile, mails) = who
        .app
        .storage
        .read(move |conn| {
            Ok::<_, StorageError>((profile_of(conn, shop, id)?, mails(conn, &own, id)?))
        })
        .await?;
    let known = profile.as_ref();
    Ok(AccountPage {
        frame: who.frame(Section::Account, notice),
        full_name: field(&who.affiliate.name),
        email: who.affiliate.email.clone(),
        number: who.affiliate.number.to_string(),
        current: Field::default(),
        password: Field::default(),
        least: PASSWORD_MIN.to_string(),
        payout_method: field(
            known.and_then(|one| one.payout_method.as_deref()).unwrap_or_default(),
        ),
        payout_address: field(known.map_or("", |one| one.payout_address.as_str())),
        mails,
    })
}

/// The mails that an affiliate may choose, without those that the merchant has switched off.
fn mails(
    conn: &mut DbConn,
    shop: &Shop,
    affiliate: AffiliateId,
) -> Result<Vec<MailChoice>, StorageError> {
    let mut found = Vec::new();
    for kind in LetterKind::ALL {
        let Some(unasked) = kind.is_wanted_unasked() else { continue };
        if words_of(conn, shop, kind)?.is_none() {
            continue;
        }
        let said = letter_choice_of(conn, shop.id, affiliate, kind)?;
        let (label, hint) = match kind {
            LetterKind::NewOrders => ("New orders", "At most one mail an hour, with their sum."),
            _ => ("A payment has arrived", "With a link to its statement."),
        };
        found.push(MailChoice {
            name: kind.as_str().to_owned(),
            label,
            hint,
            is_on: said.map_or(unasked, |choice| choice.is_wanted),
        });
    }
    Ok(found)
}

fn field(value: &str) -> Field {
    Field { value: value.to_owned(), ..Field::default() }
}
