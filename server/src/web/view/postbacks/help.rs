//! Help about postbacks, found by all the names that they go by (U7).

use askama::Template;

use super::Place;

/// `{base}/help`.
#[derive(Debug, Clone, Template)]
#[template(path = "postbacks/help.html")]
pub struct Help {
    /// Where it is shown.
    pub place: Place,
    /// What was looked for.
    pub query: String,
    /// The topics found, or all.
    pub topics: Vec<Topic>,
    /// The macros found, or all.
    pub macros: Vec<MacroLine>,
}

/// One macro.
#[derive(Debug, Clone)]
pub struct MacroLine {
    /// Without braces.
    pub name: &'static str,
    /// What it stands for.
    pub meaning: &'static str,
    /// A value.
    pub sample: &'static str,
    /// Other names of it.
    pub aliases: &'static [&'static str],
}

/// One thing to know.
#[derive(Debug, Clone)]
pub struct Topic {
    /// For links to it.
    pub id: &'static str,
    /// Heading.
    pub title: &'static str,
    /// Paragraphs.
    pub text: &'static [&'static str],
    /// Something to copy.
    pub example: Option<&'static str>,
    /// Address of the page where it is done, below `{base}`, and its name.
    pub page: Option<(&'static str, &'static str)>,
}
