//! A table of affiliates as other apps export it, or as a merchant writes it: which column means what,
//! and what each line says. Columns are known by their names, in the spellings of UpPromote, GoAffPro,
//! Refersion and our own; a code may also stand in a column of links.

use domain::{affiliate::AffiliateStatus, link::EntryLink};

/// Lines of one table: they are saved in one transaction.
pub const LINES_MAX: usize = 2_000;

/// Which app a table comes from, as far as it can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// UpPromote: links with `sca_ref`.
    UpPromote,
    /// GoAffPro: a column of referral codes.
    GoAffPro,
    /// Refersion: links with `rfsn`.
    Refersion,
    /// Any other, or written by hand.
    Table,
}

impl Source {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UpPromote => "UpPromote",
            Self::GoAffPro => "GoAffPro",
            Self::Refersion => "Refersion",
            Self::Table => "a table",
        }
    }
}

/// What a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// The whole name.
    Name,
    /// The first part of it.
    FirstName,
    /// The last part of it.
    LastName,
    /// The company, where there is no name.
    Company,
    /// The address by which an affiliate is known.
    Email,
    /// The code of its links.
    Code,
    /// A link that carries the code.
    Link,
    /// Its number in the other app, which links of some apps carry.
    Number,
    /// Discount codes.
    Coupons,
    /// Whether it may earn.
    Status,
    /// How it is paid.
    PayoutMethod,
    /// Where to.
    PayoutAddress,
    /// The e-mail of a PayPal account.
    PaypalEmail,
    /// In which currency.
    PayoutCurrency,
    /// Units of it for one of the shop's.
    PayoutRate,
    /// The merchant's labels.
    Tags,
    /// The merchant's notes.
    Notes,
}

/// Names of columns, folded to letters and digits. Of several columns with one meaning the first that is
/// filled counts.
const NAMES: [(Meaning, &[&str]); 17] = [
    (Meaning::Name, &["name", "fullname", "affiliatename", "displayname"]),
    (Meaning::FirstName, &["firstname", "givenname"]),
    (Meaning::LastName, &["lastname", "surname", "familyname"]),
    (Meaning::Company, &["company", "companyname"]),
    (Meaning::Email, &["email", "emailaddress", "affiliateemail", "mail"]),
    (Meaning::Code, &["code", "refcode", "referralcode", "affiliatecode", "ref", "slug"]),
    (
        Meaning::Link,
        &[
            "link",
            "affiliatelink",
            "referrallink",
            "defaultaffiliatelink",
            "defaultlink",
            "customlink",
            "url",
            "reflink",
            "traceurl",
        ],
    ),
    (Meaning::Number, &["id", "affiliateid", "number"]),
    (
        Meaning::Coupons,
        &["coupon", "coupons", "couponcode", "couponcodes", "discountcode", "discountcodes"],
    ),
    (Meaning::Status, &["status", "state", "affiliatestatus"]),
    (Meaning::PayoutMethod, &["payoutmethod", "paymentmethod"]),
    (
        Meaning::PayoutAddress,
        &["payoutaddress", "paymentaddress", "paymentdetails", "paysto", "payto"],
    ),
    (Meaning::PaypalEmail, &["paypal", "paypalemail", "paypaladdress", "paypalaccount"]),
    (Meaning::PayoutCurrency, &["payoutcurrency", "paidin"]),
    (Meaning::PayoutRate, &["payoutrate", "rate"]),
    (Meaning::Tags, &["tags", "tag", "group", "groups"]),
    (Meaning::Notes, &["notes", "note", "comment", "comments"]),
];

/// A table that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Where it comes from.
    pub source: Source,
    /// Its columns, with what they mean.
    pub columns: Vec<(String, Option<Meaning>)>,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Its place in the file, from 2 on: the first one names the columns.
    pub number: usize,
    /// For people.
    pub name: String,
    /// By which it is known.
    pub email: String,
    /// Codes that keep its links working, the best first.
    pub codes: Vec<String>,
    /// Discount codes.
    pub coupons: Vec<String>,
    /// What the table says about its status; `Err` with the word that nobody knows.
    pub status: Option<Result<AffiliateStatus, String>>,
    /// How it is paid.
    pub payout_method: String,
    /// Where to.
    pub payout_address: String,
    /// In which currency.
    pub payout_currency: String,
    /// Units of it for one of the shop's.
    pub payout_rate: String,
    /// Labels.
    pub tags: String,
    /// Notes.
    pub notes: String,
}

