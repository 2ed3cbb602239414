//! Programs and the versions of their rules.

use diesel::prelude::*;
use domain::{
    ids::{ProgramId, ShopId},
    program::ProgramRules,
    time::UtcTime,
};

use crate::{
    DbConn, Json, StorageError, WriteTx, bulk,
    columns::record,
    schema::{program_versions, programs},
    shops::{one, revise, shop_lock},
    sql::execute,
};

record! {
    /// A set of commission rules that affiliates join.
    pub struct Program in programs {
        /// Ours.
        pub id: ProgramId,
        /// Its shop.
        pub shop_id: ShopId,
        /// 1, 2, 3 … within the shop: what people and macros see.
        pub number: i64,
        /// For people.
        pub name: String,
        /// When it was made.
        pub created_at: UtcTime,
    }
}

record! {
    /// The rules of a program from one moment on.
    pub struct ProgramVersion in program_versions {
        /// Its program.
        pub program_id: ProgramId,
        /// 1, 2, 3 … within the program.
        pub version: i64,
        /// Its shop.
        pub shop_id: ShopId,
        /// Orders placed from here on use it.
        pub effective_from: UtcTime,
        /// The rules.
        pub rules: Json<ProgramRules>,
    }
}

/// Makes a program with the shop's next number, from 1.
///
/// # Errors
/// [`StorageError`].
pub fn program_insert(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    name: &str,
    now: UtcTime,
) -> Result<Program, StorageError> {
    shop_lock(tx, shop)?;
    let last: Option<i64> = programs::table
        .filter(programs::shop_id.eq(shop.0))
        .select(diesel::dsl::max(programs::number))
        .first(&mut **tx)?;
    let program = Program {
        id: ProgramId(tx.next_id(now)),
        shop_id: shop,
        number: last.unwrap_or(0) + 1,
        name: name.to_owned(),
        created_at: now,
    };
    bulk::insert(tx, std::slice::from_ref(&program), "")?;
    revise(tx, shop)?;
    Ok(program)
}

/// Gives a program another name.
///
/// # Errors
/// [`StorageError::NotFound`] without such a program in the shop.
pub fn program_rename(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    program: ProgramId,
    name: &str,
) -> Result<(), StorageError> {
    let text = "UPDATE programs SET name = ? WHERE id = ? AND shop_id = ?";
    one(execute!(&mut **tx, text, [name, program, shop]))
}

/// Adds a version with the program's next number, from 1, and returns it.
///
/// # Errors
/// [`StorageError::NotFound`] without such a program in the shop.
pub fn program_version_insert(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    program: ProgramId,
    effective_from: UtcTime,
    rules: ProgramRules,
) -> Result<ProgramVersion, StorageError> {
    shop_lock(tx, shop)?;
    program_by_id(tx, shop, program)?.ok_or(StorageError::NotFound)?;
    let last: Option<i64> = program_versions::table
        .filter(program_versions::program_id.eq(program.0))
        .select(diesel::dsl::max(program_versions::version))
        .first(&mut **tx)?;
    let version = ProgramVersion {
        program_id: program,
        version: last.unwrap_or(0) + 1,
        shop_id: shop,
        effective_from,
        rules: Json(rules),
    };
    bulk::insert(tx, std::slice::from_ref(&version), "")?;
    revise(tx, shop)?;
    Ok(version)
}

/// The version in force at a moment: of those that have begun the one that began last, and of
/// several from one moment the newest (G87). None before the first.
///
/// # Errors
/// [`StorageError`].
pub fn program_version_at(
    conn: &mut DbConn,
    shop: ShopId,
    program: ProgramId,
    at: UtcTime,
) -> Result<Option<ProgramVersion>, StorageError> {
    let query = program_versions::table
        .filter(program_versions::program_id.eq(program.0))
        .filter(program_versions::shop_id.eq(shop.0))
        .filter(program_versions::effective_from.le(at.micros()))
        .order((program_versions::effective_from.desc(), program_versions::version.desc()))
        .select(ProgramVersion::as_select());
    Ok(query.first(conn).optional()?)
}

/// A program's versions, newest first.
///
/// # Errors
/// [`StorageError`].
pub fn program_versions_of(
    conn: &mut DbConn,
    shop: ShopId,
    program: ProgramId,
    limit: i64,
) -> Result<Vec<ProgramVersion>, StorageError> {
    let query = program_versions::table
        .filter(program_versions::program_id.eq(program.0))
        .filter(program_versions::shop_id.eq(shop.0))
        .order(program_versions::version.desc())
        .limit(limit)
        .select(ProgramVersion::as_select());
    Ok(query.load(conn)?)
}

/// All versions of a shop's programs, by program and version: what a process keeps in memory.
///
/// # Errors
/// [`StorageError`].
pub fn program_versions_of_shop(
    conn: &mut DbConn,
    shop: ShopId,
    limit: i64,
) -> Result<Vec<ProgramVersion>, StorageError> {
    let query = program_versions::table
        .filter(program_versions::shop_id.eq(shop.0))
        .order((program_versions::program_id, program_versions::version))
        .limit(limit)
        .select(ProgramVersion::as_select());
    Ok(query.load(conn)?)
}

/// A shop's programs by number.
///
/// # Errors
/// [`StorageError`].
pub fn program_list(
    conn: &mut DbConn,
    shop: ShopId,
    limit: i64,
) -> Result<Vec<Program>, StorageError> {
    let query = programs::table
        .filter(programs::shop_id.eq(shop.0))
        .order(programs::number)
        .limit(limit)
        .select(Program::as_select());
    Ok(query.load(conn)?)
}

/// A program of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn program_by_id(
    conn: &mut DbConn,
    shop: ShopId,
    program: ProgramId,
) -> Result<Option<Program>, StorageError> {
    let query = programs::table
        .find(program.0)
        .filter(programs::shop_id.eq(shop.0))
        .select(Program::as_select());
    Ok(query.first(conn).optional()?)
}

/// A program of the shop by its number.
///
/// # Errors
/// [`StorageError`].
pub fn program_by_number(
    conn: &mut DbConn,
    shop: ShopId,
    number: i64,
) -> Result<Option<Program>, StorageError> {
    let query = programs::table
        .filter(programs::shop_id.eq(shop.0))
        .filter(programs::number.eq(number))
        .select(Program::as_select());
    Ok(query.first(conn).optional()?)
}
