//! Use cases: each loads, asks the domain what follows, and stores the answer with its outgoing jobs
//! in one write. Nothing here talks to the network, renders a page or reads a clock.

pub mod approve_due;
pub mod attribute;
pub mod book_changes;
pub mod change_settings;
pub mod enqueue_firings;
pub mod explanation;
pub mod fire_test;
pub mod log_in;
mod milestones;
pub mod order_news;
pub mod pay_out;
pub mod prepare_firing;
pub mod privacy;
mod recompute;
pub mod record_click;
mod recover_click;
pub mod review_affiliate;
pub mod save_postback;
pub mod set_upline;
pub mod settle_orders;
pub mod shop_book;
pub mod shop_news;
mod suspicions;
pub mod welcome_shop;
