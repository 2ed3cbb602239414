//! From the checkout form to the order and its webhook, and what the merchant does to it later.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::LOCATION},
    web,
};
use domain::affiliate::normalise_email;
use serde::Deserialize;
use serde_json::Value;
use shopify::webhook::Topic;

use super::{
    BASE,
    discounts::{Discounts, OWN_CODES},
    pages::{html, product_view},
    payloads::{CATALOGUE, DemoOrder, Product},
    state::DemoState,
    store::{Cart, Refund},
};
use crate::{
    app::App,
    error::AppError,
    web::view::{
        demo::CheckoutPage,
        form::Field,
        parts::{Notice, Tone},
    },
};

const QUANTITY_MAX: i64 = 99;

/// What leads to the checkout.
#[derive(Deserialize)]
pub(super) struct Chosen {
    product: String,
    #[serde(default)]
    quantity: String,
}

/// The checkout form.
#[derive(Deserialize)]
pub(super) struct CheckoutForm {
    #[serde(default)]
    csrf: String,
    product: String,
    #[serde(default)]
    quantity: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    discount: String,
}

/// A button of the thank-you page.
#[derive(Deserialize)]
pub(super) struct ChangeForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    line: String,
}

/// The checkout, blank.
pub(super) async fn page(
    chosen: web::Query<Chosen>,
    state: web::Data<DemoState>,
) -> Result<HttpResponse, AppError> {
    let product = product(&chosen.product)?;
    let quantity = if chosen.quantity.is_empty() { "1" } else { &chosen.quantity };
    let fields = Fields {
        quantity: field(quantity),
        email: field("visitor@example.com"),
        discount: Field::default(),
    };
    html(StatusCode::OK, &fields.page(&state, product))
}

/// Places the order; a form with mistakes comes back with them.
pub(super) async fn order(
    request: HttpRequest,
    form: web::Form<CheckoutForm>,
    app: web::Data<App>,
    state: web::Data<DemoState>,
) -> Result<HttpResponse, AppError> {
    state.check_form(&form.csrf)?;
    let product = product(&form.product)?;
    let attribution = state.carts.attribution(&request);
    let cart = match cart(&form, product, attribution, &state.discounts) {
        Ok(cart) => cart,
        Err(fields) => {
            return html(StatusCode::UNPROCESSABLE_ENTITY, &fields.page(&state, product));
        }
    };
    let now = app.clock.now();
    let order = state.store.place(cart, now);
    deliver(&app, &state, &order, [(Topic::OrdersCreate, order.payload())], None).await;
    Ok(to_order(order.id))
}

/// Gives back one unit or everything.
pub(super) async fn refund(
    id: web::Path<u64>,
    form: web::Form<ChangeForm>,
    app: web::Data<App>,
    state: web::Data<DemoState>,
) -> Result<HttpResponse, AppError> {
    state.check_form(&form.csrf)?;
    let what = match form.line.as_str() {
        "all" => Refund::All,
        line => {
            let bad = |_| AppError::BadRequest("There is no such line.".to_owned());
            Refund::One(line.parse().map_err(bad)?)
        }
    };
    let id = id.into_inner();
    match state.store.refund(id, what, app.clock.now()) {
        Some((order, refund)) => {
            let webhooks =
                [(Topic::RefundsCreate, refund), (Topic::OrdersUpdated, order.payload())];
            deliver(&app, &state, &order, webhooks, Some("Refunded.")).await;
        }
        None => state.store.tell(id, nothing_left()),
    }
    Ok(to_order(id))
}

/// Cancels the order.
pub(super) async fn cancel(
    id: web::Path<u64>,
    form: web::Form<ChangeForm>,
    app: web::Data<App>,
    state: web::Data<DemoState>,
) -> Result<HttpResponse, AppError> {
    state.check_form(&form.csrf)?;
    let id = id.into_inner();
    match state.store.cancel(id, app.clock.now()) {
        Some(order) => {
            let webhooks = [(Topic::OrdersCancelled, order.payload())];
            deliver(&app, &state, &order, webhooks, Some("Cancelled.")).await;
        }
        None => state.store.tell(id, nothing_left()),
    }
    Ok(to_order(id))
}

