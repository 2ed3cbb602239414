//! Our words for each occasion.

use super::LetterKind;

/// Subject and text.
pub(super) const fn of(kind: LetterKind) -> (&'static str, &'static str) {
    match kind {
        LetterKind::ApplicationReceived => (
            "Your application at {shop}",
            "Hello,\n\nsomebody applied with this address for the affiliate program “{program}” of \
             {shop}. If it was you: the shop looks at every application, and you will get a mail \
             when it has decided.\n\nIf it was not you, you need not do anything.\n",
        ),
        LetterKind::Invitation => (
            "Your affiliate account at {shop}",
            "Hello {name},\n\n{shop} has opened an affiliate account for you. Choose a password \
             here:\n\n{link}\n\nThe link works once, for {ends}.\n",
        ),
        LetterKind::Approved => (
            "You can promote {shop} now",
            "Hello {name},\n\n{shop} has approved you as an affiliate of “{program}”. Your links \
             and codes are here:\n\n{link}\n",
        ),
        LetterKind::Denied => (
            "Your application at {shop}",
            "Hello {name},\n\nthank you for your interest in {shop}. The shop has decided not to \
             accept your application for “{program}”.\n",
        ),
        LetterKind::Password => (
            "A new password for your account at {shop}",
            "Hello {name},\n\nsomebody asked for a new password for your affiliate account at \
             {shop}. If it was you, choose one here:\n\n{link}\n\nThe link works once, for {ends}. \
             If it was not you, nothing has changed and you need not do anything.\n",
        ),
        LetterKind::NewOrders => (
            "{orders} through you at {shop}",
            "Hello {name},\n\n{orders} came through you at {shop} and earned {amount}. What becomes \
             of each is shown here:\n\n{link}\n\nYou can switch these mails off in your account.\n",
        ),
        LetterKind::PayoutSent => (
            "{shop} has paid you {amount}",
            "Hello {name},\n\n{shop} has paid you {amount} by {method}. The statement, with every \
             order that is in it, is here:\n\n{link}\n",
        ),
        LetterKind::PayoutFailed => (
            "A payment of {shop} did not reach you",
            "Hello {name},\n\n{shop} tried to pay you {amount} by {method}, and it did not arrive: \
             {reason}.\n\nThe money is still yours and will be in the next payout. Please look \
             whether we know the right account:\n\n{link}\n",
        ),
    }
}
