//! The first steps of a new shop, each of which looks for itself whether it is done. Not here: the
//! list's look (`view::admin::home`), what the buttons do (`flows::set_up`).

use actix_web::{HttpRequest, HttpResponse, http::header::CACHE_CONTROL, web::Bytes};
use storage::installations::Installation;

use crate::{
    error::AppError,
    flows::{
        book_changes::day_number,
        set_up::{EmbedState, connect_pixel, hide_setup, note_embed},
    },
    web::{
        auth::{ADMIN_BASE, AdminShop},
        pages::see_other,
        view::admin::home::{Setup, Step, StepAction},
    },
};

/// The block of the theme app extension: the name of its file.
const EMBED_BLOCK: &str = "tracking";
/// A visit reported by the storefront proves for so many days that the embed is on.
const REPORT_DAYS: i64 = 7;

/// What is known of a shop that is being set up.
pub(super) struct Known<'a> {
    /// The process has a program.
    pub(super) has_program: bool,
    /// Somebody takes part.
    pub(super) has_affiliate: bool,
    /// An order arrived.
    pub(super) has_order: bool,
    /// What Shopify gave us; nothing in the demo.
    pub(super) installation: Option<&'a Installation>,
    /// The latest day, counted from 1970, on which the storefront reported a visit.
    pub(super) reported_day: Option<i64>,
    /// Now, likewise.
    pub(super) today: i64,
}

impl Known<'_> {
    /// Whether the theme embed is on. Shopify's word counts until the storefront itself reports on a
    /// later day: the merchant may have switched it on where we are not told.
    pub(super) fn has_embed(&self) -> bool {
        let told =
            self.installation.and_then(|it| Some((it.embed_state.as_deref()?, it.embed_seen_at?)));
        let proven = self.reported_day.filter(|day| self.today - day < REPORT_DAYS);
        match told {
            Some((state, _)) if state == EmbedState::Active.as_str() => true,
            Some((_, seen_at)) => proven.is_some_and(|day| day > day_number(seen_at)),
            None => proven.is_some(),
        }
    }

    /// The list as it stands.
    pub(super) fn setup(&self, shop: &AdminShop) -> Setup {
        // What is to be done, and what is so when it is.
        let step = |[to_do, done]: [&str; 2], is_done, hint: &str, action| Step {
            label: if is_done { done } else { to_do }.to_owned(),
            is_done,
            hint: hint.to_owned(),
            action,
        };
        let page = |path: &str, label: &str| StepAction::Page {
            href: format!("{ADMIN_BASE}{path}"),
            label: label.to_owned(),
        };
        let mut steps = Vec::new();
        if let Some(installation) = self.installation {
            let labels = [
                "Switch on the Tributary embed in your theme",
                "The Tributary embed is on in your theme",
            ];
            let hint = "It recognises visitors from your affiliates' links. The theme editor opens \
                 with it switched on: press Save there.";
            let editor = StepAction::Outside {
                href: embed_editor(shop),
                label: "Open the theme editor".to_owned(),
            };
            steps.push(step(labels, self.has_embed(), hint, editor));
            let hint = installation.pixel_problem.as_deref().unwrap_or(
                "It counts purchases at the checkout, and connects by itself within a minute.",
            );
            let retry = StepAction::Form {
                href: format!("{ADMIN_BASE}/setup/pixel"),
                label: "Connect it now".to_owned(),
            };
            steps.push(step(
                ["Connect the web pixel", "The web pixel is connected"],
                installation.pixel_id.is_some(),
                hint,
                retry,
            ));
        }
        steps.push(step(
            ["Say what affiliates earn, in a program", "A program says what affiliates earn"],
            self.has_program,
            "A commission, what counts, and who may join. You can change it at any time.",
            page("/programs/new", "Create a program"),
        ));
        steps.push(step(
            ["Win a first affiliate", "A first affiliate takes part"],
            self.has_affiliate,
            "Add one yourself, or give people the address where they sign up.",
            page("/affiliates/new", "Add an affiliate"),
        ));
        steps.push(step(
            ["Place a test order", "A test order has arrived"],
            self.has_order,
            "Open an affiliate's link and buy something. The order appears within seconds, with who \
             was credited and why. One paid with test payments shows all of it and earns nothing.",
            page("/orders", "Open the orders"),
        ));
        Setup { is_done: steps.iter().all(|step| step.is_done), steps }
    }
}

