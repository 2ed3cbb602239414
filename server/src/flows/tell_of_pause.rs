//! Tells both sides that a postback was paused because of its receiver, and that the pause has ended:
//! its owner, who can mend it, and the merchant (N15). Each gets a notice on its page and a mail.
//! Written with the pause, so that nobody is told twice and nobody is forgotten.

use domain::{ids::AffiliateId, time::UtcTime};
use storage::{
    StorageError, WriteTx,
    affiliates::{Affiliate, affiliate_by_id},
    contacts::{Contact, contact_of},
    notices::{Notice, notices_append},
    postbacks::Postback,
    shops::{Shop, shop_by_id},
};

use super::write_mail::{Letter, MailError, MailRoom, Recipient, write_mail};

/// The kind of notices and mails about a pause.
pub const POSTBACK_PAUSED: &str = "postback_paused";
/// The kind of those about its end.
pub const POSTBACK_RESUMED: &str = "postback_resumed";

/// What is told.
struct News<'a> {
    shop: Shop,
    /// Whose postback it is; none: the merchant's.
    affiliate: Option<Affiliate>,
    postback: &'a Postback,
    kind: &'static str,
    /// What has happened, without a full stop: `was paused: …`.
    happened: String,
    /// What follows from it, in sentences.
    consequence: &'static str,
    /// What to do, or to see, at the link.
    advice: &'static str,
}

/// Tells of a pause.
///
/// # Errors
/// [`StorageError`].
pub fn tell_of_pause(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    postback: &Postback,
    reason: &str,
    now: UtcTime,
) -> Result<(), StorageError> {
    tracing::warn!(
        shop = postback.shop_id.0,
        postback = postback.id.0,
        reason,
        "a postback was paused"
    );
    let Some((shop, affiliate)) = sides(tx, postback)? else { return Ok(()) };
    let news = News {
        shop,
        affiliate,
        postback,
        kind: POSTBACK_PAUSED,
        happened: format!("was paused: {reason}"),
        consequence: "Nothing is lost: its calls are kept for 30 days and go out in order when the \
                      pause ends.",
        advice: "The answers of the receiver are in the log. When it is mended, end the pause here:",
    };
    tell(tx, room, &news, now)
}

/// Tells that such a pause has ended.
///
/// # Errors
/// [`StorageError`].
pub fn tell_of_end(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    postback: &Postback,
    now: UtcTime,
) -> Result<(), StorageError> {
    let Some((shop, affiliate)) = sides(tx, postback)? else { return Ok(()) };
    let news = News {
        shop,
        affiliate,
        postback,
        kind: POSTBACK_RESUMED,
        happened: "is not paused any more".to_owned(),
        consequence: "The calls that were kept go out now, in order.",
        advice: "How they are answered can be seen here:",
    };
    tell(tx, room, &news, now)
}

fn sides(
    tx: &mut WriteTx<'_>,
    postback: &Postback,
) -> Result<Option<(Shop, Option<Affiliate>)>, StorageError> {
    let Some(shop) = shop_by_id(tx, postback.shop_id)? else { return Ok(None) };
    let affiliate = match postback.affiliate_id {
        Some(id) => affiliate_by_id(tx, shop.id, id)?,
        None => None,
    };
    Ok(Some((shop, affiliate)))
}

fn tell(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    news: &News<'_>,
    now: UtcTime,
) -> Result<(), StorageError> {
    let words =
        format!("The postback “{}” {}. {}", news.postback.name, news.happened, news.consequence);
    let shop = news.shop.id;
    let notice = |tx: &mut WriteTx<'_>, affiliate_id: Option<AffiliateId>| Notice {
        id: tx.next_id(now),
        shop_id: shop,
        affiliate_id,
        at: now,
        kind: news.kind.to_owned(),
        words: words.clone(),
    };
    let mut notices = vec![notice(tx, None)];
    if let Some(affiliate) = &news.affiliate {
        notices.push(notice(tx, Some(affiliate.id)));
    }
    notices_append(tx, &notices)?;
    for (to, letter) in letters(tx, room, news)? {
        match write_mail(tx, room.key, &to, &letter, now) {
            Ok(_) => {}
            Err(MailError::Storage(error)) => return Err(error),
            // A receiver that fails is paused even if its letter cannot be sealed.
            Err(MailError::Secret(error)) => tracing::error!(%error, "a mail cannot be written"),
        }
    }
    Ok(())
}

/// One for the affiliate whose postback it is, and one for the merchant, if an address is known.
fn letters(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    news: &News<'_>,
) -> Result<Vec<(Recipient, Letter)>, StorageError> {
    let (shop, postback) = (&news.shop, news.postback);
    let your = format!("your postback “{}”", postback.name);
    let mut letters = Vec::new();
    let (whose, list) = match &news.affiliate {
        None => (your, "postbacks".to_owned()),
        Some(one) => {
            let link = format!("{}/portal/{}/postbacks/{}", room.app_url, shop.domain, postback.id);
            letters.push((Recipient::affiliate(one), news.letter(&one.name, &your, &link)));
            let Postback { name, .. } = postback;
            (
                format!("the postback “{name}” of {} (affiliate {})", one.name, one.number),
                format!("affiliates/{}/postbacks", one.id),
            )
        }
    };
    if let Some(address) = contact_of(tx, shop.id)?.as_ref().and_then(Contact::address) {
        let to = Recipient { shop: shop.id, affiliate: None, address: address.to_owned() };
        // The server leads whoever is not in the admin yet into this shop's.
        let link = format!("{}/admin/{list}/{}?shop={}", room.app_url, postback.id, shop.domain);
        letters.push((to, news.letter(&shop.name, &whose, &link)));
    }
    Ok(letters)
}

impl News<'_> {
    /// The template's URL is not in it: it may hold a token, and mails pass through many hands.
    fn letter(&self, reader: &str, which: &str, link: &str) -> Letter {
        let Self { shop, postback, kind, happened, consequence, advice, .. } = self;
        let verb = happened.split(':').next().unwrap_or(happened);
        Letter {
            kind,
            subject: format!("Postback “{}” {verb}", postback.name),
            text: format!(
                "Hello {reader},\n\n{which} at {} {happened}.\n\n{consequence}\n\n{advice}\n\n\
                 {link}\n",
                shop.name
            ),
        }
    }
}
