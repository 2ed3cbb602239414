//! The secrets that an owner's postbacks are signed with (N8): shown on request, changed without a
//! gap. Showing is a POST, so that no address and no history opens them.

use actix_web::{HttpRequest, HttpResponse, web::Bytes};
use domain::postback::Rendered;
use storage::{WriteTx, activity::Subject, postbacks::Owner};

use super::desk::{Around, Desk, Section};
use crate::{
    error::AppError,
    flows::{
        record_activity::Act,
        sign_request::{
            SECRETS_MAX, SIGNATURE_HEADER, SigningError, SigningKeys, add_secret, retire_secret,
            reveal, secrets_of,
        },
    },
    web::{
        display::sentence,
        forms::Fields,
        pages::see_other,
        view::{
            parts::{Notice, Tone},
            postbacks::signing::{Secret, Signing},
        },
    },
};

/// `GET {postbacks}/signing`.
///
/// # Errors
/// [`AppError`].
pub async fn page(desk: Desk, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let text = match Fields::of_query(&request).value("done") {
        "made" => Some("Made. From now on every call carries a signature by each secret."),
        "retired" => Some("Retired. Nothing is signed with it any more."),
        _ => None,
    };
    let notice = text.map(|text| Notice { tone: Tone::Good, text: text.to_owned() });
    let signing = signing(&desk, None, None).await?;
    desk.show(Around::new("Signatures", Section::Postbacks).with(notice), signing)
}

/// `POST {postbacks}/signing`: a further secret.
///
/// # Errors
/// [`AppError`].
pub async fn add(desk: Desk, request: HttpRequest, body: Bytes) -> Result<HttpResponse, AppError> {
    desk.form(&request, &body)?;
    let (act, owner, key) = (desk.act(), desk.owner, desk.app.master_key.clone());
    let added = desk
        .app
        .storage
        .write(move |tx| {
            add_secret(tx, &key, act.shop, owner, act.now)?;
            note(tx, act, owner, "A signing secret of postbacks was made.")
        })
        .await;
    answer(&desk, added, "made").await
}

/// `POST {postbacks}/signing/{secret}/retire`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's.
pub async fn retire(
    desk: Desk,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    desk.form(&request, &body)?;
    let (act, owner, id) = (desk.act(), desk.owner, secret_in(&request)?);
    let retired = desk
        .app
        .storage
        .write(move |tx| {
            retire_secret(tx, act.shop, owner, id)?;
            note(tx, act, owner, "A signing secret of postbacks was retired.")
        })
        .await;
    answer(&desk, retired, "retired").await
}

/// `POST {postbacks}/signing/{secret}/show`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's.
pub async fn show(desk: Desk, request: HttpRequest, body: Bytes) -> Result<HttpResponse, AppError> {
    desk.form(&request, &body)?;
    let id = secret_in(&request)?;
    let signing = signing(&desk, Some(id), None).await?;
    if signing.secrets.iter().all(|secret| secret.shown.is_none()) {
        return Err(AppError::NotFound);
    }
    desk.show(Around::new("Signatures", Section::Postbacks), signing)
}

async fn answer(
    desk: &Desk,
    outcome: Result<(), SigningError>,
    done: &str,
) -> Result<HttpResponse, AppError> {
    match outcome {
        Ok(()) => Ok(see_other(&format!("{}/signing?done={done}", desk.place().postbacks))),
        Err(error @ (SigningError::TooMany | SigningError::LastOne)) => {
            let signing = signing(desk, None, Some(sentence(&error.to_string()))).await?;
            desk.show_refused(Around::new("Signatures", Section::Postbacks), signing)
        }
        Err(SigningError::Storage(error)) => Err(error.into()),
        Err(SigningError::Secret(error)) => Err(AppError::Internal(error.into())),
    }
}

async fn signing(
    desk: &Desk,
    shown: Option<i64>,
    error: Option<String>,
) -> Result<Signing, AppError> {
    let (shop, owner) = (desk.shop.id, desk.owner);
    let live = desk.app.storage.read(move |conn| secrets_of(conn, shop, owner)).await?;
    let mut secrets = Vec::new();
    for row in &live {
        let plain = match shown == Some(row.id) {
            true => Some(
                reveal(&desk.app.master_key, row)
                    .map_err(|error| AppError::Internal(error.into()))?,
            ),
            false => None,
        };
        secrets.push(Secret {
            id: row.id.to_string(),
            created: desk.zone.moment(row.created_at),
            shown: plain,
            is_only: live.len() == 1,
        });
    }
    let addresses = &desk.app.settings.postback_sender_addresses;
    Ok(Signing {
        place: desk.place(),
        can_add: live.len() < SECRETS_MAX,
        addresses: addresses.iter().map(ToString::to_string).collect(),
        example: example(desk),
        secrets,
        error,
    })
}

/// The header as it looks, made with a secret that is nobody's.
fn example(desk: &Desk) -> String {
    let request = Rendered {
        method: "GET",
        url: "https://trk.example.com/postback?cid=w5fj2k3l4m9q".to_owned(),
        headers: Vec::new(),
        body: None,
        flags: Vec::new(),
    };
    let value = SigningKeys::of(&["an example"]).sign(&request, desk.app.clock.now());
    format!("{SIGNATURE_HEADER}: {}", value.unwrap_or_default())
}

/// In the record of whose secret it is.
fn note(
    tx: &mut WriteTx<'_>,
    act: Act,
    owner: Owner,
    words: &'static str,
) -> Result<(), SigningError> {
    let (subject, id) = match owner {
        Owner::Merchant => (Subject::Shop, act.shop.0),
        Owner::Affiliate(id) => (Subject::Affiliate, id.0),
    };
    Ok(act.note(tx, subject, id, words)?)
}

fn secret_in(request: &HttpRequest) -> Result<i64, AppError> {
    let text = request.match_info().get("secret").ok_or(AppError::NotFound)?;
    text.parse().map_err(|_no_number| AppError::NotFound)
}
