//! The demo's shop: product, checkout, thank-you, and the recorder that shows what arrived at the
//! affiliate's tracker. Only with `tributary demo`.

use askama::Template;

use super::parts::{Badge, NameValue, Notice, When};

/// What surrounds every page of the demo.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Path before every address of the demo store, without a slash at the end; may be empty.
    pub base: String,
    /// The shop's name.
    pub shop_name: String,
    /// The tour's links and log-ins.
    pub tour: Tour,
    /// The shop's domain at Shopify.
    pub shop_domain: String,
    /// What plays Shopify's own scripts.
    pub platform_script: String,
    /// The theme extension's script.
    pub embed_script: String,
    /// The script behind it, for what a page tells by itself.
    pub calls_script: String,
    /// Path under which the shop forwards to the app.
    pub app_proxy: String,
    /// Sent with every form.
    pub csrf: String,
    /// What was just done.
    pub notice: Option<Notice>,
}

/// What the bar above the demo explains.
#[derive(Debug, Clone)]
pub struct Tour {
    /// The shop through the sample affiliate's link.
    pub affiliate_link: String,
    /// The sample affiliate's name.
    pub affiliate_name: String,
    /// Its discount code.
    pub coupon: String,
    /// The merchant's pages.
    pub admin_url: String,
    /// The affiliate's pages.
    pub portal_url: String,
    /// Log-in of the sample affiliate.
    pub portal_email: String,
    /// Password of the sample affiliate.
    pub portal_password: String,
    /// What arrived at the sample tracker.
    pub recorder_url: String,
}

/// `{base}/`.
#[derive(Debug, Clone, Template)]
#[template(path = "demo/store.html")]
pub struct StorePage {
    /// Chrome.
    pub frame: Frame,
    /// What is on sale.
    pub products: Vec<Product>,
}

/// Something on sale.
#[derive(Debug, Clone)]
pub struct Product {
    /// For the address, `river-tea`.
    pub handle: String,
    /// Name.
    pub title: String,
    /// With currency.
    pub price: String,
    /// A sentence or two.
    pub description: String,
    /// Colour of its picture, 0 to 5.
    pub tile: u8,
}

impl Product {
    /// Stands for its picture when there is none.
    fn initial(&self) -> String {
        self.title.chars().take(1).collect()
    }
}

/// `{base}/products/{handle}`; the form goes to `{base}/checkout` with `product` and `quantity`.
#[derive(Debug, Clone, Template)]
#[template(path = "demo/product.html")]
pub struct ProductPage {
    /// Chrome.
    pub frame: Frame,
    /// The product.
    pub product: Product,
}

/// `{base}/checkout`; the form posts `product`, `quantity`, `email`, `discount`.
#[derive(Debug, Clone, Template)]
#[template(path = "demo/checkout.html")]
pub struct CheckoutPage {
    /// Chrome.
    pub frame: Frame,
    /// What is bought.
    pub product: Product,
    /// How many.
    pub quantity: super::form::Field,
    /// The buyer.
    pub email: super::form::Field,
    /// Discount code.
    pub discount: super::form::Field,
}

/// `{base}/orders/{id}`: thank-you, and what a merchant could do to the order. Each button posts to
/// `{base}/orders/{id}/refund` (with `line`, or `line=all`) or `{base}/orders/{id}/cancel`.
#[derive(Debug, Clone, Template)]
#[template(path = "demo/thank_you.html")]
pub struct ThankYouPage {
    /// Chrome.
    pub frame: Frame,
    /// Shopify's id.
    pub id: String,
    /// `#1001`.
    pub name: String,
    /// State of the payment.
    pub payment: Badge,
    /// Lines.
    pub lines: Vec<BoughtLine>,
    /// With currency; none without a discount.
    pub discount: Option<String>,
    /// With currency.
    pub total: String,
    /// What Shopify calls the checkout, for the web pixel.
    pub checkout_token: String,
    /// The total without its currency, for the web pixel.
    pub total_plain: String,
    /// The currency, for the web pixel.
    pub currency: String,
    /// Nothing is left to refund or cancel.
    pub is_closed: bool,
    /// The order in the merchant's pages; none until the webhook was processed.
    pub admin_url: Option<String>,
}

/// One line of a demo order.
#[derive(Debug, Clone)]
pub struct BoughtLine {
    /// Line item id.
    pub id: String,
    /// Name.
    pub title: String,
    /// `2`, or `1 of 2 left`.
    pub quantity: String,
    /// With currency.
    pub amount: String,
    /// Units can still be refunded.
    pub can_refund: bool,
}

/// `{base}/recorder`: the sample tracker's inbox, newest first.
#[derive(Debug, Clone, Template)]
#[template(path = "demo/recorder.html")]
pub struct RecorderPage {
    /// Chrome.
    pub frame: Frame,
    /// What arrived.
    pub requests: Vec<Recorded>,
}

/// One request that arrived.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// When.
    pub at: When,
    /// `GET`, `POST`.
    pub method: String,
    /// Path and query as on the request line.
    pub target: String,
    /// The query taken apart.
    pub parameters: Vec<NameValue>,
    /// Headers.
    pub headers: Vec<NameValue>,
    /// Body.
    pub body: Option<String>,
}
