//! Patterns that decide whether an answer with a good code really means success.

use std::borrow::Cow;

use regex::{Regex, RegexBuilder};

use super::ANSWER_BYTES_MAX;

/// Longest pattern, in characters.
const PATTERN_LENGTH_MAX: usize = 500;

/// Most memory a compiled regex may take, in bytes; keeps hostile ones such as `(a{1000}){1000}` out.
const REGEX_BYTES_MAX: usize = 1 << 20;

/// Text that an answer contains, or a `/regex/` (`/regex/i` without regard to case).
#[derive(Debug, Clone)]
pub enum Pattern {
    /// This text, as it stands.
    Text(String),
    /// This regular expression.
    Regex(Regex),
}

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Nothing in it: it would match every answer.
    #[error("the pattern is empty")]
    Empty,
    /// Too long.
    #[error("a pattern has at most 500 characters")]
    TooLong,
    /// Not a regular expression, or one that needs too much memory.
    #[error("not a usable regular expression: {0}")]
    Regex(String),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// ```
    /// # use domain::retry::Pattern;
    /// assert!(Pattern::parse("success=false").unwrap().is_in("200 success=false;"));
    /// assert!(Pattern::parse("/\"status\"\\s*:\\s*\"error\"/").unwrap().is_in("{\"status\": \"error\"}"));
    /// ```
    ///
    /// # Errors
    /// [`PatternError`].
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.chars().count() > PATTERN_LENGTH_MAX {
            return Err(PatternError::TooLong);
        }
        let (regex, ignores_case) = match text.strip_prefix('/') {
            Some(rest) if rest.ends_with("/i") => (rest.strip_suffix("/i"), true),
            Some(rest) => (rest.strip_suffix('/'), false),
            None => (None, false),
        };
        match regex {
            Some("") => Err(PatternError::Empty),
            None if text.is_empty() => Err(PatternError::Empty),
            None => Ok(Self::Text(text.to_owned())),
            Some(regex) => RegexBuilder::new(regex)
                .case_insensitive(ignores_case)
                .size_limit(REGEX_BYTES_MAX)
                .build()
                .map(Self::Regex)
                .map_err(|error| PatternError::Regex(error.to_string())),
        }
    }

    /// Whether it occurs in the first [`ANSWER_BYTES_MAX`] bytes of an answer.
    #[must_use]
    pub fn is_in(&self, body: &str) -> bool {
        let looked_at = start_of(body);
        match self {
            Self::Text(text) => looked_at.contains(text),
            Self::Regex(regex) => regex.is_match(&looked_at),
        }
    }
}

/// The success and failure pattern of one postback, ready for use.
#[derive(Debug, Clone, Default)]
pub struct AnswerRules {
    success: Option<Pattern>,
    failure: Option<Pattern>,
}

impl AnswerRules {
    /// From the patterns of a postback's settings.
    ///
    /// # Errors
    /// [`PatternError`] of the first bad one; saving refuses those.
    pub fn new(success: Option<&str>, failure: Option<&str>) -> Result<Self, PatternError> {
        Ok(Self {
            success: success.map(Pattern::parse).transpose()?,
            failure: failure.map(Pattern::parse).transpose()?,
        })
    }

    /// Why an answer with a good code is a failure all the same; none when it is not.
    pub(super) fn complaint(&self, body: &str) -> Option<&'static str> {
        if self.failure.as_ref().is_some_and(|pattern| pattern.is_in(body)) {
            return Some("the answer contains the failure pattern");
        }
        match &self.success {
            Some(pattern) if !pattern.is_in(body) => {
                Some("the answer does not contain the success pattern")
            }
            Some(_) | None => None,
        }
    }
}

fn start_of(body: &str) -> Cow<'_, str> {
    match body.as_bytes().get(..ANSWER_BYTES_MAX) {
        None => Cow::Borrowed(body),
        Some(start) => String::from_utf8_lossy(start),
    }
}
