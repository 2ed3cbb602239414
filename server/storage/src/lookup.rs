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
        use diesel::RunQueryDsl as _;
        type SqlType = <$record as $crate::columns::Record>::SqlType;
        let keys: Vec<Vec<$crate::sql::Value<'_>>> = $keys;
        let mut found: Vec<$record> = Vec::new();
        match $conn {
            _ if keys.is_empty() => {}
            // One statement with arrays.
            $crate::conn::DbConn::Postgres(c) => {
                let text = $crate::lookup::for_all_keys::<$record>($per_key);
                let keys = $crate::bulk::columns(keys)?;
                found = $crate::sql::Statement::<_, SqlType>::new(&text, &keys).load(c)?;
            }
            // One run per key.
            $crate::conn::DbConn::Sqlite(c) => {
                let text = $crate::lookup::for_one_key::<$record>($per_key);
                for key in keys {
                    let statement = $crate::sql::Statement::<_, SqlType>::new(&text, &key);
                    found.extend(statement.load::<$record>(c)?);
                }
            }
        }
        found
    }};
}
pub(crate) use lookup;

/// The keys become a table `v (k1, k2 …)`, and each `?` one of its columns. OFFSET 0 changes nothing
/// but keeps the planner from making one big join of it.
pub(crate) fn for_all_keys<R: Record>(per_key: &str) -> String {
    let mut pieces = per_key.split('?');
    let mut query = format!("{} {}", select::<R>(), pieces.next().unwrap_or_default());
    let mut names = Vec::new();
    for piece in pieces {
        let name = format!("k{}", names.len() + 1);
        query.push_str(&format!("v.{name}{piece}"));
        names.push(name);
    }
    let rows = crate::bulk::array_source(&names);
    format!("SELECT found.* FROM {rows} CROSS JOIN LATERAL ({query} OFFSET 0) AS found")
}

/// The query as it is written.
pub(crate) fn for_one_key<R: Record>(per_key: &str) -> String {
    format!("{} {per_key}", select::<R>())
}

fn select<R: Record>() -> String {
    format!("SELECT {} FROM {}", R::COLUMNS.join(", "), R::TABLE)
}
