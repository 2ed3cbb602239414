//! The storefront's rules, pure: what a landing URL says about who sent the visitor. The same code
//! runs on the server and, once the browser module is built from it, on every page of the shop.
//!
//! `no_std`, without an allocator and without unsafe code: bytes in; iterators, fixed-size tokens
//! and flags out. Whoever has an allocator (the crate `domain`) makes strings of them. Bytes, not
//! `str`, because what arrives is anybody's text and because it is smaller in the browser.
//! Deliberately not here: cookies, storage, the network, the clock, and everything about orders.
//!
//! Start reading at [`referral`] (who is named), then [`params`] (what the link carries along) and
//! [`query`] (how names and values are read).

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod params;
pub mod query;
pub mod referral;
pub mod token;

pub use params::{LinkParam, LinkParams, Losses, Value, link_params};
pub use referral::{ForeignClick, Network, Referral, click_id, foreign_clicks, referrals};
pub use token::Token;
