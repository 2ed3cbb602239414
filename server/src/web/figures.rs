//! The numbers of the first pages: a month by day, from the sums that are kept, with the days that
//! had nothing filled in. Not here: what a number looks like (`display`).

use domain::{
    money::{BasisPoints, Currency},
    time::UtcTime,
};
use storage::stats::{DailyStat, ShopDay};

use super::{
    display::{count, money, stat_day},
    view::{
        admin::home::Stat,
        chart::{Point, Series},
    },
};
use crate::flows::book_changes::day_number;

/// Days that the first pages cover.
pub const PERIOD_DAYS: i64 = 30;
/// How they call it.
pub const PERIOD_WORDS: &str = "Last 30 days";
/// Rows read for a period: a day in each of a few currencies.
pub const ROWS_MAX: i64 = 1_000;

/// One day's numbers in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayFigures {
    /// Days since 1970-01-01 UTC.
    pub day: i64,
    /// Clicks, in any currency.
    pub clicks: i64,
    /// Orders credited.
    pub conversions: i64,
    /// Sales in minor units.
    pub sales_minor: i64,
    /// Commission in minor units.
    pub commission_minor: i64,
}

/// First and last day of the period that ends today, and of the one before it.
#[must_use]
pub const fn period(now: UtcTime, periods_ago: i64) -> (i64, i64) {
    let last = day_number(now) - periods_ago * PERIOD_DAYS;
    (last - PERIOD_DAYS + 1, last)
}

/// A shop's or an affiliate's stored day.
pub trait StoredDay {
    /// Its currency.
    fn currency(&self) -> Currency;
    /// Its numbers.
    fn figures(&self) -> DayFigures;
}

impl StoredDay for ShopDay {
    fn currency(&self) -> Currency {
        self.currency
    }

    fn figures(&self) -> DayFigures {
        DayFigures {
            day: self.day,
            clicks: self.clicks,
            conversions: self.conversions,
            sales_minor: self.sales_minor,
            commission_minor: self.commission_minor,
        }
    }
}

impl StoredDay for DailyStat {
    fn currency(&self) -> Currency {
        self.currency
    }

    fn figures(&self) -> DayFigures {
        DayFigures {
            day: self.day,
            clicks: self.clicks,
            conversions: self.conversions,
            sales_minor: self.sales_minor,
            commission_minor: self.commission_minor,
        }
    }
}

/// Every day of a period in order. Amounts are the shop currency's; counts are all.
#[must_use]
pub fn by_day<T: StoredDay>(
    stored: &[T],
    (first, last): (i64, i64),
    currency: Currency,
) -> Vec<DayFigures> {
    let day = |day: i64| {
        let mut sum = DayFigures { day, ..DayFigures::default() };
        for one in stored {
            let figures = one.figures();
            if figures.day != day {
                continue;
            }
            sum.clicks = sum.clicks.saturating_add(figures.clicks);
            sum.conversions = sum.conversions.saturating_add(figures.conversions);
            if one.currency() == currency {
                sum.sales_minor = sum.sales_minor.saturating_add(figures.sales_minor);
                sum.commission_minor =
                    sum.commission_minor.saturating_add(figures.commission_minor);
            }
        }
        sum
    };
    (first..=last).map(day).collect()
}

/// Which number of a day.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// Unique on the page.
    pub id: &'static str,
    /// What it is, `Clicks by day`.
    pub title: &'static str,
    /// Its value on a day.
    pub of: fn(&DayFigures) -> i64,
    /// Minor units of this currency; none for counts.
    pub currency: Option<Currency>,
}

impl Measure {
    /// The value for people.
    #[must_use]
    pub fn words(&self, value: i64) -> String {
        self.currency.map_or_else(|| count(value), |currency| money(value, currency))
    }

    /// The sum of days.
    #[must_use]
    pub fn total(&self, days: &[DayFigures]) -> i64 {
        days.iter().fold(0, |sum, day| sum.saturating_add((self.of)(day)))
    }

