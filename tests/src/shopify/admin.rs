//! The admin: a page of another origin that shows the app in a frame, and the App Bridge that it gives
//! to the app's pages. Both are served in place of the real hosts, inside the browser, so the app's
//! pages and their content policy are those of production.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::json;
use shopify::query_hmac::sign_query;
use url::{Url, form_urlencoded};

use super::{CLIENT_ID, FakeShopify, State, lock};
use crate::browser::{Answer, Interception, Page};

const BRIDGE: &str = include_str!("app_bridge.js");
const FRAME: &str = include_str!("admin.html");

/// How old a session token is that nobody takes any more, in seconds.
const STALE_S: i64 = 300;

impl FakeShopify {
    /// Shows the admin, with the app in its frame, to this tab: after this, `goto` an address of
    /// [`FakeShopify::admin_address`]. The interception is of App Bridge.
    pub async fn open_admin(&self, page: &Page) -> Interception {
        page.watch_frames().await;
        // Nothing that the frame stores or sends may rest on a cookie.
        let blocked = json!({
            "enableThirdPartyCookieRestriction": true,
            "disableThirdPartyCookieMetadata": true,
            "disableThirdPartyCookieHeuristics": true,
        });
        page.command("Network.setCookieControls", blocked).await;
        let state = Arc::clone(&self.state);
        page.intercept("https://admin.shopify.com/*", move |request| {
            lock(&state).admin_answer(&request.url)
        })
        .await;
        page.intercept("https://cdn.shopify.com/shopifycloud/app-bridge.js", |_| {
            Answer::reply(200, "text/javascript", BRIDGE)
        })
        .await
    }

    /// Where the admin of a shop shows a page of the app: `/admin/orders`, or nothing for its first.
    #[must_use]
    pub fn admin_address(&self, domain: &str, path: &str) -> String {
        let store = domain.trim_end_matches(".myshopify.com");
        format!("https://admin.shopify.com/store/{store}/apps/{CLIENT_ID}{path}")
    }
}

impl State {
    fn admin_answer(&mut self, address: &str) -> Answer {
        let url = Url::parse(address).expect("an address from the browser");
        let shop = url.query_pairs().find(|(name, _)| name == "shop");
        let shop = shop.map(|(_, shop)| shop.into_owned()).unwrap_or_default();
        match url.path() {
            "/session-token" => return Answer::reply(200, "text/plain", self.frame_token(&shop)),
            "/embed-status" => {
                let status = self.shops.get(&shop).map(|shop| shop.embed_status.clone());
                return Answer::reply(200, "text/plain", status.unwrap_or_default());
            }
            _ => {}
        }
        let Some(page) = self.admin_page(&url) else {
            return Answer::reply(404, "text/html", "<title>Shopify</title>nothing here");
        };
        Answer::reply(200, "text/html; charset=utf-8", page)
    }

    fn admin_page(&mut self, url: &Url) -> Option<String> {
        let (store, rest) = url.path().strip_prefix("/store/")?.split_once('/')?;
        let inside = rest.strip_prefix(&format!("apps/{CLIENT_ID}"))?;
        let domain = format!("{store}.myshopify.com");
        let inside = if inside.is_empty() { "/admin" } else { inside };
        let asked = url.query().map(|query| format!("{query}&")).unwrap_or_default();
        let query = self.page_query(store, &domain);
        let address = format!("{}{inside}?{asked}{query}", self.app_url);
        Some(
            FRAME
                .replace("$address", &address.replace('&', "&amp;"))
                .replace("$shop", &domain)
                .replace("$app", &self.app_url),
        )
    }

    /// What the admin adds to the address of an app's page.
    fn page_query(&mut self, store: &str, domain: &str) -> String {
        let host = STANDARD_NO_PAD.encode(format!("admin.shopify.com/store/{store}"));
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("embedded", "1")
            .append_pair("host", &host)
            .append_pair("id_token", &self.frame_token(domain))
            .append_pair("locale", "en")
            .append_pair("session", "0123")
            .append_pair("shop", domain)
            .append_pair("timestamp", &self.clock.now().unix_seconds().to_string())
            .finish();
        sign_query(&query, &self.secrets)
    }

    /// A token for the frame; an old one, as often as a test has asked for that.
    fn frame_token(&mut self, domain: &str) -> String {
        self.tokens_given += 1;
        let is_stale = self.stale_tokens > 0;
        self.stale_tokens = self.stale_tokens.saturating_sub(1);
        self.session_token_aged(domain, if is_stale { STALE_S } else { 0 })
    }
}
