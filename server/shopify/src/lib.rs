//! What Shopify promises and demands, as values in and values out: signatures, tokens, names of
//! shops, and webhook bodies turned into `domain::order`. No network, no clock, no storage; the time
//! is always an argument.
//!
//! | file | document it implements |
//! |---|---|
//! | [`secrets`] | client secret and its rotation, <https://shopify.dev/docs/apps/build/authentication-authorization/client-secrets/rotate-revoke-client-credentials> |
//! | [`shop_domain`] | shop names and the `host` parameter, <https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant> |
//! | [`webhook`] | headers and body HMAC, <https://shopify.dev/docs/apps/build/webhooks/subscribe/https> |
//! | [`query_hmac`] | `hmac` of admin and callback URLs, same page as `shop_domain` |
//! | [`app_proxy`] | `signature` of app proxy requests, <https://shopify.dev/docs/apps/build/online-store/app-proxies/authenticate-app-proxies> |
//! | [`session_token`] | session tokens, <https://shopify.dev/docs/apps/build/authentication-authorization/session-tokens> |
//! | [`scopes`] | what the app needs, <https://shopify.dev/docs/api/usage/access-scopes> |
//! | [`oauth`] | access tokens, <https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens> |
//! | [`graphql`] | asking and answering, <https://shopify.dev/docs/api/usage/limits> |
//! | [`admin`] | each query and mutation, <https://shopify.dev/docs/api/admin-graphql/2026-10> |
//! | [`partner`] | which plan a shop pays for, <https://shopify.dev/docs/api/partner/latest/active-subscription> |
//! | [`payloads`] | webhook bodies, <https://shopify.dev/docs/api/webhooks>, <https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance> |
//! | [`fingerprint`] | ours: how a buyer's e-mail is kept (protected customer data rules) |
//!
//! May use: domain, hmac, sha2, jsonwebtoken. Must never use: storage, diesel, actix.
//! Proved by the vectors and payloads in `tests/fixtures`.

pub mod admin;
pub mod app_proxy;
pub mod fingerprint;
pub mod graphql;
pub mod oauth;
pub mod partner;
pub mod payloads;
pub mod query_hmac;
pub mod scopes;
pub mod secrets;
pub mod session_token;
pub mod shop_domain;
pub mod webhook;
