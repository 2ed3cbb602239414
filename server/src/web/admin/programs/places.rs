//! Where in the form a path of a program's document is: `rates[0].commission.value` is the cell
//! `value` of the first row of `rates`.

/// A place of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// A cell, or a list as a whole.
    Cell {
        /// Name of the list.
        list: &'static str,
        /// The row among those that are filled.
        row: Option<usize>,
        /// The cell.
        cell: &'a str,
    },
    /// A single field, by its path.
    Field(&'a str),
}

/// Beginnings of paths that lists have, the longer ones first.
const LISTS: [(&str, &str); 9] = [
    ("order_value_tiers.steps", "value_tiers"),
    ("order_value_tiers", "value_tiers"),
    ("performance_tiers.steps", "sales_tiers"),
    ("performance_tiers", "sales_tiers"),
    ("recurring.steps", "charges"),
    ("rates", "rates"),
    ("bonuses", "bonuses"),
    ("levels", "levels"),
    ("recurring", "charges"),
];

/// The place of a path.
pub(super) fn place_of(path: &str) -> Place<'_> {
    if path == "recurring.max_charges" {
        return Place::Field(path);
    }
    for (start, list) in LISTS {
        let Some(rest) = path.strip_prefix(start) else { continue };
        if rest.is_empty() {
            return Place::Cell { list, row: None, cell: "" };
        }
        if let Some((index, cell)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let cell = cell.rsplit('.').next().unwrap_or_default();
            let cell = match cell {
                "type" => "kind",
                "commission" => "value",
                "match" => "item",
                other => other,
            };
            return Place::Cell { list, row: index.parse().ok(), cell };
        }
    }
    Place::Field(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_their_cells() {
        let cell = |list, row, cell| Place::Cell { list, row: Some(row), cell };
        assert_eq!(place_of("rates[0].commission.value"), cell("rates", 0, "value"));
        assert_eq!(place_of("rates[2].match"), cell("rates", 2, "item"));
        assert_eq!(place_of("rates[2].match.affiliate"), cell("rates", 2, "affiliate"));
        assert_eq!(place_of("order_value_tiers.steps[1].from"), cell("value_tiers", 1, "from"));
        assert_eq!(
            place_of("performance_tiers.steps[1].commission"),
            cell("sales_tiers", 1, "value")
        );
        assert_eq!(place_of("recurring.steps[0].charges"), cell("charges", 0, "charges"));
        assert_eq!(place_of("recurring.max_charges"), Place::Field("recurring.max_charges"));
        assert_eq!(place_of("hold_days"), Place::Field("hold_days"));
        let whole = Place::Cell { list: "value_tiers", row: None, cell: "" };
        assert_eq!(place_of("order_value_tiers.steps"), whole);
        assert_eq!(place_of("order_value_tiers"), whole);
    }
}
