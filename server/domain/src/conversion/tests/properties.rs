//! The state rule as properties: order and number of events do not matter, parts sum to the whole,
//! a full refund is exactly zero.

use proptest::{collection::vec, prelude::*, sample::subsequence};

use super::*;
use crate::{
    order::Refund,
    program::ProgramRules,
    testing::{earns, order},
};

/// One thing that Shopify may deliver.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a handful of them in a test")]
enum Event {
    Picture(Order),
    Refund(Refund),
}

fn play(rules: &ProgramRules, events: &[Event]) -> Book {
    let mut book = Book::new(rules.clone());
    let rate = PayoutRate::parse("0.9137").unwrap();
    book.payout = PayoutTerms::new(Currency::USD, Some(currency("EUR")), Some(rate));
    for event in events {
        match event {
            Event::Picture(order) => book.picture(order),
            Event::Refund(refund) => book.refund(refund.clone()),
        };
    }
    book
}

/// Lines as (quantity, unit price, discount, tax).
fn an_order() -> impl Strategy<Value = Order> {
    let line = (1_i64..5, 1_i64..20_000, 0_i64..100, 0_i64..30);
    (vec(line, 1..5), any::<bool>(), 0_i64..2_000).prop_map(|(lines, taxes_included, shipping)| {
        let mut order = order("USD");
        order.0.taxes_included = taxes_included;
        order.0.shipping_minor = shipping;
        for (index, (quantity, price, discount, tax)) in (1_u64..).zip(lines) {
            order = order.line(index, quantity, "0").edit_line(index, |line| {
                let whole = price * quantity;
                line.unit_price_minor = price;
                line.discount_minor = whole * discount / 100;
                line.tax_minor = (whole - line.discount_minor) * tax / 130;
            });
        }
        order
    })
}

fn some_rules() -> impl Strategy<Value = ProgramRules> {
    let commission = prop_oneof![
        (0_i64..10_000).prop_map(|points| {
            json!({"type": "percent", "value": format!("{}.{:02}", points / 100, points % 100)})
        }),
        (0_i64..3_000).prop_map(|minor| {
            json!({"type": "flat_per_order", "value": format!("{}.{:02}", minor / 100, minor % 100)})
        }),
        (0_i64..500).prop_map(|minor| {
            json!({"type": "flat_per_item", "value": format!("{}.{:02}", minor / 100, minor % 100)})
        }),
    ];
    let tiers = prop_oneof![
        Just(json!(null)),
        Just(json!({"mode": "whole", "steps": [
            {"from": "50.00", "commission": {"type": "percent", "value": "12.5"}},
            {"from": "150.00", "commission": {"type": "flat_per_order", "value": "30"}},
        ]})),
        Just(json!({"mode": "marginal", "steps": [
            {"from": "0", "commission": {"type": "percent", "value": "3.33"}},
            {"from": "70.00", "commission": {"type": "percent", "value": "7.77"}},
        ]})),
    ];
    let switches = (any::<bool>(), any::<bool>(), any::<bool>());
    let limits = (proptest::option::of(1_i64..60), any::<bool>());
    (commission, tiers, switches, limits).prop_map(|(commission, tiers, switches, limits)| {
        let (shipping, tax, ignore) = switches;
        let discounts = if ignore { "ignore" } else { "deduct" };
        rules(json!({
            "commission": commission,
            "order_value_tiers": tiers,
            "base": {"shipping": shipping, "tax": tax, "discounts": discounts},
            "cap_per_order": limits.0.map(|cap| cap.to_string()),
            "rates": if limits.1 {
                json!([{"match": {"product_id": 100},
                        "commission": {"type": "percent", "value": "17.77"}}])
            } else {
                json!([])
            },
        }))
    })
}

/// Refunds of some units and some money, as (line, quantity, subtotal, money).
fn some_refunds() -> impl Strategy<Value = Vec<Refund>> {
    let parts = (1_u64..5, 0_i64..4, 0_i64..30_000, 0_i64..2_000, 0_i64..3, 0_i64..8);
    vec(parts, 0..5).prop_map(|refunds| {
        (1_u64..)
            .zip(refunds)
            .map(|(id, (line, quantity, subtotal, money, settlement, made_on))| {
                let settlement = match settlement {
                    0 => RefundSettlement::Pending,
                    1 => RefundSettlement::Failed,
                    _ => RefundSettlement::Settled,
                };
                let refund = refund(id).item(line, quantity, subtotal).money(money);
                refund.settled(settlement).on(day(made_on))
            })
            .collect()
    })
}

