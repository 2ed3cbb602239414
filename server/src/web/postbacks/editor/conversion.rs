//! What the editor rewrites on request, without a script: other systems' macros into ours (N13), and
//! the answer patterns of a known receiver. The result is a form again; nothing is saved.

use domain::{
    postback::foreign::{self, Proposal},
    retry::PRESETS,
};

use crate::web::{forms::Fields, view::postbacks::editor};

/// Fields that hold templates.
const TEMPLATES: [&str; 3] = ["url", "param_value", "header_value"];

/// The form with every other system's macro in our spelling, where it has a counterpart.
pub(super) fn converted(sent: &Fields) -> Fields {
    sent.map(|name, value| match TEMPLATES.contains(&name) {
        true => foreign::propose(value).map(|proposal| proposal.text),
        false => None,
    })
}

/// The form with the patterns of a known receiver.
pub(super) fn with_preset(sent: &Fields, key: &str) -> Fields {
    let Some(preset) = PRESETS.iter().find(|preset| preset.key == key) else {
        return sent.clone();
    };
    sent.map(|name, _| match name {
        "success_pattern" => Some(preset.success_pattern.unwrap_or_default().to_owned()),
        "failure_pattern" => Some(preset.failure_pattern.unwrap_or_default().to_owned()),
        _ => None,
    })
}

/// What the preview offers for a URL, and for the values of parameters and headers.
pub(super) fn proposal<'a>(
    url: &str,
    values: impl Iterator<Item = &'a str>,
) -> Option<editor::Proposal> {
    let in_url = foreign::propose(url);
    let found: Vec<Proposal> =
        in_url.clone().into_iter().chain(values.filter_map(foreign::propose)).collect();
    if found.is_empty() {
        return None;
    }
    let mut replaced = Vec::new();
    let mut left = Vec::new();
    for proposal in found {
        for pair in proposal.replaced {
            if !replaced.contains(&pair) {
                replaced.push(pair);
            }
        }
        left.extend(proposal.left);
    }
    let url = in_url.map_or_else(|| url.to_owned(), |proposal| proposal.text);
    Some(editor::Proposal { replaced, left, url })
}
