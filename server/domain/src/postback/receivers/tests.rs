//! The golden cases of postbacks.md 4.3.

use crate::postback::{CheckContext, PostbackSettings, Record, render};

use super::*;

/// The record of postbacks.md 4.3.
fn record() -> Record {
    [
        ("affiliate_id", "1001"),
        ("program_id", "7"),
        ("sca_source", "fb ads/été&x=1"),
        ("click_id", "w5fj2k3l4m9q"),
        ("sub1", "zone-42"),
        ("order_id", "5678901234567"),
        ("order_name", "#1001"),
        ("transaction_id", "5678901234567"),
        ("total_sales", "90.00"),
        ("total_commission", "9.00"),
        ("currency", "USD"),
        ("status", "approved"),
        ("goal", "purchase"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into_iter()
    .collect()
}

/// Saves the receiver's template and fires it: the URL must be the golden one.
fn assert_golden(test: &str, expected: &str) {
    let case = test.split('_').next().unwrap().to_uppercase();
    let receiver = RECEIVERS.iter().find(|receiver| receiver.case == case).unwrap();
    let settings: PostbackSettings =
        PostbackSettings { url: receiver.template.into(), ..Default::default() };
    let is_http = receiver.template.starts_with("http:");
    let warnings = settings.check(&CheckContext::default()).unwrap();
    assert_eq!(warnings.len(), usize::from(is_http), "{warnings:?}");
    let request = render(&settings, None, &record()).unwrap();
    assert_eq!(request.url, expected);
    assert_eq!((request.method, request.body), ("GET", None));
    assert!(request.headers.is_empty() && request.flags.is_empty());
    assert!(url::Url::parse(expected).is_ok());
}

macro_rules! golden {
    ($($case:ident => $expected:literal;)+) => {
        $(#[test]
        fn $case() {
            assert_golden(stringify!($case), $expected);
        })+

        #[test]
        fn every_receiver_has_its_golden_case() {
            assert_eq!(RECEIVERS.len(), [$(stringify!($case)),+].len());
        }
    };
}

golden! {
    x01_voluum =>
        "https://trk.example.com/postback?cid=w5fj2k3l4m9q&payout=9.00&txid=5678901234567&et=purchase";
    x02_bemob =>
        "https://abcde.bemobtrcks.com/postback?cid=w5fj2k3l4m9q&payout=9.00&txid=5678901234567&status=approved";
    x03_redtrack =>
        "https://trk.example.com/postback?clickid=w5fj2k3l4m9q&sum=9.00&type=Sale&rdtk_event_id=5678901234567";
    x04_binom_v1 =>
        "https://binom.example.com/click.php?cnv_id=w5fj2k3l4m9q&payout=9.00&cnv_status=approved&cnv_currency=USD";
    x05_binom_v2 =>
        "https://binom.example.com/click?cnv_id=w5fj2k3l4m9q&payout=9.00&cnv_status=approved";
    x06_keitaro =>
        "https://ktr.example.com/2a3b4c5/postback?subid=w5fj2k3l4m9q&status=sale&payout=9.00&currency=usd&tid=5678901234567&from=shop";
    x07_clickflare =>
        "https://cf.example.com/cf/cv?click_id=w5fj2k3l4m9q&payout=9.00&txid=5678901234567";
    x08_funnelflux_pro =>
        "https://ff.example.com/pb/?hit=w5fj2k3l4m9q&rev=9.00&tx=5678901234567";
    x09_cpv_lab_pro =>
        "https://cpv.example.com/adclick.php?subid=w5fj2k3l4m9q&revenue=9.00";
    x11_anytrack =>
        "https://t1.anytrack.example/pb?click_id=w5fj2k3l4m9q&value=9.00&transactionId=5678901234567";
    x12_tune_hasoffers =>
        "http://demo.go2cloud.org/aff_lsr?offer_id=26&transaction_id=w5fj2k3l4m9q&amount=90.00&adv_sub=5678901234567";
    x13_tune_global =>
        "http://demo.go2cloud.org/aff_lsr?transaction_id=w5fj2k3l4m9q";
    x15_affise =>
        "https://rocketcompany.affise.com/postback?clickid=w5fj2k3l4m9q&action_id=5678901234567&sum=9.00&status=1";
    x16_trackier =>
        "https://demo.gotrackier.com/acquisition?click_id=w5fj2k3l4m9q&security_token=TOKEN&txn_id=5678901234567&sale_amount=90.00&currency=USD";
    x17_scaleo =>
        "https://workspace.scaletrk.com/track/conv?click_id=w5fj2k3l4m9q&token=344387eb&conv_status=approved";
    x19_everflow =>
        "https://www.example-tracking.com/?nid=123&transaction_id=w5fj2k3l4m9q";
    x20_tapfiliate =>
        "https://api.tapfiliate.com/1.7/pb/con/c/?click_id=w5fj2k3l4m9q&amount=90.00&external_id=5678901234567&currency=USD";
    x21_propellerads =>
        "https://ad.propellerads.com/conversion.php?aid=123456&pid=&tid=12345&visitor_id=w5fj2k3l4m9q&payout=9.00";
    x22_adsterra =>
        "https://www.pbterra.com/name/NAMEOFADVERTISER/at?subid_short=w5fj2k3l4m9q&atpay=9.00";
    x24_richads =>
        "http://xml.auxml.com/log?action=conversion&key=w5fj2k3l4m9q&price=9.00";
    x25_evadav =>
        "https://evadav.com/phpb?click_id=w5fj2k3l4m9q&payout=9.00";
    x26_popcash =>
        "https://ct.popcash.net/click?aid=555&clickid=w5fj2k3l4m9q&payout=9.00";
    x27_popads =>
        "https://serve.popads.net/cpixel.php?s2s=1&aid=555&id=w5fj2k3l4m9q&value=9.00";
    x28_mondiad =>
        "https://postback.mondiad.com/track?uid=12345&clickid=w5fj2k3l4m9q&payout=9.00";
    x30_clickadilla =>
        "https://tracking.clickadilla.com/in/postbacks/?token=TOK&campaign_id=zone-42&click_id=w5fj2k3l4m9q&payout=9.00&trc=Keitaro";
    x31_bidvertiser =>
        "http://secure.bidvertiser.com/performance/pc.dbm?ver=1.0&AID=42&CLICKID=w5fj2k3l4m9q&revenue=9.00";
    x33_dapps_macro_in_the_path =>
        "https://pb.deeplink.agency/w5fj2k3l4m9q/event/?status=sale";
    x36_taboola =>
        "https://trc.taboola.com/actions-handler/log/3/s2s-action?click-id=w5fj2k3l4m9q&name=purchase&revenue=90.00&currency=USD&orderid=5678901234567";
    x37_uppromote =>
        "https://domain.test?affiliate_id=1001&program_id=7&sca_source=fb%20ads%2F%C3%A9t%C3%A9%26x%3D1&order_id=5678901234567&total_sales=90.00&total_commission=9.00";
    x38_track360 =>
        "https://affiliatedomain.com/postback?click_id=w5fj2k3l4m9q&payout_sum=9.00&currency=USD&source=track360&type=signup";
    x39_integr8 =>
        "https://affiliate-postback.com/?clickid=w5fj2k3l4m9q";
}
