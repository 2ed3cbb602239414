//! Reading of JSON fields whose kind cannot be relied on. A field keeps its raw text until somebody
//! asks for a value, so a bad field that nobody needs harms nobody, numbers keep their digits, and
//! every error knows its path. Not here: which fields there are.

use std::borrow::Cow;

use domain::{
    ids::ShopifyId,
    money::{Currency, Money},
    time::UtcTime,
};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive as _};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::error::{At, PayloadError, Problem, Required as _};

/// A struct of [`Json`] fields: what we read of one of Shopify's objects.
macro_rules! json_object {
    ($(#[$doc:meta])* $name:ident { $($field:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(default)]
        pub(super) struct $name<'a> {
            $(#[serde(borrow)] $field: $crate::payloads::json::Json<'a>,)+
        }
    };
}
pub(super) use json_object;

/// One field, unread; nothing if the key is not there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Json<'a>(Option<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'a RawValue>::deserialize(deserializer).map(|raw| Self(Some(raw)))
    }
}

/// The body as an object.
pub(super) fn body<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, PayloadError> {
    let root = serde_json::from_slice(bytes).map_err(|_syntax| Problem::NotJson)?;
    Ok(Json(Some(root)).object().required()?)
}

impl<'a> Json<'a> {
    /// The key is there, even if null.
    pub(super) const fn is_present(self) -> bool {
        self.0.is_some()
    }

    /// The raw text has this in it: cheaper than reading all of a list for one question.
    pub(super) fn mentions(self, text: &str) -> bool {
        self.raw().is_some_and(|raw| raw.contains(text))
    }

    /// The raw text, unless absent or null.
    fn raw(self) -> Option<&'a str> {
        self.0.map(RawValue::get).filter(|raw| *raw != "null")
    }

    /// A nested object.
    pub(super) fn object<T: Deserialize<'a>>(self) -> Result<Option<T>, Problem> {
        let Some(raw) = self.raw() else {
            return Ok(None);
        };
        if !raw.starts_with('{') {
            return Err(Problem::NotAnObject);
        }
        serde_json::from_str(raw).map(Some).map_err(|_repeated_key| Problem::NotAnObject)
    }

    /// The items of a list, converted; none if absent.
    pub(super) fn list<T>(
        self,
        convert: impl Fn(Json<'a>) -> Result<T, PayloadError>,
    ) -> Result<Vec<T>, PayloadError> {
        let Some(raw) = self.raw() else {
            return Ok(Vec::new());
        };
        let items: Vec<Self> = serde_json::from_str(raw).map_err(|_not_one| Problem::NotAList)?;
        let convert = |(index, item)| {
            convert(item).map_err(|error: PayloadError| error.within(&format!("[{index}]")))
        };
        items.into_iter().enumerate().map(convert).collect()
    }

    /// The items of a list of objects, converted.
    pub(super) fn objects<T: Deserialize<'a>, R>(
        self,
        convert: impl Fn(T) -> Result<R, PayloadError>,
    ) -> Result<Vec<R>, PayloadError> {
        self.list(|item| convert(item.object().required()?))
    }

    /// The sum of what `amount` finds in the items of a list of objects.
    pub(super) fn sum<T: Deserialize<'a>>(
        self,
        amount: impl Fn(T) -> Result<i64, PayloadError>,
    ) -> Result<i64, PayloadError> {
        Ok(sum(self.objects(amount)?)?)
    }

    /// The content of a string, or the digits of a number, or `true` or `false`. Lists, objects and
    /// strings with broken escapes count as absent.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        let raw = self.raw()?;
        match raw.strip_prefix('"') {
            None => (!raw.starts_with(['{', '['])).then_some(Cow::Borrowed(raw)),
            Some(_) if raw.contains('\\') => serde_json::from_str(raw).ok().map(Cow::Owned),
            Some(rest) => rest.strip_suffix('"').map(Cow::Borrowed),
        }
    }

    /// As [`Json::text`], without blank text and blanks around it.
    pub(super) fn trimmed(self) -> Option<String> {
        self.text().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// An id.
    pub(super) fn id(self) -> Result<Option<ShopifyId>, Problem> {
        self.scalar(Problem::NotAnId, |text| text.parse().ok().map(ShopifyId))
    }

    /// A whole number, also when written `2.0`.
    pub(super) fn integer(self) -> Result<Option<i64>, Problem> {
        self.scalar(Problem::NotAnInteger, |text| {
            decimal(text).filter(|number| number.fract().is_zero())?.to_i64()
        })
    }

    /// A time.
    pub(super) fn time(self) -> Result<Option<UtcTime>, Problem> {
        self.scalar(Problem::NotATime, |text| UtcTime::parse(text).ok())
    }

    /// A currency.
    pub(super) fn currency(self) -> Result<Option<Currency>, Problem> {
        self.scalar(Problem::NotACurrency, |text| Currency::parse(text).ok())
    }

    /// A boolean; false if absent.
    pub(super) fn flag(self) -> Result<bool, Problem> {
        let flag = self.scalar(Problem::NotABoolean, |text| text.parse().ok())?;
        Ok(flag.unwrap_or(false))
    }

    /// An amount in minor units of `currency`, rounded half away from zero.
    pub(super) fn minor(self, currency: Currency) -> Result<Option<i64>, Problem> {
        let Some(amount) = self.scalar(Problem::NotAnAmount, decimal)? else {
            return Ok(None);
        };
        let rounded = amount
            .round_dp_with_strategy(currency.digits(), RoundingStrategy::MidpointAwayFromZero);
        Money::from_decimal(rounded, currency)
            .map(|money| Some(money.minor))
            .map_err(|_only_range_is_left| Problem::OutOfRange)
    }

    /// The shop's side of a `*_set`, in minor units.
    pub(super) fn shop_minor(self, currency: Currency) -> Result<Option<i64>, PayloadError> {
        match self.shop_money()? {
            Some(money) => money.amount.minor(currency).at("shop_money.amount"),
            None => Ok(None),
        }
    }

    /// The shop's currency as a `*_set` names it; none if it names none.
    pub(super) fn shop_currency(self) -> Option<Currency> {
        self.shop_money().ok()??.currency_code.currency().ok()?
    }

    fn shop_money(self) -> Result<Option<MoneyJson<'a>>, PayloadError> {
        match self.object::<MoneySetJson<'a>>()? {
            Some(set) => set.shop_money.object().at("shop_money"),
            None => Ok(None),
        }
    }

    fn scalar<T>(
        self,
        problem: Problem,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        match (self.raw(), self.text()) {
            (None, _) => Ok(None),
            (Some(_), Some(text)) => read(text.trim()).map(Some).ok_or(problem),
            (Some(_), None) => Err(problem),
        }
    }
}

json_object! {
    /// An amount in two currencies.
    MoneySetJson { shop_money }
}

json_object! {
    /// An amount in one currency.
    MoneyJson { amount, currency_code }
}

/// A sum of minor units.
pub(super) fn sum(amounts: impl IntoIterator<Item = i64>) -> Result<i64, Problem> {
    amounts.into_iter().try_fold(0_i64, i64::checked_add).ok_or(Problem::OutOfRange)
}

fn decimal(text: &str) -> Option<Decimal> {
    text.parse().or_else(|_not_plain| Decimal::from_scientific(text)).ok()
}
