//! Rules of building a request, by what they build.

use super::*;
use crate::postback::{Header, Param};

mod bodies;
mod headers;
mod properties;
mod url;

type Settings = PostbackSettings;

fn with_url(url: &str) -> Settings {
    Settings { url: url.into(), ..Default::default() }
}

fn param(name: &str, value: &str) -> Param {
    Param { name: name.into(), value: value.into(), raw: false }
}

fn raw(name: &str, value: &str) -> Param {
    Param { raw: true, ..param(name, value) }
}

fn header(name: &str, value: &str) -> Header {
    Header { name: name.into(), value: value.into() }
}

fn record(pairs: &[(&str, &str)]) -> Record {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn url(template: &str, pairs: &[(&str, &str)]) -> String {
    render(&with_url(template), None, &record(pairs)).unwrap().url
}

fn posted(method: RequestMethod, params: Vec<Param>, pairs: &[(&str, &str)]) -> Rendered {
    let settings = Settings { method, params, ..with_url("https://t.example.com/pb") };
    render(&settings, None, &record(pairs)).unwrap()
}
