//! Providers of throw-away e-mail addresses, the ones met most. Subdomains count as well.

const HOSTS: [&str; 48] = [
    "10minutemail.com",
    "20minutemail.com",
    "33mail.com",
    "anonbox.net",
    "burnermail.io",
    "byom.de",
    "discard.email",
    "dispostable.com",
    "dropmail.me",
    "emailondeck.com",
    "fakeinbox.com",
    "fakemail.net",
    "fakemailgenerator.com",
    "getairmail.com",
    "getnada.com",
    "guerrillamail.biz",
    "guerrillamail.com",
    "guerrillamail.de",
    "guerrillamail.info",
    "guerrillamail.net",
    "guerrillamail.org",
    "guerrillamailblock.com",
    "inboxbear.com",
    "mailcatch.com",
    "maildrop.cc",
    "mailinator.com",
    "mailinator.net",
    "mailnesia.com",
    "mailnull.com",
    "mailsac.com",
    "mintemail.com",
    "moakt.com",
    "mohmal.com",
    "mytemp.email",
    "nada.email",
    "sharklasers.com",
    "spam4.me",
    "spamgourmet.com",
    "temp-mail.io",
    "temp-mail.org",
    "tempinbox.com",
    "tempmail.com",
    "tempmail.dev",
    "tempmailo.com",
    "throwawaymail.com",
    "trashmail.com",
    "trashmail.de",
    "yopmail.com",
];

/// Whether an address is of a known provider of throw-away addresses.
///
/// ```
/// # use domain::fraud::is_disposable;
/// assert!(is_disposable("Buyer@Mailinator.com"));
/// assert!(is_disposable("a@team.yopmail.com"));
/// assert!(!is_disposable("a@notyopmail.com"));
/// assert!(!is_disposable("nobody"));
/// ```
#[must_use]
pub fn is_disposable(email: &str) -> bool {
    let Some((_, host)) = email.rsplit_once('@') else { return false };
    let host = host.trim().trim_end_matches('.').to_lowercase();
    HOSTS.iter().any(|known| {
        host.strip_suffix(known).is_some_and(|above| above.is_empty() || above.ends_with('.'))
    })
}
