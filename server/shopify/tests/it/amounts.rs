//! The amounts of `EXPECTED.json`, computed from the snapshots alone.

use domain::money::{Money, divide_half_away};
use domain::order::{OrderLine, OrderSnapshot};

use crate::fixtures::{json, line_net, order, synthetic};

/// What commissions look at: no gift cards, no tips.
fn goods(order: &OrderSnapshot) -> impl Iterator<Item = &OrderLine> {
    order.lines.iter().filter(|line| !line.gift_card && !line.tip)
}

fn net_of_tax(order: &OrderSnapshot, line: &OrderLine) -> i64 {
    line_net(line) - if order.taxes_included { line.tax_minor } else { 0 }
}

fn remaining(order: &OrderSnapshot, line: &OrderLine) -> i64 {
    let left = line.current_quantity.unwrap_or(line.quantity);
    let net = i128::from(net_of_tax(order, line)) * i128::from(left);
    i64::try_from(divide_half_away(net, i128::from(line.quantity))).unwrap()
}

#[test]
fn every_synthetic_order_has_the_expected_amounts() {
    let expected = json("synthetic/EXPECTED.json");
    let orders = synthetic("order_");
    assert_eq!(orders.len(), 18);
    for (name, body) in orders {
        let order = order(&body).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = &expected[&name];
        assert_eq!(order.currency.as_str(), expected["currency"], "{name}");
        assert_eq!(order.taxes_included, expected["taxes_included"], "{name}");
        for (key, minor) in [
            ("goods_net_of_discount", goods(&order).map(line_net).sum()),
            (
                "goods_net_of_discount_ex_tax",
                goods(&order).map(|line| net_of_tax(&order, line)).sum(),
            ),
            (
                "goods_net_remaining_after_edits_ex_tax",
                goods(&order).map(|line| remaining(&order, line)).sum(),
            ),
            ("shipping_net", order.shipping_minor),
            ("total_price", order.total_minor),
        ] {
            let amount = Money::parse(expected[key].as_str().unwrap(), order.currency).unwrap();
            assert_eq!(order.money(minor), amount, "{name}: {key}");
        }
    }
}
