//! What other systems call things: names of their macros, and names of the parameters that
//! receivers read. Only words that mean one thing in practice.

use crate::postback::macros;

/// Macro names of other systems that are no aliases of ours, since there they would be too vague.
const NAMES: &[(&str, &[&str])] = &[
    (
        "click_id",
        &[
            "call-id",
            "clicktag",
            "clk_id",
            "clkid",
            "ext_cid",
            "ext_id",
            "pub_click_id",
            "sid5",
            "source_id1",
            "t_click",
            "tracker",
            "user_click_id",
            "xid1",
            "ymid",
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
            "aff_rev",
            "aff_value",
            "am",
            "amount_commission",
            "comission",
            "commission_total",
            "cpa_profit",
            "lead_price",
            "original_sum",
            "partner_payment",
            "partner_share",
            "pay.amount",
            "payout_partner",
            "payout_webmaster",
            "payoutsum",
            "paysum",
            "priceinrub",
            "rate",
            "sum_rub",
            "summ_approved",
            "sumpostback",
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
        &[
            "event_id",
            "lead_id",
            "leadid",
            "postback_id",
            "trans_id",
            "transaction",
            "transid",
            "uniq_id",
            "uniqueid",
        ],
    ),
    ("currency", &["cur", "currency2", "currency_code", "offer_currency", "payoutcurrency"]),
    (
        "status",
        &[
            "action_status",
            "conversionstatus",
            "goalstatus",
            "kt_status",
            "lead_status",
            "order_status",
            "stage",
            "state",
            "status.state",
            "status_alias",
        ],
    ),
    ("event", &["conversion_type", "conversiontype", "eventtype.name"]),
    ("goal", &["goal_alias", "goal_id", "goal_title", "goal_type"]),
    ("affiliate_id", &["affiliate", "partner_id", "pub_id", "pubid", "publisher_id"]),
    ("program_id", &["campid", "offid", "oid", "offer"]),
    ("program_name", &["offer_title", "offername"]),
    ("sub1", &["s1"]),
    ("sub3", &["s3"]),
    ("sub4", &["s4"]),
    ("sub5", &["s5"]),
    ("sub6", &["s6"]),
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
            "click_uuid",
            "clickid",
            "cnv_id",
            "external_id",
            "hit",
            "sub_id",
            "subid",
            "subid_short",
            "tds_clickid",
            "visitor_id",
        ],
    ),
    (
        "total_commission",
        &["atpay", "commission", "cpa", "money", "payout", "payout_sum", "receipt", "rev", "sum"],
    ),
    ("transaction_id", &["rdtk_event_id", "tid", "tx", "txid", "txn_id"]),
    ("currency", &["cnv_currency", "currency"]),
];

/// Words that templates use for "fill this in yourself".
const BLANKS: [&str; 5] = ["replace", "replace_id", "domain", "postback_key", "your_domain"];

/// What some systems put before the name of a value: the record that it is read from.
const RECORDS: [&str; 4] = ["get.", "hit.", "lead.", "ml_"];

/// Names that mean the buyer's order and never the commission, whatever parameter they fill.
const SALES: [&str; 3] = ["order_amount", "order_sum", "sale_amount"];

/// Our macro for another system's macro name.
pub(super) fn by_name(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let inner = RECORDS.iter().find_map(|record| lower.strip_prefix(record)).unwrap_or(&lower);
    // "postback_id" is a macro of ours, but to others it is the conversion; ours is never foreign.
    lookup(NAMES, inner)
        .or_else(|| macros::find(inner).map(|info| info.name))
        .or_else(|| sub_parameter(inner))
}

/// True for a macro that means the sale itself.
pub(super) fn is_the_sale(name: &str) -> bool {
    SALES.iter().any(|sale| sale.eq_ignore_ascii_case(name))
}

/// `sub_id7`, `subid_7`, `sub-id-7`: a free sub-parameter, however its name is put together.
fn sub_parameter(name: &str) -> Option<&'static str> {
    let joined: String = name.chars().filter(|c| !matches!(c, '_' | '-' | '.')).collect();
    let number = joined.strip_prefix("sub")?.trim_start_matches("id");
    let found = macros::find(&format!("sub{number}"))?;
    (!number.is_empty()).then_some(found.name)
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

    #[test]
    fn sub_parameters_are_recognised_in_every_spelling() {
        for name in ["sub_id7", "subid_7", "SUB-ID-7", "get.sub7", "ml_sub7", "sub7"] {
            assert_eq!(by_name(name), Some("sub7"), "{name}");
        }
        for name in ["sub", "sub_id", "sub77", "sub0", "subscription_7", "7"] {
            assert!(by_name(name).is_none_or(|found| found == "click_id"), "{name}");
        }
    }
}
