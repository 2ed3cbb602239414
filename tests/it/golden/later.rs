//! Performance tiers, bonuses, uplines and payouts: G38–G40, G47, G68–G72, G74–G76, G81; and clicks that fire postbacks: I1. Not a module
//! of `golden` until the engine plays them; each case then moves to the file of its subject.

use serde_json::{Value, json};

use super::{
    builder::{Order, Scenario, day, later, line, percent},
    harness::{Run, golden},
    outcome::{Outcome, text},
};

golden![
    g68_the_order_that_crosses_the_line_keeps_the_old_rate,
    g69_marginal_tiers_split_the_order_that_crosses_the_line,
    g70_a_new_month_demotes_only_where_the_program_says_so,
    g71_each_bonus_is_paid_once_when_its_sum_is_reached,
    g72_refunds_within_the_month_lower_the_sum,
    g74_uplines_earn_of_the_commission,
    g75_uplines_earn_of_the_sale,
    g76_uplines_are_reversed_in_proportion,
    i1_a_click_fires,
    g38_a_refund_after_the_payout_leaves_the_payout_alone,
    g39_a_debt_is_netted_with_the_next_commission,
    g40_a_debt_alone_is_carried,
    g47_a_lost_chargeback_after_the_payout_is_a_debt,
    g81_the_minimum_payout_is_inclusive,
];

/// An order of Anna's at this price, placed and approved on the given day.
fn approved(scenario: Scenario, order: &Order) -> Scenario {
    let then = later(&order.created_at, 60);
    scenario.order(order).review(&then, order, "approved", None)
}

/// The `n`-th order, on day `n`.
fn nth(n: u64, price: &str) -> Order {
    let then = day(i64::try_from(n).expect("few days"));
    Order::single(price).id(1_000 + n).placed_at(&then)
}

/// 5 %, and 10 % from 1,000.00 of approved sales.
fn promoting(fields: Value) -> Scenario {
    let mut tiers = json!({
        "scope": "lifetime", "mode": "whole", "demote": false,
        "steps": [{"from": "1000.00", "commission": percent("10")}],
    });
    let (Value::Object(into), Value::Object(fields)) = (&mut tiers, fields) else {
        panic!("only objects are merged")
    };
    into.extend(fields);
    Scenario::golden()
        .percent("5")
        .program(json!({"performance_tiers": tiers}))
}

/// What orders of 600, 500 and 100 earn, one after the other.
fn six_five_one(run: &Run, setting: Scenario) -> [String; 3] {
    let orders = [nth(1, "600.00"), nth(2, "500.00"), nth(3, "100.00")];
    let result = run.play(&orders.iter().fold(setting, approved));
    orders.map(|order| result.order(&order).commission().to_owned())
}

fn g68_the_order_that_crosses_the_line_keeps_the_old_rate(run: &Run) {
    assert_eq!(
        six_five_one(run, promoting(json!({}))),
        ["30.00", "25.00", "10.00"]
    );
}

fn g69_marginal_tiers_split_the_order_that_crosses_the_line(run: &Run) {
    // 400 at 5 % and 100 at 10 %.
    let marginal = promoting(json!({"mode": "marginal"}));
    assert_eq!(six_five_one(run, marginal), ["30.00", "30.00", "10.00"]);
}

fn g70_a_new_month_demotes_only_where_the_program_says_so(run: &Run) {
    let (march, april) = (nth(1, "1000.00"), nth(40, "100.00"));
    for (demote, commission) in [(true, "5.00"), (false, "10.00")] {
        let setting = promoting(json!({"scope": "month", "demote": demote}));
        let result = run.play(&approved(approved(setting, &march), &april));
        assert_eq!(
            result.order(&april).commission(),
            commission,
            "demote {demote}"
        );
    }
}

/// 25.00 at 1,500 of sales in a month, and a further 75.00 at 3,000.
fn with_bonuses() -> Scenario {
    let bonus =
        |from: &str, amount: &str| json!({"scope": "month", "from": from, "amount": amount});
    Scenario::golden()
        .program(json!({"bonuses": [bonus("1500.00", "25.00"), bonus("3000.00", "75.00")]}))
}

