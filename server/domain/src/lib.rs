//! Tributary's rules, pure: values in, values and reasons out. No clock, no database, no network;
//! builds for wasm32.
//!
//! May use: serde, jiff, `rust_decimal`, the pure part of `storefront-wasm`. Must never use: diesel,
//! actix, reqwest, tokio, a clock, a random source.
//! Start reading at [`order`] (what arrives), then [`attribution`], [`commission`], [`conversion`],
//! [`postback`]. Proved by the tests beside the rules and by `tests/it/golden`.
//!
//! # Glossary
//!
//! - **Shop**: one installed store. **Program**: a set of commission rules, in versions.
//! - **Affiliate**: who promotes; has a **code** for links and **coupons** for the checkout.
//! - **Click**: a recorded visit through an affiliate's link, with its **link parameters**.
//!   **Touch**: a click as a candidate for credit.
//! - **Order**: Shopify's; we keep an [`order::OrderState`]. **Conversion**: one affiliate's credit
//!   for one order, with a status.
//! - **Commission**: what a conversion earns. **Base** (or sales): what it is computed from.
//! - **Entry**: one line of the append-only ledger; the commission's change after each event.
//! - **Postback**: an affiliate's (or merchant's) template for telling its own system. **Firing**:
//!   one event matched to one postback. **Attempt**: one HTTP request for a firing.
//! - **Delivery**: one webhook request from Shopify, kept in the inbox.

pub mod affiliate;
pub mod attribution;
pub mod bot;
pub mod commission;
pub mod conversion;
pub mod event;
pub mod fraud;
pub mod goal;
pub mod ids;
pub mod ledger;
pub mod letter;
pub mod link;
pub mod money;
pub mod order;
pub mod payout;
pub mod picture;
pub mod pixel;
pub mod plan;
pub mod postback;
pub mod program;
pub mod reason;
pub mod retry;
pub mod shop;
pub mod time;

#[cfg(test)]
mod testing;
