//! Random order histories: whatever happens to an order, and in whatever order and how often Shopify
//! tells it, the state and the money end the same (N2), under any program and for everybody who has a
//! part. The rules alone play 10,000 of them; 200 more go through the whole product on each database.

mod history;
mod message;
mod money;
mod payloads;
mod programs;
mod seed;
mod state;
mod whole;
