//! What operations cost: Shopify prices a text before it runs it, from its page sizes.

/// Most points that one operation may cost; Shopify refuses dearer ones.
pub const COST_MAX: u32 = 1_000;

/// What an operation cost, and what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Points that it was priced at before it ran.
    pub requested: u32,
    /// Points that it took; none when it did not run.
    pub actual: Option<u32>,
    /// What the bucket holds when it is full.
    pub maximum: u32,
    /// What is in it now.
    pub available: u32,
    /// Points that come back each second.
    pub restore_per_s: u32,
}

impl Cost {
    /// How long to wait until an operation of so many points fits, in milliseconds.
    ///
    /// ```
    /// # use shopify::graphql::Cost;
    /// let cost = Cost { requested: 300, actual: None, maximum: 1000, available: 100, restore_per_s: 100 };
    /// assert_eq!(cost.wait_ms(300), 2_000);
    /// ```
    #[must_use]
    pub fn wait_ms(&self, points: u32) -> u64 {
        let missing = u64::from(points.min(self.maximum).saturating_sub(self.available));
        (missing * 1_000).div_ceil(u64::from(self.restore_per_s.max(1)))
    }
}

/// What a text will be priced at, by the published rule: an object is a point, a list as many as its
/// page is long, a mutation ten. Shopify's own price comes with every answer; this is for the first
/// call.
///
/// ```
/// # use shopify::graphql::estimate;
/// assert_eq!(estimate("query A { shop { id plan { name } } }"), 2);
/// assert_eq!(estimate("query A { orders(first: 100) { nodes { id } pageInfo { endCursor } } }"), 101);
/// assert_eq!(estimate("mutation A { webPixelUpdate { webPixel { id } } }"), 12);
/// ```
#[must_use]
pub fn estimate(text: &str) -> u32 {
    let base = if text.trim_start().starts_with("mutation") { 10 } else { 0 };
    let Some((_, body)) = split_head(text) else { return base };
    let mut cost: u32 = base;
    // How often each open selection is repeated; the operation itself once.
    let mut repeats = vec![1_u32];
    let (mut word, mut arguments) = ("", "");
    let mut rest = body;
    while let Some(at) = rest.find(|c: char| !c.is_whitespace() && c != ',' && c != ':') {
        rest = rest.split_at(at).1;
        let (token, after) = next_token(rest);
        rest = after;
        match token.chars().next() {
            Some('(') => arguments = token,
            Some('{') => {
                let outer = repeats.last().copied().unwrap_or(1);
                let inner = outer.saturating_mul(page_size(arguments).unwrap_or(1));
                let is_connection = rest.trim_start().starts_with("nodes");
                cost = cost.saturating_add(match word {
                    "pageInfo" => 1,
                    // The page's objects are counted where they are listed.
                    _ if is_connection => 0,
                    _ => inner,
                });
                repeats.push(inner);
                (word, arguments) = ("", "");
            }
            Some('}') => {
                repeats.pop();
            }
            // A fragment is no object of its own; its type's name is not a field.
            Some('.') => {
                let opened = rest.find('{').unwrap_or(rest.len());
                rest = rest.split_at((opened + 1).min(rest.len())).1;
                repeats.push(repeats.last().copied().unwrap_or(1));
            }
            _ => (word, arguments) = (token, ""),
        }
    }
    cost
}

/// Past the operation's name and variables.
fn split_head(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_i32;
    let opened = text.char_indices().find(|(_, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        *c == '{' && depth == 0
    })?;
    let (head, body) = text.split_at(opened.0 + 1);
    Some((head, body))
}

/// A word, a bracket, or arguments as a whole.
fn next_token(text: &str) -> (&str, &str) {
    let end = match text.chars().next() {
        Some('(') => text.find(')').map_or(text.len(), |at| at + 1),
        Some('{' | '}') => 1,
        Some('.') => text.len().min(3),
        _ => text
            .find(|c: char| c.is_whitespace() || "(){},:".contains(c))
            .unwrap_or(text.len())
            .max(1),
    };
    text.split_at(end)
}

fn page_size(arguments: &str) -> Option<u32> {
    let (_, after) = arguments.split_once("first:")?;
    let digits = after.trim_start();
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits.split_at(end).0.parse().ok()
}
