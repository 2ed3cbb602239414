//! The storefront's rules, pure: what a landing URL says about who sent the visitor, and what the
//! visitor's browser does about it. The same code runs on the server and on every page of the shop.
//!
//! `no_std`, without an allocator and without unsafe code: bytes in; iterators, fixed-size tokens,
//! flags and one list of operations out. Whoever has an allocator (the crate `domain`) makes strings
//! of them. Bytes, not `str`, because what arrives is anybody's text and because it is smaller in the
//! browser. Deliberately not here: cookies, storage, the network, the clock (`host.js` has those), and
//! everything about orders.
//!
//! Start reading at [`visit`] (what a page does), then [`snapshot`] (its input), [`state`] (what is
//! kept), [`referral`] (who is named) and [`params`] (what the link carries along). What runs in
//! browsers reads texts by positions ([`scan`]), because that is small; what only the server needs
//! reads slices ([`query`]). `browser`, the door for the page, is built with the feature of that name
//! only; its buffer is the one unsafe thing.

#![no_std]
#![cfg_attr(not(feature = "browser"), forbid(unsafe_code))]

#[cfg(test)]
extern crate std;

#[cfg(all(target_arch = "wasm32", feature = "browser"))]
pub mod browser;
pub mod cart;
pub mod output;
pub mod page_url;
pub mod params;
pub mod pixel;
pub mod query;
pub mod referral;
pub mod scan;
pub mod snapshot;
pub mod state;
pub mod token;
pub mod touches;
pub mod visit;

pub use params::{LinkParam, LinkParams, Losses, Value, link_params};
pub use referral::{ForeignClick, Network, Referral, click_id, foreign_clicks, referrals};
pub use token::Token;
