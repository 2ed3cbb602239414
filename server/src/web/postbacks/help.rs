//! Help about postbacks, for both sides: topics, searched by any of the names that they go by (U7), and
//! every macro with what it means and how other systems call it.

use actix_web::{HttpRequest, HttpResponse};
use domain::postback::macros::{MACROS, MacroInfo};

use super::desk::{Around, Desk, Section};
use crate::{
    error::AppError,
    web::{
        forms::Fields,
        view::postbacks::help::{Help, MacroLine, Topic},
    },
};

/// Where an affiliate builds links.
const LINKS: &str = "/links";

/// What a topic is also found by, beside its own words.
struct Entry {
    topic: Topic,
    names: &'static str,
}

/// `GET {base}/help?q=…`.
///
/// # Errors
/// [`AppError`]; not found while postbacks are off (U1).
pub async fn page(desk: Desk, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_query(&request).value("q").to_owned();
    let place = desk.place();
    let mut topics = found(&query);
    if place.is_merchant {
        // The links are the affiliates'.
        for topic in &mut topics {
            topic.page = topic.page.filter(|(path, _)| *path != LINKS);
        }
    }
    let help = Help { place, topics, macros: macros_found(&query), query };
    std::future::ready(desk.show(Around::new("Help with postbacks", Section::Postbacks), help))
        .await
}

/// The topics that hold every word of the query, in any case; all without one.
fn found(query: &str) -> Vec<Topic> {
    let holds = |entry: &Entry| {
        let topic = &entry.topic;
        holds(&[topic.title, entry.names, &topic.text.join(" ")].join(" "), query)
    };
    entries().into_iter().filter(holds).map(|entry| entry.topic).collect()
}

/// The macros that hold every word of the query, also as another system spells it; all without one.
fn macros_found(query: &str) -> Vec<MacroLine> {
    // As it may be copied from a template.
    let query: String = query.chars().filter(|c| !"{}[]#%$<>".contains(*c)).collect();
    let text = |info: &MacroInfo| {
        let spellings: Vec<&str> = info.spellings().collect();
        format!("{} {}", spellings.join(" "), info.doc)
    };
    MACROS
        .iter()
        .filter(|info| holds(&text(info), &query))
        .map(|info| MacroLine {
            name: info.name,
            meaning: info.doc,
            sample: info.sample,
            aliases: info.aliases,
        })
        .collect()
}

