//! A program's rules, read and checked: text becomes numbers once, and a mistake names its field.
//! Not here: what the numbers do.

use crate::{
    money::{BasisPoints, Currency, Money},
    program::{
        CommissionKind, CommissionSpec, ProgramRules, RateMatch, Recurring, TierMode, TierStep,
    },
};

/// Longest click window and hold, in days: ten years.
pub const DAYS_MAX: i64 = 3_652;

/// Most upline levels.
pub const LEVELS_MAX: usize = 10;

/// What is wrong with one field of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Path of the field: `rates[0].commission.value`.
    pub field: String,
    /// A sentence for the merchant.
    pub message: String,
}

/// Why a commission cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The program's rules are not usable.
    #[error("the program's rules are not usable: {}", summary(.0))]
    Rules(Vec<FieldError>),
    /// Only refunds have arrived, no picture of the order.
    #[error("no picture of the order has arrived yet")]
    OrderNotSeen,
    /// An amount or a product of amounts is too large.
    #[error("an amount is out of range")]
    OutOfRange,
}

impl RuleError {
    /// For `map_err` where a number did not fit: the numeric error says no more than this one.
    pub(super) fn overflow<E>(_: E) -> Self {
        Self::OutOfRange
    }
}

fn summary(errors: &[FieldError]) -> String {
    let texts: Vec<String> =
        errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
    texts.join("; ")
}

/// Checks a program's rules on saving, in the shop's currency.
///
/// ```
/// # use domain::{commission::check_rules, money::Currency, program::ProgramRules};
/// let rules: ProgramRules = serde_json::from_str(
///     r#"{"key": "main", "commission": {"type": "percent", "value": "110"}}"#).unwrap();
/// let errors = check_rules(&rules, Currency::USD).unwrap_err();
/// assert_eq!(errors[0].field, "commission.value");
/// ```
///
/// # Errors
/// Every mistake with its field.
pub fn check_rules(rules: &ProgramRules, currency: Currency) -> Result<(), Vec<FieldError>> {
    Plan::read(rules, currency).map(drop)
}

/// One rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rate {
    Percent(BasisPoints),
    FlatPerOrder(i64),
    FlatPerItem(i64),
}

impl Rate {
    pub(super) const NOTHING: Self = Self::Percent(BasisPoints(0));

    pub(super) fn text(self, currency: Currency) -> String {
        match self {
            Self::Percent(points) => points.to_string(),
            Self::FlatPerOrder(minor) => {
                format!("{} per order", Money::new(minor, currency).decimal())
            }
            Self::FlatPerItem(minor) => {
                format!("{} per item", Money::new(minor, currency).decimal())
            }
        }
    }
}

/// A special rate.
#[derive(Debug)]
pub(super) struct Special<'a> {
    pub(super) applies_to: &'a RateMatch,
    pub(super) rate: Rate,
}

/// A tier table, lowest step first.
#[derive(Debug)]
pub(super) struct Tiers {
    pub(super) mode: TierMode,
    pub(super) steps: Vec<(i64, Rate)>,
}

/// Rates by number of charge.
#[derive(Debug)]
pub(super) struct RecurringPlan {
    pub(super) steps: Vec<(Option<i64>, Rate)>,
    pub(super) max_charges: Option<i64>,
}

/// The rules as numbers of one currency.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) rules: &'a ProgramRules,
    pub(super) currency: Currency,
    /// None where only tiers pay.
    pub(super) rate: Option<Rate>,
    pub(super) specials: Vec<Special<'a>>,
    pub(super) order_value: Option<Tiers>,
    pub(super) performance: Option<Tiers>,
    pub(super) recurring: Option<RecurringPlan>,
    pub(super) cap_minor: Option<i64>,
    pub(super) minimum_order_minor: Option<i64>,
}

impl<'a> Plan<'a> {
    pub(super) fn parse(rules: &'a ProgramRules, currency: Currency) -> Result<Self, RuleError> {
        Self::read(rules, currency).map_err(RuleError::Rules)
    }

    fn read(rules: &'a ProgramRules, currency: Currency) -> Result<Self, Vec<FieldError>> {
        let mut reader = Reader { currency, errors: Vec::new() };
        let value_tiers = rules.order_value_tiers.as_ref();
        let performance = rules.performance_tiers.as_ref();
        let plan = Self {
            rules,
            currency,
            rate: reader.program_rate(rules),
            specials: reader.specials(rules),
            order_value: value_tiers
                .map(|tiers| reader.tiers("order_value_tiers", tiers.mode, &tiers.steps, rules)),
            performance: performance
                .map(|tiers| reader.tiers("performance_tiers", tiers.mode, &tiers.steps, rules)),
            recurring: rules.recurring.as_ref().map(|recurring| reader.recurring(recurring)),
            cap_minor: reader.optional_amount("cap_per_order", rules.cap_per_order.as_deref()),
            minimum_order_minor: reader
                .optional_amount("minimum_order", rules.minimum_order.as_deref()),
        };
        reader.optional_amount("minimum_payout", rules.minimum_payout.as_deref());
        reader.days("hold_days", Some(rules.hold_days));
        reader.days("window_days", rules.window_days);
        reader.bonuses(rules);
        reader.levels(rules);
        if reader.errors.is_empty() { Ok(plan) } else { Err(reader.errors) }
    }
}

/// Reads fields and remembers every mistake. A field that cannot be read counts as nothing, which
/// no one sees, because any mistake refuses the whole program.
struct Reader {
    currency: Currency,
    errors: Vec<FieldError>,
}

impl Reader {
    fn error(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.errors.push(FieldError { field: field.into(), message: message.into() });
    }

