//! Reading, printing and refusing templates.

use proptest::prelude::*;

use super::*;

fn problem(text: &str) -> (usize, BraceProblem) {
    let error = Template::parse(text).unwrap_err();
    (error.position, error.problem)
}

#[test]
fn a_macro_has_a_name_an_argument_and_a_default() {
    let template = Template::parse("a={Status:approved=1 pending=2|none}&b").unwrap();
    let placeholder = template.placeholders().next().unwrap();
    assert_eq!(placeholder.name, "status");
    let pairs = [("approved", "1"), ("pending", "2")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(placeholder.argument, Some(Argument::Map(pairs.to_vec())));
    assert_eq!(placeholder.default.as_deref(), Some("none"));
    assert_eq!(template.parts().len(), 3);
}

#[test]
fn a_keitaro_map_may_start_with_a_space_and_minor_is_a_word() {
    let map = Template::parse("{status: lead=reg sale=dep}").unwrap();
    assert!(
        matches!(&map.placeholders().next().unwrap().argument, Some(Argument::Map(p)) if p.len() == 2)
    );
    let minor = Template::parse("{total_commission:minor}").unwrap();
    assert_eq!(minor.placeholders().next().unwrap().argument, Some(Argument::Minor));
}

#[test]
fn a_brace_that_is_no_macro_is_an_error_with_its_place() {
    assert_eq!(problem("été{click_id"), (4, BraceProblem::Unclosed));
    assert_eq!(problem("ab}"), (3, BraceProblem::Unopened));
    assert_eq!(problem("{"), (1, BraceProblem::Unclosed));
    assert_eq!(problem("}"), (1, BraceProblem::Unopened));
    assert_eq!(problem("x={{click_id}}"), (3, BraceProblem::Nested));
    assert_eq!(problem("{click_id}{}"), (11, BraceProblem::NotAName(String::new())));
    assert_eq!(problem("{ click_id }"), (1, BraceProblem::NotAName(" click_id ".into())));
    assert_eq!(problem("{:click_id}"), (1, BraceProblem::NotAName(":click_id".into())));
    assert_eq!(problem("{status:approved}"), (1, BraceProblem::BadArgument("approved".into())));
    assert_eq!(problem("{status:}"), (1, BraceProblem::BadArgument(String::new())));
}

#[test]
fn the_advice_names_the_place_and_the_way_out() {
    let text = Template::parse("https://h.test/?a={\"b\":1}").unwrap_err().to_string();
    assert_eq!(
        text,
        "at character 19: “{\"b\":1}” is not a macro: write a name such as {click_id}, or %7B and %7D \
         for literal braces"
    );
}

#[test]
fn in_a_body_a_brace_may_be_just_a_brace() {
    let text = r#"{"id":"{click_id}","n":{"a":{total_commission}}}"#;
    let template = Template::parse_lenient(text);
    let names: Vec<_> = template.placeholders().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["click_id", "total_commission"]);
    assert_eq!(template.to_string(), text);
}

#[test]
fn splitting_never_cuts_a_macro() {
    let template = Template::parse("a={x|1&2}&b={y}&").unwrap();
    assert_eq!(split_parts(template.parts(), '&').len(), 3);
    let (before, after) = split_parts_once(template.parts(), '&');
    assert_eq!((before.len(), after.map(|parts| parts.len())), (2, Some(3)));
}

proptest! {
    #[test]
    fn parse_then_print_is_the_identity(text in "([a-z&=/?%. é]|\\{[a-zA-Z_.]{1,8}(:(minor|a=b c=d))?(\\|[^{}]{0,4})?\\}){0,12}") {
        prop_assert_eq!(Template::parse(&text).unwrap().to_string(), text);
    }

    #[test]
    fn any_text_at_all_parses_to_itself_or_is_refused_in_place(text in any::<String>()) {
        match Template::parse(&text) {
            Ok(template) => prop_assert_eq!(template.to_string(), text.clone()),
            Err(error) => {
                let is_brace = text.chars().nth(error.position - 1).is_some_and(|c| "{}".contains(c));
                prop_assert!(is_brace);
            }
        }
        prop_assert_eq!(Template::parse_lenient(&text).to_string(), text);
    }

    #[test]
    fn braces_everywhere_parse_to_themselves_or_are_refused(text in "[{}|:=a ]{0,16}") {
        if let Ok(template) = Template::parse(&text) {
            prop_assert_eq!(template.to_string(), text.clone());
        }
        prop_assert_eq!(Template::parse_lenient(&text).to_string(), text);
    }
}