/// Reads a table whose first line names the columns.
///
/// # Errors
/// A sentence when it is no table of affiliates.
pub fn read_table(text: &str) -> Result<Table, String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| format!("This is no table: {error}."))?.clone();
    let columns: Vec<(String, Option<Meaning>)> =
        header.iter().map(|name| (name.trim().to_owned(), meaning_of(name))).collect();
    if !columns.iter().any(|(_, meaning)| *meaning == Some(Meaning::Email)) {
        return Err("The first line must name the columns, and one of them is Email.".to_owned());
    }
    let mut lines = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let number = index.saturating_add(2);
        let record = record.map_err(|error| format!("Line {number} cannot be read: {error}."))?;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if lines.len() == LINES_MAX {
            return Err(format!("One file holds at most {LINES_MAX} affiliates: cut it in parts."));
        }
        lines.push(Cells { columns: &columns, record: &record }.line(number));
    }
    if lines.is_empty() {
        return Err("The table has no line with an affiliate.".to_owned());
    }
    Ok(Table { source: source_of(&columns, text), columns, lines })
}

fn source_of(columns: &[(String, Option<Meaning>)], text: &str) -> Source {
    let named =
        |wanted: &[&str]| columns.iter().any(|(name, _)| wanted.contains(&folded(name).as_str()));
    if text.contains("sca_ref=") {
        Source::UpPromote
    } else if text.contains("rfsn=") {
        Source::Refersion
    } else if named(&["refcode", "referralcode"]) {
        Source::GoAffPro
    } else {
        Source::Table
    }
}

fn meaning_of(name: &str) -> Option<Meaning> {
    let name = folded(name);
    NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(meaning, _)| *meaning)
}

/// The cells of one line.
struct Cells<'a> {
    columns: &'a [(String, Option<Meaning>)],
    record: &'a csv::StringRecord,
}

impl Cells<'_> {
    fn all(&self, wanted: Meaning) -> impl Iterator<Item = &str> {
        let named = self.columns.iter().zip(self.record.iter());
        named
            .filter(move |((_, meaning), _)| *meaning == Some(wanted))
            .map(|(_, cell)| unguarded(cell.trim()))
            .filter(|cell| !cell.is_empty())
    }

    fn first(&self, wanted: Meaning) -> &str {
        self.all(wanted).next().unwrap_or_default()
    }

    fn line(&self, number: usize) -> Line {
        let paypal = self.first(Meaning::PaypalEmail);
        let (method, address) = match self.first(Meaning::PayoutAddress) {
            "" if !paypal.is_empty() => ("paypal".to_owned(), paypal),
            address => (method_of(self.first(Meaning::PayoutMethod)), address),
        };
        let is_payable = !address.is_empty();
        Line {
            number,
            name: self.name(),
            email: self.first(Meaning::Email).to_owned(),
            codes: self.codes(),
            coupons: coupons_of(self.all(Meaning::Coupons)),
            status: self.all(Meaning::Status).next().map(status_of),
            payout_method: if is_payable { method } else { String::new() },
            payout_address: address.to_owned(),
            payout_currency: self.first(Meaning::PayoutCurrency).to_owned(),
            payout_rate: self.first(Meaning::PayoutRate).to_owned(),
            tags: self.first(Meaning::Tags).to_owned(),
            notes: self.first(Meaning::Notes).to_owned(),
        }
    }

    fn name(&self) -> String {
        let whole = self.first(Meaning::Name);
        let parts = [self.first(Meaning::FirstName), self.first(Meaning::LastName)];
        let parts = parts.join(" ");
        let email = self.first(Meaning::Email);
        let mailbox = email.split('@').next().unwrap_or_default();
        let candidates = [whole, parts.trim(), self.first(Meaning::Company), mailbox];
        candidates.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned()
    }

    /// A code of its own; else what its links carry, of which the number before the dot names the
    /// affiliate whatever follows (`sca_ref=3122711.jthhvz8Ao8`); else its number.
    fn codes(&self) -> Vec<String> {
        let own = self.all(Meaning::Code).map(str::to_owned);
        let linked = self.all(Meaning::Link).flat_map(|link| {
            let mut codes = EntryLink::read(link).codes;
            codes.reverse();
            codes
        });
        let number = self.all(Meaning::Number).map(str::to_owned);
        let mut codes: Vec<String> = Vec::new();
        for code in own.chain(linked).chain(number) {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        codes
    }
}

