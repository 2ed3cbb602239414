//! Merchant's and affiliate's pages of the running demo in a real browser: each page as it looks to
//! rules and machines, and what people do with them from one page to the next.

mod dry_run;
mod journeys;
mod merchant;
mod newcomer;
mod payouts;
mod person;
mod postbacks;
mod promotion;
mod settings;
mod visitor;
mod walk;
