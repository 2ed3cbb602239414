//! Templates: what is read prints byte for byte, and no value changes the shape of a request.
//!
//! The input is text in lines: how the request is made (a digit), URL, parameter, header, and the
//! value that every macro gets (which may hold line breaks).

use domain::postback::{
    CheckContext, Header, Param, PostbackSettings, Record, RequestMethod, render,
    template::Template, url_template::UrlTemplate,
};

use crate::shape::Shape;

/// A value that fits into every slot.
const HARMLESS: &str = "1";

/// Checks one input.
///
/// # Panics
/// A finding.
pub fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut lines = text.splitn(5, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let (how, url, param, header, value) = (next(), next(), next(), next(), next());
    for template in [url, param, header] {
        prints_what_it_read(template);
    }
    let settings = settings(how, url, param, header);
    // A piece of JSON is the affiliate's word until it was checked.
    let is_raw = settings.params.iter().any(|param| param.raw);
    if is_raw && settings.check(&CheckContext::default()).is_err() {
        return;
    }
    let hostile = render(&settings, None, &record(&settings, value));
    let harmless = render(&settings, None, &record(&settings, HARMLESS));
    let (Ok(hostile), Ok(harmless)) = (hostile, harmless) else { return };
    // A value that is nothing but dots takes its segment with it, literal text included.
    let is_cut = |flags: &[String]| flags.iter().any(|flag| flag == "unsendable:path");
    // Strict mode drops pairs without a value, which is another shape by intention.
    let drops = |flags: &[String]| flags.iter().any(|flag| flag.starts_with("dropped:"));
    if [&hostile.flags, &harmless.flags].iter().any(|flags| is_cut(flags) || drops(flags)) {
        return;
    }
    assert_eq!(Shape::of(&hostile), Shape::of(&harmless), "{settings:?} with {value:?}");
}

fn prints_what_it_read(text: &str) {
    if let Ok(template) = Template::parse(text) {
        assert_eq!(template.to_string(), text);
    }
    assert_eq!(Template::parse_lenient(text).to_string(), text);
    if let Ok(url) = UrlTemplate::parse(text) {
        assert_eq!(url.template().to_string(), text);
    }
}

fn settings(how: &str, url: &str, param: &str, header: &str) -> PostbackSettings {
    let bits = how.bytes().next().unwrap_or_default();
    let method = match bits & 3 {
        0 | 3 => RequestMethod::PostJson,
        1 => RequestMethod::PostForm,
        _ => RequestMethod::Get,
    };
    PostbackSettings {
        method,
        strict: bits & 4 != 0,
        url: url.to_owned(),
        params: vec![
            Param { name: "a".to_owned(), value: param.to_owned(), raw: bits & 8 != 0 },
            Param { name: "z".to_owned(), value: "1".to_owned(), raw: false },
        ],
        headers: vec![Header { name: "X-A".to_owned(), value: header.to_owned() }],
        ..PostbackSettings::default()
    }
}

/// Every macro that the settings use, with this value.
fn record(settings: &PostbackSettings, value: &str) -> Record {
    let mut record = Record::new();
    let texts = [&settings.url].into_iter().chain(settings.params.iter().map(|it| &it.value));
    for text in texts.chain(settings.headers.iter().map(|it| &it.value)) {
        for placeholder in Template::parse_lenient(text).placeholders() {
            record.set(&placeholder.name, value);
        }
    }
    record
}
