//! Templates for well-known receivers, for the portal's library (N13). Each is also a golden case: what
//! it renders to is compared byte for byte. Hosts such as `trk.example.com` stand for the affiliate's
//! own tracker domain.

/// One receiver's template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receiver {
    /// Its golden case (postbacks.md 4.3).
    pub case: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// What the affiliate saves, after putting in its own host and ids.
    pub template: &'static str,
}

/// All receivers, in the order of the golden cases.
pub const RECEIVERS: &[Receiver] = &[
    receiver(
        "X01",
        "Voluum",
        "https://trk.example.com/postback?cid={click_id}&payout={total_commission}&txid={transaction_id}&et={goal}",
    ),
    receiver(
        "X02",
        "BeMob",
        "https://abcde.bemobtrcks.com/postback?cid={click_id}&payout={total_commission}&txid={transaction_id}&status={status}",
    ),
    receiver(
        "X03",
        "RedTrack",
        "https://trk.example.com/postback?clickid={click_id}&sum={total_commission}&type=Sale&rdtk_event_id={transaction_id}",
    ),
    receiver(
        "X04",
        "Binom v1",
        "https://binom.example.com/click.php?cnv_id={click_id}&payout={total_commission}&cnv_status={status}&cnv_currency={currency}",
    ),
    receiver(
        "X05",
        "Binom v2",
        "https://binom.example.com/click?cnv_id={click_id}&payout={total_commission}&cnv_status={status}",
    ),
    receiver(
        "X06",
        "Keitaro",
        "https://ktr.example.com/2a3b4c5/postback?subid={click_id}&status={status:approved=sale pending=lead rejected=rejected}&payout={total_commission}&currency={currency_lower}&tid={transaction_id}&from=shop",
    ),
    receiver(
        "X07",
        "ClickFlare",
        "https://cf.example.com/cf/cv?click_id={click_id}&payout={total_commission}&txid={transaction_id}",
    ),
    receiver(
        "X08",
        "FunnelFlux Pro",
        "https://ff.example.com/pb/?hit={click_id}&rev={total_commission}&tx={transaction_id}",
    ),
    receiver(
        "X09",
        "CPV Lab Pro",
        "https://cpv.example.com/adclick.php?subid={click_id}&revenue={total_commission}",
    ),
    receiver(
        "X11",
        "AnyTrack",
        "https://t1.anytrack.example/pb?click_id={click_id}&value={total_commission}&transactionId={transaction_id}",
    ),
    receiver(
        "X12",
        "TUNE (HasOffers)",
        "http://demo.go2cloud.org/aff_lsr?offer_id=26&transaction_id={click_id}&amount={total_sales}&adv_sub={order_id}",
    ),
    receiver("X13", "TUNE global", "http://demo.go2cloud.org/aff_lsr?transaction_id={click_id}"),
    receiver(
        "X15",
        "Affise",
        "https://rocketcompany.affise.com/postback?clickid={click_id}&action_id={transaction_id}&sum={total_commission}&status={status:approved=1 pending=2 rejected=3 hold=5}",
    ),
    receiver(
        "X16",
        "Trackier",
        "https://demo.gotrackier.com/acquisition?click_id={click_id}&security_token=TOKEN&txn_id={transaction_id}&sale_amount={total_sales}&currency={currency}",
    ),
    receiver(
        "X17",
        "Scaleo",
        "https://workspace.scaletrk.com/track/conv?click_id={click_id}&token=344387eb&conv_status={status}",
    ),
    receiver(
        "X19",
        "Everflow",
        "https://www.example-tracking.com/?nid=123&transaction_id={click_id}",
    ),
    receiver(
        "X20",
        "Tapfiliate",
        "https://api.tapfiliate.com/1.7/pb/con/c/?click_id={click_id}&amount={total_sales}&external_id={order_id}&currency={currency}",
    ),
    receiver(
        "X21",
        "PropellerAds",
        "https://ad.propellerads.com/conversion.php?aid=123456&pid=&tid=12345&visitor_id={click_id}&payout={total_commission}",
    ),
    receiver(
        "X22",
        "Adsterra",
        "https://www.pbterra.com/name/NAMEOFADVERTISER/at?subid_short={click_id}&atpay={total_commission}",
    ),
    receiver(
        "X24",
        "RichAds",
        "http://xml.auxml.com/log?action=conversion&key={click_id}&price={total_commission}",
    ),
    receiver(
        "X25",
        "EvaDav",
        "https://evadav.com/phpb?click_id={click_id}&payout={total_commission}",
    ),
    receiver(
        "X26",
        "PopCash",
        "https://ct.popcash.net/click?aid=555&clickid={click_id}&payout={total_commission}",
    ),
    receiver(
        "X27",
        "PopAds",
        "https://serve.popads.net/cpixel.php?s2s=1&aid=555&id={click_id}&value={total_commission}",
    ),
    receiver(
        "X28",
        "Mondiad",
        "https://postback.mondiad.com/track?uid=12345&clickid={click_id}&payout={total_commission}",
    ),
    receiver(
        "X30",
        "ClickAdilla",
        "https://tracking.clickadilla.com/in/postbacks/?token=TOK&campaign_id={sub1}&click_id={click_id}&payout={total_commission}&trc=Keitaro",
    ),
    receiver(
        "X31",
        "BidVertiser",
        "http://secure.bidvertiser.com/performance/pc.dbm?ver=1.0&AID=42&CLICKID={click_id}&revenue={total_commission}",
    ),
    receiver(
        "X33",
        "DApps",
        "https://pb.deeplink.agency/{click_id}/event/?status={status:approved=sale pending=lead}",
    ),
    receiver(
        "X36",
        "Taboola",
        "https://trc.taboola.com/actions-handler/log/3/s2s-action?click-id={click_id}&name=purchase&revenue={total_sales}&currency={currency}&orderid={order_id}",
    ),
    receiver(
        "X37",
        "UpPromote",
        "https://domain.test?affiliate_id={affiliate_id}&program_id={program_id}&sca_source={sca_source}&order_id={order_id}&total_sales={total_sales}&total_commission={total_commission}",
    ),
    receiver(
        "X38",
        "Track360",
        "https://affiliatedomain.com/postback?click_id={affclickid}&payout_sum={amount}&currency={currency}&source=track360&type=signup",
    ),
    receiver("X39", "Integr8", "https://affiliate-postback.com/?clickid={external_transaction_id}"),
];

const fn receiver(case: &'static str, name: &'static str, template: &'static str) -> Receiver {
    Receiver { case, name, template }
}

#[cfg(test)]
mod tests;
