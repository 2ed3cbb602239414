//! Values as people read them: times in the shop's zone, states as badges, reasons and methods in
//! words. Not here: sentences of a page (`templates/`).

use domain::{
    attribution::Method,
    conversion::ConversionStatus,
    event::EventKind,
    money::{Currency, Money},
    order::PaymentStatus,
    payout::{BatchState, PayoutMethod, PayoutState},
    postback::RequestMethod,
    reason::Reason,
    time::{DAY_S, UtcTime},
};
use jiff::{
    civil::{Date, DateTime},
    tz::TimeZone,
};
use storage::firings::FiringState;

use super::view::parts::{Badge, Tone, When};

/// A shop's time zone; UTC when its name is unknown.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

impl Zone {
    /// By its IANA name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(TimeZone::get(name).unwrap_or(TimeZone::UTC))
    }

    /// Date and time, with the exact UTC beside it.
    #[must_use]
    pub fn moment(&self, at: UtcTime) -> When {
        self.shown(at, "%-d %b %Y, %H:%M")
    }

    /// As [`Zone::moment`], to the second: for logs.
    #[must_use]
    pub fn second(&self, at: UtcTime) -> When {
        self.shown(at, "%-d %b %Y, %H:%M:%S")
    }

    /// The day alone.
    #[must_use]
    pub fn day(&self, at: UtcTime) -> When {
        self.shown(at, "%-d %b %Y")
    }

    /// The month, `2026-03`.
    #[must_use]
    pub fn month(&self, at: UtcTime) -> String {
        at.timestamp().to_zoned(self.0.clone()).strftime("%Y-%m").to_string()
    }

    /// The day as date fields have it, `2026-03-01`.
    #[must_use]
    pub fn date(&self, at: UtcTime) -> String {
        at.timestamp().to_zoned(self.0.clone()).strftime("%Y-%m-%d").to_string()
    }

    /// The minute as fields for date and time have it, `2026-03-01T14:30`.
    #[must_use]
    pub fn field(&self, at: UtcTime) -> String {
        at.timestamp().to_zoned(self.0.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
    }

    fn shown(&self, at: UtcTime, format: &str) -> When {
        let zoned = at.timestamp().to_zoned(self.0.clone());
        When { text: zoned.strftime(format).to_string(), utc: at.to_string() }
    }

    /// The first instant of a day written `2026-03-01`.
    #[must_use]
    pub fn start_of(&self, day: &str) -> Option<UtcTime> {
        self.midnight(day.trim().parse().ok()?)
    }

    /// The first instant after a day.
    #[must_use]
    pub fn end_of(&self, day: &str) -> Option<UtcTime> {
        self.midnight(day.trim().parse::<Date>().ok()?.tomorrow().ok()?)
    }

    /// The instant of a minute written `2026-03-01T14:30`, or the first of a day.
    #[must_use]
    pub fn since(&self, text: &str) -> Option<UtcTime> {
        match text.contains('T') {
            true => self.minute(text),
            false => self.start_of(text),
        }
    }

    /// The first instant after such a minute or day.
    #[must_use]
    pub fn until(&self, text: &str) -> Option<UtcTime> {
        match text.contains('T') {
            true => Some(self.minute(text)?.plus_seconds(60)),
            false => self.end_of(text),
        }
    }

    fn midnight(&self, date: Date) -> Option<UtcTime> {
        Some(date.to_zoned(self.0.clone()).ok()?.timestamp().into())
    }

    fn minute(&self, text: &str) -> Option<UtcTime> {
        let minute: DateTime = text.trim().parse().ok()?;
        Some(minute.to_zoned(self.0.clone()).ok()?.timestamp().into())
    }
}

/// A day of the statistics, which are kept by UTC days: `12 Mar 2026`.
#[must_use]
pub fn stat_day(day: i64, with_year: bool) -> String {
    let at = UtcTime::from_micros(day.saturating_mul(DAY_S).saturating_mul(1_000_000));
    let format = if with_year { "%-d %b %Y" } else { "%-d %b" };
    at.timestamp().strftime(format).to_string()
}

