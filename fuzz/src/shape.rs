//! The shape of a request: what a receiver takes for its structure. Whatever values are filled in, it
//! must stay the same; that is what "no value leaves its slot" means.

use domain::postback::Rendered;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// The structure of one request.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    url_marks: String,
    host: Option<String>,
    port: Option<u16>,
    path_depth: usize,
    query_pairs: usize,
    has_fragment: bool,
    body: BodyShape,
    headers: Vec<String>,
}

/// The structure of a body.
#[derive(Debug, PartialEq, Eq)]
enum BodyShape {
    None,
    Form {
        marks: String,
        pairs: usize,
    },
    Json(Json),
    /// What the affiliate wrote is no JSON whatever is filled in.
    Broken,
}

/// JSON without its leaves and keys. Repeated keys count, which a map would swallow.
#[derive(Debug, PartialEq, Eq)]
enum Json {
    Object(Vec<Json>),
    Array(Vec<Json>),
    Text,
    Bare,
}

impl Shape {
    /// Reads a request as a receiver would: with the `url` crate and `serde_json`.
    ///
    /// # Panics
    /// A request that no HTTP client could send.
    #[must_use]
    pub fn of(request: &Rendered) -> Self {
        assert!(request.url.bytes().all(|byte| byte.is_ascii_graphic()), "{}", request.url);
        for (name, value) in &request.headers {
            assert!(value.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{name}: {value:?}");
        }
        let url = url::Url::parse(&request.url).expect("what is rendered is a URL");
        Self {
            url_marks: marks(&request.url, "/?&=#@:;"),
            host: url.host_str().map(str::to_owned),
            port: url.port(),
            path_depth: url.path_segments().map_or(0, Iterator::count),
            // By what stands between them: one without a name may be empty.
            query_pairs: url.query().map_or(0, |query| query.split('&').count()),
            has_fragment: url.fragment().is_some(),
            body: BodyShape::of(request),
            headers: request.headers.iter().map(|(name, _)| name.clone()).collect(),
        }
    }
}

impl BodyShape {
    fn of(request: &Rendered) -> Self {
        let Some(body) = &request.body else { return Self::None };
        if body.starts_with('{') {
            return serde_json::from_str(body).map_or(Self::Broken, Self::Json);
        }
        let pairs = url::form_urlencoded::parse(body.as_bytes()).count();
        Self::Form { marks: marks(body, "&=;"), pairs }
    }
}

fn marks(text: &str, marks: &str) -> String {
    text.chars().filter(|c| marks.contains(*c)).collect()
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while map.next_key::<IgnoredAny>()?.is_some() {
            members.push(map.next_value()?);
        }
        Ok(Json::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_str<E>(self, _: &str) -> Result<Json, E> {
        Ok(Json::Text)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Bare)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Bare)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Bare)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Bare)
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Bare)
    }
}
