use proptest::prelude::*;

use super::*;

fn row(number: i64, address: &str, amount: Money) -> ExportRow {
    ExportRow {
        name: format!("Affiliate {number}"),
        address: address.to_owned(),
        amount,
        affiliate_number: number,
        note: "Commission 2026-03".to_owned(),
        idempotency_key: format!("po-{number}"),
    }
}

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

fn euro(minor: i64) -> Money {
    Money::new(minor, Currency::parse("EUR").unwrap())
}

const FORM: &str = "name,recipientEmail,paymentReference,receiverType,amountCurrency,amount,\
    sourceCurrency,targetCurrency,addressCity";

#[test]
fn g39_the_sample_rows_and_the_euros_in_a_file_of_their_own() {
    let rows = [
        row(1001, "a1@example.com", usd(1_600)),
        row(1003, "a3@example.com", euro(900)),
        row(1002, "a2@example.com", usd(5_000)),
    ];
    let files = files(PayoutMethod::Paypal, &rows, Currency::USD, |_| None);
    let shown: Vec<(&str, usize, i64)> =
        files.iter().map(|one| (one.currency.as_str(), one.rows, one.total_minor)).collect();
    assert_eq!(shown, [("EUR", 1, 900), ("USD", 2, 6_600)]);
    assert_eq!(
        files[1].content,
        "a1@example.com,16.00,USD,AFF-1001,Commission 2026-03,PAYPAL\r\n\
         a2@example.com,50.00,USD,AFF-1002,Commission 2026-03,PAYPAL\r\n"
    );
}

#[test]
fn a_file_never_holds_more_rows_than_the_service_takes() {
    let rows: Vec<ExportRow> = (0..10_001).map(|n| row(n, "a@example.com", usd(100))).collect();
    let paypal = files(PayoutMethod::Paypal, &rows, Currency::USD, |_| None);
    let sizes: Vec<(usize, usize, usize)> =
        paypal.iter().map(|one| (one.part, one.parts, one.rows)).collect();
    assert_eq!(sizes, [(1, 3, 5_000), (2, 3, 5_000), (3, 3, 1)]);
    let wise = files(PayoutMethod::Wise, &rows, Currency::USD, |_| WiseTemplate::parse(FORM).ok());
    assert_eq!(wise.len(), 11);
}

#[test]
fn wise_columns_are_filled_by_name_and_unknown_ones_stay_empty() {
    let rows = [row(1001, "a1@example.com", euro(1_600))];
    let form = WiseTemplate::parse(&format!("\u{feff}{FORM}\r\nexample,row\r\n")).unwrap();
    let files = files(PayoutMethod::Wise, &rows, Currency::USD, |_| Some(form.clone()));
    assert_eq!(
        files[0].content,
        format!(
            "{FORM}\r\nAffiliate 1001,a1@example.com,Commission 2026-03,PERSON,target,16.00,USD,EUR,\r\n"
        )
    );
}

#[test]
fn a_saved_recipient_goes_by_its_number() {
    let form = "recipientId,recipientEmail,amount,amountCurrency,sourceCurrency,targetCurrency";
    let form = WiseTemplate::parse(form).unwrap();
    let rows = [row(1, "12345", usd(100))];
    let files = files(PayoutMethod::Wise, &rows, Currency::USD, |_| Some(form.clone()));
    assert!(files[0].content.ends_with("12345,,1.00,target,USD,USD\r\n"), "{}", files[0].content);
}

#[test]
fn a_form_without_the_columns_of_a_payment_is_refused() {
    assert_eq!(WiseTemplate::parse(" \n "), Err(TemplateError::Empty));
    assert_eq!(WiseTemplate::parse("name,amount"), Err(TemplateError::Missing("targetCurrency")));
    let without = "amount,targetCurrency,name";
    assert_eq!(WiseTemplate::parse(without), Err(TemplateError::Missing("recipientEmail")));
}

#[test]
fn a_currency_without_a_form_of_wise_has_no_file() {
    let rows = [row(1, "a@example.com", usd(100)), row(2, "b@example.com", euro(100))];
    let only_euro =
        |currency: Currency| WiseTemplate::parse(FORM).ok().filter(|_| currency.as_str() == "EUR");
    let files = files(PayoutMethod::Wise, &rows, Currency::USD, only_euro);
    assert_eq!(files.len(), 1);
}

#[test]
fn no_cell_is_a_formula_and_quotes_are_doubled() {
    let mut hostile = row(7, "=cmd|' /C calc'!A0", usd(1));
    hostile.name = "+1, \"Söhne\"\n@x".to_owned();
    hostile.note = "\t-2+3".to_owned();
    let files = files(PayoutMethod::Other, &[hostile], Currency::USD, |_| None);
    let (_, line) = files[0].content.split_once("\r\n").unwrap();
    assert_eq!(
        line,
        "7,\"'+1, \"\"Söhne\"\"\n@x\",'=cmd|' /C calc'!A0,0.01,USD,\"'\t-2+3\",po-7\r\n"
    );
}

proptest! {
    #[test]
    fn files_hold_every_row_once_and_sum_to_the_rows(
        amounts in proptest::collection::vec((1_i64..1_000_000, "USD|EUR|JPY|KWD"), 0..40),
    ) {
        let rows: Vec<ExportRow> = amounts
            .iter()
            .zip(1..)
            .map(|((minor, code), n)| row(n, "a@example.com", Money::new(*minor, Currency::parse(code).unwrap())))
            .collect();
        let made = files(PayoutMethod::Paypal, &rows, Currency::USD, |_| None);
        prop_assert_eq!(made.iter().map(|one| one.rows).sum::<usize>(), rows.len());
        let again = files(PayoutMethod::Paypal, &rows, Currency::USD, |_| None);
        prop_assert_eq!(&made, &again);
        for file in made {
            let own: i64 = rows.iter().filter(|row| row.amount.currency == file.currency).map(|row| row.amount.minor).sum();
            let written: i64 = file
                .content
                .lines()
                .map(|line| Money::parse(line.split(',').nth(1).unwrap(), file.currency).unwrap().minor)
                .sum();
            prop_assert_eq!((file.total_minor, written), (own, own));
        }
    }
}
