//! What the editor knows besides the form: the owner's postbacks, programs, what the links have
//! carried, past events, and what was done to the one that is shown.

use std::collections::BTreeSet;

use domain::{
    ids::{PostbackId, ShopId},
    postback::{Credentials, PostbackSettings, Selection},
};
use storage::{
    DbConn, StorageError,
    activity::{Activity, Subject, activity_page},
    affiliates::{Affiliate, affiliate_by_number, affiliates_by_ids},
    firings::Firing,
    link_names::link_names_of,
    postbacks::Postback,
    programs::{Program, program_by_id, program_list},
};

use super::{Desk, app_error, fields};
use crate::{
    error::AppError,
    flows::{
        fire_test::test_sources,
        save_postback::{SaveError, postbacks_of, read_postback, stored_credentials},
    },
    web::forms::Fields,
};

/// Programs to choose from.
const PROGRAMS_MAX: i64 = 1_000;
/// Changes shown of one postback.
const CHANGES_SHOWN: i64 = 50;

/// What the editor knows besides the form.
pub(super) struct Known {
    pub(super) programs: Vec<Program>,
    /// Affiliates that the form names, for a postback of the merchant's own.
    pub(super) affiliates: Vec<Affiliate>,
    pub(super) own: Vec<Postback>,
    pub(super) stored: Option<(Postback, Option<Credentials>)>,
    pub(super) link_names: BTreeSet<String>,
    pub(super) past: Vec<Firing>,
    pub(super) history: Vec<Activity>,
}

impl Known {
    pub(super) fn credentials(&self) -> Option<&Credentials> {
        self.stored.as_ref().and_then(|(_, secret)| secret.as_ref())
    }

    pub(super) fn before(&self) -> Result<Option<PostbackSettings>, StorageError> {
        self.stored.as_ref().map(|(row, _)| read_postback(row)).transpose()
    }
}

/// Everything for a new postback, or for one of the owner's; not found for somebody else's (U2).
pub(super) async fn read(
    desk: &Desk,
    id: Option<PostbackId>,
    sent: &Fields,
) -> Result<Known, AppError> {
    let (shop, owner) = (desk.shop.id, desk.owner);
    let program = desk.affiliate.as_ref().map(|one| one.program_id);
    let key = desk.app.master_key.clone();
    let numbers = fields::numbers_in(sent.value("affiliates"));
    let known = desk
        .app
        .storage
        .read(move |conn| {
            let own = postbacks_of(conn, shop, owner)?;
            let stored = match id {
                None => None,
                Some(id) => {
                    let row = own.iter().find(|one| one.id == id).cloned();
                    let row = row.ok_or(StorageError::NotFound)?;
                    let credentials = stored_credentials(&key, &row)?;
                    Some((row, credentials))
                }
            };
            let programs = match program {
                Some(program) => program_by_id(conn, shop, program)?.into_iter().collect(),
                None => program_list(conn, shop, PROGRAMS_MAX)?,
            };
            Ok::<_, SaveError>(Known {
                affiliates: named_affiliates(conn, shop, &numbers, stored.as_ref())?,
                link_names: link_names_of(conn, shop, owner)?,
                past: test_sources(conn, shop, owner)?,
                history: match id {
                    Some(id) => changes_of(conn, shop, id)?,
                    None => Vec::new(),
                },
                programs,
                own,
                stored,
            })
        })
        .await;
    known.map_err(app_error)
}

/// What was done to a postback, newest first (T14).
fn changes_of(
    conn: &mut DbConn,
    shop: ShopId,
    id: PostbackId,
) -> Result<Vec<Activity>, StorageError> {
    activity_page(conn, shop, Some((Subject::Postback, id.0)), None, CHANGES_SHOWN)
}

/// The affiliates that a form or a stored document of the merchant's names.
fn named_affiliates(
    conn: &mut DbConn,
    shop: ShopId,
    numbers: &[i64],
    stored: Option<&(Postback, Option<Credentials>)>,
) -> Result<Vec<Affiliate>, StorageError> {
    let mut found = Vec::new();
    for number in numbers {
        found.extend(affiliate_by_number(conn, shop, *number)?);
    }
    if let Some((row, _)) = stored
        && row.affiliate_id.is_none()
        && let Selection::Only(ids) | Selection::Except(ids) = &read_postback(row)?.scope.affiliates
    {
        found.extend(affiliates_by_ids(conn, shop, ids)?.into_values());
    }
    found.sort_by_key(|one| one.number);
    found.dedup_by_key(|one| one.id);
    Ok(found)
}
