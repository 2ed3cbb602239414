//! Sends the mails of the outbox, one after the other, when a mail server is configured. A mail is leased
//! for longer than its sending may take, so nobody else sends it meanwhile, and a process that dies leaves
//! it to the next one. Only a mail whose end was not noted, because the process or the line broke while the
//! mail server took it, goes out once more; it has the same `Message-ID` then.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use domain::time::UtcTime;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use secrecy::ExposeSecret as _;
use storage::{
    StorageError,
    mail::{Mail, mail_claim, mail_failed, mail_is_due, mail_sent},
};

use crate::{
    app::App,
    config::SmtpSettings,
    flows::{
        sum_up_orders::{is_summing_up_due, sum_up_orders},
        write_mail::mail_text,
    },
};

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// How often the outbox is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long a mail server may be silent.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it may take for one mail in all.
const SENDING: Duration = Duration::from_secs(60);
/// Seconds that a mail is leased: its sending and the note about it have ended by then.
const LEASE_S: i64 = 120;
/// Waits between tries, in seconds; after the last one the mail is given up.
const WAITS_S: [i64; 5] = [60, 5 * 60, 30 * 60, 2 * 3_600, 6 * 3_600];
/// Tries, those included that ended without a word.
const TRIES_MAX: i64 = 6;

/// The sender, seen from outside.
#[derive(Debug, Clone, Default)]
pub struct Mailer(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Mails between their claim and the note of what came of them.
    under_way: AtomicUsize,
    /// No further mail is begun.
    is_ending: AtomicBool,
}

impl Mailer {
    /// Begins no further mail.
    pub fn end(&self) {
        self.0.is_ending.store(true, Ordering::SeqCst);
    }

    /// How many mails are being sent.
    #[must_use]
    pub fn load(&self) -> usize {
        self.0.under_way.load(Ordering::SeqCst)
    }

    /// A mail is begun; none when it must not be. Entered before the look, so that whoever ends the
    /// sender and sees nobody inside knows that nobody comes in any more.
    fn enter(&self) -> Option<UnderWay> {
        self.0.under_way.fetch_add(1, Ordering::SeqCst);
        let entered = UnderWay(Arc::clone(&self.0));
        (!self.0.is_ending.load(Ordering::SeqCst)).then_some(entered)
    }
}

/// One mail is under way as long as this lives.
struct UnderWay(Arc<Shared>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Starts the sender; it has nothing to do without a mail server.
pub(super) fn start(app: &App) -> Mailer {
    let mailer = Mailer::default();
    let Some(smtp) = app.settings.smtp.clone() else { return mailer };
    match Transport::from_url(smtp.url.expose_secret()) {
        Ok(builder) => {
            let transport = builder.timeout(Some(PATIENCE)).build();
            let post = Post { app: app.clone(), smtp, transport, mailer: mailer.clone() };
            tokio::spawn(post.send_regularly());
        }
        Err(error) => tracing::error!(%error, "no mails are sent"),
    }
    mailer
}

/// What sending takes.
struct Post {
    app: App,
    smtp: SmtpSettings,
    transport: Transport,
    mailer: Mailer,
}

impl Post {
    async fn send_regularly(self) {
        let mut timer = tokio::time::interval(LOOK_EVERY);
        loop {
            timer.tick().await;
            if let Err(error) = sum_up(&self.app).await {
                tracing::error!(%error, "orders cannot be summed up for affiliates");
            }
            loop {
                match self.send_next().await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        tracing::error!(%error, "mails cannot be sent");
                        break;
                    }
                }
            }
        }
    }

    /// Sends the mail that has been due longest; false when there was none.
    async fn send_next(&self) -> Result<bool, StorageError> {
        let Some(_under_way) = self.mailer.enter() else { return Ok(false) };
        let now = self.app.clock.now();
        if !self.app.storage.read(move |conn| mail_is_due(conn, now)).await? {
            return Ok(false);
        }
        let lease_until = now.plus_seconds(LEASE_S);
        let claimed = self.app.storage.write(move |tx| mail_claim(tx, now, lease_until)).await?;
        let Some(mail) = claimed else { return Ok(false) };
        if mail.attempts > TRIES_MAX {
            // Whoever took it before died of it, or with it, every time.
            note(&self.app, mail, Err(anyhow::anyhow!("nobody came to an end with it"))).await?;
            return Ok(true);
        }
        let sent = match tokio::time::timeout(SENDING, self.send(&mail)).await {
            Ok(sent) => sent,
            Err(_elapsed) => Err(anyhow::anyhow!("the mail server took longer than a minute")),
        };
        note(&self.app, mail, sent).await?;
        Ok(true)
    }

    async fn send(&self, mail: &Mail) -> anyhow::Result<()> {
        let text = mail_text(&self.app.master_key, mail).context("the mail cannot be read")?;
        self.transport.send(message(self.smtp.from.clone(), mail, text)?).await?;
        Ok(())
    }
}

