//! Rounding, currencies, caps, minimum, splits.

use super::*;

#[test]
fn g15_a_half_cent_goes_up() {
    let order = order_of("USD", "199.00").discount(A, "59.70");
    let rate = rules(json!({"commission": {"type": "percent", "value": "25"}}));
    assert_eq!(total(&order.state(), &rate), "34.83");
}

#[test]
fn g16_shipping_does_not_reduce_the_base() {
    let order = order_of("USD", "50.00").shipping("10.00", "0.00");
    let rate = rules(json!({"commission": {"type": "percent", "value": "20"}}));
    assert_eq!(total(&order.state(), &rate), "10.00");
}

#[test]
fn g23_the_sum_is_rounded_once() {
    let order = order("USD").line(1, 1, "0.33").line(2, 1, "0.33").line(3, 1, "0.33");
    let commission = earns(&order.state(), &plain());
    assert_eq!(commission.total.decimal(), "0.10");
    let parts: Vec<_> = commission.lines.iter().map(|line| line.commission.minor).collect();
    assert_eq!(parts, [4, 3, 3]);
}

#[test]
fn g24_yen_have_no_decimals() {
    let rate = rules(json!({"commission": {"type": "percent", "value": "7.5"}}));
    assert_eq!(total(&order_of("JPY", "1999").state(), &rate), "150");
}

#[test]
fn g25_dinars_have_three_decimals() {
    assert_eq!(total(&order_of("KWD", "12.345").state(), &plain()), "1.235");
    assert_eq!(total(&order_of("BHD", "22.500").state(), &plain()), "2.250");
}

#[test]
fn g26_almost_three_is_three() {
    assert_eq!(total(&order_of("USD", "29.99").state(), &plain()), "3.00");
}

#[test]
fn g73_fifteen_percent() {
    let rate = rules(json!({"commission": {"type": "percent", "value": "15"}}));
    assert_eq!(total(&order_of("USD", "150.00").state(), &rate), "22.50");
}

#[test]
fn g82_a_cap_is_the_most_an_order_earns() {
    let capped = rules(json!({"cap_per_order": "50.00"}));
    let commission = earns(&order_of("USD", "800.00").state(), &capped);
    assert_eq!(commission.total.decimal(), "50.00");
    assert_eq!(commission.uncapped.unwrap().decimal(), "80.00");
}

#[test]
fn a_capped_amount_is_shared_over_the_lines_in_proportion() {
    let commission = earns(&r().state(), &rules(json!({"cap_per_order": "5.00"})));
    let parts: Vec<_> = commission.lines.iter().map(|line| line.commission.minor).collect();
    assert_eq!(parts, [300, 200]);
}

#[test]
fn a_refund_above_the_cap_changes_nothing_and_below_it_does() {
    let capped = rules(json!({"cap_per_order": "6.00"}));
    assert_eq!(total(&r().after(&[one_a(7)]), &capped), "6.00");
    assert_eq!(total(&r().after(&[one_a(7), one_a(8)]), &capped), "3.60");
}

#[test]
fn a_cap_applies_to_flat_amounts_too() {
    let flat = rules(json!({
        "commission": {"type": "flat_per_item", "value": "5.00"}, "cap_per_order": "12.00",
    }));
    assert_eq!(total(&r().state(), &flat), "12.00");
}

#[test]
fn the_minimum_order_is_inclusive() {
    let at = |amount: &str| earns(&r().state(), &rules(json!({"minimum_order": amount})));
    assert_eq!(at("90.00").total.decimal(), "9.00");
    let below = at("90.01");
    assert_eq!(below.zero_reason, Some(Reason::MinimumOrder));
    assert_eq!((below.total.decimal(), below.sales.decimal()), ("0.00".into(), "90.00".into()));
}

#[test]
fn an_order_refunded_below_the_minimum_earns_nothing() {
    let commission = earns(&r().after(&[one_a(7)]), &rules(json!({"minimum_order": "80.00"})));
    assert_eq!(commission.zero_reason, Some(Reason::MinimumOrder));
}

#[test]
fn linear_shares_are_equal_and_the_odd_cents_go_to_the_first() {
    let commission = earns(&order_of("USD", "100.00").state(), &plain());
    let shares = [0, 1, 2].map(|index| commission.share(Share { index, of: 3 }));
    assert_eq!(shares.clone().map(|share| share.total.minor), [334, 333, 333]);
    assert_eq!(shares.clone().map(|share| share.sales.minor), [3_334, 3_333, 3_333]);
    for share in &shares {
        let lines: i64 = share.lines.iter().map(|line| line.commission.minor).sum();
        assert_eq!(lines, share.total.minor);
    }
    assert_eq!(shares[1].lines[0].why, "program rate; part 2 of 3");
}

#[test]
fn linear_shares_are_split_again_after_a_refund() {
    let commission = earns(&r().after(&[one_a(7)]), &plain());
    let shares = [0, 1, 2, 3].map(|index| commission.share(Share { index, of: 4 }).total.minor);
    assert_eq!(shares, [158, 158, 157, 157]);
    let gone = earns(&r().after(&[all_of_r(7)]), &plain());
    assert_eq!(gone.share(Share { index: 0, of: 4 }).total.minor, 0);
}
