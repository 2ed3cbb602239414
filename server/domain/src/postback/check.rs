//! What may be saved as a postback, and what deserves a warning. Every mistake of a document is
//! reported at once, each with a stable code.

use std::collections::BTreeSet;

use super::{
    FieldError, Warning,
    settings::{DELAY_SECONDS_MAX, PostbackSettings},
    template::Template,
    url_template::UrlTemplate,
};

mod conditions;
mod macros_used;
mod request;
mod warnings;

/// Most parameters one postback has. The form of T16 has 50; the URL's length limits it further.
pub const PARAMS_MAX: usize = 200;

/// Most headers one postback sets.
pub const HEADERS_MAX: usize = 50;

/// What the check has to know from outside the document.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckContext<'a> {
    /// Link parameters (lower case) that the affiliate's links have carried so far, as
    /// [`super::Record::link_names`] gives them. They are accepted as macros of their own name (T11);
    /// a link macro that is not among them gives a warning (T4). None: not known, no warning.
    pub seen_link_names: Option<&'a BTreeSet<String>>,
    /// The merchant allows `{customer_hash}`.
    pub customer_hash_allowed: bool,
    /// Hosts on this machine and network are allowed: demo and tests only (E10).
    pub private_hosts_allowed: bool,
    /// The document is to be stored, so it needs a name (I3).
    pub name_required: bool,
}

/// The templates of a document that could be read, with the field each came from.
struct Parsed {
    url: Option<UrlTemplate>,
    fields: Vec<(String, Template)>,
}

impl<P, A> PostbackSettings<P, A> {
    /// Decides whether the document may be saved.
    ///
    /// # Errors
    /// Every mistake, in the order of the form.
    pub fn check(&self, context: &CheckContext<'_>) -> Result<Vec<Warning>, Vec<FieldError>> {
        let mut errors = Vec::new();
        self.check_name(context, &mut errors);
        conditions::check(self, &mut errors);
        let parsed = request::check(self, context, &mut errors);
        macros_used::check(self, &parsed, context, &mut errors);
        if errors.is_empty() { Ok(warnings::collect(self, &parsed, context)) } else { Err(errors) }
    }

    fn check_name(&self, context: &CheckContext<'_>, errors: &mut Vec<FieldError>) {
        if context.name_required && self.name.trim().is_empty() {
            errors.push(FieldError::new("name", "required", "give the postback a name"));
        }
        if self.name.chars().count() > 100 || self.name.chars().any(char::is_control) {
            let message = "a name has at most 100 characters and no line breaks";
            errors.push(FieldError::new("name", "bad_name", message));
        }
        if !(0..=DELAY_SECONDS_MAX).contains(&self.delay_seconds) {
            let message = format!("the delay is 0 to {DELAY_SECONDS_MAX} seconds (seven days)");
            errors.push(FieldError::new("delay_seconds", "out_of_range", message));
        }
    }
}

#[cfg(test)]
mod tests;