/// Sends the webhooks in order; what the app did not take is told on the order's page and tried
/// again.
async fn deliver<const N: usize>(
    app: &App,
    state: &DemoState,
    order: &DemoOrder,
    webhooks: [(Topic, Value); N],
    done: Option<&str>,
) {
    let mut failures = Vec::new();
    for (topic, payload) in webhooks {
        if let Err(error) = state.shopify.deliver(topic, &payload, app.clock.now()).await {
            failures.push(format!("{error:#}"));
        }
    }
    let notice = match (failures.is_empty(), done) {
        (true, None) => return,
        (true, Some(done)) => Notice { tone: Tone::Good, text: done.to_owned() },
        (false, _) => Notice {
            tone: Tone::Bad,
            text: format!(
                "The app did not take it: {}. The shop tries again for some minutes.",
                failures.join("; ")
            ),
        },
    };
    state.store.tell(order.id, notice);
}

/// The form's fields as they are shown again.
struct Fields {
    quantity: Field,
    email: Field,
    discount: Field,
}

impl Fields {
    fn page(self, state: &DemoState, product: Product) -> CheckoutPage {
        CheckoutPage {
            frame: state.frame(None),
            product: product_view(&product),
            quantity: self.quantity,
            email: self.email,
            discount: self.discount,
        }
    }
}

/// Reads the form; all mistakes at once.
fn cart(
    form: &CheckoutForm,
    product: Product,
    attribution: Option<String>,
    discounts: &Discounts,
) -> Result<Cart, Box<Fields>> {
    let quantity = form.quantity.trim().parse().ok().filter(|n| (1..=QUANTITY_MAX).contains(n));
    let email = Some(form.email.trim()).filter(|text| normalise_email(text).is_some());
    let typed = form.discount.trim();
    let coupon = discounts.coupon(typed);
    let is_coupon_fine = typed.is_empty() || coupon.is_some();
    match (quantity, email) {
        (Some(quantity), Some(email)) if is_coupon_fine => {
            Ok(Cart { product, quantity, email: email.to_owned(), coupon, attribution })
        }
        _ => {
            let codes = OWN_CODES.map(|(code, _)| code).join(" or ");
            Err(Box::new(Fields {
                quantity: checked(
                    &form.quantity,
                    quantity.is_some(),
                    format!("Order 1 to {QUANTITY_MAX}."),
                ),
                email: checked(
                    &form.email,
                    email.is_some(),
                    "Give an e-mail address, such as visitor@example.com.".to_owned(),
                ),
                discount: checked(
                    &form.discount,
                    is_coupon_fine,
                    format!("There is no such code. Try {codes}."),
                ),
            }))
        }
    }
}

fn field(value: &str) -> Field {
    Field { value: value.to_owned(), ..Field::default() }
}

fn checked(value: &str, is_fine: bool, mistake: String) -> Field {
    Field { error: Some(mistake).filter(|_| !is_fine), ..field(value) }
}

fn product(handle: &str) -> Result<Product, AppError> {
    CATALOGUE.into_iter().find(|product| product.handle == handle).ok_or(AppError::NotFound)
}

fn nothing_left() -> Notice {
    Notice { tone: Tone::Warning, text: "Nothing is left to refund or cancel.".to_owned() }
}

fn to_order(id: u64) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, format!("{BASE}/orders/{id}"))).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::discounts::tests::fresh;

    fn form() -> CheckoutForm {
        CheckoutForm {
            csrf: String::new(),
            product: "oak-board".to_owned(),
            quantity: "2".to_owned(),
            email: "visitor@example.com".to_owned(),
            discount: String::new(),
        }
    }

    #[test]
    fn a_form_without_mistakes_becomes_a_cart() {
        let attribution = Some("v1.a.b".to_owned());
        let cart = cart(&form(), CATALOGUE[2], attribution, &fresh()).ok().unwrap();
        assert_eq!((cart.quantity, cart.coupon), (2, None));
        assert_eq!(cart.attribution.as_deref(), Some("v1.a.b"));
    }

    #[test]
    fn every_mistake_of_the_form_is_named_and_what_was_typed_is_kept() {
        let bad = CheckoutForm {
            quantity: "0".to_owned(),
            email: "nobody".to_owned(),
            discount: "FREE".to_owned(),
            ..form()
        };
        let fields = cart(&bad, CATALOGUE[2], None, &fresh()).err().unwrap();
        for (field, typed) in
            [(fields.quantity, "0"), (fields.email, "nobody"), (fields.discount, "FREE")]
        {
            assert_eq!(field.value, typed);
            assert!(field.error.is_some(), "{typed}");
        }
    }
}