/// Anna's bonuses.
fn bonuses(result: &Outcome) -> Vec<&str> {
    let entries = result
        .list("entries")
        .iter()
        .filter(|entry| entry["kind"] == "bonus");
    entries.map(|entry| text(&entry["amount"])).collect()
}

fn g71_each_bonus_is_paid_once_when_its_sum_is_reached(run: &Run) {
    let orders = [nth(1, "1600.00"), nth(2, "1500.00"), nth(3, "10.00")];
    let result = run.play(&orders.iter().fold(with_bonuses(), approved));
    assert_eq!(bonuses(&result), ["25.00", "75.00"]);
    // 10 % of 3,110.00, and the bonuses.
    assert_eq!(result.balance("anna"), ("0.00", "411.00", "0.00"));
}

fn g72_refunds_within_the_month_lower_the_sum(run: &Run) {
    let first = nth(1, "1600.00");
    let second = Order::of([line("A", 1, "1300.00"), line("B", 1, "200.00")])
        .id(1_002)
        .placed_at(&day(2));
    let refund = second.refund(&day(3)).units("B", 1);
    let scenario = approved(with_bonuses(), &first)
        .order(&second)
        .refund(&refund)
        .review(&day(4), &second, "approved", None);
    assert_eq!(bonuses(&run.play(&scenario)), ["25.00"]);
}

/// Anna below Bob below Cleo below Dora, with these levels.
fn network(levels: Value) -> Scenario {
    Scenario::golden()
        .program(json!({"levels": levels}))
        .affiliate("dora", json!({}))
        .affiliate("cleo", json!({"upline": "dora"}))
        .affiliate("bob", json!({"upline": "cleo"}))
        .affiliate("anna", json!({"upline": "bob"}))
}

fn levels<const N: usize>(of: &str, percents: [&str; N]) -> Value {
    percents
        .map(|value| json!({"percent": value, "of": of}))
        .to_vec()
        .into()
}

/// What Anna, Bob, Cleo and Dora have of an order, in cents.
fn earned(result: &Outcome, order: &Order) -> [i64; 4] {
    ["anna", "bob", "cleo", "dora"].map(|key| result.order(order).earned_minor(key))
}

fn g74_uplines_earn_of_the_commission(run: &Run) {
    let order = Order::single("1000.00");
    let setting = network(levels("commission", ["10", "5", "2"]));
    let result = run.play(&setting.order(&order));
    assert_eq!(result.order(&order).affiliate(), Some("anna"));
    assert_eq!(earned(&result, &order), [10_000, 1_000, 500, 200]);
}

fn g75_uplines_earn_of_the_sale(run: &Run) {
    let order = Order::single("1000.00");
    let setting = network(levels("sale", ["2", "1", "0.5"]));
    let result = run.play(&setting.order(&order));
    assert_eq!(earned(&result, &order), [10_000, 2_000, 1_000, 500]);
}

fn g76_uplines_are_reversed_in_proportion(run: &Run) {
    let order = Order::of([line("A", 2, "500.00")]);
    let setting = network(levels("commission", ["10", "5", "2"])).order(&order);
    let one = order.refund(&day(1)).units("A", 1);
    let half = setting.refund(&one);
    assert_eq!(earned(&run.play(&half), &order), [5_000, 500, 250, 100]);

    let rest = order.refunded(&one).refund_of_rest(&day(2));
    assert_eq!(earned(&run.play(&half.refund(&rest)), &order), [0; 4]);
}

/// The merchant pays Anna on day `n`.
fn paid_out(scenario: Scenario, n: i64) -> Scenario {
    scenario.event(&day(n), "payout", json!({"affiliate": "anna"}))
}