fn coupons_of<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut coupons: Vec<String> = Vec::new();
    for code in cells.flat_map(|cell| cell.split([',', ';', '|', '\n'])).map(str::trim) {
        if !code.is_empty() && !coupons.iter().any(|known| known.eq_ignore_ascii_case(code)) {
            coupons.push(code.to_owned());
        }
    }
    coupons
}

/// The words of the four apps.
fn status_of(word: &str) -> Result<AffiliateStatus, String> {
    match folded(word).as_str() {
        "active" | "approved" | "enabled" | "accepted" | "1" | "true" => {
            Ok(AffiliateStatus::Active)
        }
        "pending" | "new" | "waiting" | "awaitingapproval" | "unverified" => {
            Ok(AffiliateStatus::Pending)
        }
        "denied" | "rejected" | "declined" => Ok(AffiliateStatus::Denied),
        "blocked" | "inactive" | "disabled" | "banned" | "suspended" | "0" | "false" => {
            Ok(AffiliateStatus::Blocked)
        }
        _ => Err(word.to_owned()),
    }
}

fn method_of(word: &str) -> String {
    match folded(word).as_str() {
        "paypal" => "paypal",
        "wise" | "transferwise" => "wise",
        _ => "other",
    }
    .to_owned()
}

/// A cell without the sign that keeps spreadsheets from reading it as a formula: our own files have it.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Tables for European spreadsheets are separated by semicolons.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |letter: char| first.matches(letter).count();
    [(b';', count(';')), (b'\t', count('\t')), (b',', count(','))]
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(letter, _)| letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u3_an_export_of_uppromote_keeps_the_number_that_its_links_carry() {
        let table = read_table(
            "ID,First name,Last name,Email,Affiliate link,Coupon,Status,Paypal email\n\
             3122711,Anna,Lind,anna@example.com,https://s.example/?sca_ref=3122711.jthhvz8Ao8,\
             \"ANNA10, ANNA20\",Active,pay@example.com\n",
        )
        .unwrap();
        assert_eq!(table.source, Source::UpPromote);
        let line = &table.lines[0];
        assert_eq!((line.number, line.name.as_str()), (2, "Anna Lind"));
        assert_eq!(line.codes, ["3122711", "3122711.jthhvz8Ao8"]);
        assert_eq!(line.coupons, ["ANNA10", "ANNA20"]);
        assert_eq!(line.status, Some(Ok(AffiliateStatus::Active)));
        assert_eq!(
            (line.payout_method.as_str(), line.payout_address.as_str()),
            ("paypal", "pay@example.com")
        );
    }

    #[test]
    fn exports_of_goaffpro_and_refersion_are_known() {
        let goaffpro = read_table("id;name;email;ref_code\n5;Bob;bob@example.com;BOBBY\n").unwrap();
        assert_eq!(goaffpro.source, Source::GoAffPro);
        assert_eq!(goaffpro.lines[0].codes, ["BOBBY", "5"]);
        let refersion = read_table(
            "\u{feff}Affiliate ID,Company,Email,Link,Status\n\
             812,Acme,acme@example.com,https://s.example/?rfsn=812.f00a,DENIED\n",
        )
        .unwrap();
        assert_eq!(refersion.source, Source::Refersion);
        let line = &refersion.lines[0];
        assert_eq!((line.name.as_str(), line.codes[0].as_str()), ("Acme", "812"));
        assert_eq!(line.status, Some(Ok(AffiliateStatus::Denied)));
    }

    #[test]
    fn what_is_no_table_of_affiliates_is_told() {
        assert!(read_table("name,code\nAnna,ANNA\n").unwrap_err().contains("Email"));
        assert!(read_table("email\n\n").unwrap_err().contains("no line"));
        let many = "email\n".to_owned() + &"a@example.com\n".repeat(LINES_MAX + 1);
        assert!(read_table(&many).unwrap_err().contains("at most"));
    }

    #[test]
    fn blank_lines_and_guarded_cells_are_read_as_people_mean_them() {
        let table = read_table("email,name\n\n,\na@example.com,'=Anna\n").unwrap();
        assert_eq!(table.lines.len(), 1);
        assert_eq!(table.lines[0].name, "=Anna");
        assert!(table.lines[0].codes.is_empty());
    }
}
