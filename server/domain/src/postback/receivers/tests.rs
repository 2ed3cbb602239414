//! The golden cases: those of postbacks.md 4.3 and ours, and what is true of the whole library.

use std::collections::BTreeSet;

use crate::postback::{
    CheckContext, PostbackSettings, Record, foreign, render, url_template::UrlTemplate,
};

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
    assert!(request.headers.is_empty());
    // The reference record knows no sub2.
    let empty: &[&str] = if receiver.template.contains("{sub2}") { &["empty:sub2"] } else { &[] };
    assert_eq!(request.flags, empty);
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
    r01_peerclick =>
        "https://pstb.peerclick.com/postback?cid=w5fj2k3l4m9q&payout=9.00&txid=5678901234567&status=approved&currency=USD";
    r02_orbitra =>
        "https://orbitra.example.com/KEY/postback?subid=w5fj2k3l4m9q&status=sale&payout=9.00&currency=USD&tid=5678901234567";
    r03_zeustrack =>
        "https://zeus.example.com/postback?cid=w5fj2k3l4m9q&payout=9.00";
    r04_altercpa_red =>
        "https://www.altercpa.red/api/track/postback.json?id=TOKEN&click=w5fj2k3l4m9q";
    r05_zeeto =>
        "https://monetize.zeeto.io/postback/w5fj2k3l4m9q?ze=e5&zr=90.00";
    r06_50onred =>
        "https://www.trkjmp.com/conv?v=ADVERTISER&c=w5fj2k3l4m9q&r=9.00";
    r07_activerevenue =>
        "http://xml.activerevenue.com/conversion?c=w5fj2k3l4m9q&count=1&value=9.00";
    r08_admaven =>
        "http://pop.rtb-passthrough.com/conversion?c=w5fj2k3l4m9q&count=1&value=9.00";
    r09_adoperator =>
        "https://s2s.adoperator.com/conversion?c=w5fj2k3l4m9q&value=9.00";
    r10_adprofex =>
        "https://postback.ads2.bid/api/postback/?tracker_id=1&event_id=zone-42&click_id=w5fj2k3l4m9q&cpa=9.00&status=sale&goal_category_id=1&user_id=";
    r11_adcash =>
        "https://www.pixelhere.com/et/event.php?advertiser=ADVERTISER&cid=w5fj2k3l4m9q&id=PIXEL&campagne=CAMPAIGN&type=CPAtarget";
    r12_adscompass =>
        "https://clickco.net/sst?clickid=w5fj2k3l4m9q&price=9.00";
    r13_adskeeper =>
        "https://a.adskeeper.co.uk/postback?c=w5fj2k3l4m9q&e=GOAL";
    r14_bymyads =>
        "http://pb.bymyads.com/conversion/?click_id=w5fj2k3l4m9q&receipt=9.00&status=sale&status_hold=lead&status_approved=sale&status_rejected=rejected";
    r15_clickadu =>
        "http://sconvtrk.com/conversion/HASH/?visitor_id=w5fj2k3l4m9q&aid=ADVERTISER";
    r16_dao_ad =>
        "http://api.daopush-api.info/api/postback/campaign?key=KEY&sum=9.00&click-id=w5fj2k3l4m9q";
    r17_epicads =>
        "https://epicapi.net/api/postback?click_id=w5fj2k3l4m9q&amount=9.00";
    r18_explorads =>
        "http://xml.leoyard.com/conversion?c=w5fj2k3l4m9q&count=1&value=9.00";
    r19_ezmob =>
        "https://xml.qualiclicks.com/conversion?c=w5fj2k3l4m9q&value=9.00";
    r20_fatads =>
        "https://us.getclear.online/fatconv?id=w5fj2k3l4m9q&action=conversion";
    r21_galaksion =>
        "http://postback.report/postback?cid=CAMPAIGN&click_id=w5fj2k3l4m9q";
    r22_geozo =>
        "https://postbacks.geozo.com/click/postback/keitaro?click_uuid=w5fj2k3l4m9q&money=9.00&status=dep";
    r23_global_network =>
        "http://blue.globalnetwork.pro/cr?clickId=w5fj2k3l4m9q&payout=9.00";
    r25_hilltopads =>
        "https://postback.hilltopads.com/close/?token=w5fj2k3l4m9q&price=9.00&currency=USD&advertiserId=ADVERTISER";
    r26_juicyads =>
        "https://ck.juicyads.com/ilikeitjuicy.php?c=21519&s2s=w5fj2k3l4m9q&amount=9.00&token=TOKEN&data=DATA&goal=GOAL";
    r27_kadam =>
        "https://kdtrk.net/ru/postback/?data=w5fj2k3l4m9q&cost=9.00&status=sale";
    r28_luckyads =>
        "https://kipyn.com/v1/click/postback/?click_uuid=w5fj2k3l4m9q&money=9.00&status=sale";
    r29_megapush =>
        "https://megapu.sh/pb?cid=w5fj2k3l4m9q&p=9.00&f=zone-42&currency=USD&source_id=";
    r30_mgid =>
        "http://a.marketgid.com/postback?c=w5fj2k3l4m9q&e=sale&r=9.00";
    r31_mobivion =>
        "https://postback.mobivion.com/?clickid=w5fj2k3l4m9q&moneyusd=9.00";
    r32_mybid =>
        "https://postback.mb-d.com/api/v1/postback?click_id=w5fj2k3l4m9q&cost=9.00&goal_id=GOAL";
    r33_noviclick =>
        "https://panel.noviclick.com/postback?cid=w5fj2k3l4m9q&payout=9.00&key=KEY";
    r34_octoclick =>
        "https://s2s.octoclick.com/postback?uuid=w5fj2k3l4m9q&cost=9.00&status=approved&currency=USD&a_s=approved&p_s=process&c_s=canceled";
    r35_onclicka =>
        "https://tracking.onclicka.com/in/postbacks/?token=TOKEN&campaign_id=zone-42&click_id=w5fj2k3l4m9q&payout=9.00&trc=Keitaro";
    r36_push_house =>
        "http://api.push.house/v1/postback?click_id=w5fj2k3l4m9q&cost=9.00";
    r37_pushground =>
        "https://lupush.com/conversion?click_id=w5fj2k3l4m9q&amount=9.00";
    r38_reacheffect =>
        "https://go1.reacheffecti.work/conversion.go?pid=USER&cid=w5fj2k3l4m9q&conv_type=b";
    r39_realpush =>
        "https://click-adc.realsh.xyz/sst?clickid=w5fj2k3l4m9q&price=9.00";
    r40_reklamstore_dsp =>
        "http://pxl.reklamselfie.com/log?action=conversion&key=w5fj2k3l4m9q&price=9.00";
    r41_rivertraffic =>
        "https://callback.rivertraffic.com/callback/ACCOUNT?click_id=w5fj2k3l4m9q";
    r42_roiads =>
        "https://us.roiapp.net/roiconv?action=conversion&id=w5fj2k3l4m9q";
    r43_rollerads =>
        "https://trk.roller.ad/conversion/aid/ACCOUNT/KEY?click_id=w5fj2k3l4m9q";
    r44_sourceknowledge =>
        "https://upx.provenpixel.com/postback.php?clk=w5fj2k3l4m9q&order_amount=9.00&upx=EVENT&currency=usd";
    r45_tacoloco =>
        "https://postback.tacolo.co/conversion?user=USER&cid=w5fj2k3l4m9q&sum=9.00";
    r46_tovarro =>
        "http://a.tovarro.com/postback?c=w5fj2k3l4m9q&e=sale&r=9.00";
    r47_traffic_force =>
        "http://delivery.trafficforce.com/conv.php?click_id=w5fj2k3l4m9q";
    r48_traffichunt =>
        "http://ads.traffichunt.com/adx-dir-d/servlet/WebF_AdManager.AdActionManager?nid=NETWORK&txn_id=w5fj2k3l4m9q";
    r49_trafficnomads =>
        "https://node2.trafficnomads.com/conv/?clickid=w5fj2k3l4m9q&payout=9.00&pubid=zone-42";
    r50_trafficshop =>
        "https://ad.trafficshop.com/track.php?track_id=TRACK&ts_subid=w5fj2k3l4m9q&atpay=9.00";
    r51_trafficvance =>
        "https://tracking.trafficvance.com/?id=ADVERTISER&value=9.00&token=w5fj2k3l4m9q";
    r52_traforama =>
        "https://p.pa5ka.com/api/click/w5fj2k3l4m9q?subid=SUBID&c=1&cpa=9.00";
    r53_trending_bid =>
        "http://passfiss.com/lead/dspsl/lead1?trkId=w5fj2k3l4m9q";
    r54_twinred =>
        "https://ad.twinrdengine.com/conversion/TRACKER?id=w5fj2k3l4m9q";
    r55_ungads =>
        "https://ungads-postback.com/c/ACCOUNT?subid=w5fj2k3l4m9q";
    r56_vimmy =>
        "https://vmmpb.com/ic?id=w5fj2k3l4m9q&payout=9.00";
    r57_visitweb =>
        "http://c.visitweb.com/c?l&uid=w5fj2k3l4m9q&m=9.00";
    r58_youtarget =>
        "https://postback.events/?postback_id=POSTBACK&click_id=w5fj2k3l4m9q&event_type=accept&cur=USD&payout=9.00";
}

