//! What makes an order suspicious (domain rules 3.7) and what the merchant wants done about it. Most
//! rules hold the conversion for a person; none of them decides who would be credited
//! (`attribution`). Another network's claim on the same order (N19) is judged here as well.

use serde::{Deserialize, Serialize};

use crate::reason::Reason;

mod code_meter;
mod disposable;

pub use code_meter::{
    CODE_ORDERS_MIN, CodeStanding, CodeUse, CodeUses, CodeVerdict, Norm, code_use, judge_codes,
};
pub use disposable::is_disposable;

/// Sites and browser extensions that collect coupon codes; the merchant may name others.
const COUPON_SITES: &[&str] = &[
    "couponbirds.com",
    "couponcabin.com",
    "couponfollow.com",
    "coupons.com",
    "dealspotr.com",
    "groupon.com",
    "gutscheine.de",
    "honey.com",
    "hotdeals.com",
    "joinhoney.com",
    "knoji.com",
    "myvouchercodes.co.uk",
    "offers.com",
    "promocodes.com",
    "rakuten.com",
    "retailmenot.com",
    "savings.com",
    "simplycodes.com",
    "slickdeals.net",
    "valuecom.com",
    "vouchercodes.co.uk",
    "wethrift.com",
    "worthepenny.com",
];

/// What follows when a rule applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    /// Nothing: the order is credited as if the rule were not there.
    #[default]
    Credit,
    /// The conversion waits for a person.
    Hold,
    /// Nobody is credited.
    Reject,
}

/// A shop's rules about suspicious orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FraudSettings {
    /// The affiliate's visit came through an advertisement: a landing page of its link with one of
    /// `paid_parameters`.
    pub paid_traffic: Consequence,
    /// Parameters that only advertisements leave on landing pages.
    pub paid_parameters: Vec<String>,
    /// The affiliate's visit came from a social network, through an advertisement or through a post that
    /// somebody shared: a landing page of its link with one of `social_parameters`.
    pub social_traffic: Consequence,
    /// Parameters that social networks add to every link on them, paid for or not.
    pub social_parameters: Vec<String>,
    /// The visit came from one of `banned_hosts`.
    pub banned_referrer: Consequence,
    /// Hosts, with everything below them: `coupons.example`.
    pub banned_hosts: Vec<String>,
    /// The buyer's e-mail is of a provider of throw-away addresses.
    pub disposable_email: Consequence,
    /// The buyer is another affiliate of the shop.
    pub sibling: Consequence,
    /// More orders of one affiliate in a short time than `velocity_orders`.
    pub velocity: Consequence,
    /// Orders of one affiliate that pass within `velocity_minutes`.
    pub velocity_orders: i64,
    /// Length of that time, in minutes.
    pub velocity_minutes: i64,
    /// The affiliate's first click came less than `late_click_seconds` before the order: a link that
    /// was put under a finished cart, or a coupon page opened during the checkout.
    pub late_click: Consequence,
    /// Seconds before the order from which on a first click is late.
    pub late_click_seconds: i64,
    /// Hosts of sites that collect coupon codes, with everything below them: what the coupon meter
    /// takes for the source of a code that nobody sent the buyer with.
    pub coupon_sites: Vec<String>,
    /// A code that is used less than so many seconds after the buyer came through somebody else's
    /// link was looked for at the last moment (N18).
    pub late_code_seconds: i64,
    /// Payouts wait for the merchant where more than this share of an affiliate's orders was refunded, in
    /// percent; 0: never.
    pub refund_rate_percent: i64,
    /// Fewest orders of an affiliate that say something about it.
    pub refund_rate_orders: i64,
    /// Another affiliate network's click is present: one of `network_parameters` (N19).
    pub other_network: Consequence,
    /// Parameters in which other networks keep their click ids.
    pub network_parameters: Vec<String>,
}