/// The theme editor with our embed in view, ready to be switched on.
pub(super) fn embed_editor(shop: &AdminShop) -> String {
    let (domain, client_id) = (&shop.shop.domain, &shop.app.settings.shopify_api_key);
    format!(
        "https://{domain}/admin/themes/current/editor?context=apps\
         &activateAppId={client_id}/{EMBED_BLOCK}"
    )
}

/// `POST {base}/setup/hide`: the list is put away.
///
/// # Errors
/// [`AppError`].
pub async fn hide(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    shop.form(&request, &body)?;
    let id = shop.shop.id;
    shop.app.storage.write(move |tx| hide_setup(tx, id)).await?;
    Ok(see_other(ADMIN_BASE))
}

/// `POST {base}/setup/pixel`: the pixel is tried again.
///
/// # Errors
/// [`AppError`].
pub async fn pixel(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    shop.form(&request, &body)?;
    let (id, now) = (shop.shop.id, shop.app.clock.now());
    shop.app.storage.write(move |tx| connect_pixel(tx, id, now)).await?;
    Ok(see_other(&format!("{ADMIN_BASE}?done=pixel")))
}

/// `POST {base}/setup/embed`: the page script tells what the admin told it.
///
/// # Errors
/// [`AppError::BadRequest`] for a word that App Bridge does not have.
pub async fn embed(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let fields = shop.form(&request, &body)?;
    let state = EmbedState::parse(fields.value("state"));
    let state = state.ok_or_else(|| AppError::BadRequest("No such state.".to_owned()))?;
    let (id, now) = (shop.shop.id, shop.app.clock.now());
    shop.app.storage.write(move |tx| note_embed(tx, id, state, now)).await?;
    Ok(HttpResponse::NoContent().insert_header((CACHE_CONTROL, "no-store")).finish())
}

/// `GET {base}/reconnect`: Shopify asks the merchant for what the app may do, and opens it again.
///
/// # Errors
/// [`AppError`].
pub async fn reconnect(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let store = shop.shop.domain.trim_end_matches(".myshopify.com");
    let client_id = &shop.app.settings.shopify_api_key;
    let address =
        format!("https://admin.shopify.com/store/{store}/oauth/install?client_id={client_id}");
    std::future::ready(shop.leave(&request, &address)).await
}

#[cfg(test)]
mod tests {
    use domain::{ids::ShopId, time::UtcTime};

    use super::*;

    fn installation(state: Option<&str>, seen_day: i64) -> Installation {
        Installation {
            shop_id: ShopId(1),
            token: None,
            scopes: String::new(),
            token_expires_at: None,
            refresh_expires_at: None,
            generation: 0,
            is_connected: true,
            renewing_until: None,
            seen_at: UtcTime::default(),
            pixel_id: None,
            pixel_problem: None,
            embed_state: state.map(ToOwned::to_owned),
            embed_seen_at: Some(UtcTime::default().plus_days(seen_day)),
            reconciled_until: None,
        }
    }

    fn has_embed(state: Option<&str>, reported_day: Option<i64>) -> bool {
        let installation = installation(state, 96);
        let known = Known {
            has_program: false,
            has_affiliate: false,
            has_order: false,
            installation: Some(&installation),
            reported_day,
            today: 100,
        };
        known.has_embed()
    }

    #[test]
    fn the_embed_is_on_when_shopify_says_so_or_the_storefront_reported_since() {
        assert!(has_embed(Some("active"), None));
        assert!(!has_embed(Some("available"), None));
        assert!(!has_embed(Some("available"), Some(96)), "it may have been switched off that day");
        assert!(has_embed(Some("available"), Some(97)), "switched on since we were told");
        assert!(has_embed(None, Some(94)));
        assert!(!has_embed(None, Some(93)), "too long ago");
        assert!(!has_embed(None, None));
    }
}
