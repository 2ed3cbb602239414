//! What the merchant does by hand: adjustments, decisions about many orders, assignment by name.

use domain::{
    conversion::ReviewAction,
    ids::{AffiliateId, OrderId, ShopId, ShopifyId},
    ledger::chain::ChainHash,
    reason::Reason,
    time::UtcTime,
};
use serde_json::json;
use storage::{
    Storage, StorageError, StorageOptions,
    ledger::{balances_of, entry_page, manual_entries_of_order},
    orders::order_by_shopify_id,
};
use tests::{db::TestDatabase, sql};
use tributary::flows::{
    adjust::{AdjustError, Adjustment, adjust},
    assign::assign_by_name,
    review_orders::review_orders,
    settle_orders::Settler,
    shop_book::ShopBooks,
    verify_ledger::{Step, Walk},
};

use crate::golden::{
    builder::{Order, Scenario, day},
    harness::simulate,
};

tests::cases_on_both_databases![
    an_adjustment_is_one_entry_however_often_its_form_is_sent,
    an_adjustment_about_an_order_is_found_from_it_and_leaves_its_conversions_alone,
    an_adjustment_that_makes_no_sense_changes_nothing,
    one_decision_about_many_orders_does_what_each_allows,
    an_order_is_assigned_by_its_name_with_and_without_the_sign,
];

/// A shop with three orders of Anna, who is below Bob, and what is needed to act on it.
struct Shop {
    storage: Storage,
    books: std::sync::Arc<ShopBooks>,
    settler: Settler,
    id: ShopId,
    anna: AffiliateId,
    bob: AffiliateId,
    orders: Vec<ShopifyId>,
    _db: TestDatabase,
}

impl Shop {
    fn on(db: TestDatabase) -> Self {
        let orders = [Order::nth(1, "90.00"), Order::nth(2, "50.00"), Order::nth(3, "10.00")];
        let setting = Scenario::golden()
            .program(json!({"levels": [{"percent": "10"}]}))
            .affiliate("bob", json!({"payout_currency": "EUR", "payout_rate": "0.9"}))
            .affiliate("anna", json!({"upline": "bob"}));
        simulate(&orders.iter().fold(setting, Scenario::order).document(), &db);
        let id = |name| {
            let text = format!("SELECT id AS value FROM affiliates WHERE name = '{name}'");
            AffiliateId(sql::integer(&db.url, &text))
        };
        let options = StorageOptions { connections_max: 2, ..StorageOptions::default() };
        let books = std::sync::Arc::new(ShopBooks::default());
        let key = tributary::secrets::MasterKey::generate().expect("randomness");
        let tokens = tributary::visit_token::VisitTokens::new(&key);
        Self {
            storage: Storage::connect(&db.url, options).expect("the database opens"),
            settler: Settler::new(std::sync::Arc::clone(&books), tokens),
            books,
            id: ShopId(sql::integer(&db.url, "SELECT id AS value FROM shops")),
            anna: id("anna"),
            bob: id("bob"),
            orders: orders.iter().map(|order| ShopifyId(order.id)).collect(),
            _db: db,
        }
    }

    fn adjust(&self, adjustment: &Adjustment) -> Result<domain::ids::EntryId, AdjustError> {
        self.storage.write_blocking(|tx| adjust(tx, &self.books, self.id, adjustment, now()))
    }

    fn review(&self, orders: &[ShopifyId], action: &ReviewAction) -> (usize, usize, usize) {
        let reviewed = self
            .storage
            .write_blocking(|tx| {
                review_orders(tx, &self.books, &self.settler, self.id, orders, action, now())
            })
            .expect("a review");
        (reviewed.done.len(), reviewed.refused.len(), reviewed.unknown.len())
    }

    /// (pending, payable) of an affiliate, in cents.
    fn balance(&self, affiliate: AffiliateId) -> (i64, i64) {
        let found = self.storage.read_blocking(|conn| balances_of(conn, self.id, affiliate));
        let found = found.expect("balances");
        found.first().map_or((0, 0), |row| (row.pending_minor, row.payable_minor))
    }

    fn order(&self, id: ShopifyId) -> OrderId {
        let order = self.storage.read_blocking(|conn| order_by_shopify_id(conn, self.id, id));
        order.expect("an order").expect("an order").id
    }
}

fn now() -> UtcTime {
    UtcTime::parse(&day(10)).expect("a time")
}

fn by(affiliate: AffiliateId, amount_minor: i64, request: &str) -> Adjustment {
    Adjustment {
        affiliate,
        amount_minor,
        reason: "For the photo shoot".to_owned(),
        note: "Agreed by telephone".to_owned(),
        order: None,
        author: "Carol".to_owned(),
        request: request.to_owned(),
    }
}