/// An amount with its currency.
#[must_use]
pub fn money(minor: i64, currency: Currency) -> String {
    Money::new(minor, currency).to_string()
}

/// What something earns that may earn nothing.
#[must_use]
pub fn money_or_nothing(minor: i64, currency: Currency) -> String {
    if minor == 0 { "Nothing".to_owned() } else { money(minor, currency) }
}

/// A badge.
#[must_use]
pub fn badge(text: impl Into<String>, tone: Tone) -> Badge {
    Badge { text: text.into(), tone }
}

/// Where a conversion stands.
#[must_use]
pub fn conversion_badge(status: &str) -> Badge {
    let Some(known) = ConversionStatus::parse(status) else {
        return badge(status, Tone::Neutral);
    };
    let tone = match known {
        ConversionStatus::Recorded => Tone::Neutral,
        ConversionStatus::Pending => Tone::Info,
        ConversionStatus::Approved | ConversionStatus::Payable | ConversionStatus::Paid => {
            Tone::Good
        }
        ConversionStatus::OnHold => Tone::Warning,
        ConversionStatus::Rejected | ConversionStatus::Reversed => Tone::Bad,
    };
    badge(words(known.as_str()), tone)
}

/// How far a firing got.
#[must_use]
pub fn firing_badge(state: FiringState) -> Badge {
    match state {
        FiringState::Due => badge("Waiting", Tone::Info),
        FiringState::Held => badge("Held", Tone::Warning),
        FiringState::Delivered => badge("Delivered", Tone::Good),
        FiringState::Failed => badge("Failed", Tone::Bad),
        FiringState::NotSent => badge("Not sent", Tone::Neutral),
    }
}

/// What an attempt was taken for.
#[must_use]
pub fn attempt_badge(outcome: &str) -> Badge {
    let tone = match outcome {
        "accepted" | "delivered" => Tone::Good,
        "retry" => Tone::Warning,
        _ => Tone::Bad,
    };
    let text = match outcome {
        "retry" => "Not accepted".to_owned(),
        other => words(other),
    };
    badge(text, tone)
}

/// How far the payment got.
#[must_use]
pub fn payment_badge(payment: PaymentStatus) -> Badge {
    match payment {
        PaymentStatus::Pending => badge("Payment pending", Tone::Warning),
        PaymentStatus::Authorized => badge("Authorized", Tone::Info),
        PaymentStatus::PartiallyPaid => badge("Partially paid", Tone::Warning),
        PaymentStatus::Paid => badge("Paid", Tone::Good),
        PaymentStatus::PartiallyRefunded => badge("Partially refunded", Tone::Warning),
        PaymentStatus::Refunded => badge("Refunded", Tone::Neutral),
        PaymentStatus::Voided => badge("Voided", Tone::Bad),
    }
}

/// An affiliate's status.
#[must_use]
pub fn affiliate_badge(status: &str) -> Badge {
    let tone = match status {
        "active" => Tone::Good,
        "pending" => Tone::Warning,
        "denied" | "blocked" => Tone::Bad,
        _ => Tone::Neutral,
    };
    badge(words(status), tone)
}

/// How far a payment got.
#[must_use]
pub fn payout_badge(state: PayoutState) -> Badge {
    match state {
        PayoutState::Draft => badge("Draft", Tone::Neutral),
        PayoutState::Locked => badge("Locked", Tone::Info),
        PayoutState::Sent => badge("Sent", Tone::Info),
        PayoutState::Confirmed => badge("Paid", Tone::Good),
        PayoutState::Failed => badge("Failed", Tone::Bad),
    }
}

/// How far a round of payouts got.
#[must_use]
pub fn batch_badge(state: BatchState) -> Badge {
    match state {
        BatchState::Draft => badge("Draft", Tone::Neutral),
        BatchState::Locked => badge("Locked", Tone::Warning),
        BatchState::Sent => badge("Sent", Tone::Info),
        BatchState::Done => badge("Done", Tone::Good),
    }
}

