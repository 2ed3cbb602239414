//! The storefront's script as shoppers' browsers run it: the committed asset on a page of a shop that
//! exists in the harness only. Each test says exactly what is stored and whom the page calls.

mod capture;
mod checkout;
mod consent;
mod differential;
mod extensions;
mod fallback;
mod merchant_calls;
mod navigation;
mod network;
mod pixels;
mod shop;
mod storage;