#[test]
fn n13_names_and_cases_are_unique_and_kinds_stand_together() {
    let names: BTreeSet<&str> = RECEIVERS.iter().map(|one| one.name).collect();
    let cases: BTreeSet<&str> = RECEIVERS.iter().map(|one| one.case).collect();
    assert_eq!((names.len(), cases.len()), (RECEIVERS.len(), RECEIVERS.len()));
    assert!(RECEIVERS.len() >= 60, "{}", RECEIVERS.len());
    let places: Vec<usize> = RECEIVERS
        .iter()
        .map(|one| ReceiverKind::ALL.iter().position(|kind| *kind == one.kind).unwrap())
        .collect();
    assert!(places.is_sorted());
    for kind in ReceiverKind::ALL {
        assert!(RECEIVERS.iter().filter(|one| one.kind == kind).count() >= 10, "{kind:?}");
    }
}

#[test]
fn n13_every_template_reads_and_prints_byte_for_byte() {
    for one in RECEIVERS {
        assert_eq!(Template::parse(one.template).unwrap().to_string(), one.template);
        let url = UrlTemplate::parse(one.template).unwrap();
        assert_eq!(url.template().to_string(), one.template);
        assert_eq!(foreign::propose(one.template), None, "{}", one.name);
    }
}

#[test]
fn n13_every_receiver_tells_what_it_calls_the_click() {
    let without: Vec<&str> = RECEIVERS
        .iter()
        .filter(|one| one.click_parameter().is_none())
        .map(|one| one.case)
        .collect();
    // In the path: X33, R05 and Traforama; X37 knows no click.
    assert_eq!(without, ["X37", "R05", "X33", "R52"]);
    let facts = |case| {
        let one = Receiver::by_case(case).unwrap();
        (one.click_parameter(), one.payout_parameter(), one.expects_own_status_words())
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(facts("X08"), (some("hit"), some("rev"), false));
    assert_eq!(facts("X15"), (some("clickid"), some("sum"), true));
    assert_eq!(facts("X12"), (some("transaction_id"), some("amount"), false));
    assert_eq!(facts("X22"), (some("subid_short"), some("atpay"), false));
    assert_eq!(facts("X19"), (some("transaction_id"), None, false));
}

#[test]
fn n13_own_parts_stand_in_the_template_and_documentation_is_public() {
    for one in RECEIVERS {
        for part in one.own_parts {
            assert_eq!(one.template.matches(part).count(), 1, "{}: {part}", one.name);
        }
        let source = url::Url::parse(one.documentation).unwrap();
        assert!(matches!(source.scheme(), "http" | "https") && source.path().len() > 1);
        // A template that leads to us would be an affiliate calling the shop.
        let host = url::Url::parse(&one.template.replace(['{', '}'], "")).unwrap();
        let host = host.host_str().unwrap().to_owned();
        assert!(!["tributary", "myshopify", "localhost"].iter().any(|own| host.contains(own)));
        if let Some(click) = one.click_macro {
            assert!(!click.is_empty() && !click.contains(['&', '=', ' ']), "{click}");
        }
    }
}

/// The guide's row for a receiver.
fn row_of(one: &Receiver) -> String {
    let link = one.click_macro.map_or("–".to_owned(), |click| format!("`affclickid={click}`"));
    let own = match one.own_parts {
        [] => "–".to_owned(),
        parts => parts.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(", "),
    };
    format!("| [{}]({}) | {link} | `{}` | {own} |", one.name, one.documentation, one.template)
}

#[test]
fn n13_the_guide_says_what_the_library_says() {
    let guide = include_str!("../../../../../docs/trackers.md");
    let mut lines = guide.lines();
    for kind in ReceiverKind::ALL {
        let heading = format!("## {}", kind.heading());
        assert!(lines.any(|line| line == heading), "no heading {heading}");
        let rows: Vec<&str> = lines
            .by_ref()
            .skip_while(|line| !line.starts_with("|---"))
            .skip(1)
            .take_while(|line| line.starts_with('|'))
            .collect();
        let expected: Vec<String> =
            RECEIVERS.iter().filter(|one| one.kind == kind).map(row_of).collect();
        assert_eq!(rows, expected, "docs/trackers.md, {heading}");
    }
    let postbacks = include_str!("../../../../../docs/postbacks.md");
    assert!(postbacks.contains(&format!("one for {} trackers", RECEIVERS.len())));
}
