//! The form of one pixel: enter, change, test, remove. The stored token never comes back to a page.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::{
    ids::PixelId,
    pixel::{
        Manner, PixelChoice, PixelEvent, PixelNumber, PurchaseValue,
        hit::Hit,
        server_event::{EventDetails, Signals},
    },
    time::{UtcTime, readable_millis},
};
use storage::{StorageError, pixels::Pixel};

use super::owner_of;
use crate::{
    delivery::{http::Outcome, pixel_sender},
    error::AppError,
    flows::{
        prepare_pixel_event::{EventRequest, may_test, test_request},
        save_pixel::{
            PixelDraft, PixelError, add_pixel, change_pixel, own_pixel, remove_pixel, stored_token,
        },
    },
    web::{
        auth::PortalAffiliate,
        display::{badge, sentence, sentence_start},
        forms::Fields,
        pages::see_other,
        view::{
            form::{Field, Picks},
            parts::{Notice, Tone},
            portal::{
                Section,
                pixels::{PixelForm, PixelPage, ShopRules, TestOutcome},
            },
        },
    },
};

/// `GET {base}/pixels/new`.
///
/// # Errors
/// [`AppError`]; not found while pixels are off (U10).
pub async fn new(who: PortalAffiliate) -> Result<HttpResponse, AppError> {
    who.needs_pixels()?;
    let form = form_of(&PixelChoice::default(), true, None, false);
    std::future::ready(who.show(page(&who, None, form, None))).await
}

/// `POST {base}/pixels/new`.
///
/// # Errors
/// [`AppError`].
pub async fn create(
    who: PortalAffiliate,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    who.needs_pixels()?;
    let fields = who.form(&request, &body)?;
    let draft = draft_of(&fields);
    let (owner, key, now) = (owner_of(&who), who.app.master_key.clone(), who.app.clock.now());
    let rules = who.settings.pixels.clone();
    let saving = draft.clone();
    let saved =
        who.app.storage.write(move |tx| add_pixel(tx, &key, &rules, owner, &saving, now)).await;
    match saved {
        Ok(_) => Ok(see_other(&format!("{}/pixels?done=saved", who.base()))),
        Err(error) => refused(&who, None, &draft, false, error),
    }
}

/// `GET {base}/pixels/{id}`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's.
pub async fn edit(
    who: PortalAffiliate,
    path: Path<(String, i64)>,
) -> Result<HttpResponse, AppError> {
    let pixel = own(&who, PixelId(path.into_inner().1)).await?;
    who.show(stored_page(&who, &pixel, None))
}

/// `POST {base}/pixels/{id}`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's.
pub async fn update(
    who: PortalAffiliate,
    path: Path<(String, i64)>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let fields = who.form(&request, &body)?;
    let pixel = own(&who, PixelId(path.into_inner().1)).await?;
    let draft = PixelDraft { number: pixel.number.clone(), ..draft_of(&fields) };
    let (owner, key, now) = (owner_of(&who), who.app.master_key.clone(), who.app.clock.now());
    let (id, saving) = (pixel.id, draft.clone());
    let saved =
        who.app.storage.write(move |tx| change_pixel(tx, &key, owner, id, &saving, now)).await;
    match saved {
        Ok(()) => Ok(see_other(&format!("{}/pixels?done=saved", who.base()))),
        Err(error) => refused(&who, Some(pixel.id), &draft, pixel.access_token.is_some(), error),
    }
}

/// `POST {base}/pixels/{id}/remove`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's.
pub async fn remove(
    who: PortalAffiliate,
    path: Path<(String, i64)>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    who.needs_pixels()?;
    who.form(&request, &body)?;
    let (owner, now, id) = (owner_of(&who), who.app.clock.now(), PixelId(path.into_inner().1));
    who.app.storage.write(move |tx| remove_pixel(tx, owner, id, now)).await?;
    Ok(see_other(&format!("{}/pixels?done=removed", who.base())))
}

/// `POST {base}/pixels/{id}/test`: one page view through the server interface, with the test code.
///
/// # Errors
/// [`AppError`]; not found for somebody else's.
pub async fn test(
    who: PortalAffiliate,
    path: Path<(String, i64)>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    who.form(&request, &body)?;
    let pixel = own(&who, PixelId(path.into_inner().1)).await?;
    if !may_test(who.affiliate.id) {
        return Err(AppError::TooManyRequests);
    }
    let agent = request.headers().get("user-agent").and_then(|value| value.to_str().ok());
    let outcome = match prepared_test(&who, &pixel, agent) {
        Ok(request) => send(&who, &request).await,
        Err(why) => not_sent(why),
    };
    who.show(stored_page(&who, &pixel, Some(outcome)))
}

/// A test event, or why there is none.
fn prepared_test(
    who: &PortalAffiliate,
    pixel: &Pixel,
    agent: Option<&str>,
) -> Result<EventRequest, &'static str> {
    let token = stored_token(&who.app.master_key, pixel)
        .map_err(|_unreadable| "The stored token cannot be read. Enter it again.")?
        .ok_or("Store an access token first.")?;
    if pixel.test_code.is_none() {
        return Err("Enter the test event code first: without one the event would count.");
    }
    let now = who.app.clock.now();
    let details = EventDetails {
        at_seconds: now.unix_seconds(),
        page: front_page(who),
        fbc: None,
        value: None,
        currency: String::new(),
        order_id: String::new(),
        product_ids: Vec::new(),
    };
    let signals = Signals { user_agent: agent, ..Signals::default() };
    Ok(test_request(pixel, &token, &details, &signals, now))
}