impl Default for FraudSettings {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self {
            paid_traffic: Consequence::Hold,
            paid_parameters: words(&["gclid", "gbraid", "wbraid", "dclid", "msclkid"]),
            // Held, these would stop most of what affiliates do: their posts on these networks.
            social_traffic: Consequence::Credit,
            social_parameters: words(&["fbclid", "ttclid"]),
            banned_referrer: Consequence::Hold,
            banned_hosts: Vec::new(),
            disposable_email: Consequence::Hold,
            sibling: Consequence::Credit,
            velocity: Consequence::Credit,
            velocity_orders: 10,
            velocity_minutes: 10,
            late_click: Consequence::Credit,
            late_click_seconds: 10,
            coupon_sites: words(COUPON_SITES),
            late_code_seconds: 600,
            refund_rate_percent: 25,
            refund_rate_orders: 8,
            other_network: Consequence::Credit,
            network_parameters: words(&["awc", "irclickid", "ranSiteID", "cjevent", "sscid"]),
        }
    }
}

/// What is known of an order besides who would be credited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signals<'a> {
    /// Names of the parameters on the landing pages of everybody's visits and of the order.
    pub parameters: Vec<&'a str>,
    /// Names of those on the landing pages of links of whoever is credited: an advertisement there is the
    /// affiliate's own, elsewhere it is the merchant's or somebody else's.
    pub own_parameters: Vec<&'a str>,
    /// Pages from which the visits came.
    pub referrers: Vec<&'a str>,
    /// The e-mail is of a provider of throw-away addresses.
    pub has_disposable_email: bool,
    /// The buyer is another affiliate of the shop.
    pub is_sibling: bool,
    /// Orders credited to the affiliate in the time before this one.
    pub recent_orders: i64,
    /// Seconds from the affiliate's first click to the order, if there was a click.
    pub first_click_seconds: Option<i64>,
}

/// A rule that applies to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which: `fraud:velocity`, `other_network`.
    pub reason: Reason,
    /// What the merchant wants done.
    pub consequence: Consequence,
}

/// The rules that apply, rejections first, each group in the order of the settings.
///
/// ```
/// # use domain::fraud::*;
/// let settings = FraudSettings { other_network: Consequence::Reject, ..FraudSettings::default() };
/// let signals = Signals { parameters: vec!["ref", "AWC"], has_disposable_email: true,
///     ..Signals::default() };
/// let reasons: Vec<_> =
///     judge(&settings, &signals).iter().map(|found| found.reason.to_string()).collect();
/// assert_eq!(reasons, ["other_network", "fraud:disposable_email"]); // N19 first: it rejects
/// ```
#[must_use]
pub fn judge(settings: &FraudSettings, signals: &Signals<'_>) -> Vec<Finding> {
    let has = |names: &[&str], wanted: &[String]| {
        let named = |name: &&str| wanted.iter().any(|word| word.eq_ignore_ascii_case(name));
        names.iter().any(named)
    };
    let is_own = |wanted: &[String]| has(&signals.own_parameters, wanted);
    let fraud = |rule: &str| Reason::Fraud(rule.to_owned());
    let is_banned = |page: &&str| settings.banned_hosts.iter().any(|host| is_below(page, host));
    let is_late =
        signals.first_click_seconds.is_some_and(|seconds| seconds < settings.late_click_seconds);
    let rules = [
        (is_own(&settings.paid_parameters), fraud("paid_traffic"), settings.paid_traffic),
        (is_own(&settings.social_parameters), fraud("social_traffic"), settings.social_traffic),
        (
            signals.referrers.iter().any(is_banned),
            fraud("banned_referrer"),
            settings.banned_referrer,
        ),
        (signals.has_disposable_email, fraud("disposable_email"), settings.disposable_email),
        (signals.is_sibling, fraud("sibling"), settings.sibling),
        (signals.recent_orders >= settings.velocity_orders, fraud("velocity"), settings.velocity),
        (is_late, fraud("late_click"), settings.late_click),
        (
            has(&signals.parameters, &settings.network_parameters),
            Reason::OtherNetwork,
            settings.other_network,
        ),
    ];
    let mut found: Vec<Finding> = rules
        .into_iter()
        .filter(|(applies, _, consequence)| *applies && *consequence != Consequence::Credit)
        .map(|(_, reason, consequence)| Finding { reason, consequence })
        .collect();
    found.sort_by_key(|finding| finding.consequence != Consequence::Reject);
    found
}