/// A story: the order placed, paid, edited, perhaps cancelled, with refunds between, each of them
/// perhaps first seen pending.
fn a_story() -> impl Strategy<Value = Vec<Event>> {
    let edits = vec((1_u64..5, 0_i64..4, any::<bool>()), 0..3);
    (an_order(), edits, some_refunds(), any::<[bool; 3]>()).prop_map(
        |(order, edits, refunds, [is_paid, is_cancelled, lists])| {
            let mut events = vec![Event::Picture(order.clone().payment(PaymentStatus::Pending))];
            let mut picture = order.at(day(1));
            if !is_paid {
                picture = picture.payment(PaymentStatus::Authorized);
            }
            events.push(Event::Picture(picture.clone()));
            for (number, (line, quantity, adds)) in (2_i64..).zip(edits) {
                picture = picture.at(day(number));
                if adds {
                    picture = picture.line(10 + line, quantity, "7.77");
                } else if picture.0.lines.iter().any(|known| known.id.0 == line) {
                    picture = picture.current(line, quantity);
                }
                events.push(Event::Picture(picture.clone()));
            }
            if lists {
                for refund in &refunds {
                    picture = picture.listing(refund);
                }
                events.push(Event::Picture(picture.clone().at(day(6))));
            }
            if is_cancelled {
                events.push(Event::Picture(picture.at(day(7)).cancelled()));
            }
            for refund in refunds {
                let pending = refund.clone().settled(RefundSettlement::Pending);
                events.extend([Event::Refund(pending), Event::Refund(refund)]);
            }
            events
        },
    )
}

/// The same story in another order and with repeats.
fn told_twice() -> impl Strategy<Value = (Vec<Event>, Vec<Event>)> {
    a_story().prop_flat_map(|events| {
        let repeats = subsequence(events.clone(), 0..=events.len());
        (Just(events), repeats).prop_flat_map(|(events, repeats)| {
            let all = [events.clone(), repeats].concat();
            (Just(events), Just(all).prop_shuffle())
        })
    })
}

fn sums(book: &Book) -> (i64, i64) {
    let shop = book.entries.iter().map(|entry| entry.amount_minor).sum();
    let payout = book.entries.iter().map(|entry| entry.payout_amount_minor).sum();
    (shop, payout)
}

proptest! {
    #[test]
    fn order_and_number_of_events_do_not_matter(
        rules in some_rules(),
        (story, other) in told_twice(),
    ) {
        let (one, other) = (play(&rules, &story), play(&rules, &other));
        prop_assert_eq!(&one.order, &other.order);
        prop_assert_eq!(sums(&one), sums(&other));
        let end = |book: &Book| {
            let conversion = book.conversion();
            (conversion.sales_minor, conversion.commission_minor, conversion.approve_at)
        };
        prop_assert_eq!(end(&one), end(&other));
        // The story has no move in between that would make the way visible.
        prop_assert_eq!(one.standing(), other.standing());
    }

    #[test]
    fn entries_sum_to_what_is_booked_and_it_is_never_negative(
        rules in some_rules(),
        story in a_story(),
    ) {
        let mut book = Book::new(rules.clone());
        for end in 1..=story.len() {
            book = play(&rules, &story[..end]);
            let conversion = book.conversion();
            let booked = (conversion.booked_minor(), conversion.booked_payout_minor());
            prop_assert_eq!(sums(&book), booked);
            prop_assert!(conversion.commission_minor >= 0 && conversion.sales_minor >= 0);
        }
        // Settling the same facts again changes nothing.
        let version = book.conversion().version;
        prop_assert_eq!(book.settle().conversion().version, version);
    }

    #[test]
    fn lines_sum_to_the_commission_and_bases_to_the_sales(
        rules in some_rules(),
        order in an_order(),
        refunds in some_refunds(),
        share in (1_u32..5).prop_flat_map(|of| (0..of, Just(of))),
    ) {
        let commission = earns(&order.after(&refunds), &rules);
        let bases: i64 = commission.lines.iter().map(|line| line.base.minor).sum();
        prop_assert_eq!(bases, commission.sales.minor);
        let (index, of) = share;
        let part = commission.share(Share { index, of });
        for commission in [&commission, &part] {
            let lines: i64 = commission.lines.iter().map(|line| line.commission.minor).sum();
            prop_assert_eq!(lines, commission.total.minor);
            prop_assert!(commission.lines.iter().all(|line| line.commission.minor >= 0));
        }
        let parts = (0..of).map(|index| commission.share(Share { index, of }).total.minor);
        prop_assert_eq!(parts.sum::<i64>(), commission.total.minor);
    }

    #[test]
    fn a_full_refund_is_exactly_zero_in_both_currencies(
        rules in some_rules(),
        order in an_order(),
        steps in 1_i64..4,
    ) {
        let mut events = vec![Event::Picture(order.clone())];
        for line in &order.0.lines {
            for step in 0..steps {
                // The last step gives the rest back, with any subtotal.
                let units = if step + 1 == steps { line.quantity } else { 1.min(line.quantity) };
                let id = line.id.0 * 10 + step.unsigned_abs();
                events.push(Event::Refund(refund(id).item(line.id.0, units, 123)));
            }
        }
        events.push(Event::Refund(refund(999).shipping(order.0.shipping_minor)));
        let book = play(&rules, &events);
        prop_assert_eq!(sums(&book), (0, 0));
        prop_assert_eq!(book.conversion().commission_minor, 0);
        prop_assert_eq!(book.standing(), "reversed/refunded");
    }

    #[test]
    fn a_refund_never_raises_a_percentage_of_the_sales(
        order in an_order(),
        refunds in some_refunds(),
    ) {
        let before = earns(&order.state(), &plain()).total.minor;
        let mut last = before;
        for count in 1..=refunds.len() {
            let now = earns(&order.after(&refunds[..count]), &plain()).total.minor;
            prop_assert!(now <= last, "{now} after {last}");
            last = now;
        }
    }
}
