//! The money of 10,000 histories, by the rules alone: one total for any order of arrival, nothing
//! left of a full refund in either currency, lines that sum to the commission, entries that sum to
//! the total.

use domain::{
    attribution::Method,
    commission::{Commission, CommissionContext, commission_of},
    conversion::{Change, Conversion, Facts, PayoutRate, PayoutTerms, settle},
    money::{BasisPoints, Currency},
    order::OrderState,
    program::{CustomerKind, ProgramRules},
};
use proptest::prelude::*;
use serde_json::json;

use super::{
    history::{EXCLUDED_PRODUCT, History, histories, histories_of_units},
    message::Message,
};

/// What a history leaves behind.
#[derive(Debug, PartialEq, Eq)]
struct Books {
    /// The last total.
    commission_minor: i64,
    /// Sum of all entries.
    entries_minor: i64,
    /// Sum of all entries in the affiliate's currency.
    payout_minor: i64,
}

/// One affiliate's conversion, told by messages.
struct Player {
    rules: ProgramRules,
    context: CommissionContext,
    payout: PayoutTerms,
    state: OrderState,
    conversion: Option<Conversion>,
    entries_minor: i64,
    payout_minor: i64,
}

impl Player {
    fn of(history: &History) -> Self {
        let rate = BasisPoints(history.rate_bps).to_string();
        let rules = json!({
            "key": "main",
            "commission": {"type": "percent", "value": rate.trim_end_matches('%')},
            "exclude": {"product_ids": [EXCLUDED_PRODUCT]},
        });
        let (whole, part) = (history.payout_rate_percent / 100, history.payout_rate_percent % 100);
        let payout_rate = PayoutRate::parse(&format!("{whole}.{part:02}")).expect("a rate");
        let euro = Currency::parse("EUR").expect("a currency");
        let shop = history.order.snapshot().currency;
        Self {
            rules: serde_json::from_value(rules).expect("rules"),
            context: CommissionContext {
                method: Method::Coupon,
                coupon: Some("ANNA10".to_owned()),
                affiliate_names: vec!["anna".to_owned()],
                customer: CustomerKind::New,
                charge_number: None,
                approved_sales_minor: 0,
            },
            payout: PayoutTerms::new(shop, Some(euro), Some(payout_rate)),
            state: OrderState::default(),
            conversion: None,
            entries_minor: 0,
            payout_minor: 0,
        }
    }

    /// Takes in one message and books what follows, checking what must hold after every one.
    fn take(&mut self, message: &Message) -> Result<(), TestCaseError> {
        message.apply(&mut self.state);
        if self.state.snapshot.is_none() {
            return Ok(());
        }
        let commission = self.commission();
        let lines: i64 = commission.lines.iter().map(|line| line.commission.minor).sum();
        prop_assert_eq!(lines, commission.total.minor, "lines sum to the commission");
        prop_assert!(commission.total.minor >= 0, "never negative");
        if let Some(change) = self.settle(&commission) {
            self.book(change)?;
        }
        prop_assert!(self.settle(&commission).is_none(), "a repeat changes nothing");
        Ok(())
    }

    fn book(&mut self, change: Change) -> Result<(), TestCaseError> {
        if let Some(entry) = &change.entry {
            self.entries_minor += entry.amount_minor;
            self.payout_minor += entry.payout_amount_minor;
        }
        prop_assert_eq!(self.entries_minor, change.conversion.booked_minor());
        prop_assert_eq!(self.payout_minor, change.conversion.booked_payout_minor());
        self.conversion = Some(change.conversion);
        Ok(())
    }

    fn commission(&self) -> Commission {
        commission_of(&self.state, &self.rules, &self.context).expect("a commission")
    }

    fn settle(&self, commission: &Commission) -> Option<Change> {
        let facts = Facts {
            order: &self.state,
            commission,
            rules: &self.rules,
            disqualified: None,
            hold: None,
            payout: &self.payout,
        };
        settle(self.conversion.as_ref(), &facts)
    }

    fn books(&self) -> Books {
        let commission = self.conversion.as_ref().map_or(0, |known| known.commission_minor);
        Books {
            commission_minor: commission,
            entries_minor: self.entries_minor,
            payout_minor: self.payout_minor,
        }
    }
}

/// Plays messages to the end.
fn play<'a>(
    history: &History,
    messages: impl IntoIterator<Item = &'a Message>,
) -> Result<Books, TestCaseError> {
    let mut player = Player::of(history);
    messages.into_iter().try_for_each(|message| player.take(message))?;
    Ok(player.books())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn any_order_of_arrival_and_any_repeats_end_in_one_total(history in histories()) {
        let in_order = play(&history, &history.messages)?;
        prop_assert_eq!(in_order.entries_minor, in_order.commission_minor);
        prop_assert_eq!(&play(&history, history.as_it_arrives())?, &in_order);
        prop_assert_eq!(&play(&history, history.messages.iter().rev())?, &in_order);
        if history.is_fully_refunded {
            let nothing = Books { commission_minor: 0, entries_minor: 0, payout_minor: 0 };
            prop_assert_eq!(in_order, nothing);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_commission_is_the_rate_of_what_remains(history in histories_of_units()) {
        let total = i128::from(play(&history, &history.messages)?.commission_minor);
        let (exact, roundings) = history.exact_base_twelfths();
        let rate = i128::from(history.rate_bps);
        // Half a unit from the one rounding of the commission, and half a unit of base wherever a
        // refund took a part of a line; all in parts of 1/120,000.
        let off = (total * 120_000 - exact * rate).abs();
        let bound = 60_000 + 6 * rate * roundings;
        prop_assert!(off <= bound, "{} for {}/12 at {} bps", total, exact, rate);
    }
}
