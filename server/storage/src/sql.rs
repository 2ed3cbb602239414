//! Statements written as text, for what diesel cannot say for both databases or would prepare anew
//! each time (conflict clauses, updates, `sql_query`, lists of rows). They are cached by their text
//! like any diesel query, so keep texts constant: values are always bound.

use std::{borrow::Cow, marker::PhantomData};

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::Error::QueryBuilderError,
    serialize::ToSql,
    sql_types::{Array, BigInt, Binary, Bool, HasSqlType, Nullable, Text},
};

use crate::StorageError;

/// One bound value: the four column types of the schema, each with its own NULL.
#[derive(Debug, Clone)]
pub enum Value<'a> {
    /// BIGINT.
    Integer(Option<i64>),
    /// TEXT.
    Text(Option<Cow<'a, str>>),
    /// BYTEA or BLOB.
    Bytes(Option<&'a [u8]>),
    /// BOOLEAN.
    Bool(Option<bool>),
}

impl<'a> Value<'a> {
    /// A BIGINT that is there.
    #[must_use]
    pub const fn integer(value: i64) -> Self {
        Self::Integer(Some(value))
    }

    /// A TEXT that is there.
    #[must_use]
    pub const fn text(value: &'a str) -> Self {
        Self::Text(Some(Cow::Borrowed(value)))
    }
}

impl<DB> QueryFragment<DB> for Value<'_>
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Text> + HasSqlType<Binary> + HasSqlType<Bool>,
    i64: ToSql<BigInt, DB>,
    str: ToSql<Text, DB>,
    [u8]: ToSql<Binary, DB>,
    bool: ToSql<Bool, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        match self {
            Self::Integer(value) => out.push_bind_param::<Nullable<BigInt>, _>(value),
            Self::Text(value) => out.push_bind_param::<Nullable<Text>, _>(value),
            Self::Bytes(value) => out.push_bind_param::<Nullable<Binary>, _>(value),
            Self::Bool(value) => out.push_bind_param::<Nullable<Bool>, _>(value),
        }
    }
}

/// One column of many rows, bound as an array: PostgreSQL only.
#[derive(Debug)]
pub(crate) enum Column<'a> {
    Integer(Vec<Option<i64>>),
    Text(Vec<Option<Cow<'a, str>>>),
    Bytes(Vec<Option<&'a [u8]>>),
    Bool(Vec<Option<bool>>),
}

impl<'a> Column<'a> {
    /// An empty column of this value's type.
    pub(crate) fn like(value: &Value<'a>, capacity: usize) -> Self {
        match value {
            Value::Integer(_) => Self::Integer(Vec::with_capacity(capacity)),
            Value::Text(_) => Self::Text(Vec::with_capacity(capacity)),
            Value::Bytes(_) => Self::Bytes(Vec::with_capacity(capacity)),
            Value::Bool(_) => Self::Bool(Vec::with_capacity(capacity)),
        }
    }

    /// Adds a row's value.
    pub(crate) fn push(&mut self, value: Value<'a>) -> Result<(), StorageError> {
        match (self, value) {
            (Self::Integer(list), Value::Integer(value)) => list.push(value),
            (Self::Text(list), Value::Text(value)) => list.push(value),
            (Self::Bytes(list), Value::Bytes(value)) => list.push(value),
            (Self::Bool(list), Value::Bool(value)) => list.push(value),
            (column, value) => {
                return Err(StorageError::Other(format!("{value:?} in {column:?}")));
            }
        }
        Ok(())
    }
}

impl QueryFragment<Pg> for Column<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Integer(list) => out.push_bind_param::<Array<Nullable<BigInt>>, _>(list),
            Self::Text(list) => out.push_bind_param::<Array<Nullable<Text>>, _>(list),
            Self::Bytes(list) => out.push_bind_param::<Array<Nullable<Binary>>, _>(list),
            Self::Bool(list) => out.push_bind_param::<Array<Nullable<Bool>>, _>(list),
        }
    }
}

/// A statement with a `?` for each value (on both databases; no text of ours holds another one).
/// `ST` is what it returns, if anything.
#[derive(Debug)]
pub(crate) struct Statement<'a, V, ST = ()> {
    text: &'a str,
    values: &'a [V],
    returns: PhantomData<ST>,
}

impl<'a, V, ST> Statement<'a, V, ST> {
    pub(crate) const fn new(text: &'a str, values: &'a [V]) -> Self {
        Self { text, values, returns: PhantomData }
    }
}

impl<DB: Backend, V: QueryFragment<DB>, ST> QueryFragment<DB> for Statement<'_, V, ST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut values = self.values.iter();
        let mut pieces = self.text.split('?');
        out.push_sql(pieces.next().unwrap_or_default());
        for piece in pieces {
            let value = values.next().ok_or_else(|| {
                QueryBuilderError(format!("a value is missing: {}", self.text).into())
            })?;
            value.walk_ast(out.reborrow())?;
            out.push_sql(piece);
        }
        if values.next().is_some() {
            return Err(QueryBuilderError(format!("a value too many: {}", self.text).into()));
        }
        Ok(())
    }
}

impl<V, ST> QueryId for Statement<'_, V, ST> {
    type QueryId = ();
    // No type stands for the text: diesel then caches by text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<V, ST> Query for Statement<'_, V, ST> {
    type SqlType = ST;
}

impl<V, ST, Conn> RunQueryDsl<Conn> for Statement<'_, V, ST> {}

/// Runs a statement that returns nothing; returns the number of rows it touched.
macro_rules! execute {
    ($conn:expr, $text:expr, [$($value:expr),* $(,)?]) => {{
        use diesel::RunQueryDsl as _;
        // A match keeps temporary values alive until the statement has run.
        match [$($crate::columns::Bound::value(&$value)?),*] {
            values => {
                let statement = $crate::sql::Statement::<$crate::sql::Value<'_>>::new($text, &values);
                $crate::conn::on_each!($conn, c => statement.execute(c))?
            }
        }
    }};
}
pub(crate) use execute;

/// Runs a statement that returns rows: `load!(conn, text, [values] => SqlTypes)`.
macro_rules! load {
    ($conn:expr, $text:expr, [$($value:expr),* $(,)?] => $types:ty as $row:ty) => {{
        use diesel::RunQueryDsl as _;
        // A match keeps temporary values alive until the statement has run.
        match [$($crate::columns::Bound::value(&$value)?),*] {
            values => {
                type Value<'v> = $crate::sql::Value<'v>;
                let statement = $crate::sql::Statement::<Value<'_>, $types>::new($text, &values);
                $crate::conn::on_each!($conn, c => statement.load::<$row>(c))?
            }
        }
    }};
}
pub(crate) use load;