fn an_adjustment_is_one_entry_however_often_its_form_is_sent(db: TestDatabase) {
    let shop = Shop::on(db);
    let first = shop.adjust(&by(shop.bob, 1_000, "form 1")).unwrap();
    assert_eq!(shop.adjust(&by(shop.bob, 1_000, "form 1")).unwrap(), first);
    assert_ne!(shop.adjust(&by(shop.bob, -400, "form 2")).unwrap(), first);
    assert_eq!(shop.balance(shop.bob), (150, 600));
    let entries =
        shop.storage.read_blocking(|conn| entry_page(conn, shop.id, shop.bob, None, 2)).unwrap();
    let amounts: Vec<_> = entries
        .iter()
        .map(|entry| (entry.amount_minor, entry.payout_amount_minor, entry.kind.as_str()))
        .collect();
    assert_eq!(amounts, [(-400, -360, "manual"), (1_000, 900, "manual")]);
    assert!(is_whole(&shop));
}

fn an_adjustment_about_an_order_is_found_from_it_and_leaves_its_conversions_alone(
    db: TestDatabase,
) {
    let shop = Shop::on(db);
    let order = shop.order(shop.orders[0]);
    let about = Adjustment { order: Some(order), ..by(shop.anna, 250, "form 1") };
    let entry = shop.adjust(&about).unwrap();
    let found = shop
        .storage
        .read_blocking(|conn| manual_entries_of_order(conn, shop.id, order, 10))
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0.entry_id, found[0].1.amount_minor), (entry, 250));
    assert_eq!(found[0].0.note, "Agreed by telephone");
    assert_eq!(shop.balance(shop.anna), (1_500, 250));
}

fn an_adjustment_that_makes_no_sense_changes_nothing(db: TestDatabase) {
    let shop = Shop::on(db);
    let refused = |adjustment: Adjustment| shop.adjust(&adjustment).unwrap_err();
    assert!(matches!(refused(by(shop.anna, 0, "1")), AdjustError::Nothing));
    let no_reason = Adjustment { reason: " ".to_owned(), ..by(shop.anna, 5, "2") };
    assert!(matches!(refused(no_reason), AdjustError::Reason));
    let long = Adjustment { note: "x".repeat(2_001), ..by(shop.anna, 5, "3") };
    assert!(matches!(refused(long), AdjustError::Note));
    let not_found = |error| matches!(error, AdjustError::Storage(StorageError::NotFound));
    assert!(not_found(refused(by(AffiliateId(5), 5, "4"))));
    let strange = Adjustment { order: Some(OrderId(5)), ..by(shop.anna, 5, "5") };
    assert!(not_found(refused(strange)));
    assert_eq!(shop.balance(shop.anna), (1_500, 0));
}

fn one_decision_about_many_orders_does_what_each_allows(db: TestDatabase) {
    let shop = Shop::on(db);
    let all = [shop.orders[0], shop.orders[1], shop.orders[2], ShopifyId(5)];
    let fraud = ReviewAction::Reject(Reason::Fraud("velocity".to_owned()));
    assert_eq!(shop.review(&all[1..2], &fraud), (1, 0, 0));
    // The rejected one cannot be approved, the unknown one is told, the others go on.
    assert_eq!(shop.review(&all, &ReviewAction::Approve), (2, 1, 1));
    assert_eq!(shop.balance(shop.anna), (0, 1_000));
    assert_eq!(shop.balance(shop.bob), (0, 100));
    // Taken back, it earns again at once, and so does the level above.
    assert_eq!(shop.review(&all[1..2], &ReviewAction::Reopen), (1, 0, 0));
    assert_eq!(shop.balance(shop.anna), (500, 1_000));
    assert_eq!(shop.balance(shop.bob), (50, 100));
    assert!(is_whole(&shop));
}

fn an_order_is_assigned_by_its_name_with_and_without_the_sign(db: TestDatabase) {
    let shop = Shop::on(db);
    let assign = |name: &str, affiliate| {
        shop.storage.write_blocking(|tx| {
            assign_by_name(tx, &shop.settler, shop.id, name, affiliate, now()).map(drop)
        })
    };
    // All orders of the builder are called #1001: the newest is meant.
    assign(" 1001 ", shop.bob).unwrap();
    assert_eq!(shop.balance(shop.bob), (140 + 100, 0));
    assert_eq!(shop.balance(shop.anna), (1_400, 0));
    assign("#1001", shop.anna).unwrap();
    assert_eq!(shop.balance(shop.anna), (1_500, 0));
    assert_eq!(shop.balance(shop.bob), (150, 0));
    assert!(matches!(assign("#77", shop.anna), Err(StorageError::NotFound)));
    assert!(matches!(assign("1001", AffiliateId(5)), Err(StorageError::NotFound)));
}

fn is_whole(shop: &Shop) -> bool {
    let mut walk = shop.storage.read_blocking(|conn| Walk::begin(conn, shop.id)).expect("a walk");
    loop {
        match shop.storage.read_blocking(|conn| walk.step(conn)).expect("a step") {
            Step::More { .. } => {}
            Step::Whole { hash, .. } => return hash != ChainHash::START,
            Step::Broken(_) => return false,
        }
    }
}