/// A payout method's name.
#[must_use]
pub fn payout_method_words(method: &str) -> String {
    match PayoutMethod::parse(method) {
        Some(PayoutMethod::Paypal) => "PayPal".to_owned(),
        Some(PayoutMethod::Wise) => "Wise".to_owned(),
        Some(PayoutMethod::Other) => "By another way".to_owned(),
        Some(PayoutMethod::StoreCredit) => "Store credit".to_owned(),
        None => "Not chosen".to_owned(),
    }
}

/// An event's name.
#[must_use]
pub fn event_words(event: &str) -> String {
    EventKind::parse(event).map_or_else(|| event.to_owned(), |kind| words(kind.as_str()))
}

/// How an order was credited, with the code where there is one: `Coupon ANNA10`.
#[must_use]
pub fn method_words(method: &str, coupon: Option<&str>) -> String {
    let text = match Method::parse(method) {
        Some(Method::Manual) => "By hand".to_owned(),
        Some(other) => words(other.as_str()),
        None => method.to_owned(),
    };
    match coupon {
        Some(code) => format!("{text} {code}"),
        None => text,
    }
}

/// The request's kind in a list.
#[must_use]
pub const fn request_words(method: RequestMethod) -> &'static str {
    match method {
        RequestMethod::Get => "GET",
        RequestMethod::PostForm => "POST form",
        RequestMethod::PostJson => "POST JSON",
    }
}

/// A reason for the merchant: all that is known.
#[must_use]
pub fn reason_words(reason: &str) -> String {
    match Reason::parse(reason) {
        Reason::Other(own) => own,
        Reason::Fraud(rule) => format!("Fraud rule: {}", words(&rule)),
        known => class_of(&known).to_owned(),
    }
}

/// The class of a reason for an affiliate: never another affiliate's name, a fraud rule's name or
/// the merchant's own words (N5).
#[must_use]
pub fn reason_class(reason: &str) -> &'static str {
    class_of(&Reason::parse(reason))
}

const fn class_of(reason: &Reason) -> &'static str {
    match reason {
        Reason::OutsideWindow => "The click was too old",
        Reason::NoAffiliate => "No link, coupon or customer of an affiliate",
        Reason::SelfReferral => "Own purchase",
        Reason::AffiliateInactive => "The affiliate was not active",
        Reason::NotNewCustomer => "Not a new customer",
        Reason::MinimumOrder => "Below the smallest order that counts",
        Reason::ExcludedOnly => "Nothing on the order earns commission",
        Reason::TermEnded => "The subscription has had all charges that earn",
        Reason::Refunded => "Returned",
        Reason::Cancelled => "Cancelled",
        Reason::ItemsRemoved => "Items were removed",
        Reason::PaymentVoided => "The payment was voided",
        Reason::Chargeback => "Charged back",
        Reason::TestOrder => "Test order",
        Reason::Deleted => "The order was deleted",
        Reason::Superseded(_) => "Credited in another way",
        Reason::BreachOfTerms => "Breach of the terms",
        Reason::DuplicateOrder => "Duplicate order",
        Reason::FailedCreditCheck => "The buyer failed a credit check",
        Reason::OutOfStock => "Out of stock",
        Reason::OtherNetwork => "Another affiliate network has a claim",
        Reason::Fraud(_) | Reason::Other(_) => "Declined by the shop",
    }
}

/// A remark of the renderer in a sentence.
#[must_use]
pub fn flag_words(flag: &str) -> String {
    match flag.split_once(':') {
        // A name that links have carried is a macro where the link of this click does (T11).
        Some(("unresolved", name)) => {
            format!(
                "{{{name}}} had no value: it is no macro of ours, and the link did not carry it"
            )
        }
        Some(("empty", name)) => format!("{{{name}}} had no value"),
        Some(("unsendable", name)) => format!("{{{name}}} cannot stand where it was used"),
        Some(("dropped", name)) => format!("{name} was left out, because it had no value"),
        _ => flag.to_owned(),
    }
}