/// Writes the mails that tell of the orders of an hour. Without a mail server nobody could get them, and
/// they are written when there is one.
async fn sum_up(app: &App) -> Result<(), StorageError> {
    loop {
        let (own, now) = (app.clone(), app.clock.now());
        if !app.storage.read(move |conn| is_summing_up_due(conn, now)).await? {
            return Ok(());
        }
        app.storage.write(move |tx| sum_up_orders(tx, own.mail_room(), now)).await?;
    }
}

fn message(from: Mailbox, mail: &Mail, text: String) -> anyhow::Result<Message> {
    let to: Mailbox = mail.recipient.parse().context("the address of the recipient")?;
    // The same at every try, by which mailboxes know a mail that came twice.
    let id = format!("<{}.{}@{}>", mail.shop_id, mail.id, from.email.domain());
    Ok(Message::builder()
        .from(from)
        .to(to)
        .message_id(Some(id))
        .subject(&mail.subject)
        .header(ContentType::TEXT_PLAIN)
        .body(text)?)
}

async fn note(app: &App, mail: Mail, sent: anyhow::Result<()>) -> Result<(), StorageError> {
    let now = app.clock.now();
    match sent {
        Ok(()) => app.storage.write(move |tx| mail_sent(tx, &mail, now)).await,
        Err(error) => {
            let next = next_try(mail.attempts, now);
            let text = format!("{error:#}");
            tracing::warn!(
                mail = mail.id.0,
                attempts = mail.attempts,
                error = text,
                "a mail was not taken"
            );
            app.storage.write(move |tx| mail_failed(tx, &mail, &text, next, now)).await
        }
    }
}

/// When a mail is tried again after so many tries; never after the last wait.
fn next_try(attempts: i64, now: UtcTime) -> Option<UtcTime> {
    let index = usize::try_from(attempts.saturating_sub(1)).ok()?;
    WAITS_S.get(index).map(|wait| now.plus_seconds(*wait))
}

#[cfg(test)]
mod tests {
    use domain::ids::{MailId, ShopId};
    use storage::mail::MailState;

    use super::*;

    fn mail(recipient: &str, subject: &str) -> Mail {
        Mail {
            id: MailId(1),
            shop_id: ShopId(1),
            affiliate_id: None,
            kind: "invitation".to_owned(),
            recipient: recipient.to_owned(),
            subject: subject.to_owned(),
            body: Vec::new(),
            state: MailState::Due,
            attempts: 1,
            run_at: UtcTime::default(),
            error: None,
            created_at: UtcTime::default(),
            finished_at: None,
        }
    }

    #[test]
    fn a_mail_is_given_up_after_its_last_wait() {
        let now = UtcTime::default();
        assert_eq!(next_try(1, now), Some(now.plus_seconds(60)));
        assert_eq!(next_try(5, now), Some(now.plus_seconds(6 * 3_600)));
        assert_eq!(next_try(6, now), None);
    }

    #[test]
    fn a_mail_that_is_sent_again_is_known_by_its_id() {
        let from: Mailbox = "Shop <shop@example.com>".parse().unwrap();
        let known = |tries| {
            let again = Mail { attempts: tries, ..mail("anna@example.com", "Hi") };
            let sent = message(from.clone(), &again, "text".to_owned()).unwrap();
            let bytes = String::from_utf8(sent.formatted()).unwrap();
            bytes.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned()
        };
        assert_eq!(known(1), "Message-ID: <1.1@example.com>");
        assert_eq!(known(2), known(1));
    }

    #[test]
    fn who_ends_the_sender_and_sees_nobody_inside_is_alone() {
        let mailer = Mailer::default();
        let under_way = mailer.enter();
        assert!(under_way.is_some());
        mailer.end();
        assert_eq!(mailer.load(), 1);
        drop(under_way);
        assert!(mailer.enter().is_none());
        assert_eq!(mailer.load(), 0);
    }

    #[test]
    fn a_name_with_a_line_break_makes_no_header() {
        let from: Mailbox = "Shop <shop@example.com>".parse().unwrap();
        let hostile = mail("anna@example.com", "Hi\r\nBcc: everybody@example.com");
        let sent = message(from.clone(), &hostile, "text".to_owned()).unwrap();
        let bytes = String::from_utf8(sent.formatted()).unwrap();
        assert!(!bytes.lines().any(|line| line.starts_with("Bcc:")), "{bytes}");
        assert!(message(from, &mail("nobody", "x"), String::new()).is_err());
    }
}
