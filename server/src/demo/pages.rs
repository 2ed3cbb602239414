//! Addresses of the demo and its pages: store, products, orders, the tracker's inbox. Not here: what
//! the forms do (`checkout`).

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION},
    },
    web::{self, ServiceConfig},
};
use anyhow::Context as _;
use askama::Template;
use domain::{ids::ShopifyId, money::Money};
use storage::orders;

use super::{
    BASE, admin_api, admin_login, checkout,
    fake_shopify::PROXY_PREFIX,
    payloads::{self, CATALOGUE, CURRENCY, DemoOrder, Line},
    recorder,
    state::DemoState,
    storefront,
};
use crate::{
    app::App,
    error::AppError,
    web::view::{
        demo::{BoughtLine, Product, ProductPage, RecorderPage, StorePage, ThankYouPage},
        parts::{Badge, Tone},
    },
};

/// What arrives at the tracker is shown on a page: nothing in it may run or load.
///
/// Shops of Shopify's have no such policy; `wasm-unsafe-eval` lets the storefront's module run under
/// ours, and Meta's endpoint is where affiliates' pixels are.
const ONLY_OURSELVES: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
     style-src 'self'; img-src 'self' data: https://www.facebook.com; \
     connect-src 'self' https://www.facebook.com; worker-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// Every address of the demo. Needs [`App`] and [`DemoState`] as data.
pub fn routes(config: &mut ServiceConfig) {
    let at = |path: &str| format!("{BASE}{path}");
    config
        .route("/", web::get().to(to_store))
        .route(BASE, web::get().to(store))
        .route(&at("/"), web::get().to(store))
        .route(&at("/products/{handle}"), web::get().to(product))
        .route(&at("/checkout"), web::get().to(checkout::page))
        .route(&at("/checkout"), web::post().to(checkout::order))
        .route(&at("/orders/{id}"), web::get().to(order))
        .route(&at("/orders/{id}/refund"), web::post().to(checkout::refund))
        .route(&at("/orders/{id}/cancel"), web::post().to(checkout::cancel))
        .route(&at(&format!("{PROXY_PREFIX}/{{what}}")), web::post().to(proxied))
        .route(&at("/cart/update.js"), web::post().to(storefront::update_cart))
        .route(&at(storefront::SCRIPT), web::get().to(storefront::script))
        .route(&at(storefront::CALLS), web::get().to(storefront::calls))
        .route(&at(storefront::WEB_PIXEL), web::get().to(storefront::web_pixel))
        .route(&at("/admin"), web::get().to(admin_login::open))
        .route(&at("/admin/{page:.*}"), web::get().to(admin_login::open))
        .route(admin_api::TOKEN_ROUTE, web::post().to(admin_api::give_token))
        .route(&admin_api::graphql_route(), web::post().to(admin_api::answer))
        .route(recorder::PATH, web::get().to(inbox))
        .route(&format!("{}/{{tail:.*}}", recorder::PATH), web::to(recorder::receive));
}

/// A page of the demo; never kept, because everything in it is about now.
pub(super) fn html(status: StatusCode, page: &impl Template) -> Result<HttpResponse, AppError> {
    let text = page.render().context("a page of the demo")?;
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, ONLY_OURSELVES))
        .body(text))
}

/// A product as pages show it.
pub(super) fn product_view(product: &payloads::Product) -> Product {
    let tile = CATALOGUE.iter().zip(0_u8..).find(|(known, _)| known.id == product.id);
    Product {
        handle: product.handle.to_owned(),
        title: product.title.to_owned(),
        price: money(product.price_minor),
        description: product.pitch.to_owned(),
        tile: tile.map_or(0, |(_, tile)| tile),
    }
}

async fn to_store() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, BASE)).finish()
}

async fn store(state: web::Data<DemoState>) -> Result<HttpResponse, AppError> {
    let products = CATALOGUE.iter().map(product_view).collect();
    html(StatusCode::OK, &StorePage { frame: state.frame(None), products })
}

async fn product(
    handle: web::Path<String>,
    state: web::Data<DemoState>,
) -> Result<HttpResponse, AppError> {
    let product = CATALOGUE.iter().find(|product| product.handle == handle.as_str());
    let product = product_view(product.ok_or(AppError::NotFound)?);
    html(StatusCode::OK, &ProductPage { frame: state.frame(None), product })
}

async fn order(
    id: web::Path<u64>,
    app: web::Data<App>,
    state: web::Data<DemoState>,
) -> Result<HttpResponse, AppError> {
    let (order, notice) = state.store.show(*id).ok_or(AppError::NotFound)?;
    let (shop, shopify_id) = (state.shop.id, ShopifyId(order.id));
    let known =
        app.storage.read(move |conn| orders::order_by_shopify_id(conn, shop, shopify_id)).await?;
    let is_closed = order.cancelled_at.is_some() || order.financial_status() == "refunded";
    let discount = Some(order.discount_minor()).filter(|minor| *minor != 0);
    let total_minor = order.gross_minor() - order.discount_minor();
    let page = ThankYouPage {
        frame: state.frame(notice),
        id: order.id.to_string(),
        name: format!("#{}", order.number),
        payment: payment(&order),
        lines: order.lines.iter().map(|line| bought(line, is_closed)).collect(),
        discount: discount.map(|minor| money(-minor)),
        total: money(total_minor),
        checkout_token: format!("checkout-{}", order.id),
        total_plain: Money::new(total_minor, CURRENCY).decimal(),
        currency: CURRENCY.to_string(),
        is_closed,
        admin_url: known.map(|order| format!("{BASE}/admin/orders/{}", order.id)),
    };
    html(StatusCode::OK, &page)
}

async fn inbox(state: web::Data<DemoState>) -> Result<HttpResponse, AppError> {
    let requests = state.recorder.newest_first();
    html(StatusCode::OK, &RecorderPage { frame: state.frame(None), requests })
}

/// What the storefront tells through the shop's domain: Shopify signs and forwards it.
async fn proxied(
    what: web::Path<String>,
    body: web::Bytes,
    app: web::Data<App>,
    state: web::Data<DemoState>,
) -> Result<HttpResponse, AppError> {
    let (status, answer) = state.shopify.forward(&what, body.to_vec(), app.clock.now()).await?;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    Ok(HttpResponse::build(status).content_type("application/json").body(answer))
}

fn bought(line: &Line, is_closed: bool) -> BoughtLine {
    let left = line.quantity - line.refunded;
    BoughtLine {
        id: line.id.to_string(),
        title: line.product.title.to_owned(),
        quantity: match line.refunded {
            0 => line.quantity.to_string(),
            _ => format!("{left} of {} left", line.quantity),
        },
        amount: money(line.gross_minor()),
        can_refund: left > 0 && !is_closed,
    }
}

fn payment(order: &DemoOrder) -> Badge {
    let (text, tone) = match (order.cancelled_at, order.financial_status()) {
        (Some(_), _) => ("Cancelled", Tone::Bad),
        (None, "refunded") => ("Refunded", Tone::Neutral),
        (None, "partially_refunded") => ("Partly refunded", Tone::Warning),
        (None, _) => ("Paid", Tone::Good),
    };
    Badge { text: text.to_owned(), tone }
}

fn money(minor: i64) -> String {
    Money::new(minor, CURRENCY).to_string()
}
