//! One query for each of many keys: one statement for all of them on PostgreSQL, one prepared
//! statement run for each key on SQLite. Better than a list of keys in a condition: on PostgreSQL
//! every key goes through its index, also while the planner has no statistics, and on SQLite the
//! text does not depend on the number of keys.

use std::collections::BTreeSet;

use domain::ids::ShopId;

use crate::{
    StorageError,
    columns::{Bound, Record},
    sql::Value,
};

/// The keys of a lookup within one shop, each once: the shop, then the key.
pub(crate) fn keys_of_shop<'a, K: Bound + Ord>(
    shop: &'a ShopId,
    keys: &'a [K],
) -> Result<Vec<Vec<Value<'a>>>, StorageError> {
    let keys: BTreeSet<&K> = keys.iter().collect();
    keys.into_iter().map(|key| Ok(vec![shop.value()?, key.value()?])).collect()
}

/// The rows of a record's table for each key: `lookup!(conn, Record, per_key, keys)`, where `per_key`
/// is the rest of the query for one key, with a `?` for each of its values:
/// `WHERE shop_id = ? AND visitor = ? ORDER BY clicked_at DESC LIMIT 20`.
macro_rules! lookup {
    ($conn:expr, $record:ty, $per_key:expr, $keys:expr) => {{
        type SqlType = <$record as $crate::columns::Record>::SqlType;
        let text = $crate::lookup::select::<$record>($per_key);
        $crate::lookup::lookup_as!($conn, &text, $keys => SqlType as $record)
    }};
}
pub(crate) use lookup;

/// What a whole query for one key gives, for each key: `lookup_as!(conn, text, keys => SqlType as Row)`.
macro_rules! lookup_as {
    ($conn:expr, $text:expr, $keys:expr => $sql_type:ty as $row:ty) => {{
        use diesel::RunQueryDsl as _;
        let keys: Vec<Vec<$crate::sql::Value<'_>>> = $keys;
        let mut found: Vec<$row> = Vec::new();
        match $conn {
            _ if keys.is_empty() => {}
            // One statement with arrays.
            $crate::conn::DbConn::Postgres(c) => {
                let text = $crate::lookup::for_all_keys($text);
                let keys = $crate::bulk::columns(keys)?;
                found = $crate::sql::Statement::<_, $sql_type>::new(&text, &keys).load(c)?;
            }
            // One run per key.
            $crate::conn::DbConn::Sqlite(c) => {
                for key in keys {
                    let statement = $crate::sql::Statement::<_, $sql_type>::new($text, &key);
                    found.extend(statement.load::<$row>(c)?);
                }
            }
        }
        found
    }};
}
pub(crate) use lookup_as;

/// The keys become a table `v (k1, k2 …)`, and each `?` one of its columns. OFFSET 0 changes nothing
/// but keeps the planner from making one big join of it.
pub(crate) fn for_all_keys(text: &str) -> String {
    let mut pieces = text.split('?');
    let mut query = pieces.next().unwrap_or_default().to_owned();
    let mut names = Vec::new();
    for piece in pieces {
        let name = format!("k{}", names.len() + 1);
        query.push_str(&format!("v.{name}{piece}"));
        names.push(name);
    }
    let rows = crate::bulk::array_source(&names);
    format!("SELECT found.* FROM {rows} CROSS JOIN LATERAL ({query} OFFSET 0) AS found")
}

/// The query for one key of a record's table.
pub(crate) fn select<R: Record>(per_key: &str) -> String {
    format!("SELECT {} FROM {} {per_key}", R::COLUMNS.join(", "), R::TABLE)
}
