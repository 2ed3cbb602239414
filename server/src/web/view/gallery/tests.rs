//! What must hold on every page, and what single rules ask of single pages.

use super::{
    admin::{home, home_empty},
    log::log,
    portal::{overview, overview_empty},
    postbacks::{
        editor::{editor, editor_errors},
        in_portal, postbacks,
    },
    *,
};
use crate::web::view::{
    html_check::complaints,
    postbacks::{Place, log::LogPage},
};

/// What a browser makes of the text of an element.
fn unescaped(html: &str) -> String {
    let named = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    let numbered = named.replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<");
    numbered.replace("&#62;", ">").replace("&#38;", "&").replace("&amp;", "&")
}

#[test]
fn every_page_is_well_formed_and_keeps_the_content_security_policy() {
    for (name, html) in pages() {
        assert_eq!(complaints(&html), [""; 0], "{name}");
        if name != "bounce" {
            assert!(html.contains("<title>") && html.contains("<h1"), "{name}");
            assert!(html.contains("id=\"main\"") && html.contains("lang=\"en\""), "{name}");
        }
    }
}

#[test]
fn hostile_names_stay_text_on_every_page() {
    let mut shown = 0;
    for (name, html) in pages() {
        assert!(!html.contains("<b>"), "{name}");
        shown += usize::from(unescaped(&html).contains(HOSTILE));
    }
    assert!(shown > 8, "{shown}");
}

/// C4: `&currency` written without care is read as `¤cy`.
#[test]
fn c4_a_template_copied_from_any_page_is_the_saved_one() {
    let mut shown = 0;
    for (name, html) in pages() {
        for written in ["&currency=", "&reg=", "&copy=", "&sect="] {
            assert!(!html.contains(written), "{name} holds {written}");
        }
        shown += usize::from(unescaped(&html).contains(TEMPLATE));
    }
    assert!(shown >= 5, "{shown}");
}

#[test]
fn tables_have_captions_and_column_scopes() {
    for (name, html) in pages() {
        assert_eq!(html.matches("<table").count(), html.matches("<caption").count(), "{name}");
        assert!(!html.contains("<th>") && !html.contains("<th class"), "{name}");
    }
}

#[test]
fn the_navigation_is_app_bridges_inside_shopify_and_ours_outside() {
    let inside = shown(home_empty());
    let script = inside.find("app-bridge.js").unwrap();
    assert!(inside.contains("<s-app-nav>") && !inside.contains("class=\"nav\""));
    assert!(script < inside.find("app.js").unwrap(), "App Bridge must be the first script");
    let outside = shown(home());
    assert!(!outside.contains("shopify.com") && outside.contains("aria-current=\"page\">Home"));
}

/// U1: with the switch off nothing of the portal speaks of postbacks.
#[test]
fn u01_postbacks_disappear_from_the_portal_when_the_shop_has_them_off() {
    let off = shown(overview_empty());
    assert!(!off.to_lowercase().contains("postback"), "{off}");
    assert!(shown(overview()).contains("/portal/demo/postbacks"));
}

#[test]
fn p02_the_list_of_postbacks_has_the_eight_columns() {
    let html = in_portal(postbacks());
    for column in
        ["ID", "Affiliate", "Goal", "Conversion status", "URL", "HTTP type", "Created", "Updated"]
    {
        assert!(html.contains(&format!("<th scope=\"col\">{column}</th>")), "{column}");
    }
}

#[test]
fn t18_the_log_shows_click_template_and_final_url() {
    let html = unescaped(&in_portal(LogPage { place: Place::default(), log: log() }));
    for text in ["https://shop.example/tea?ref=ANNA&affclickid=", TEMPLATE, "cid=w5fj2k3l4m9q&cur="]
    {
        assert!(html.contains(text), "{text}");
    }
}

#[test]
fn p08_a_stored_secret_is_never_in_the_form() {
    let html = in_portal(editor());
    let (_, field) = html.split_once("id=\"auth_secret\"").unwrap();
    let (tag, _) = field.split_once('>').unwrap();
    assert!(!tag.contains("value"), "{tag}");
    assert!(html.contains("One is stored"));
}

#[test]
fn refused_fields_keep_their_input_and_say_why_beside_it_and_above() {
    let html = in_portal(editor_errors());
    assert!(html.contains("c={clikid}") && html.contains("value=\"a week\""));
    assert_eq!(html.matches("Did you mean").count(), 3, "summary, field and preview");
    assert!(html.contains("href=\"#url\"") && html.contains("id=\"url-error\""));
    assert_eq!(html.matches("aria-invalid=\"true\"").count(), 5);
}

/// P5: the goal condition is only there while the shop uses goals.
#[test]
fn p05_the_goal_condition_follows_the_shops_switch() {
    let mut page = editor();
    assert!(!in_portal(page.clone()).contains("name=\"goals\""));
    page.form.has_goals = true;
    assert!(in_portal(page).contains("name=\"goals\""));
}
