//! Every page with rich data and with none, for tests and for looking at:
//! `cargo test -p tributary write_the_gallery -- --ignored` leaves files in the temporary folder.

mod admin;
mod demo;
mod log;
mod portal;
mod postbacks;
mod tests;

use super::{
    Page,
    chart::{Point, Series},
    form::{Choice, Field},
    parts::{Badge, NameValue, Notice, Person, Tone, When},
};

/// A long name in a script written from right to left, with markup in it.
const HOSTILE: &str = "شركة التسويق بالعمولة <b>& \"Söhne\"</b> with an unusually long name indeed";

/// A template whose query looks like a character reference (C4).
const TEMPLATE: &str =
    "https://trk.example.com/postback?cid={click_id}&currency={currency}&reg={sub1}&copy=1&sect=2";

fn badge(text: &str, tone: Tone) -> Badge {
    Badge { text: text.to_owned(), tone }
}

fn at(text: &str) -> When {
    When { text: text.to_owned(), utc: "2026-03-01T12:00:00Z".to_owned() }
}

fn person(name: &str) -> Person {
    Person { id: "1".to_owned(), name: name.to_owned() }
}

fn pair(name: &str, value: &str) -> NameValue {
    NameValue { name: name.to_owned(), value: value.to_owned() }
}

fn choice(value: &str, label: &str, is_chosen: bool) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned(), is_chosen }
}

fn field(value: &str) -> Field {
    Field { value: value.to_owned(), ..Field::default() }
}

fn refused(value: &str, error: &str) -> Field {
    Field { error: Some(error.to_owned()), ..field(value) }
}

fn notice(text: &str) -> Option<Notice> {
    Some(Notice { tone: Tone::Good, text: text.to_owned() })
}

fn series(id: &str, title: &str, amounts: &[i64]) -> Series {
    let points = amounts.iter().zip(1..).map(|(amount, day)| Point {
        day: format!("{day} Mar"),
        amount: *amount,
        text: amount.to_string(),
    });
    Series {
        id: id.to_owned(),
        title: title.to_owned(),
        description: "Rising, most on 28 Mar".to_owned(),
        points: points.collect(),
    }
}

/// Name of the file and the page.
fn pages() -> Vec<(&'static str, String)> {
    [admin::pages(), portal::pages(), postbacks::pages(), demo::pages()].concat()
}

/// Renders a page for the gallery.
fn shown(page: impl Page) -> String {
    page.page().unwrap()
}

#[test]
#[ignore = "writes files to look at"]
fn write_the_gallery() {
    let folder = std::env::temp_dir().join("tributary-gallery");
    std::fs::create_dir_all(&folder).unwrap();
    let assets = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");
    for file in std::fs::read_dir(assets).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    for (name, html) in pages() {
        let mut html = html;
        for file in ["app.css", "app.js", "favicon.svg"] {
            html = html.replace(&crate::web::assets::href(file), file);
        }
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
    }
    println!("{}", folder.display());
}
