//! The admin: a page of another origin that shows the app in a frame, and the App Bridge that it gives
//! to the app's pages.

use serde_json::json;
use shopify::query_hmac::sign_query;
use url::form_urlencoded;

use super::{CLIENT_ID, State};
use crate::receiver::{Answer, Received};

const BRIDGE: &str = include_str!("app_bridge.js");
const FRAME: &str = include_str!("admin.html");

impl State {
    pub(super) fn admin_answer(&mut self, path: &str, request: &Received) -> Answer {
        if path == "/app-bridge.js" {
            return Answer::with(200, &[("content-type", "text/javascript")], BRIDGE);
        }
        if path == "/session-token" {
            let token = self.session_token(&request.query("shop").unwrap_or_default());
            return Answer::with(200, &[("content-type", "text/plain")], &token);
        }
        let Some((store, rest)) = path.strip_prefix("/store/").and_then(|it| it.split_once('/'))
        else {
            return Answer::status(404);
        };
        let domain = format!("{store}.myshopify.com");
        let Some(inside) = rest.strip_prefix(&format!("apps/{CLIENT_ID}")) else {
            return Answer::status(404);
        };
        let status = self.shops.get(&domain).map_or("unavailable", |shop| &shop.embed_status);
        let inside = if inside.is_empty() { "/admin" } else { inside };
        let address = format!("{}{inside}?{}", self.app_url, self.page_query(store, &domain));
        let page = FRAME
            .replace("$address", &address.replace('&', "&amp;"))
            .replace("$shop", &domain)
            .replace("$embed", &json!(status).to_string())
            .replace("$app", &self.app_url);
        Answer::with(200, &[("content-type", "text/html; charset=utf-8")], &page)
    }

    /// What the admin adds to the address of an app's page.
    fn page_query(&self, store: &str, domain: &str) -> String {
        let host = base64_of(&format!("admin.shopify.com/store/{store}"));
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("embedded", "1")
            .append_pair("host", &host)
            .append_pair("id_token", &self.session_token(domain))
            .append_pair("locale", "en")
            .append_pair("session", "0123")
            .append_pair("shop", domain)
            .append_pair("timestamp", &self.clock.now().unix_seconds().to_string())
            .finish();
        sign_query(&query, &self.secrets)
    }
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD_NO_PAD.encode(text)
}
