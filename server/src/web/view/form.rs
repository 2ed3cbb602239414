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

/// What a row of several cells is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowShape {
    /// Name of the list: a cell is sent as `list.cell`.
    pub list: &'static str,
    /// Every cell.
    pub cells: &'static [&'static str],
    /// The cells that people type into: a row without any text in them is blank.
    pub typed: &'static [&'static str],
}

/// Rows of several named cells, a blank one last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// What they are made of.
    pub shape: RowShape,
    /// The rows.
    pub rows: Vec<Row>,
    /// Why the list as a whole was refused.
    pub error: Option<String>,
}

/// One row of [`Rows`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    cells: Vec<(&'static str, String)>,
    /// The cell that was refused, and why.
    pub error: Option<(&'static str, String)>,
}

impl Rows {
    /// Rows with these texts, and a blank one.
    #[must_use]
    pub fn new(shape: RowShape, rows: Vec<Row>) -> Self {
        let rows = rows.into_iter().chain([Row::default()]).collect();
        Self { shape, rows, error: None }
    }

    /// The rows that are not blank.
    pub fn filled(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| !row.is_blank(self.shape))
    }

    /// Remembers what is wrong with a cell of the row that stands at `index` among those that are
    /// filled; with the list, where there is no such row.
    pub fn refuse(&mut self, index: Option<usize>, cell: &str, text: String) {
        let (shape, cells) = (self.shape, self.shape.cells);
        let cell = cells.iter().find(|known| **known == cell).or(cells.last()).copied();
        let mut filled = self.rows.iter_mut().filter(|row| !row.is_blank(shape));
        match (index.and_then(|index| filled.nth(index)), cell) {
            (Some(row), Some(cell)) => {
                row.error.get_or_insert((cell, text));
            }
            _ => {
                self.error.get_or_insert(text);
            }
        }
    }

    /// The first thing that is wrong.
    #[must_use]
    pub fn first_error(&self) -> Option<&str> {
        let in_rows = self.rows.iter().find_map(|row| row.error.as_ref());
        self.error.as_deref().or(in_rows.map(|(_, text)| text.as_str()))
    }

    /// Something was entered or refused, so that it must be seen.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.filled().next().is_some() || self.error.is_some()
    }
}

impl Row {
    /// A row with these texts.
    #[must_use]
    pub fn of<const N: usize>(cells: [(&'static str, &str); N]) -> Self {
        let cells = cells.into_iter().map(|(name, text)| (name, text.to_owned())).collect();
        Self { cells, error: None }
    }

    /// Gives a cell its text.
    pub fn set(&mut self, cell: &'static str, text: String) {
        self.cells.push((cell, text));
    }

    /// A cell's text.
    #[must_use]
    pub fn get(&self, cell: &str) -> &str {
        self.cells.iter().find(|(name, _)| *name == cell).map_or("", |(_, text)| text)
    }

    /// True when a cell holds this choice.
    #[must_use]
    pub fn is(&self, cell: &str, choice: &str) -> bool {
        self.get(cell) == choice
    }

    /// True for the cell that was refused.
    #[must_use]
    pub fn is_wrong(&self, cell: &str) -> bool {
        self.error.as_ref().is_some_and(|(name, _)| *name == cell)
    }

    fn is_blank(&self, shape: RowShape) -> bool {
        shape.typed.iter().all(|cell| self.get(cell).is_empty())
    }
}