    fn amount(&mut self, field: &str, text: &str) -> i64 {
        match Money::parse(text, self.currency) {
            Ok(money) if money.minor >= 0 => return money.minor,
            Ok(_) => self.error(field, "an amount cannot be negative"),
            Err(error) => self.error(field, error.to_string()),
        }
        0
    }

    fn optional_amount(&mut self, field: &str, text: Option<&str>) -> Option<i64> {
        text.map(|text| self.amount(field, text))
    }

    fn percent(&mut self, field: &str, text: &str) -> BasisPoints {
        match BasisPoints::parse_percent(text) {
            Ok(points) if (0..=BasisPoints::WHOLE).contains(&points.0) => return points,
            Ok(_) => self.error(field, "a percentage lies between 0 and 100"),
            Err(error) => self.error(field, error.to_string()),
        }
        BasisPoints(0)
    }

    fn rate(&mut self, field: &str, spec: &CommissionSpec) -> Rate {
        let value_field = format!("{field}.value");
        match (spec.kind, spec.value.as_deref()) {
            (Some(CommissionKind::Percent), Some(text)) => {
                Rate::Percent(self.percent(&value_field, text))
            }
            (Some(CommissionKind::FlatPerOrder), Some(text)) => {
                Rate::FlatPerOrder(self.amount(&value_field, text))
            }
            (Some(CommissionKind::FlatPerItem), Some(text)) => {
                Rate::FlatPerItem(self.amount(&value_field, text))
            }
            (Some(_), None) => {
                self.error(value_field, "say how much");
                Rate::NOTHING
            }
            (None, _) => {
                self.error(format!("{field}.type"), "say which kind of commission");
                Rate::NOTHING
            }
        }
    }

    /// The program's own rate may be missing only where something else always pays.
    fn program_rate(&mut self, rules: &ProgramRules) -> Option<Rate> {
        let is_unset = rules.commission == CommissionSpec::default();
        let has_others = rules.order_value_tiers.is_some()
            || rules.performance_tiers.is_some()
            || rules.recurring.is_some()
            || !rules.rates.is_empty();
        (!(is_unset && has_others)).then(|| self.rate("commission", &rules.commission))
    }

    fn specials<'a>(&mut self, rules: &'a ProgramRules) -> Vec<Special<'a>> {
        let mut specials = Vec::with_capacity(rules.rates.len());
        for (index, special) in rules.rates.iter().enumerate() {
            let field = format!("rates[{index}]");
            if special.applies_to == RateMatch::default() {
                self.error(format!("{field}.match"), "say what the rate is for");
            }
            specials.push(Special {
                applies_to: &special.applies_to,
                rate: self.rate(&format!("{field}.commission"), &special.commission),
            });
        }
        specials
    }

    fn tiers(
        &mut self,
        field: &str,
        mode: TierMode,
        steps: &[TierStep],
        rules: &ProgramRules,
    ) -> Tiers {
        let mut read: Vec<(i64, Rate)> = Vec::with_capacity(steps.len());
        for (index, step) in steps.iter().enumerate() {
            let step_field = format!("{field}.steps[{index}]");
            let from = self.amount(&format!("{step_field}.from"), &step.from);
            let rate = self.rate(&format!("{step_field}.commission"), &step.commission);
            if read.last().is_some_and(|(before, _)| *before >= from) {
                self.error(format!("{step_field}.from"), "steps must rise");
            }
            if mode == TierMode::Marginal && !matches!(rate, Rate::Percent(_)) {
                self.error(format!("{step_field}.commission"), "slices need a percentage");
            }
            read.push((from, rate));
        }
        let has_gap = read.first().is_none_or(|(from, _)| *from > 0);
        let program_is_flat =
            !matches!(rules.commission.kind, None | Some(CommissionKind::Percent));
        if mode == TierMode::Marginal && has_gap && program_is_flat {
            self.error(field, "slices start at 0 unless the program pays a percentage");
        }
        if read.is_empty() {
            self.error(format!("{field}.steps"), "give at least one step");
        }
        Tiers { mode, steps: read }
    }

    fn recurring(&mut self, recurring: &Recurring) -> RecurringPlan {
        let last = recurring.steps.len().saturating_sub(1);
        let mut steps = Vec::with_capacity(recurring.steps.len());
        for (index, step) in recurring.steps.iter().enumerate() {
            let field = format!("recurring.steps[{index}]");
            match step.charges {
                None if index < last => {
                    self.error(format!("{field}.charges"), "only the last step may be open");
                }
                Some(..=0) => self.error(format!("{field}.charges"), "at least one charge"),
                _ => {}
            }
            steps.push((step.charges, self.rate(&format!("{field}.commission"), &step.commission)));
        }
        if recurring.max_charges.is_some_and(|max| max < 1) {
            self.error("recurring.max_charges", "at least one charge");
        }
        RecurringPlan { steps, max_charges: recurring.max_charges }
    }

    fn days(&mut self, field: &str, days: Option<i64>) {
        if days.is_some_and(|days| !(0..=DAYS_MAX).contains(&days)) {
            self.error(field, format!("between 0 and {DAYS_MAX} days"));
        }
    }

    fn bonuses(&mut self, rules: &ProgramRules) {
        for (index, bonus) in rules.bonuses.iter().enumerate() {
            self.amount(&format!("bonuses[{index}].from"), &bonus.from);
            self.amount(&format!("bonuses[{index}].amount"), &bonus.amount);
        }
    }

    fn levels(&mut self, rules: &ProgramRules) {
        if rules.levels.len() > LEVELS_MAX {
            self.error("levels", format!("at most {LEVELS_MAX} levels"));
        }
        for (index, level) in rules.levels.iter().enumerate() {
            self.percent(&format!("levels[{index}].percent"), &level.percent);
        }
    }
}
