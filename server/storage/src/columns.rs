//! How domain types are kept in columns: the only place that knows. Both sides of the orphan rule
//! are foreign (diesel's traits, the domain's types), so the mapping is our own trait [`Stored`],
//! and the `record!` macro teaches diesel about whole rows.

use std::borrow::Cow;

use diesel::deserialize;
use domain::{
    ids::{
        ActivityId, AffiliateId, AttemptId, ClickId, ConversionId, CreativeId, DeliveryId, EntryId,
        FiringId, GoalConversionId, GoalId, JobId, MailId, OrderId, PayoutBatchId, PayoutId,
        PixelAttemptId, PixelEventId, PixelId, PostbackId, ProgramId, ShopId, ShopifyId,
    },
    ledger::chain::ChainHash,
    money::Currency,
    program::Period,
    time::UtcTime,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{StorageError, sql::Value};

/// What can be bound to a statement.
pub trait Bound {
    /// For the database.
    ///
    /// # Errors
    /// [`StorageError::Other`] for a document that is no JSON.
    fn value(&self) -> Result<Value<'_>, StorageError>;
}

/// A type that one column holds.
pub trait Stored: Bound + Sized {
    /// What the database driver gives.
    type Raw;
    /// NULL of its column type.
    const NULL: Value<'static>;

    /// From the database.
    ///
    /// # Errors
    /// When the stored value is not one that the program writes.
    fn load(raw: Self::Raw) -> deserialize::Result<Self>;
}

/// A row struct made by `record!`: its fields are all columns of its table, by name.
pub(crate) trait Record {
    const TABLE: &'static str;
    const COLUMNS: &'static [&'static str];
    /// The columns' SQL types, for statements that return whole rows.
    type SqlType;

    fn values(&self) -> Result<Vec<Value<'_>>, StorageError>;
}

/// Declares a row struct and how to select, load and bind it.
macro_rules! record {
    (
        $(#[$doc:meta])*
        $vis:vis struct $name:ident in $table:ident {
            $($(#[$field_doc:meta])* pub $field:ident: $ty:ty,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        $vis struct $name {
            $($(#[$field_doc])* pub $field: $ty,)+
        }

        impl $crate::columns::Record for $name {
            const TABLE: &'static str = stringify!($table);
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),+];
            type SqlType = ($(diesel::dsl::SqlTypeOf<$crate::schema::$table::$field>,)+);

            fn values(&self) -> Result<Vec<$crate::sql::Value<'_>>, $crate::StorageError> {
                Ok(vec![$($crate::columns::Bound::value(&self.$field)?),+])
            }
        }

        impl<DB: diesel::backend::Backend> diesel::Selectable<DB> for $name {
            type SelectExpression = ($($crate::schema::$table::$field,)+);

            fn construct_selection() -> Self::SelectExpression {
                ($($crate::schema::$table::$field,)+)
            }
        }

        impl<ST, DB> diesel::Queryable<ST, DB> for $name
        where
            DB: diesel::backend::Backend,
            ($(<$ty as $crate::columns::Stored>::Raw,)+):
                diesel::deserialize::FromStaticSqlRow<ST, DB>,
        {
            type Row = ($(<$ty as $crate::columns::Stored>::Raw,)+);

            fn build(($($field,)+): Self::Row) -> diesel::deserialize::Result<Self> {
                Ok(Self { $($field: $crate::columns::Stored::load($field)?,)+ })
            }
        }
    };
}
pub(crate) use record;

/// Declares a closed enum that is kept as text.
macro_rules! text_enum {
    (
        $(#[$doc:meta])*
        pub enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// As stored.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The inverse of `as_str`.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl $crate::columns::Bound for $name {
            fn value(&self) -> Result<$crate::sql::Value<'_>, $crate::StorageError> {
                Ok($crate::sql::Value::text(self.as_str()))
            }
        }

        impl $crate::columns::Stored for $name {
            type Raw = String;
            const NULL: $crate::sql::Value<'static> = $crate::sql::Value::Text(None);

            fn load(raw: String) -> diesel::deserialize::Result<Self> {
                Self::parse(&raw)
                    .ok_or_else(|| format!("{} is no {}", raw, stringify!($name)).into())
            }
        }
    };
}
pub(crate) use text_enum;

/// A document kept as JSON text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Json<T>(pub T);

impl<T: Serialize + DeserializeOwned> Bound for Json<T> {
    fn value(&self) -> Result<Value<'_>, StorageError> {
        let text = serde_json::to_string(&self.0)
            .map_err(|error| StorageError::Other(format!("not storable as JSON: {error}")))?;
        Ok(Value::Text(Some(Cow::Owned(text))))
    }
}

impl<T: Serialize + DeserializeOwned> Stored for Json<T> {
    type Raw = String;
    const NULL: Value<'static> = Value::Text(None);

    fn load(raw: String) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(&raw)?))
    }
}

impl<T: Stored> Bound for Option<T> {
    fn value(&self) -> Result<Value<'_>, StorageError> {
        self.as_ref().map_or(Ok(T::NULL), T::value)
    }
}

impl<T: Stored> Stored for Option<T> {
    type Raw = Option<T::Raw>;
    const NULL: Value<'static> = T::NULL;

