//! Form fields as they come back to the page: what was typed and what is wrong with it. Labels and
//! hints are the template's; what a value means is the handler's.

/// One field with one value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Field {
    /// As typed, kept even when it was refused.
    pub value: String,
    /// Why it was refused.
    pub error: Option<String>,
    /// What was accepted but looks odd.
    pub warning: Option<String>,
}

impl Field {
    /// True when the field holds this choice (for `<option>` and radio buttons).
    #[must_use]
    pub fn is(&self, value: &str) -> bool {
        self.value == value
    }
}

/// Several choices of one name (checkboxes).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Picks {
    /// The values ticked.
    pub values: Vec<String>,
    /// Why they were refused.
    pub error: Option<String>,
}

impl Picks {
    /// True when this value is ticked.
    #[must_use]
    pub fn has(&self, value: &str) -> bool {
        self.values.iter().any(|one| one == value)
    }
}

/// One option of a list that only the data knows (programs, postbacks, past orders).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What people read.
    pub label: String,
    /// Chosen now.
    pub is_chosen: bool,
}

/// A name-value row of a form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pair {
    /// Name as typed.
    pub name: String,
    /// Value as typed.
    pub value: String,
    /// Why the row was refused.
    pub error: Option<String>,
}
