//! A shopper's browser: reports through the shop's domain, signed as Shopify signs them, and straight
//! to us where a sandbox or a banner does that.

use actix_web::{App as WebApp, body::to_bytes, test, web::Data};
use serde_json::{Value, json};
use shopify::{app_proxy::sign_proxy_query, secrets::AppSecrets};

use super::site::Site;
use crate::{routes, visits::VisitDesk, web::webhooks::ShopIds};

/// A person's browser.
pub(super) const PERSON: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36";

/// What came back: status, headers that matter, body.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) allow_origin: Option<String>,
    pub(super) media_type: String,
    pub(super) bytes: Vec<u8>,
}

impl Reply {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }
}

/// A browser at one address.
#[derive(Clone)]
pub(super) struct Shopper<'a> {
    site: &'a Site,
    address: String,
    agent: String,
}

impl Site {
    /// A person at an address of the test's own, so that no test uses up another's limit.
    pub(super) fn shopper(&self, address: &str) -> Shopper<'_> {
        Shopper { site: self, address: address.to_owned(), agent: PERSON.to_owned() }
    }
}

impl Shopper<'_> {
    pub(super) fn calling_itself(mut self, agent: &str) -> Self {
        agent.clone_into(&mut self.agent);
        self
    }

    /// A report through the app proxy.
    pub(super) async fn report(&self, path: &str, body: &Value) -> Reply {
        let now = self.site.app.clock.now().unix_seconds();
        let query = format!(
            "shop=demo.myshopify.com&logged_in_customer_id=&path_prefix=%2Fapps%2Ftributary\
             &timestamp={now}"
        );
        let secrets = AppSecrets::new("hush".into(), None).unwrap();
        let signed = sign_proxy_query(&query, &secrets);
        self.post(&format!("/proxy/{path}?{signed}"), body).await
    }

    /// A visit through a link with consent to everything; gives back the answer.
    pub(super) async fn visit(&self, id: &str, url: &str, state: &str) -> Value {
        let report = json!({
            "v": 1, "id": id, "url": url, "referrer": "https://blog.example/post?user=7",
            "state": state, "consent": 3,
        });
        let reply = self.report("click", &report).await;
        assert_eq!(reply.status, 200);
        reply.json()
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Reply {
        // As the sandbox sends it.
        let request = test::TestRequest::post()
            .uri(path)
            .insert_header(("content-type", "text/plain;charset=UTF-8"))
            .set_payload(body.to_string());
        self.send(request).await
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.send(test::TestRequest::get().uri(path)).await
    }

    pub(super) async fn send(&self, request: test::TestRequest) -> Reply {
        let app = WebApp::new()
            .app_data(self.site.app.clone())
            .app_data(Data::new(ShopIds::default()))
            .app_data(Data::new(VisitDesk::start(&self.site.app)))
            .configure(routes::machines);
        let service = test::init_service(app).await;
        let request = request
            .insert_header(("x-forwarded-for", self.address.as_str()))
            .insert_header(("user-agent", self.agent.as_str()));
        let answer = test::call_service(&service, request.to_request()).await;
        let header =
            |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (status, allow_origin) =
            (answer.status().as_u16(), header("access-control-allow-origin"));
        let media_type = header("content-type").unwrap_or_default();
        let bytes = to_bytes(answer.into_body()).await.ok().unwrap().to_vec();
        Reply { status, allow_origin, media_type, bytes }
    }
}
