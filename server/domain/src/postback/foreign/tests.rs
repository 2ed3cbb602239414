//! Conversions of templates from other systems.

use proptest::prelude::*;

use super::*;

mod published;

fn converted(text: &str) -> String {
    propose(text).map_or_else(|| text.to_owned(), |proposal| proposal.text)
}

#[test]
fn n13_the_seven_other_syntaxes_are_recognised() {
    for foreign in [
        "subid=[subid]&payout=[CommissionAmount]",
        "subid={{EXTERNAL_ID}}&payout={{income}}",
        "subid=##CLICK_ID##&payout=##CPA_AMOUNT##",
        "subid=#s2#&payout=#price#",
        "subid=${visit_id}&payout=${payout}",
        "subid=%clickid%&payout=%sum%",
        "subid=<click_id>&payout=<amount>",
        "subid=[[[subid]]]&payout=[[[payment_sum]]]",
        "subid=${(click_id)!}&payout=${(payout)!}",
        "subid={:click_id}&payout={:payout}",
        "subid=#{click.publisher.clickId}&payout=#{payout.theyGetInDollars}",
    ] {
        assert_eq!(converted(foreign), "subid={click_id}&payout={total_commission}", "{foreign}");
    }
}

#[test]
fn n13_the_parameter_says_what_an_unknown_or_vague_macro_means() {
    for (foreign, ours) in [
        ("?subid={utm_content}&payout={revenue}", "?subid={click_id}&payout={total_commission}"),
        ("?subid={tid}&tid={event_id}", "?subid={click_id}&tid={transaction_id}"),
        ("?subid={{subid}}&tid={{click_id}}", "?subid={click_id}&tid={click_id}"),
        ("?subid={custom1}&status={status}", "?subid={click_id}&status={status}"),
        ("?subid=#s2#&s3=#s3#&affid=#affid#", "?subid={click_id}&s3={sub3}&affid={affiliate_id}"),
        ("?payout=[order_sum]&sum={gain}", "?payout={total_sales}&sum={total_commission}"),
    ] {
        assert_eq!(converted(foreign), ours);
    }
}

#[test]
fn n13_alternatives_of_one_amount_become_one_amount() {
    for (foreign, ours) in [
        ("?payout=##CPA_AMOUNT##,##RS_AMOUNT##&x=1", "?payout={total_commission}&x=1"),
        ("?payout=[a],[b],[c]", "?payout={total_commission}"),
        ("?payout=[price],[currency]", "?payout={total_commission},{currency}"),
        ("?x=[click],[clickid]", "?x={click_id},{click_id}"),
    ] {
        assert_eq!(converted(foreign), ours);
    }
}

#[test]
fn a_sub_parameter_in_the_click_slot_stays_that_sub_parameter() {
    assert_eq!(propose("?subid={sub5}&payout={sum}"), None);
    assert_eq!(converted("?subid={sub5}&payout={cash}"), "?subid={sub5}&payout={total_commission}");
    assert_eq!(converted("?subid=[sub5]"), "?subid={sub5}");
}

#[test]
fn n13_what_does_not_map_stays_byte_for_byte() {
    for text in [
        "",
        "https://h.test/?a=100%25&b=%20x%20",
        "https://h.test/?status=[REPLACE]&x={{nobody_knows}}&y=<z>",
        "http://{domain}/{postback_key}/postback?status=REPLACE",
        "https://h.test/?cid={click_id}&p={total_commission:minor}&s={status:approved=1 pending=2|0}",
        "?cid={click_id}&amount={total_sales}&payout_sum={amount}",
        "{[<#%$",
    ] {
        assert_eq!(propose(text), None, "{text}");
    }
}

#[test]
fn a_proposal_tells_what_it_replaced_and_what_it_left() {
    let proposal = propose("?subid=[id7]&x=[nobody_knows]&y={also_not}").unwrap();
    assert_eq!(proposal.text, "?subid={click_id}&x=[nobody_knows]&y={also_not}");
    assert_eq!(proposal.replaced, [("[id7]".to_owned(), "{click_id}".to_owned())]);
    assert_eq!(proposal.left, ["[nobody_knows]", "{also_not}"]);
}

proptest! {
    #[test]
    fn what_is_proposed_needs_no_further_conversion(
        macros in proptest::collection::vec((0..BRACKETS.len(), 0..6_usize, 0..5_usize), 0..6)
    ) {
        let parameters = ["subid", "payout", "tid", "a", ""];
        let names = ["clickid", "price", "s2", "revenue", "postback_id", "nobody_knows"];
        let text: String = macros.into_iter().map(|(bracket, name, parameter)| {
            let (open, close) = BRACKETS[bracket];
            format!("&{}={open}{}{close}", parameters[parameter], names[name])
        }).collect();
        if let Some(proposal) = propose(&text) {
            prop_assert_eq!(propose(&proposal.text), None, "{}", text);
        }
    }

    #[test]
    fn any_text_is_survived_and_only_macros_are_touched(text in any::<String>()) {
        if let Some(proposal) = propose(&text) {
            let mut back = proposal.text;
            for (foreign, ours) in proposal.replaced {
                back = back.replacen(&ours, &foreign, 1);
            }
            prop_assert_eq!(back, text);
        }
    }
}
