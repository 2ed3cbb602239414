//! What other systems call things: names of their macros, and names of the parameters that
//! receivers read. Only words that mean one thing in practice.

use crate::postback::macros;

/// Macro names of other systems that are no aliases of ours, since there they would be too vague.
const NAMES: &[(&str, &[&str])] = &[
    (
        "click_id",
        &[
            "s2",
            "sid",
            "sid1",
            "afp1",
            "anid",
            "click",
            "externalid",
            "external_id",
            "ext_click_id",
            "keitaro_id",
            "ref_id",
            "refid",
            "tracker_click",
            "visit_id",
            "visitor_id",
            "click_hash",
            "click.publisher.clickid",
            "var",
            "tds_cid",
        ],
    ),
    (
        "total_commission",
        &[
            "affiliate_earnings",
            "cash",
            "commissionamount",
            "cost",
            "cpa_amount",
            "earning",
            "earnings",
            "goal_value",
            "income",
            "money",
            "pay_sum",
            "payment",
            "payment_amount",
            "payment_sum",
            "paymentamount",
            "payout_amount",
            "payout_usd",
            "payoutamount",
            "price",
            "profit",
            "reward",
            "rs_amount",
            "rs_profit",
            "payout.theygetindollars",
        ],
    ),
    (
        "transaction_id",
        &["event_id", "lead_id", "leadid", "postback_id", "trans_id", "transaction", "uniq_id"],
    ),
    ("currency", &["cur", "currency2", "currency_code", "offer_currency", "payoutcurrency"]),
    (
        "status",
        &[
            "action_status",
            "conversionstatus",
            "lead_status",
            "stage",
            "state",
            "status.state",
            "status_alias",
        ],
    ),
    ("event", &["conversion_type", "conversiontype", "eventtype.name"]),
    ("goal", &["goal_alias", "goal_id", "goal_title", "goal_type"]),
    ("affiliate_id", &["affiliate", "partner_id", "pub_id", "pubid", "publisher_id"]),
    ("program_id", &["campid", "oid", "offer"]),
    ("program_name", &["offer_title", "offername"]),
    ("sub3", &["s3"]),
    ("sub4", &["s4"]),
    ("sub5", &["s5"]),
];

/// Parameters that receivers read, where the name alone says what belongs there.
const PARAMETERS: &[(&str, &[&str])] = &[
    (
        "click_id",
        &[
            "aff_click_id",
            "affclickid",
            "cid",
            "click-id",
            "click_id",
            "clickid",
            "cnv_id",
            "external_id",
            "sub_id",
            "subid",
            "visitor_id",
        ],
    ),
    ("total_commission", &["commission", "payout", "payout_sum", "atpay"]),
    ("transaction_id", &["tid", "txid", "txn_id"]),
    ("currency", &["cnv_currency", "currency"]),
];

/// Words that templates use for "fill this in yourself".
const BLANKS: [&str; 5] = ["replace", "replace_id", "domain", "postback_key", "your_domain"];

/// Our macro for another system's macro name.
pub(super) fn by_name(name: &str) -> Option<&'static str> {
    // "postback_id" is a macro of ours, but to others it is the conversion; ours is never foreign.
    lookup(NAMES, name).or_else(|| macros::find(name).map(|info| info.name))
}

/// Our macro for what a receiver expects in a parameter.
pub(super) fn by_parameter(name: &str) -> Option<&'static str> {
    lookup(PARAMETERS, name)
}

/// True for a blank that only the affiliate can fill.
pub(super) fn is_blank(name: &str) -> bool {
    BLANKS.iter().any(|blank| blank.eq_ignore_ascii_case(name))
}

fn lookup(table: &[(&'static str, &[&str])], name: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|(_, names)| names.iter().any(|known| known.eq_ignore_ascii_case(name)))
        .map(|(ours, _)| *ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counterpart_is_a_macro_of_ours() {
        for (ours, names) in NAMES.iter().chain(PARAMETERS) {
            assert_eq!(macros::find(ours).map(|info| info.name), Some(*ours));
            assert!(!names.is_empty());
        }
    }
}
