//! What deserves a second look: unencrypted calls, nothing to recognise a conversion by, parameters
//! no link has carried, traces of a damaged copy (E9, I2, T4, C4).

use std::collections::BTreeSet;

use super::{CheckContext, Parsed};
use crate::{
    event::EventKind,
    postback::{
        PostbackSettings, Warning, can_express_reversal, foreign,
        macros::{self, MacroClass},
        status,
        template::{Placeholder, Template},
    },
};

/// What HTML readers make of `&curren`, `&reg`, `&copy` and `&sect` without a semicolon (C4).
const DAMAGED: [(char, &str); 4] =
    [('¤', "&curren"), ('®', "&reg"), ('©', "&copy"), ('§', "&sect")];

pub(super) fn collect<P, A>(
    settings: &PostbackSettings<P, A>,
    parsed: &Parsed,
    context: &CheckContext<'_>,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    url_warnings(parsed, &mut warnings);
    damaged_copies(parsed, &mut warnings);
    let used: Vec<&Placeholder> =
        parsed.fields.iter().flat_map(|(_, template)| Template::placeholders(template)).collect();
    let identifies = |placeholder: &&Placeholder| match macros::find(&placeholder.name) {
        Some(info) => {
            info.class == MacroClass::Link
                || matches!(info.name, "transaction_id" | "order_id" | "order_name")
        }
        None => true,
    };
    if !used.is_empty() && !used.iter().any(identifies) {
        let message = "nothing tells the receiver which conversion this is; add {click_id} or {transaction_id}";
        warnings.push(Warning::new("url", "no_transaction", message));
    }
    if let Some(seen) = context.seen_link_names {
        unseen_parameters(parsed, seen, &mut warnings);
    }
    reversals(settings, &mut warnings);
    warnings
}

fn url_warnings(parsed: &Parsed, warnings: &mut Vec<Warning>) {
    let Some(url) = &parsed.url else { return };
    if !url.origin.is_https() {
        let message =
            "http:// sends everything readable on its way; use https:// if the receiver has it";
        warnings.push(Warning::new("url", "http", message));
    }
    if let Some(proposal) = foreign::propose(&url.template().to_string()) {
        let replaced: Vec<_> = proposal.replaced.into_iter().map(|(from, _)| from).collect();
        let message = format!(
            "{} may be meant as a macro of another system; in our spelling the URL reads {}",
            replaced.join(", "),
            proposal.text
        );
        warnings.push(Warning::new("url", "foreign_macro", message));
    }
    let encoded: String = url
        .characters_encoded()
        .into_iter()
        .filter(|c| !DAMAGED.iter().any(|(damaged, _)| damaged == c))
        .collect();
    if !encoded.is_empty() {
        let message = format!("a URL cannot hold “{encoded}”; it is sent percent-encoded");
        warnings.push(Warning::new("url", "encoded_character", message));
    }
}

fn damaged_copies(parsed: &Parsed, warnings: &mut Vec<Warning>) {
    for (field, template) in &parsed.fields {
        let text = template.to_string();
        for (sign, entity) in DAMAGED {
            if text.contains(sign) {
                let message =
                    format!("did your copy damage {entity}? There is a “{sign}” in its place");
                warnings.push(Warning::new(field, "damaged_copy", message));
            }
        }
    }
}

fn unseen_parameters(parsed: &Parsed, seen: &BTreeSet<String>, warnings: &mut Vec<Warning>) {
    let mut told = BTreeSet::new();
    for (field, template) in &parsed.fields {
        for placeholder in template.placeholders() {
            let name =
                macros::link_parameter(&placeholder.name).unwrap_or(placeholder.name.clone());
            let is_seen = match macros::find(&name).filter(|info| info.class == MacroClass::Link) {
                Some(info) => {
                    info.aliases.iter().chain([&info.name]).any(|alias| seen.contains(*alias))
                }
                None if macros::link_parameter(&placeholder.name).is_some() => seen.contains(&name),
                None => true,
            };
            if !is_seen && told.insert(name.clone()) {
                let message = format!(
                    "no link has carried “{name}” yet; without it {{{}}} is sent empty",
                    placeholder.name
                );
                warnings.push(Warning::new(field, "never_seen", message));
            }
        }
    }
}

/// A postback set up for declined conversions that will never get one (E12).
fn reversals<P, A>(settings: &PostbackSettings<P, A>, warnings: &mut Vec<Warning>) {
    let wants_declined =
        settings.statuses.words().iter().any(|word| {
            matches!(status::canonical(word), Some("rejected" | "reversed" | "adjusted"))
        });
    let wants_refunds =
        settings.on.iter().any(|kind| matches!(kind, EventKind::Refund | EventKind::Adjustment));
    if (wants_declined || wants_refunds) && !can_express_reversal(settings) {
        let message = "rejected, reversed and adjusted conversions are not sent, because the receiver \
                       could not tell them from sales: add {status} or {delta_commission}, or tick “reversals”";
        warnings.push(Warning::new("reversals", "cannot_express_reversal", message));
    }
}
