//! From settings, credentials and one event's values to the exact request (E1–E8, E11, E13). Not
//! here: signing, sending, and what the answer means (`retry`).

use serde::Serialize;

use super::{
    body,
    credentials::{Credentials, CredentialsError},
    encode::{Slot, is_header_text, percent_encode},
    filler::Filler,
    headers::{self, HeaderNameError},
    record::Record,
    settings::{AuthKind, PostbackSettings, RequestMethod},
    template::{Template, TemplateError},
    url_template::{URL_BYTES_MAX, UrlProblem, UrlTemplate, is_dot_segment, push_literal},
};

/// Longest body after substitution, in bytes (E11).
pub const BODY_BYTES_MAX: usize = 65_536;

/// A request, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rendered {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The final URL. An empty path is kept empty; the request line has `/` for it (U5).
    pub url: String,
    /// Headers in order; those of the connection and the signature are added on sending.
    pub headers: Vec<(String, String)>,
    /// The body of a POST.
    pub body: Option<String>,
    /// What the log should say: `unresolved:<macro>` (no such macro, E5), `empty:<macro>` (the
    /// click did not carry it, C1), `unsendable:<macro>` (the value cannot stand in its slot, E2),
    /// `dropped:<name>` (strict mode left the pair out, E6).
    pub flags: Vec<String>,
}