/// Amounts that were paid, without rows that paid nothing.
fn payouts(result: &Outcome) -> Vec<&str> {
    let amounts = result
        .list("payouts")
        .iter()
        .map(|payout| text(&payout["amount"]));
    amounts.filter(|amount| *amount != "0.00").collect()
}

/// Anna earns 30 % and was paid 14.70 on day 10.
fn paid_fourteen_seventy() -> (Scenario, Order) {
    let order = nth(1, "49.00");
    (
        paid_out(approved(Scenario::golden().percent("30"), &order), 10),
        order,
    )
}

fn g38_a_refund_after_the_payout_leaves_the_payout_alone(run: &Run) {
    let (scenario, order) = paid_fourteen_seventy();
    let result = run.play(&scenario.refund(&order.full_refund(&day(20))));
    assert_eq!(result.order(&order).amounts(), ["14.70", "-14.70"]);
    assert_eq!(result.order(&order).kinds(), ["accrual", "refund"]);
    assert_eq!(payouts(&result), ["14.70"]);
    assert_eq!(result.balance("anna"), ("0.00", "-14.70", "14.70"));
}

/// 11.00 paid on day 10, 9.00 of it taken back on day 20.
fn owing_nine() -> Scenario {
    let (nine, two) = (nth(1, "90.00"), nth(2, "20.00"));
    let setting = Scenario::golden().program(json!({"minimum_payout": "10.00"}));
    let paid = paid_out(approved(approved(setting, &nine), &two), 10);
    paid.refund(&nine.full_refund(&day(20)))
}

fn g39_a_debt_is_netted_with_the_next_commission(run: &Run) {
    let next = nth(21, "250.00");
    let result = run.play(&paid_out(approved(owing_nine(), &next), 22));
    assert_eq!(payouts(&result), ["11.00", "16.00"]);
    assert_eq!(result.balance("anna"), ("0.00", "0.00", "27.00"));
}

fn g40_a_debt_alone_is_carried(run: &Run) {
    let result = run.play(&paid_out(owing_nine(), 22));
    assert_eq!(payouts(&result), ["11.00"]);
    assert_eq!(result.balance("anna"), ("0.00", "-9.00", "11.00"));
}

fn g47_a_lost_chargeback_after_the_payout_is_a_debt(run: &Run) {
    let order = Order::reference();
    let dispute = json!({
        "id": 598_735_659, "order_id": order.id, "type": "chargeback", "status": "lost",
        "amount": "108.00", "currency": "USD", "reason": "fraudulent",
        "initiated_at": day(15), "finalized_on": null,
    });
    let paid = paid_out(approved(Scenario::golden(), &order), 10);
    let result = run.play(&paid.webhook(&day(20), "disputes/update", dispute));
    let played = result.order(&order);
    assert_eq!(played.amounts(), ["9.00", "-9.00"]);
    assert_eq!(played.entry_reasons(), [None, Some("chargeback")]);
    assert_eq!(result.balance("anna"), ("0.00", "-9.00", "9.00"));
}

fn g81_the_minimum_payout_is_inclusive(run: &Run) {
    for (price, paid) in [("499.90", &[][..]), ("500.00", &["50.00"])] {
        let setting = Scenario::golden().program(json!({"minimum_payout": "50.00"}));
        let result = run.play(&paid_out(approved(setting, &nth(1, price)), 10));
        assert_eq!(payouts(&result), paid, "{price}");
    }
}

fn i1_a_click_fires(run: &Run) {
    let scenario = Scenario::golden()
        .postback(
            "t1",
            "https://trk.example.com/click?c={click_id}",
            json!({"on": ["click"]}),
        )
        .click(&day(0), "v1", "ref=ANNA&affclickid=w5f")
        .click(&day(1), "v1", "utm_source=mail");
    let result = run.play(&scenario);
    assert_eq!(result.sent("t1").len(), 1);
    assert_eq!(result.sent("t1")[0].event(), "click");
    assert_eq!(
        result.sent("t1")[0].url(),
        "https://trk.example.com/click?c=w5f"
    );
}
