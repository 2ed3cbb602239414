//! A Shopify of our own on loopback: token endpoint, GraphQL with its leaky bucket, and an admin that
//! shows the app in a frame of the browser. It is strict where Shopify is: a used
//! refresh token is dead, points must be there, only what was asked for is answered.

#![expect(clippy::expect_used, reason = "a harness fails by panicking")]

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use domain::time::UtcTime;
use serde_json::{Value, json};
use shopify::secrets::AppSecrets;
use shopify::session_token::mint_session_token;
use shopify::shop_domain::ShopDomain;
use tributary::clock::Clock;

use crate::receiver::{Answer, Received, Recorder};
use crate::webhook::app_secrets;

mod admin;
mod bucket;
pub mod dialect;
mod graphql;
mod selection;
mod tokens;

pub use bucket::FakeBucket;
pub use tokens::{GrantKind, Trouble};

/// The organisation whose Partner API it is.
pub const PARTNER_ORGANISATION: &str = "77";
/// The token of that API.
pub const PARTNER_TOKEN: &str = "prtapi_1";

/// The client id that the harness's servers run with.
pub const CLIENT_ID: &str = "key";

/// A running Shopify. Dropping it ends it.
pub struct FakeShopify {
    recorder: Recorder,
    state: Arc<Mutex<State>>,
}

/// What it knows.
pub struct State {
    secrets: AppSecrets,
    clock: Clock,
    /// Where the app is, for the admin's frame.
    pub app_url: String,
    /// The shops by domain.
    pub shops: HashMap<String, FakeShop>,
    /// What goes wrong at the token endpoint next, one for each request.
    pub troubles: VecDeque<Trouble>,
    /// What the token endpoint was asked for, by whom.
    pub grants: Vec<(String, GrantKind)>,
    /// Operations that GraphQL ran, with their price.
    pub operations: Vec<(String, u32)>,
    /// The variables of the latest call of each operation.
    pub variables: HashMap<String, Value>,
    /// Calls that came back sooner than they were told.
    pub too_early: Vec<String>,
    /// Operations that were refused for want of points.
    pub throttled: usize,
    /// The next answers of GraphQL that are lost after they were carried out, by operation.
    pub lost: Vec<String>,
    /// The next answers of GraphQL that are only a status.
    pub statuses: VecDeque<u16>,
    /// How many session tokens its frames got.
    pub tokens_given: usize,
    /// How many of the next ones have ended when they arrive.
    pub stale_tokens: usize,
    counter: u64,
}

/// A shop.
#[derive(Default)]
pub struct FakeShop {
    /// Good access tokens.
    pub access: Vec<String>,
    /// The refresh token that is good.
    pub refresh: Option<String>,
    /// The one before, good until the pair that replaced it is used.
    pub refresh_before: Option<String>,
    /// A permanent token of old.
    pub permanent: Option<String>,
    /// Orders by id, as webhooks tell them.
    pub orders: BTreeMap<u64, Value>,
    /// Its budget.
    pub bucket: FakeBucket,
    /// The settings of the web pixel, if it is connected.
    pub pixel: Option<String>,
    /// Metafields: owner, namespace and key; to their values.
    pub metafields: BTreeMap<String, String>,
    /// The web pixel extension is deployed.
    pub has_pixel_extension: bool,
    /// Discount codes: code to the discount's id.
    pub codes: BTreeMap<String, String>,
    /// No development store: it pays for what it uses.
    pub is_paying: bool,
    /// Discounts that run.
    pub discounts: Vec<String>,
    /// Their names.
    pub titles: BTreeMap<String, String>,
    /// Orders of which a chargeback was lost; no order changes by it.
    pub charged_back: BTreeSet<u64>,
    /// Charges for usage by their key: minor units, record.
    pub charges: BTreeMap<String, (i64, String)>,
    /// The most that usage may cost, in minor units.
    pub usage_cap_minor: i64,
    /// The plan of the listing that the Partner API tells, by its handle.
    pub paid_plan: Option<String>,
    /// Store credit given: customer, amount, transaction, when.
    pub credits: Vec<(u64, Value, String, UtcTime)>,
    /// Collections by product.
    pub collections: BTreeMap<u64, Vec<u64>>,
    /// Orders that customers placed in all.
    pub order_counts: BTreeMap<u64, u64>,
    /// Active subscriptions, as GraphQL tells them.
    pub subscriptions: Vec<Value>,
    /// What the admin says of the theme app extension.
    pub embed_status: String,
    told: HashMap<String, (Instant, std::time::Duration)>,
}

