//! Wise's batch files. The columns differ by currency and their names must not change, so the
//! merchant uploads the empty form once, and columns are filled by their names.

use super::{ExportRow, write_row};
use crate::money::Currency;

/// The first line of Wise's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WiseTemplate {
    header: String,
    columns: Vec<String>,
}

/// Why a text is no form of Wise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Nothing in it.
    #[error("the form is empty: paste its first line, with the names of the columns")]
    Empty,
    /// A column that no payment can do without.
    #[error(
        "the form has no column {0:?}; its names are written by Wise and must stay as they are"
    )]
    Missing(&'static str),
}

impl WiseTemplate {
    /// Reads the first line of the form.
    ///
    /// ```
    /// # use domain::payout::export::WiseTemplate;
    /// let form = "name,recipientEmail,paymentReference,amountCurrency,amount,sourceCurrency,targetCurrency";
    /// assert!(WiseTemplate::parse(form).is_ok());
    /// assert!(WiseTemplate::parse("name,recipientEmail").is_err());
    /// ```
    ///
    /// # Errors
    /// [`TemplateError`].
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let text = text.trim_start_matches('\u{feff}');
        let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let columns: Vec<String> =
            split(header).iter().map(|name| name.trim().to_owned()).collect();
        let has = |wanted: &str| columns.iter().any(|name| folded(name) == wanted);
        if columns.iter().all(String::is_empty) {
            return Err(TemplateError::Empty);
        }
        if !has("amount") {
            return Err(TemplateError::Missing("amount"));
        }
        if !has("targetcurrency") {
            return Err(TemplateError::Missing("targetCurrency"));
        }
        if !has("recipientemail") && !has("recipientid") {
            return Err(TemplateError::Missing("recipientEmail"));
        }
        Ok(Self { header: header.trim_end().to_owned(), columns })
    }

    /// The line as it was uploaded.
    #[must_use]
    pub fn header(&self) -> &str {
        &self.header
    }

    /// The form with a row for each payment. Columns that we know nothing for stay empty.
    pub(super) fn fill(&self, rows: &[&ExportRow], source: Currency) -> String {
        let mut file = format!("{}\r\n", self.header);
        for row in rows {
            let cells: Vec<String> =
                self.columns.iter().map(|column| cell(column, row, source)).collect();
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            write_row(&mut file, &cells);
        }
        file
    }
}

fn cell(column: &str, row: &ExportRow, source: Currency) -> String {
    // An address without an at sign is the number of a recipient that Wise keeps.
    let is_email = row.address.contains('@');
    match folded(column).as_str() {
        "name" | "recipientname" | "accountholdername" => row.name.clone(),
        "recipientemail" | "email" if is_email => row.address.clone(),
        "recipientid" if !is_email => row.address.clone(),
        "amount" => row.amount.decimal(),
        // What the affiliate gets is fixed, not what it costs.
        "amountcurrency" => "target".to_owned(),
        "sourcecurrency" => source.as_str().to_owned(),
        "targetcurrency" => row.amount.currency.as_str().to_owned(),
        "paymentreference" | "reference" => row.note.clone(),
        "receivertype" | "recipienttype" => "PERSON".to_owned(),
        _ => String::new(),
    }
}

/// How names of columns are compared: Wise has written `sourceCurrency` and `Source currency`.
fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The cells of one line, which may be quoted.
fn split(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ',' | ';' | '\t' if !is_quoted => cells.push(String::new()),
            _ => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(letter);
                }
            }
        }
    }
    cells
}