/// Why no request can be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The stored URL is not well-formed.
    #[error("URL: {0}")]
    Url(#[from] UrlProblem),
    /// A stored parameter or header value is not well-formed.
    #[error("{field}: {error}")]
    Template {
        /// Which one.
        field: String,
        /// What is wrong.
        error: TemplateError,
    },
    /// A stored header cannot be sent.
    #[error("header: {0}")]
    HeaderName(#[from] HeaderNameError),
    /// A stored header's own text holds a control or non-ASCII character.
    #[error("header {0}: only printable ASCII can be sent")]
    HeaderText(String),
    /// Longer than allowed after substitution (E11).
    #[error("the {what} has {bytes} bytes after substitution; at most {max} are sent")]
    TooLong {
        /// `URL` or `body`.
        what: &'static str,
        /// How long it became.
        bytes: usize,
        /// How long it may be.
        max: usize,
    },
    /// The postback needs credentials of this kind and has none.
    #[error("the credentials for this postback are missing; enter them again")]
    NoCredentials(AuthKind),
    /// The credentials cannot be sent.
    #[error("{0}")]
    Credentials(#[from] CredentialsError),
}

impl Rendered {
    /// The headers as a log may show them.
    #[must_use]
    pub fn masked_headers(&self) -> Vec<(String, String)> {
        headers::masked(&self.headers)
    }
}

/// Builds the request of one firing.
///
/// ```
/// # use domain::postback::{PostbackSettings, Record, render};
/// let settings: PostbackSettings = PostbackSettings {
///     url: "https://trk.example.com/pb?cid={click_id}&src={sub1|none}".into(),
///     ..Default::default()
/// };
/// let mut record = Record::new();
/// record.set("click_id", "w5f/1");
/// let request = render(&settings, None, &record).unwrap();
/// assert_eq!(request.url, "https://trk.example.com/pb?cid=w5f%2F1&src=none");
/// ```
///
/// # Errors
/// [`RenderError`] when the stored document cannot make a request; never because of a value alone,
/// except where it makes the request too long.
pub fn render<P, A>(
    settings: &PostbackSettings<P, A>,
    credentials: Option<&Credentials>,
    record: &Record,
) -> Result<Rendered, RenderError> {
    let template = UrlTemplate::parse(&settings.url)?;
    let mut filler = Filler::new(record);
    let mut url = render_url(&template, settings.strict, &mut filler);
    let body = match settings.method {
        RequestMethod::Get => {
            append_params(&mut url, template.ends_open(), settings, &mut filler)?;
            None
        }
        RequestMethod::PostForm => Some(body::form(settings, &mut filler)?),
        RequestMethod::PostJson => Some(body::json(settings, &mut filler)?),
    };
    check_length("URL", url.len(), URL_BYTES_MAX)?;
    check_length("body", body.as_ref().map_or(0, String::len), BODY_BYTES_MAX)?;
    let headers = render_headers(settings, credentials, &mut filler)?;
    let method = settings.method.wire();
    Ok(Rendered { method, url, headers, body, flags: filler.into_flags() })
}

fn render_url(template: &UrlTemplate, strict: bool, filler: &mut Filler<'_>) -> String {
    let mut url = template.origin.as_str().to_owned();
    for (index, segment) in template.segments.iter().enumerate() {
        if index > 0 {
            url.push('/');
        }
        let text = filler.fill(segment, Slot::Path, push_literal).text;
        if is_dot_segment(&text) {
            // Clients and servers resolve "..": a value must not climb out of its segment.
            filler.flag("unsendable:path".to_owned());
        } else {
            url.push_str(&text);
        }
    }
    let Some(pairs) = &template.pairs else {
        return url;
    };
    let mut kept = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let filled = filler.fill(pair, Slot::Query, push_literal);
        if strict && filled.has_gap {
            let name = filled.text.split('=').next().unwrap_or_default().to_owned();
            filler.flag(format!("dropped:{name}"));
        } else {
            kept.push(filled.text);
        }
    }
    if !kept.is_empty() {
        url.push('?');
        url.push_str(&kept.join("&"));
    }
    url
}

/// `is_open` is the template's word, never a value's: an empty one must not take a separator with it.
fn append_params<P, A>(
    url: &mut String,
    mut is_open: bool,
    settings: &PostbackSettings<P, A>,
    filler: &mut Filler<'_>,
) -> Result<(), RenderError> {
    let encode_literal = |out: &mut String, text: &str| out.push_str(&percent_encode(text));
    for (index, param) in settings.params.iter().enumerate() {
        let template = Template::parse(&param.value).map_err(|error| RenderError::Template {
            field: format!("params[{index}].value"),
            error,
        })?;
        let filled = filler.fill(template.parts(), Slot::Query, encode_literal);
        if settings.strict && filled.has_gap {
            filler.flag(format!("dropped:{}", param.name));
            continue;
        }
        if !url.contains('?') {
            url.push('?');
        } else if !is_open {
            url.push('&');
        }
        is_open = false;
        url.push_str(&percent_encode(&param.name));
        url.push('=');
        url.push_str(&filled.text);
    }
    Ok(())
}

fn render_headers<P, A>(
    settings: &PostbackSettings<P, A>,
    credentials: Option<&Credentials>,
    filler: &mut Filler<'_>,
) -> Result<Vec<(String, String)>, RenderError> {
    let mut rendered = Vec::new();
    if let Some(content_type) = body::content_type(settings) {
        rendered.push(("Content-Type".to_owned(), content_type.to_owned()));
    }
    if let Some(kind) = settings.auth {
        let credentials = credentials
            .filter(|credentials| credentials.kind() == kind)
            .ok_or(RenderError::NoCredentials(kind))?;
        rendered.push(("Authorization".to_owned(), credentials.authorization()?));
    }
    for (index, header) in settings.headers.iter().enumerate() {
        headers::check_name(&header.name)?;
        let template = Template::parse(&header.value).map_err(|error| RenderError::Template {
            field: format!("headers[{index}].value"),
            error,
        })?;
        let filled = filler.fill(template.parts(), Slot::Header, String::push_str);
        if !is_header_text(&filled.text) {
            return Err(RenderError::HeaderText(header.name.clone()));
        }
        if settings.strict && filled.has_gap {
            filler.flag(format!("dropped:{}", header.name));
        } else {
            rendered.push((header.name.clone(), filled.text));
        }
    }
    Ok(rendered)
}

const fn check_length(what: &'static str, bytes: usize, max: usize) -> Result<(), RenderError> {
    if bytes > max {
        return Err(RenderError::TooLong { what, bytes, max });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