impl FakeShopify {
    /// Starts one with no shop in it.
    #[must_use]
    pub fn start() -> Self {
        Self::with_clock(Clock::System)
    }

    /// Starts one whose session tokens are of this clock's time.
    #[must_use]
    pub fn with_clock(clock: Clock) -> Self {
        let state = Arc::new(Mutex::new(State {
            secrets: app_secrets(),
            clock,
            app_url: String::new(),
            shops: HashMap::new(),
            troubles: VecDeque::new(),
            grants: Vec::new(),
            operations: Vec::new(),
            variables: HashMap::new(),
            too_early: Vec::new(),
            throttled: 0,
            lost: Vec::new(),
            statuses: VecDeque::new(),
            tokens_given: 0,
            stale_tokens: 0,
            counter: 0,
        }));
        let shared = Arc::clone(&state);
        let recorder = Recorder::answering(move |request| lock(&shared).answer(request));
        Self { recorder, state }
    }

    /// What `SHOPIFY_STAND_IN` has to say.
    #[must_use]
    pub fn origin(&self) -> String {
        self.recorder.url("")
    }

    /// Looks at, or changes, what it knows.
    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut lock(&self.state))
    }

    /// Makes a shop that has installed the app.
    pub fn install(&self, domain: &str) {
        self.with(|state| {
            let shop = FakeShop {
                metafields: BTreeMap::new(),
                has_pixel_extension: true,
                embed_status: "available".to_owned(),
                ..FakeShop::default()
            };
            state.shops.insert(domain.to_owned(), shop);
        });
    }

    /// Looks at, or changes, a shop.
    ///
    /// # Panics
    /// Without such a shop.
    pub fn shop<T>(&self, domain: &str, look: impl FnOnce(&mut FakeShop) -> T) -> T {
        self.with(|state| look(state.shops.get_mut(domain).expect("an installed shop")))
    }

    /// A session token of a staff member of this shop.
    #[must_use]
    pub fn session_token(&self, domain: &str) -> String {
        self.with(|state| state.session_token(domain))
    }

    /// How often tokens of a kind were asked for.
    #[must_use]
    pub fn grants_of(&self, kind: GrantKind) -> usize {
        self.with(|state| state.grants.iter().filter(|(_, asked)| *asked == kind).count())
    }
}

impl State {
    fn answer(&mut self, request: &Received) -> Answer {
        let path = request.target.split('?').next().unwrap_or_default().to_owned();
        if path == format!("/{PARTNER_ORGANISATION}/api/2026-07/graphql.json") {
            return self.partner_answer(request);
        }
        let Some(rest) = path.strip_prefix("/shops/") else { return Answer::status(404) };
        let (domain, rest) = rest.split_once('/').unwrap_or((rest, ""));
        match rest {
            "admin/oauth/access_token" => self.token_answer(domain, request),
            "admin/oauth/authorize" => self.authorize_answer(domain, request),
            "admin/api/2026-10/graphql.json" => self.graphql_answer(domain, request),
            _ => Answer::status(404),
        }
    }

    /// The plan of the one shop that has this id here: they all have.
    fn partner_answer(&self, request: &Received) -> Answer {
        if request.header("x-shopify-access-token") != Some(PARTNER_TOKEN) {
            return json_answer(401, &json!({"errors": "Unauthorized"}));
        }
        let handle = self.shops.values().find_map(|shop| shop.paid_plan.clone());
        let plan = handle.map(|handle| {
            json!({"trialEndsAt": null, "items": [{"handle": handle}],
                "currentBillingCycle": {"endTime": "2027-01-01T00:00:00Z"}})
        });
        json_answer(200, &json!({"data": {"activeSubscription": plan}}))
    }

    fn session_token(&self, domain: &str) -> String {
        self.session_token_aged(domain, 0)
    }

    fn session_token_aged(&self, domain: &str, seconds: i64) -> String {
        let shop = ShopDomain::parse(domain).expect("a shop domain");
        let made_at = self.clock.now().plus_seconds(-seconds);
        mint_session_token(&self.secrets, CLIENT_ID, &shop, "42", made_at).expect("a session token")
    }

    fn next_name(&mut self, prefix: &str) -> String {
        self.counter += 1;
        format!("{prefix}{}", self.counter)
    }
}

/// A JSON answer.
fn json_answer(status: u16, body: &Value) -> Answer {
    Answer::with(status, &[("content-type", "application/json")], &body.to_string())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