    /// The sum with its course; `note` says more about it.
    #[must_use]
    pub fn stat(&self, days: &[DayFigures], note: Option<String>) -> Stat {
        let total = self.words(self.total(days));
        Stat { value: total.clone(), note, series: Some(self.series(days, &total)) }
    }

    fn series(&self, days: &[DayFigures], total: &str) -> Series {
        let points: Vec<Point> = days
            .iter()
            .map(|day| Point {
                day: stat_day(day.day, false),
                amount: (self.of)(day),
                text: self.words((self.of)(day)),
            })
            .collect();
        let most = points.iter().max_by_key(|point| point.amount).filter(|most| most.amount > 0);
        let description = match most {
            Some(most) => format!("{total} in all, most on {} ({})", most.day, most.text),
            None => "Nothing in this period".to_owned(),
        };
        Series { id: self.id.to_owned(), title: self.title.to_owned(), description, points }
    }
}

/// The four numbers.
#[must_use]
pub const fn measures(currency: Currency) -> [Measure; 4] {
    [
        Measure {
            id: "sales",
            title: "Sales by day",
            of: |day| day.sales_minor,
            currency: Some(currency),
        },
        Measure {
            id: "commissions",
            title: "Commissions by day",
            of: |day| day.commission_minor,
            currency: Some(currency),
        },
        Measure { id: "clicks", title: "Clicks by day", of: |day| day.clicks, currency: None },
        Measure {
            id: "conversions",
            title: "Orders by day",
            of: |day| day.conversions,
            currency: None,
        },
    ]
}

/// A number beside that of the period before; none when there was nothing to compare with.
#[must_use]
pub fn trend(now: i64, before: i64) -> Option<String> {
    if before <= 0 {
        return None;
    }
    let change = (i128::from(now) - i128::from(before)) * 100 / i128::from(before);
    Some(match change {
        0 => "As much as the 30 days before".to_owned(),
        1.. => format!("{change}% more than the 30 days before"),
        _ => format!("{}% less than the 30 days before", -change),
    })
}

/// Orders as a share of clicks.
#[must_use]
pub fn rate(conversions: i64, clicks: i64) -> Option<String> {
    if clicks <= 0 {
        return None;
    }
    let points = i128::from(conversions) * i128::from(BasisPoints::WHOLE) / i128::from(clicks);
    Some(format!("{} of the clicks", BasisPoints(i64::try_from(points).unwrap_or(i64::MAX))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_without_anything_are_filled_in_and_other_currencies_stay_out_of_amounts() {
        let eur = Currency::parse("EUR").unwrap();
        let day = |day, currency, sales_minor| ShopDay {
            day,
            currency,
            clicks: 2,
            conversions: 1,
            sales_minor,
            commission_minor: 10,
        };
        let stored = [day(5, Currency::USD, 900), day(5, eur, 77), day(7, Currency::USD, 100)];
        let days = by_day(&stored, (5, 7), Currency::USD);
        let sales: Vec<i64> = days.iter().map(|day| day.sales_minor).collect();
        assert_eq!(sales, [900, 0, 100]);
        assert_eq!(days.first().unwrap().clicks, 4);
        let [of_sales, ..] = measures(Currency::USD);
        let stat = of_sales.stat(&days, None);
        assert_eq!(stat.value, "10.00 USD");
        assert_eq!(stat.series.unwrap().description, "10.00 USD in all, most on 6 Jan (9.00 USD)");
    }

    #[test]
    fn a_trend_needs_something_to_compare_with() {
        assert_eq!(trend(5, 0), None);
        assert_eq!(trend(150, 100).unwrap(), "50% more than the 30 days before");
        assert_eq!(trend(50, 100).unwrap(), "50% less than the 30 days before");
        assert_eq!(rate(1, 40).unwrap(), "2.5% of the clicks");
        assert_eq!(rate(1, 0), None);
    }
}