/// Whether so many of an affiliate's orders were refunded that its payouts wait for the merchant.
///
/// ```
/// # use domain::fraud::{FraudSettings, refunds_hold_payouts};
/// let settings = FraudSettings::default(); // more than 25 % of at least 8 orders
/// assert!(!refunds_hold_payouts(&settings, 8, 2));
/// assert!(refunds_hold_payouts(&settings, 8, 3));
/// assert!(!refunds_hold_payouts(&settings, 7, 7));
/// ```
#[must_use]
pub const fn refunds_hold_payouts(settings: &FraudSettings, orders: i64, refunded: i64) -> bool {
    settings.refund_rate_percent > 0
        && orders >= settings.refund_rate_orders
        && refunded.saturating_mul(100) > orders.saturating_mul(settings.refund_rate_percent)
}

/// Whether a page is of a host or of one below it.
fn is_below(page: &str, host: &str) -> bool {
    let page = url::Url::parse(page).ok();
    page.as_ref().and_then(url::Url::host_str).is_some_and(|of_page| is_host_below(of_page, host))
}

/// Whether a host is the other one or below it.
fn is_host_below(of_page: &str, host: &str) -> bool {
    let (of_page, host) = (of_page.to_lowercase(), host.trim().to_lowercase());
    let above = of_page.strip_suffix(&host);
    !host.is_empty() && above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(settings: &FraudSettings, signals: &Signals<'_>) -> Vec<String> {
        judge(settings, signals).iter().map(|found| found.reason.to_string()).collect()
    }

    fn all(consequence: Consequence) -> FraudSettings {
        FraudSettings {
            paid_traffic: consequence,
            social_traffic: consequence,
            banned_referrer: consequence,
            banned_hosts: vec!["coupons.example".to_owned()],
            disposable_email: consequence,
            sibling: consequence,
            velocity: consequence,
            velocity_orders: 3,
            late_click: consequence,
            other_network: consequence,
            ..FraudSettings::default()
        }
    }

    #[test]
    fn an_ordinary_order_is_not_suspicious() {
        assert_eq!(reasons(&all(Consequence::Reject), &Signals::default()), [""; 0]);
        let late = Signals { first_click_seconds: Some(10), ..Signals::default() };
        assert_eq!(reasons(&all(Consequence::Hold), &late), [""; 0]);
    }

    #[test]
    fn every_rule_has_its_name() {
        let signals = Signals {
            parameters: vec!["irclickid"],
            own_parameters: vec!["gclid", "fbclid"],
            referrers: vec!["https://www.Coupons.example/page"],
            has_disposable_email: true,
            is_sibling: true,
            recent_orders: 3,
            first_click_seconds: Some(9),
        };
        let names = [
            "fraud:paid_traffic",
            "fraud:social_traffic",
            "fraud:banned_referrer",
            "fraud:disposable_email",
            "fraud:sibling",
            "fraud:velocity",
            "fraud:late_click",
            "other_network",
        ];
        assert_eq!(reasons(&all(Consequence::Hold), &signals), names);
        assert_eq!(reasons(&all(Consequence::Credit), &signals), [""; 0]);
    }

    #[test]
    fn advertisements_are_held_and_shared_links_are_not() {
        let by_default = |name| {
            let signals = Signals { own_parameters: vec!["ref", name], ..Signals::default() };
            reasons(&FraudSettings::default(), &signals)
        };
        for name in ["gclid", "gbraid", "wbraid", "dclid", "msclkid", "GCLID"] {
            assert_eq!(by_default(name), ["fraud:paid_traffic"], "{name}");
        }
        // A click on a post of the affiliate's own has one of these as well.
        for name in ["fbclid", "ttclid", "utm_source"] {
            assert_eq!(by_default(name), [""; 0], "{name}");
        }
        let of_the_merchant = Signals { parameters: vec!["gclid"], ..Signals::default() };
        assert_eq!(reasons(&FraudSettings::default(), &of_the_merchant), [""; 0]);
    }

    #[test]
    fn a_host_is_banned_with_what_is_below_it_and_nothing_else() {
        assert!(is_below("https://coupons.example/", "coupons.example"));
        assert!(is_below("https://de.coupons.example:8080/x", "coupons.example"));
        assert!(!is_below("https://mycoupons.example/", "coupons.example"));
        assert!(!is_below("https://coupons.example.org/", "coupons.example"));
        assert!(!is_below("not a page", "coupons.example"));
        assert!(!is_below("https://coupons.example/", ""));
    }
}
