//! Affiliates from a table of another app: look first, then import. Nothing is kept in between: the
//! table comes with the form, and what was shown is found again.

use actix_web::{HttpRequest, HttpResponse, web::Bytes};
use domain::{affiliate::AffiliateStatus, ids::ProgramId};
use storage::programs::{Program, program_list};

use crate::{
    error::AppError,
    flows::import_affiliates::{
        Fate, Meaning, Plan, Planned, Table, import_affiliates, plan_import, read_table,
    },
    web::{
        auth::AdminShop,
        display::{affiliate_badge, badge, sentence},
        forms::Fields,
        view::{
            admin::{
                Section,
                affiliates::import::{Found, ImportPage, LineRow},
            },
            form::{Choice, Field},
            parts::Tone,
        },
    },
};

/// Lines that the page shows.
const SHOWN_MAX: usize = 200;
const PROGRAMS_MAX: i64 = 1_000;

/// `GET {base}/affiliates/import`.
///
/// # Errors
/// [`AppError`].
pub async fn form(shop: AdminShop) -> Result<HttpResponse, AppError> {
    let page = blank(&shop, &Fields::default()).await?;
    shop.show(page)
}

/// `POST {base}/affiliates/import`.
///
/// # Errors
/// [`AppError`].
pub async fn submit(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let mut page = blank(&shop, &sent).await?;
    sent.exact("table").clone_into(&mut page.table.value);
    let table = match read_table(sent.exact("table")) {
        Ok(table) => table,
        Err(error) => {
            page.table.error = Some(error);
            return shop.show_refused(page);
        }
    };
    let is_done = sent.value("action") == "import";
    let program = sent.value("program").parse().ok().map(ProgramId);
    let (act, prints) = (shop.act(), shop.app.fingerprints.clone());
    let (read, storage) = (table.clone(), &shop.app.storage);
    let plan = if is_done {
        storage.write(move |tx| import_affiliates(tx, &prints, act, program, &read)).await?
    } else {
        storage.read(move |conn| plan_import(conn, &prints, act, program, &read)).await?
    };
    page.found = Some(found(&table, &plan, is_done));
    if is_done {
        page.table = Field::default();
    }
    shop.show(page)
}

async fn blank(shop: &AdminShop, sent: &Fields) -> Result<ImportPage, AppError> {
    let id = shop.shop.id;
    let programs = shop.app.storage.read(move |conn| program_list(conn, id, PROGRAMS_MAX)).await?;
    let choice = |program: &Program| Choice {
        value: program.id.to_string(),
        label: program.name.clone(),
        is_chosen: sent.value("program") == program.id.to_string(),
    };
    Ok(ImportPage {
        frame: shop.frame(Section::Affiliates, None),
        programs: programs.iter().map(choice).collect(),
        table: Field::default(),
        found: None,
    })
}

fn found(table: &Table, plan: &Plan, is_done: bool) -> Found {
    let (added, known, refused) = plan.counts();
    let verb = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    let summary = format!(
        "{}, {}, {}.",
        if is_done {
            verb(added, "was added", "were added")
        } else {
            verb(added, "can be added", "can be added")
        },
        verb(known, "is here already", "are here already"),
        verb(refused, "cannot be added", "cannot be added"),
    );
    let mut lines: Vec<&Planned> = plan.lines.iter().collect();
    lines.sort_by_key(|line| (!matches!(line.fate, Fate::Refused(_)), line.line));
    Found {
        source: table.source.name().to_owned(),
        columns: table
            .columns
            .iter()
            .map(|(name, meaning)| (name.clone(), meaning.map(meaning_words)))
            .collect(),
        is_done,
        summary,
        addable: added,
        is_cut: lines.len() > SHOWN_MAX,
        lines: lines.into_iter().take(SHOWN_MAX).map(|line| row(line, is_done)).collect(),
    }
}

fn row(line: &Planned, is_done: bool) -> LineRow {
    let (fate, mistakes) = match &line.fate {
        Fate::Added(AffiliateStatus::Active) if is_done => (badge("Added", Tone::Good), Vec::new()),
        Fate::Added(AffiliateStatus::Active) => (badge("New", Tone::Good), Vec::new()),
        Fate::Added(status) => (affiliate_badge(status.as_str()), Vec::new()),
        Fate::Known(number) => (badge(format!("Here as {number}"), Tone::Neutral), Vec::new()),
        Fate::Refused(errors) => {
            let words = errors.iter().map(|error| sentence(&error.message)).collect();
            (badge("Not added", Tone::Bad), words)
        }
    };
    LineRow {
        number: line.line.to_string(),
        name: line.name.clone(),
        email: line.email.clone(),
        code: line.code.clone(),
        coupons: line.coupons.join(", "),
        fate,
        mistakes,
    }
}

const fn meaning_words(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Name => "Name",
        Meaning::FirstName => "First name",
        Meaning::LastName => "Last name",
        Meaning::Company => "Company",
        Meaning::Email => "E-mail",
        Meaning::Code => "Code of the links",
        Meaning::Link => "Link, for its code",
        Meaning::Number => "Number, which old links carry",
        Meaning::Coupons => "Coupons",
        Meaning::Status => "Status",
        Meaning::PayoutMethod => "Payout method",
        Meaning::PayoutAddress => "Pays to",
        Meaning::PaypalEmail => "PayPal account",
        Meaning::PayoutCurrency => "Paid in",
        Meaning::PayoutRate => "Rate",
        Meaning::Tags => "Tags",
        Meaning::Notes => "Notes",
    }
}