    fn load(raw: Self::Raw) -> deserialize::Result<Self> {
        raw.map(T::load).transpose()
    }
}

/// Types that are a 64-bit integer in the database: `Type: from integer, to integer`.
macro_rules! integers {
    ($($ty:ty: $load:expr, $store:expr;)+) => {$(
        impl Bound for $ty {
            fn value(&self) -> Result<Value<'_>, StorageError> {
                Ok(Value::integer($store(*self)))
            }
        }

        impl Stored for $ty {
            type Raw = i64;
            const NULL: Value<'static> = Value::Integer(None);

            fn load(raw: i64) -> deserialize::Result<Self> {
                Ok($load(raw))
            }
        }
    )+};
}

integers! {
    i64: std::convert::identity, std::convert::identity;
    UtcTime: UtcTime::from_micros, UtcTime::micros;
    // The same 64 bits; compared for equality only.
    ShopifyId: ShopifyId::from_db, ShopifyId::to_db;
    ShopId: ShopId, |id: ShopId| id.0;
    ProgramId: ProgramId, |id: ProgramId| id.0;
    AffiliateId: AffiliateId, |id: AffiliateId| id.0;
    ClickId: ClickId, |id: ClickId| id.0;
    OrderId: OrderId, |id: OrderId| id.0;
    ConversionId: ConversionId, |id: ConversionId| id.0;
    EntryId: EntryId, |id: EntryId| id.0;
    PostbackId: PostbackId, |id: PostbackId| id.0;
    FiringId: FiringId, |id: FiringId| id.0;
    AttemptId: AttemptId, |id: AttemptId| id.0;
    DeliveryId: DeliveryId, |id: DeliveryId| id.0;
    PayoutBatchId: PayoutBatchId, |id: PayoutBatchId| id.0;
    PayoutId: PayoutId, |id: PayoutId| id.0;
    MailId: MailId, |id: MailId| id.0;
    ActivityId: ActivityId, |id: ActivityId| id.0;
    PixelId: PixelId, |id: PixelId| id.0;
    PixelEventId: PixelEventId, |id: PixelEventId| id.0;
    PixelAttemptId: PixelAttemptId, |id: PixelAttemptId| id.0;
    CreativeId: CreativeId, |id: CreativeId| id.0;
    GoalId: GoalId, |id: GoalId| id.0;
    GoalConversionId: GoalConversionId, |id: GoalConversionId| id.0;
    JobId: JobId, |id: JobId| id.0;
}

impl<T: Bound + ?Sized> Bound for &T {
    fn value(&self) -> Result<Value<'_>, StorageError> {
        (**self).value()
    }
}

impl Bound for str {
    fn value(&self) -> Result<Value<'_>, StorageError> {
        Ok(Value::text(self))
    }
}

impl Bound for String {
    fn value(&self) -> Result<Value<'_>, StorageError> {
        Ok(Value::text(self))
    }
}

impl Stored for String {
    type Raw = Self;
    const NULL: Value<'static> = Value::Text(None);

    fn load(raw: Self) -> deserialize::Result<Self> {
        Ok(raw)
    }
}

impl Bound for Currency {
    fn value(&self) -> Result<Value<'_>, StorageError> {
        Ok(Value::text(self.as_str()))
    }
}

impl Stored for Currency {
    type Raw = String;
    const NULL: Value<'static> = Value::Text(None);

    fn load(raw: String) -> deserialize::Result<Self> {
        Ok(Self::parse(&raw)?)
    }
}

impl Bound for bool {
    fn value(&self) -> Result<Value<'_>, StorageError> {
        Ok(Value::Bool(Some(*self)))
    }
}

impl Stored for bool {
    type Raw = Self;
    const NULL: Value<'static> = Value::Bool(None);

    fn load(raw: Self) -> deserialize::Result<Self> {
        Ok(raw)
    }
}

impl Bound for Vec<u8> {
    fn value(&self) -> Result<Value<'_>, StorageError> {
        Ok(Value::Bytes(Some(self)))
    }
}

impl Stored for Vec<u8> {
    type Raw = Self;
    const NULL: Value<'static> = Value::Bytes(None);

    fn load(raw: Self) -> deserialize::Result<Self> {
        Ok(raw)
    }
}

impl Bound for Period {
    fn value(&self) -> Result<Value<'_>, StorageError> {
        Ok(Value::text(self.as_str()))
    }
}

impl Stored for Period {
    type Raw = String;
    const NULL: Value<'static> = Value::Text(None);

    fn load(raw: String) -> deserialize::Result<Self> {
        Self::parse(&raw).ok_or_else(|| format!("{raw} is no period").into())
    }
}

impl Bound for ChainHash {
    fn value(&self) -> Result<Value<'_>, StorageError> {
        Ok(Value::Bytes(Some(&self.0)))
    }
}

impl Stored for ChainHash {
    type Raw = Vec<u8>;
    const NULL: Value<'static> = Value::Bytes(None);

    fn load(raw: Vec<u8>) -> deserialize::Result<Self> {
        let bytes =
            raw.try_into().map_err(|raw: Vec<u8>| format!("a hash of {} bytes", raw.len()))?;
        Ok(Self(bytes))
    }
}
