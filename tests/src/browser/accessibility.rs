//! What a machine can check of a page's accessibility (WCAG 2.2 AA): names, structure, contrast, and
//! that the keyboard reaches everything. The rules are in `accessibility.js`, which runs in the page.

use super::Page;

/// # Panics
/// With the list of violations, each with the element, when the page has any.
pub async fn assert_accessible(page: &Page) {
    let mut violations: Vec<String> = page.eval(include_str!("accessibility.js")).await;
    violations.extend(unreachable(page).await);
    let url: String = page.eval("location.href").await;
    assert!(violations.is_empty(), "{url} is not accessible: {violations:#?}");
}

/// Presses Tab through the page and names what should have had the focus and never did, and what had
/// it without a visible sign of it.
async fn unreachable(page: &Page) -> Vec<String> {
    let count: u32 = page.eval(START_TABBING).await;
    // Two more than there are stops: wherever it starts, the focus passes the page's end once and
    // comes back to the first.
    for _ in 0..count + 2 {
        page.press("Tab").await;
        page.eval::<()>(NOTE_FOCUS).await;
    }
    page.eval(FINISH_TABBING).await
}

/// Radio buttons of one group are one stop; an open modal dialog has all the stops; a date has more
/// than one, and the browser itself marks the part that has the focus.
const START_TABBING: &str = "(() => {
    const root = document.querySelector('dialog:modal') ?? document;
    const isShown = element => element.checkVisibility({visibilityProperty: true}) && !element.closest('[inert]');
    const group = radio => [...root.querySelectorAll(`input[type=radio][name=\"${CSS.escape(radio.name)}\"]`)]
        .filter(other => other.form === radio.form);
    const isStop = radio => radio === (group(radio).find(other => other.checked) ?? group(radio)[0]);
    const stops = [...root.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
        .filter(element => element.tabIndex >= 0 && !element.matches(':disabled') && isShown(element))
        .filter(element => element.type !== 'radio' || isStop(element));
    const looks = element => {
        const style = getComputedStyle(element);
        return [style.outline, style.boxShadow, style.border, style.backgroundColor, style.textDecoration].join();
    };
    document.activeElement?.blur();
    const unfocused = new Map(stops.map(element => [element, looks(element)]));
    window.__tabbing = {stops, looks, unfocused, reached: new Set(), seen: new Set()};
    const partsOf = element => ({date: 3, 'datetime-local': 6})[element.type] ?? 0;
    return stops.reduce((count, element) => count + 1 + partsOf(element), 0);
})()";

const NOTE_FOCUS: &str = "(() => {
    const {looks, unfocused, reached, seen} = window.__tabbing;
    const element = document.activeElement;
    reached.add(element);
    if (unfocused.get(element) !== looks(element)) seen.add(element);
    return null;
})()";

const FINISH_TABBING: &str = "(() => {
    const {stops, reached, seen} = window.__tabbing;
    delete window.__tabbing;
    document.activeElement?.blur();
    const name = element => element.outerHTML.slice(0, 120);
    return [
        ...stops.filter(element => !reached.has(element)).map(element => `Tab does not reach ${name(element)}`),
        ...[...reached].filter(element => !seen.has(element)).map(element => `the focus cannot be seen on ${name(element)}`),
    ];
})()";