async fn send(who: &PortalAffiliate, request: &EventRequest) -> TestOutcome {
    let result = pixel_sender::call(&who.app, request).await;
    let (verdict, explanation, answer) = match &result.outcome {
        Outcome::Answered(answer) if (200..300).contains(&answer.status) => {
            let text = "Facebook took the event. It appears in Events Manager under Test events.";
            (badge("Accepted", Tone::Good), text.to_owned(), Some(answer.excerpt.clone()))
        }
        Outcome::Answered(answer) => {
            let text = format!("Facebook answered {}; the answer below says why.", answer.status);
            (badge("Refused", Tone::Bad), text, Some(answer.excerpt.clone()))
        }
        Outcome::Failed(failure) => (badge("No answer", Tone::Bad), sentence(&failure.text), None),
    };
    TestOutcome {
        verdict,
        explanation,
        time: readable_millis(i64::try_from(result.latency.as_millis()).unwrap_or(i64::MAX)),
        request: format!("POST {}\n\n{}", request.path, request.logged_body),
        answer,
    }
}

fn not_sent(why: &str) -> TestOutcome {
    TestOutcome {
        verdict: badge("Not sent", Tone::Bad),
        explanation: why.to_owned(),
        time: readable_millis(0),
        request: String::new(),
        answer: None,
    }
}

async fn own(who: &PortalAffiliate, id: PixelId) -> Result<Pixel, AppError> {
    who.needs_pixels()?;
    let owner = owner_of(who);
    Ok(who.app.storage.read(move |conn| own_pixel(conn, owner, id)).await?)
}

fn draft_of(fields: &Fields) -> PixelDraft {
    PixelDraft {
        number: fields.value("number").to_owned(),
        is_confirmed: fields.is_on("confirmed"),
        choice: PixelChoice {
            events: fields.all("events").filter_map(PixelEvent::parse).collect(),
            value: PurchaseValue::parse(fields.value("value")).unwrap_or_default(),
        },
        token: fields.value("token").to_owned(),
        drops_token: fields.is_on("drop_token"),
        test_code: fields.value("test_code").to_owned(),
        is_enabled: fields.is_on("enabled"),
    }
}

fn form_of(
    choice: &PixelChoice,
    is_enabled: bool,
    test_code: Option<&str>,
    has_token: bool,
) -> PixelForm {
    let field = |value: &str| Field { value: value.to_owned(), ..Field::default() };
    PixelForm {
        events: Picks {
            values: choice.events.iter().map(|event| event.as_str().to_owned()).collect(),
            error: None,
        },
        value: field(choice.value.as_str()),
        test_code: field(test_code.unwrap_or_default()),
        has_token,
        is_enabled,
        ..PixelForm::default()
    }
}

fn stored_page(who: &PortalAffiliate, pixel: &Pixel, result: Option<TestOutcome>) -> PixelPage {
    let has_token = pixel.access_token.is_some();
    let mut form =
        form_of(&pixel.choice.0, pixel.is_enabled, pixel.test_code.as_deref(), has_token);
    form.number.value.clone_from(&pixel.number);
    PixelPage {
        test_hit: test_hit(who, pixel, who.app.clock.now()),
        result,
        ..page(who, Some(pixel.id), form, None)
    }
}

/// A page view of the affiliate's own browser, to see whether the ID is right.
fn test_hit(who: &PortalAffiliate, pixel: &Pixel, now: UtcTime) -> Option<String> {
    let number = PixelNumber::parse(&pixel.number).ok()?;
    let hit = Hit {
        pixel: &number,
        event: PixelEvent::PageView,
        event_id: &format!("test-{}", now.micros()),
        page: &front_page(who),
        at: now,
        fbc: None,
        manner: Manner::Full,
        purchase: None,
    };
    Some(hit.url())
}

fn front_page(who: &PortalAffiliate) -> String {
    format!("https://{}/", who.shop.domain)
}

fn page(
    who: &PortalAffiliate,
    id: Option<PixelId>,
    form: PixelForm,
    notice: Option<Notice>,
) -> PixelPage {
    let rules = &who.settings.pixels;
    PixelPage {
        frame: who.frame(Section::Pixels, notice),
        id: id.map(|id| id.to_string()),
        form,
        rules: ShopRules {
            allows_browsing_events: rules.allows_browsing_events,
            allows_order_value: rules.allows_order_value,
            needs_approval: rules.needs_approval,
        },
        test_hit: None,
        result: None,
    }
}

/// The form again, with what was typed and what is wrong.
fn refused(
    who: &PortalAffiliate,
    id: Option<PixelId>,
    draft: &PixelDraft,
    has_token: bool,
    error: PixelError,
) -> Result<HttpResponse, AppError> {
    let mut form = form_of(&draft.choice, draft.is_enabled, Some(&draft.test_code), has_token);
    form.number.value.clone_from(&draft.number);
    let text = Some(sentence_start(&error.to_string()));
    let mut notice = None;
    match error {
        PixelError::Number(_) | PixelError::Known => form.number.error = text,
        PixelError::Unusual => {
            form.asks_confirmation = true;
            form.number.error = text;
        }
        PixelError::Token => form.token.error = text,
        PixelError::TestCode => form.test_code.error = text,
        PixelError::TooMany => {
            notice = text.map(|text| Notice { tone: Tone::Bad, text });
        }
        PixelError::Storage(StorageError::NotFound) => return Err(AppError::NotFound),
        PixelError::Storage(error) => return Err(error.into()),
        PixelError::Secret(error) => return Err(AppError::Internal(error.into())),
    }
    who.show_refused(page(who, id, form, notice))
}
