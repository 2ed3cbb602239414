//! The log's filters (I11): what the query asks for, and the form that shows it.

use domain::ids::{PostbackId, ProgramId};
use storage::{
    DbConn, StorageError,
    affiliates::affiliate_by_number,
    firings::{FiringFilter, FiringState, StatusClass},
    postbacks::Owner,
    programs::program_list,
};

use super::{CHOICES_MAX, Reader};
use crate::web::{
    forms::Fields,
    view::{
        form::{Choice, Field},
        log::Filters,
    },
};

impl Reader {
    /// What the query narrows the log to; none when it names an affiliate that does not exist.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn filter(
        &self,
        conn: &mut DbConn,
        query: &Fields,
    ) -> Result<Option<FiringFilter>, StorageError> {
        let id = |name: &str| query.value(name).parse::<i64>().ok();
        let owner = match (self.affiliate, query.given("affiliate")) {
            (Some(own), _) => Some(Owner::Affiliate(own)),
            (None, None) => None,
            (None, Some(number)) => {
                let number = number.parse().ok();
                let known = match number {
                    Some(number) => affiliate_by_number(conn, self.shop, number)?,
                    None => None,
                };
                let Some(known) = known else { return Ok(None) };
                Some(Owner::Affiliate(known.id))
            }
        };
        Ok(Some(FiringFilter {
            owner,
            postback_id: id("postback").map(PostbackId),
            program_id: id("program").map(ProgramId),
            event: query.given("event").map(str::to_owned),
            state: match query.value("outcome") {
                "delivered" => Some(FiringState::Delivered),
                "waiting" => Some(FiringState::Due),
                "failed" => Some(FiringState::Failed),
                "held" => Some(FiringState::Held),
                "not_sent" => Some(FiringState::NotSent),
                _ => None,
            },
            status_class: match query.value("code") {
                "2xx" => Some(StatusClass::Hundreds(2)),
                "3xx" => Some(StatusClass::Hundreds(3)),
                "4xx" => Some(StatusClass::Hundreds(4)),
                "5xx" => Some(StatusClass::Hundreds(5)),
                "none" => Some(StatusClass::NoAnswer),
                _ => None,
            },
            transaction_id: query.given("transaction").map(str::to_owned),
            from: self.zone.start_of(query.value("from")),
            until: self.zone.end_of(query.value("to")),
        }))
    }

    /// The filters as the form shows them.
    ///
    /// # Errors
    /// [`StorageError`].
    pub(super) fn filters(
        &self,
        conn: &mut DbConn,
        query: &Fields,
    ) -> Result<Filters, StorageError> {
        let field = |name: &str| Field { value: query.value(name).to_owned(), ..Field::default() };
        let choice = |name: &str, value: String, label: String| Choice {
            is_chosen: query.value(name) == value,
            value,
            label,
        };
        let names = [
            "from",
            "to",
            "postback",
            "program",
            "affiliate",
            "event",
            "outcome",
            "code",
            "transaction",
        ];
        Ok(Filters {
            from: field("from"),
            to: field("to"),
            postbacks: self
                .postbacks(conn)?
                .into_iter()
                .map(|one| choice("postback", one.id.to_string(), one.name))
                .collect(),
            programs: program_list(conn, self.shop, CHOICES_MAX)?
                .into_iter()
                .map(|one| choice("program", one.id.to_string(), one.name))
                .collect(),
            affiliate: field("affiliate"),
            event: field("event"),
            outcome: field("outcome"),
            code: field("code"),
            transaction: field("transaction"),
            is_set: names.iter().any(|name| query.given(name).is_some()),
        })
    }
}
