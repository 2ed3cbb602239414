//! The address of one browser hit: an image of the network's, for one pixel, without any script
//! (storefront rules, section 4). Nothing in it says who the buyer is.

use super::{Manner, PixelEvent, PixelNumber};
use crate::{
    ids::{ClickId, ShopifyId},
    money::Money,
    postback::encode::percent_encode,
    time::UtcTime,
};

/// Where every hit goes; whoever executes one checks that it begins so.
pub const HIT_BASE: &str = "https://www.facebook.com/tr/?";

/// One hit.
#[derive(Debug, Clone)]
pub struct Hit<'a> {
    /// For this pixel and no other.
    pub pixel: &'a PixelNumber,
    /// What happened.
    pub event: PixelEvent,
    /// Shared with the server's event.
    pub event_id: &'a str,
    /// The page, cleaned already.
    pub page: &'a str,
    /// When.
    pub at: UtcTime,
    /// The network's click, `fb.1.<ms>.<fbclid>`.
    pub fbc: Option<&'a str>,
    /// Whether limited data use is asked for.
    pub manner: Manner,
    /// What was bought.
    pub purchase: Option<&'a Purchase>,
}

/// What a Purchase says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// Its order.
    pub order: ShopifyId,
    /// The amount that the pixel may know; none while nobody knows it.
    pub value: Option<Money>,
    /// Products.
    pub products: Vec<ShopifyId>,
}

/// Most products that are named.
pub const PRODUCTS_MAX: usize = 20;

/// What holds for every hit of a visit, from the pixel's id on; the storefront's script puts the
/// endpoint before it, and behind it the number that makes the event's id, the event and the page.
///
/// ```
/// # use domain::{ids::ClickId, pixel::{Manner, PixelNumber, hit::visit_hits}};
/// let pixel = PixelNumber::parse("1234567890123456").unwrap();
/// let piece = visit_hits(&pixel, ClickId(17), None, Manner::Full);
/// assert_eq!(piece, "1234567890123456&if=false&noscript=1&eid=pv-17-");
/// ```
#[must_use]
pub fn visit_hits(
    pixel: &PixelNumber,
    click: ClickId,
    fbc: Option<&str>,
    manner: Manner,
) -> String {
    format!("{}&eid=pv-{click}-", head(pixel, fbc, manner))
}

fn head(pixel: &PixelNumber, fbc: Option<&str>, manner: Manner) -> String {
    let mut head = format!("{}&if=false", pixel.as_str());
    if let Some(fbc) = fbc {
        add(&mut head, "fbc", fbc);
    }
    if manner == Manner::Limited {
        // The network finds out the state by itself.
        head.push_str("&dpo=LDU&dpoco=0&dpost=0");
    }
    head.push_str("&noscript=1");
    head
}

fn add(url: &mut String, name: &str, value: &str) {
    url.push('&');
    url.push_str(&percent_encode(name));
    url.push('=');
    url.push_str(&percent_encode(value));
}

impl Hit<'_> {
    /// The URL to be fetched as an image.
    #[must_use]
    pub fn url(&self) -> String {
        let millis = self.at.micros().div_euclid(1_000);
        let mut url = format!("{HIT_BASE}id={}", head(self.pixel, self.fbc, self.manner));
        let mut add = |name: &str, value: &str| add(&mut url, name, value);
        add("eid", self.event_id);
        add("ev", self.event.as_str());
        add("ts", &millis.to_string());
        add("dl", self.page);
        if let Some(purchase) = self.purchase {
            if let Some(value) = purchase.value {
                add("cd[value]", &value.decimal());
                add("cd[currency]", value.currency.as_str());
            }
            if !purchase.products.is_empty() {
                let ids: Vec<String> = purchase
                    .products
                    .iter()
                    .take(PRODUCTS_MAX)
                    .map(|id| format!("\"{id}\""))
                    .collect();
                add("cd[content_ids]", &format!("[{}]", ids.join(",")));
                add("cd[content_type]", "product");
            }
            add("cd[order_id]", &purchase.order.to_string());
        }
        url
    }
}

/// `fb.1.<ms>.<fbclid>`, as the network's own script would write it.
#[must_use]
pub fn fbc(click: &str, at: UtcTime) -> String {
    format!("fb.1.{}.{click}", at.micros().div_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn at() -> UtcTime {
        UtcTime::parse("2026-03-01T10:00:00Z").unwrap()
    }

    #[test]
    fn u11_a_page_view_is_for_one_pixel_and_says_only_this() {
        let pixel = PixelNumber::parse("1234567890123456").unwrap();
        let hit = Hit {
            pixel: &pixel,
            event: PixelEvent::PageView,
            event_id: "pv-17-0",
            page: "https://shop.example/tea?utm_source=fb",
            at: at(),
            fbc: Some(&fbc("IwAR", at())),
            manner: Manner::Full,
            purchase: None,
        };
        assert_eq!(
            hit.url(),
            "https://www.facebook.com/tr/?id=1234567890123456&if=false&fbc=fb.1.1772359200000.IwAR\
             &noscript=1&eid=pv-17-0&ev=PageView&ts=1772359200000\
             &dl=https%3A%2F%2Fshop.example%2Ftea%3Futm_source%3Dfb"
        );
        let limited = Hit { manner: Manner::Limited, ..hit.clone() }.url();
        let fbc = fbc("IwAR", at());
        let piece = visit_hits(&pixel, ClickId(17), Some(&fbc), Manner::Full);
        assert!(hit.url().starts_with(&format!("{HIT_BASE}id={piece}0&ev=")), "{piece}");
        assert!(limited.contains("&dpo=LDU&dpoco=0&dpost=0&noscript=1&eid="), "{limited}");
    }

    #[test]
    fn u11_a_purchase_carries_its_amount_and_currency() {
        let pixel = PixelNumber::parse("12345").unwrap();
        let purchase = Purchase {
            order: ShopifyId(5_678_901_234_567),
            value: Some(Money::new(9_000, Currency::USD)),
            products: vec![ShopifyId(2), ShopifyId(3)],
        };
        let url = Hit {
            pixel: &pixel,
            event: PixelEvent::Purchase,
            event_id: "purchase-5678901234567",
            page: "https://shop.example/",
            at: at(),
            fbc: None,
            manner: Manner::Full,
            purchase: Some(&purchase),
        }
        .url();
        assert!(url.contains("&eid=purchase-5678901234567&"), "{url}");
        assert!(url.contains("&cd%5Bvalue%5D=90.00&cd%5Bcurrency%5D=USD&"), "{url}");
        assert!(url.contains("&cd%5Bcontent_ids%5D=%5B%222%22%2C%223%22%5D&"), "{url}");
        assert!(!url.contains("ud%5B") && !url.contains("ud["), "{url}");
        assert!(storefront::pixel::is_hit(url.as_bytes()), "{url}");
    }
}