/// A stored name as words: `on_hold` is `On hold`.
#[must_use]
pub fn words(name: &str) -> String {
    let text = name.replace('_', " ");
    sentence_start(&text)
}

/// With a capital at the beginning.
#[must_use]
pub fn sentence_start(text: &str) -> String {
    // An address keeps its spelling: it may be about to be copied.
    if text.starts_with("http://") || text.starts_with("https://") {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A message of a check as a sentence.
#[must_use]
pub fn sentence(text: &str) -> String {
    let start = sentence_start(text);
    if start.ends_with(['.', '?', '!']) { start } else { format!("{start}.") }
}

/// `1 payment`, `2 payments`.
#[must_use]
pub fn plural(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A count with its thousands marked: `12,345`.
#[must_use]
pub fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if number < 0 { format!("-{grouped}") } else { grouped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_the_shops_with_the_exact_utc_beside_them() {
        let at = UtcTime::parse("2026-07-01T22:30:05Z").unwrap();
        let paris = Zone::named("Europe/Paris").moment(at);
        assert_eq!(paris.text, "2 Jul 2026, 00:30");
        assert_eq!(paris.utc, "2026-07-01T22:30:05Z");
        assert_eq!(Zone::named("Nowhere/Else").second(at).text, "1 Jul 2026, 22:30:05");
    }

    #[test]
    fn a_day_of_a_filter_is_the_shops_day_also_when_clocks_change() {
        let paris = Zone::named("Europe/Paris");
        let start = paris.start_of("2026-03-29").unwrap();
        let end = paris.end_of("2026-03-29").unwrap();
        assert_eq!(start.to_string(), "2026-03-28T23:00:00Z");
        assert_eq!(end.seconds_since(start), 23 * 3_600);
        assert_eq!(paris.start_of("29.03.2026"), None);
        assert_eq!(paris.end_of("9999-12-31"), None);
        let moment = |text| paris.since(text).map(|at| at.to_string());
        assert_eq!(moment("2026-03-01T14:30").as_deref(), Some("2026-03-01T13:30:00Z"));
        assert_eq!(moment("2026-03-29").as_deref(), Some("2026-03-28T23:00:00Z"));
        assert_eq!(moment("T14:30"), None);
        let minute = paris.since("2026-03-01T14:30").unwrap();
        assert_eq!(paris.field(minute), "2026-03-01T14:30");
        let after = paris.until("2026-03-01T14:30").map(|at| at.to_string());
        assert_eq!(after.as_deref(), Some("2026-03-01T13:31:00Z"));
        assert_eq!(paris.until("2026-03-29"), Some(end));
    }

    #[test]
    fn n05_affiliates_never_read_names_of_rules_or_the_merchants_own_words() {
        assert_eq!(reason_class("fraud:velocity"), "Declined by the shop");
        assert_eq!(reason_class("Bob complained"), "Declined by the shop");
        assert_eq!(reason_words("Bob complained"), "Bob complained");
        assert_eq!(reason_words("fraud:velocity"), "Fraud rule: Velocity");
        assert_eq!(reason_class("refunded"), "Returned");
    }

    #[test]
    fn words_for_people() {
        assert_eq!(count(-1_234_567), "-1,234,567");
        assert_eq!(count(999), "999");
        assert_eq!(money(150, Currency::parse("JPY").unwrap()), "150 JPY");
        assert_eq!(money(-11_110, Currency::parse("KWD").unwrap()), "-11.110 KWD");
        assert_eq!(method_words("coupon", Some("ANNA10")), "Coupon ANNA10");
        assert_eq!(conversion_badge("on_hold").text, "On hold");
        assert_eq!(flag_words("empty:sub1"), "{sub1} had no value");
        assert!(flag_words("unresolved:zone").contains("the link did not carry it"));
        assert_eq!(sentence("did you mean {x}?"), "Did you mean {x}?");
    }
}
