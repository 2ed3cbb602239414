//! Deque's accessibility rules, as everybody measures them: axe-core, kept in `tests/vendor`. What it
//! cannot see, such as whether Tab arrives, is `accessibility`'s.

use serde::Deserialize;
use serde_json::Value;

use super::Page;

/// Runs every rule of axe-core but the experimental ones.
///
/// # Panics
/// With the violated rules, what each asks for and the elements, when there are any.
pub async fn assert_axe_clean(page: &Page) {
    if !page.eval::<bool>("typeof axe === 'object'").await {
        // Evaluated by the debugger, so no content policy of the page stands against it.
        page.eval::<Value>(AXE).await;
    }
    let violations: Vec<Violation> = page.eval(RUN).await;
    let url: String = page.eval("location.href").await;
    assert!(violations.is_empty(), "axe finds fault with {url}: {violations:#?}");
}

/// One violated rule.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "shown by the failed assertion")]
struct Violation {
    id: String,
    help: String,
    /// Each element's path and what is wrong with it.
    nodes: Vec<String>,
}

const AXE: &str = include_str!("../../vendor/axe.min.js");

const RUN: &str = "axe.run({resultTypes: ['violations']}).then(({violations}) =>
    violations.map(({id, help, nodes}) =>
        ({id, help, nodes: nodes.map(node => `${node.target.join(' ')}: ${node.failureSummary}`)})))";
