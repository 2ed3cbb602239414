//! The dictionary itself: one line per macro. Aliases are spellings of other systems that mean one
//! thing only (postbacks.md 4.1); there is deliberately none for a buyer's name, e-mail or address.

use super::{
    MacroClass::{Link, PerFire, System},
    MacroInfo,
    ValueKind::{self, Amount, Number, Status, Text, Word},
};

/// Every macro there is, in the order of the macro picker.
pub const MACROS: &[MacroInfo] = &[
    link("click_id", CLICK_ID_ALIASES, "w5fj2k3l4m9q", "Your click ID, as your link carried it"),
    link(
        "sub1",
        &["subid1", "aff_sub", "aff_sub1", "sub_id_1"],
        "zone-42",
        "Parameter sub1 of your link",
    ),
    link(
        "sub2",
        &["subid2", "aff_sub2", "sub_id_2", "p2"],
        "banner-7",
        "Parameter sub2 of your link",
    ),
    link(
        "sub3",
        &["subid3", "aff_sub3", "sub_id_3", "p3"],
        "mobile",
        "Parameter sub3 of your link",
    ),
    link("sub4", &["subid4", "aff_sub4", "sub_id_4", "p4"], "de", "Parameter sub4 of your link"),
    link("sub5", &["subid5", "aff_sub5", "sub_id_5", "p5"], "a", "Parameter sub5 of your link"),
    link("sub6", &["subid6", "sub_id_6", "p6"], "b", "Parameter sub6 of your link"),
    link("sub7", &["subid7", "sub_id_7", "p7"], "c", "Parameter sub7 of your link"),
    link("sub8", &["subid8", "sub_id_8", "p8"], "d", "Parameter sub8 of your link"),
    link("sub9", &["subid9", "sub_id_9", "p9"], "e", "Parameter sub9 of your link"),
    link("sub10", &["subid10", "sub_id_10", "p10"], "f", "Parameter sub10 of your link"),
    link("sca_source", &[], "fb ads", "The source label of your link"),
    system(
        "total_commission",
        &["amount", "sum", "payout", "commission", "commission_amount"],
        Amount,
        "9.00",
        "Your commission: the total as it now stands",
    ),
    system(
        "total_sales",
        &["order_sum", "revenue", "sale_amount", "order_amount"],
        Amount,
        "90.00",
        "The sale your commission is computed from",
    ),
    system(
        "currency",
        &["order_currency", "commission_currency", "payout_currency"],
        Word,
        "USD",
        "Currency of the amounts",
    ),
    system("currency_lower", &[], Word, "usd", "Currency in small letters"),
    system(
        "transaction_id",
        &["transactionid", "txn_id", "txid", "tid", "conversion_id", "action_id"],
        Text,
        "5678901234567",
        "Unique per order; the same in every retry and status change",
    ),
    system("order_id", &["orderid"], Number, "5678901234567", "The order's number in Shopify"),
    system("order_name", &["order_number"], Text, "#1001", "The order's name in the shop"),
    system(
        "status",
        &["conversion_status", "conv_status", "payment_status"],
        Status,
        "approved",
        "pending, approved, rejected, on_hold, paid, reversed or adjusted; {status:approved=1 pending=2} \
         sends your own words",
    ),
    system(
        "workflow_status",
        &[],
        Status,
        "approved",
        "As {status}, but still pending or approved after an adjustment",
    ),
    system(
        "event",
        &["event_type", "event_name", "trigger"],
        Word,
        "conversion",
        "What happened: click, conversion, status_change, refund, …",
    ),
    system("goal", &["goal_name"], Word, "purchase", "The goal reached"),
    system(
        "reason",
        &["comment", "rejection_reason", "reject_reason"],
        Word,
        "",
        "Why a conversion was rejected, reversed or adjusted",
    ),
    system(
        "method",
        &["attribution_method"],
        Word,
        "link",
        "How the order was credited: link, coupon, …",
    ),
    system(
        "delta_commission",
        &["commission_delta"],
        Amount,
        "9.00",
        "The change of your commission, negative for what is taken back",
    ),
    system(
        "original_commission",
        &[],
        Amount,
        "9.00",
        "Your commission when the order was credited",
    ),
    system("refund_amount", &[], Amount, "0.00", "How much the sale has shrunk"),
    system(
        "affiliate_id",
        &["affid", "aff_id", "affiliateid"],
        Text,
        "1001",
        "Your number in this programme",
    ),
    system(
        "program_id",
        &["programid", "campaign", "campaign_id", "offer_id", "offerid"],
        Text,
        "7",
        "The program's number",
    ),
    system("program_name", &["offer_name", "campaign_name"], Text, "Main", "The program's name"),
    system("coupon", &["coupon_code", "promo_code"], Text, "", "The coupon that brought the order"),
    system("timestamp", &[], Number, "1772366400", "When it happened, in seconds since 1970"),
    system("order_time", &[], Text, "2026-03-01T12:00:00Z", "When the order was placed"),
    system("click_time", &["click_date"], Text, "2026-03-01T10:00:00Z", "When the visitor came"),
    system(
        "customer_hash",
        &[],
        Text,
        "",
        "A stable pseudonym of the buyer; only where the merchant allows it",
    ),
    per_fire(
        "postback_id",
        &["rand"],
        Text,
        "01JNPK0000",
        "Unique per firing; the same in its retries",
    ),
    per_fire("attempt", &[], Number, "1", "Which try this is"),
    per_fire(
        "signature",
        &[],
        Text,
        "",
        "Proof of origin: t=…,v1=… over the request as it reads with this left empty",
    ),
];

/// Names under which links and templates carry the affiliate's click ID (C3), best first.
const CLICK_ID_ALIASES: &[&str] = &[
    "clickid",
    "affclickid",
    "aff_click_id",
    "external_transaction_id",
    "cid",
    "subid",
    "sub_id",
    "trackid",
    "p1",
];

const fn link(
    name: &'static str,
    aliases: &'static [&'static str],
    sample: &'static str,
    doc: &'static str,
) -> MacroInfo {
    MacroInfo { name, aliases, class: Link, value: Text, sample, doc }
}

const fn system(
    name: &'static str,
    aliases: &'static [&'static str],
    value: ValueKind,
    sample: &'static str,
    doc: &'static str,
) -> MacroInfo {
    MacroInfo { name, aliases, class: System, value, sample, doc }
}

const fn per_fire(
    name: &'static str,
    aliases: &'static [&'static str],
    value: ValueKind,
    sample: &'static str,
    doc: &'static str,
) -> MacroInfo {
    MacroInfo { name, aliases, class: PerFire, value, sample, doc }
}
