//! The money of 10,000 histories under random programs, by the rules alone, for everybody who has a
//! part in the order: one total for any order of arrival, nothing left of a full refund in either
//! currency, lines that sum to the commission, parts that sum to the whole, entries that sum to the
//! total.

use domain::{
    attribution::Share,
    commission::{Commission, CommissionContext, commission_of, level_commission},
    conversion::{Change, Conversion, Facts, PayoutRate, PayoutTerms, settle},
    money::{BasisPoints, Currency},
    order::OrderState,
    program::ProgramRules,
};
use proptest::prelude::*;
use serde_json::json;

use super::{
    cases,
    history::{EXCLUDED_PRODUCT, History, histories, histories_of_units},
    message::Message,
    programs::{Program, programs},
};

/// What a history leaves on one account.
#[derive(Debug, PartialEq, Eq)]
struct Books {
    /// The last total.
    commission_minor: i64,
    /// Sum of all entries.
    entries_minor: i64,
    /// Sum of all entries in the affiliate's currency.
    payout_minor: i64,
}

/// One affiliate's conversion: a share of the order, or a level above one.
struct Account {
    share: Share,
    /// Which level above the share, from 0; none for the share itself.
    above: Option<usize>,
    payout: PayoutTerms,
    conversion: Option<Conversion>,
    entries_minor: i64,
    payout_minor: i64,
}

/// Everybody's conversions, told by messages.
struct Player<'a> {
    rules: &'a ProgramRules,
    context: &'a CommissionContext,
    state: OrderState,
    accounts: Vec<Account>,
}

impl<'a> Player<'a> {
    fn of(history: &History, program: &'a Program) -> Self {
        let shop = history.order.snapshot().currency;
        let euro = Currency::parse("EUR").expect("a currency");
        let mut rates = program.payout_rates.iter().cycle();
        let mut account = |share, above| {
            let rate = rates.next().copied().unwrap_or(100);
            let rate = PayoutRate::parse(&format!("{}.{:02}", rate / 100, rate % 100));
            Account {
                share,
                above,
                payout: PayoutTerms::new(shop, Some(euro), rate.ok()),
                conversion: None,
                entries_minor: 0,
                payout_minor: 0,
            }
        };
        let mut accounts = Vec::new();
        for index in 0..program.shares {
            let share = Share { index, of: program.shares };
            accounts.push(account(share, None));
            let levels = 0..program.rules.levels.len();
            accounts.extend(levels.map(|level| account(share, Some(level))));
        }
        Self {
            rules: &program.rules,
            context: &program.context,
            state: OrderState::default(),
            accounts,
        }
    }

    /// Takes in one message and books what follows, checking what must hold after every one.
    fn take(&mut self, message: &Message) -> Result<(), TestCaseError> {
        message.apply(&mut self.state);
        if self.state.snapshot.is_none() {
            return Ok(());
        }
        let whole = commission_of(&self.state, self.rules, self.context).expect("a commission");
        sums_up(&whole)?;
        let of_shares = self.accounts.iter().filter(|account| account.above.is_none());
        let shares: i64 = of_shares.map(|account| whole.share(account.share).total.minor).sum();
        prop_assert_eq!(shares, whole.total.minor, "parts sum to the whole");
        for account in &mut self.accounts {
            let share = whole.share(account.share);
            let own = match account.above {
                None => share,
                Some(level) => level_commission(&self.rules.levels, level, &share)
                    .expect("a level")
                    .expect("of the program"),
            };
            sums_up(&own)?;
            account.take(&self.state, self.rules, &own)?;
        }
        Ok(())
    }

    fn books(&self) -> Vec<Books> {
        self.accounts.iter().map(Account::books).collect()
    }
}

/// Lines sum to the commission, which is never negative.
fn sums_up(commission: &Commission) -> Result<(), TestCaseError> {
    let lines: i64 = commission.lines.iter().map(|line| line.commission.minor).sum();
    prop_assert_eq!(lines, commission.total.minor, "lines sum to the commission");
    prop_assert!(commission.total.minor >= 0, "never negative");
    Ok(())
}

impl Account {
    fn take(
        &mut self,
        state: &OrderState,
        rules: &ProgramRules,
        commission: &Commission,
    ) -> Result<(), TestCaseError> {
        if let Some(change) = self.settle(state, rules, commission) {
            self.book(change)?;
        }
        prop_assert!(self.settle(state, rules, commission).is_none(), "a repeat changes nothing");
        Ok(())
    }

    fn settle(
        &self,
        state: &OrderState,
        rules: &ProgramRules,
        commission: &Commission,
    ) -> Option<Change> {
        let facts = Facts {
            order: state,
            commission,
            rules,
            disqualified: None,
            hold: None,
            payout: &self.payout,
        };
        settle(self.conversion.as_ref(), &facts)
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
    program: &Program,
    messages: impl IntoIterator<Item = &'a Message>,
) -> Result<Vec<Books>, TestCaseError> {
    let mut player = Player::of(history, program);
    messages.into_iter().try_for_each(|message| player.take(message))?;
    Ok(player.books())
}

/// One affiliate who earns the history's rate of everything.
fn plain(history: &History) -> Program {
    let rate = BasisPoints(history.rate_bps).to_string();
    let document = json!({
        "key": "main",
        "commission": {"type": "percent", "value": rate.trim_end_matches('%')},
        "exclude": {"product_ids": [EXCLUDED_PRODUCT]},
    });
    Program {
        rules: serde_json::from_value(document).expect("rules"),
        context: CommissionContext::bare(
            domain::attribution::Method::Link,
            vec!["anna".to_owned()],
        ),
        shares: 1,
        payout_rates: vec![history.payout_rate_percent],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn n2_any_order_of_arrival_and_any_repeats_end_in_one_total_for_everybody(
        history in histories(),
        program in programs(),
    ) {
        let in_order = play(&history, &program, &history.messages)?;
        for books in &in_order {
            prop_assert_eq!(books.entries_minor, books.commission_minor);
        }
        prop_assert_eq!(&play(&history, &program, history.as_it_arrives())?, &in_order);
        prop_assert_eq!(&play(&history, &program, history.messages.iter().rev())?, &in_order);
        if history.is_fully_refunded {
            let nothing = Books { commission_minor: 0, entries_minor: 0, payout_minor: 0 };
            prop_assert!(in_order.iter().all(|books| *books == nothing), "{:?}", in_order);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_commission_is_the_rate_of_what_remains(history in histories_of_units()) {
        let played = play(&history, &plain(&history), &history.messages)?;
        let total = i128::from(played[0].commission_minor);
        let (exact, roundings) = history.exact_base_twelfths();
        let rate = i128::from(history.rate_bps);
        // Half a unit from the one rounding of the commission, and half a unit of base wherever a
        // refund took a part of a line; all in parts of 1/120,000.
        let off = (total * 120_000 - exact * rate).abs();
        let bound = 60_000 + 6 * rate * roundings;
        prop_assert!(off <= bound, "{} for {}/12 at {} bps", total, exact, rate);
    }
}
