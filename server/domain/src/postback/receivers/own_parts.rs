//! Which parts of a ready-made template nobody has replaced by their own yet: a host such as
//! `trk.example.com`, a key, a number. Calls to them reach nobody.

use super::{RECEIVERS, Receiver};

/// The receiver whose template a URL was made from, and what still stands in it as in the library.
///
/// ```
/// # use domain::postback::receivers::own_parts_left;
/// let url = "https://trk.my-tracker.com/2a3b4c5/postback?subid={click_id}&status={status}\
///            &payout={total_commission}&currency=USD&tid={transaction_id}&from=shop";
/// let (receiver, left) = own_parts_left(url).unwrap();
/// assert_eq!((receiver.name, left), ("Keitaro", vec!["2a3b4c5"]));
/// assert!(own_parts_left(&url.replace("2a3b4c5", "9f8e7d6")).is_none());
/// ```
#[must_use]
pub fn own_parts_left(url: &str) -> Option<(&'static Receiver, Vec<&'static str>)> {
    RECEIVERS.iter().find_map(|receiver| {
        let left = receiver.own_parts_in(url);
        (!left.is_empty()).then_some((receiver, left))
    })
}

impl Receiver {
    fn own_parts_in(&self, url: &str) -> Vec<&'static str> {
        let is_own = |piece: &str| self.own_parts.iter().any(|own| piece.contains(own));
        let Some((template_host, template_rest)) = pieces(self.template) else { return Vec::new() };
        let Some((host, rest)) = pieces(url) else { return Vec::new() };
        if host != template_host || !is_own(template_host) {
            let has_name = |name: &str| rest.iter().any(|piece| name_of(piece) == name);
            let is_like = self.takes_host(host, template_host)
                && template_rest
                    .iter()
                    .filter(|piece| !is_own(piece))
                    .all(|piece| has_name(name_of(piece)));
            if !is_like {
                return Vec::new();
            }
        }
        let same = |own: &str| {
            template_rest.iter().any(|piece| piece.contains(own) && rest.contains(piece))
                || template_host.contains(own) && host == template_host
        };
        self.own_parts.iter().copied().filter(|own| same(own)).collect()
    }

    /// Whether a host can be the template's with the own part replaced.
    fn takes_host(&self, host: &str, template_host: &str) -> bool {
        match self.own_parts.iter().find_map(|own| template_host.split_once(own)) {
            Some((before, after)) => host.starts_with(before) && host.ends_with(after),
            None => host == template_host,
        }
    }
}

/// The host, and the pieces of path and query.
fn pieces(url: &str) -> Option<(&str, Vec<&str>)> {
    let (_, rest) = url.split_once("://")?;
    let mut pieces = rest.split(['/', '?', '&']);
    Some((pieces.next()?, pieces.filter(|piece| !piece.is_empty()).collect()))
}

/// What a pair is called, whatever its value.
fn name_of(piece: &str) -> &str {
    piece.split_once('=').map_or(piece, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(url: &str) -> Vec<&'static str> {
        own_parts_left(url).map(|(_, left)| left).unwrap_or_default()
    }

    #[test]
    fn n13_every_own_part_of_every_template_is_missed_while_it_stands_there() {
        for receiver in RECEIVERS {
            assert_eq!(
                receiver.own_parts_in(receiver.template),
                receiver.own_parts,
                "{receiver:?}"
            );
            let replaced =
                receiver.own_parts.iter().fold(receiver.template.to_owned(), |url, own| {
                    url.replacen(own, &own.replace(|c: char| c.is_ascii_alphanumeric(), "z"), 1)
                });
            assert_eq!(receiver.own_parts_in(&replaced), [""; 0], "{replaced}");
        }
    }

    #[test]
    fn n13_a_host_of_the_library_is_missed_whatever_follows_it() {
        assert_eq!(left("https://trk.example.com/anything?x={click_id}"), ["trk.example.com"]);
        assert_eq!(left("https://trk.example.com.mine.io/anything?x={click_id}"), [""; 0]);
    }

    #[test]
    fn n13_a_number_counts_only_in_its_own_receivers_template() {
        let tune = "http://brand.go2cloud.org/aff_lsr?offer_id=26&transaction_id={click_id}\
                    &amount={total_sales}&adv_sub={order_id}";
        assert_eq!(left(tune), ["26"]);
        assert_eq!(left(&tune.replace("go2cloud.org", "mine.io")), [""; 0]);
        assert_eq!(left("https://mine.io/?offer_id=26&cid={click_id}"), [""; 0]);
        assert_eq!(left("not a url"), [""; 0]);
    }
}