fn holds(text: &str, query: &str) -> bool {
    let text = text.to_lowercase();
    query.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

fn entries() -> Vec<Entry> {
    let entry = |id, title, text, example, page, names| Entry {
        topic: Topic { id, title, text, example, page },
        names,
    };
    vec![
        entry(
            "what",
            "What a postback is",
            &[
                "A call from our server to your tracker when something happens to an order of yours. Nothing runs in the buyer's browser, and no cookie is needed at that moment.",
                "Your tracker tells you its postback URL. Names left of = are your tracker's; macros in braces right of it are ours, and are replaced by real values.",
            ],
            Some(
                "https://trk.example.com/postback?cid={click_id}&payout={total_commission}&txid={transaction_id}&status={status}",
            ),
            Some(("/postbacks/new", "Add a postback")),
            "postback callback call-back s2s server-to-server server to server cookie-less cookieless tracking webhook pixel integration set up",
        ),
        entry(
            "link",
            "What your link carries",
            &[
                "Add parameters to your link, and they come back in your postbacks. Your click ID may be called affclickid, click_id, clickid, subid, cid or external_transaction_id; {click_id} gives it back whatever your link called it.",
                "Any other parameter comes back as a macro of its own name, or as {link.name}. What a link did not carry is empty; {sub1|none} sends a word of yours instead.",
            ],
            Some("https://shop.example/?ref=YOURCODE&affclickid={your source's macro}&sub1=zone"),
            Some((LINKS, "Build a link")),
            "entry url tracking link click id sub id sub-parameter parameter token macro default",
        ),
        entry(
            "macros",
            "Macros",
            &[
                "The editor lists every macro beside the form, and shows the finished request while you type. Names match in any case. An amount can be sent in whole cents, a status in your tracker's own words, and whatever a link did not carry as a word of yours:",
                "Macros of other systems, such as [subid], {{clickid}}, #s2#, ##x##, ${x}, %x% and <x>, are recognised when you paste them, and offered in our spelling.",
            ],
            Some("{total_commission:minor}  {status:approved=sale pending=lead}  {sub1|none}"),
            None,
            "placeholder token variable dynamic parameter conversion convert voluum keitaro binom redtrack bemob affise tune hasoffers everflow",
        ),
        entry(
            "refunds",
            "Refunds and other reversals",
            &[
                "A rejected, reversed or adjusted conversion is told only to a postback that can say so: it holds {status} or {delta_commission}, or you ticked that your tracker understands reversals. Otherwise your tracker would count a second sale.",
                "{total_commission} is the new total, {delta_commission} the signed change. Put your tracker's own words into a map: {status:approved=sale pending=lead rejected=rejected}.",
            ],
            None,
            None,
            "refund chargeback cancel cancelled rejected declined reversal adjustment status map negative",
        ),
        entry(
            "test",
            "Test it yourself",
            &[
                "Save the postback and press Test. One real call is made, marked with the header Tributary-Test: 1, with sample data or with one of your own past events. You see the bytes sent, the answer and the time. Nothing is booked.",
            ],
            None,
            Some(("/postbacks", "Your postbacks")),
            "test fire integration try debug check",
        ),
        entry(
            "log",
            "Did my tracker get it?",
            &[
                "The log has every call: the click with its entry URL, the URL with its macros, the final URL, what was answered, how long it took, and when it is tried again.",
                "Calls that have failed can be sent again: one, some, or all of a time. They keep their ids, so that your tracker can tell repeats.",
            ],
            None,
            Some(("/log", "Open the log")),
            "report log replay resend retry missing lost debug final url error answer response failed",
        ),
        entry(
            "pause",
            "When your tracker is down",
            &[
                "A call that is not accepted is tried again after 12 seconds, 2.5 minutes, 30 minutes, 6 hours, and then three times a day apart.",
                "After ten conversions in a row have failed for 72 hours the postback is paused, and your postbacks page says so. Calls are kept for 30 days; when you end the pause they go out in order.",
            ],
            None,
            Some(("/postbacks", "Your postbacks")),
            "outage pause paused resume backlog queue timeout 500 503 retry schedule",
        ),
        entry(
            "signature",
            "Is it really you who calls?",
            &[
                "Every call is signed with a secret that only you and we know, for GET and POST alike. Verify it, and nobody can send your tracker a conversion in our name.",
            ],
            None,
            Some(("/postbacks/signing", "Signatures")),
            "signature sign hmac secret verify security ip address whitelist allowlist firewall header rotate rotation",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u7_every_synonym_finds_the_page() {
        for name in
            ["callback", "S2S", "cookie-less tracking", "server-to-server", "Postback", "webhook"]
        {
            let ids: Vec<&str> = found(name).iter().map(|topic| topic.id).collect();
            assert!(ids.contains(&"what"), "{name}: {ids:?}");
        }
        assert_eq!(
            found("firewall").iter().map(|topic| topic.id).collect::<Vec<_>>(),
            ["signature"]
        );
        assert!(found("zzz").is_empty());
        assert_eq!(found("").len(), entries().len());
    }

    #[test]
    fn u7_a_macro_is_found_by_its_meaning_and_by_other_systems_names() {
        let names =
            |query: &str| macros_found(query).iter().map(|one| one.name).collect::<Vec<_>>();
        assert_eq!(names("AffClickID"), ["click_id"]);
        assert_eq!(names("[sub_id_3]"), ["sub3"]);
        assert!(names("commission change").contains(&"delta_commission"));
        assert!(names("zzz").is_empty());
        assert_eq!(names("").len(), MACROS.len());
    }
}
