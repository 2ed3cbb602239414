//! Sends the mails of the outbox, when a mail server is configured. A mail is leased before it is
//! handed over, so a process that dies leaves it to the next one; in the worst case it comes twice.

use std::time::Duration;

use anyhow::Context as _;
use domain::time::UtcTime;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use secrecy::ExposeSecret as _;
use storage::{
    StorageError,
    mail::{Mail, mail_failed, mail_sent, mails_claim},
};

use crate::{
    app::App,
    config::SmtpSettings,
    flows::{sum_up_orders::sum_up_orders, write_mail::mail_text},
};

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// How often the outbox is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Mails taken at once.
const BATCH_MAX: i64 = 20;
/// How long a mail server may take for one mail.
const PATIENCE: Duration = Duration::from_secs(30);
/// Seconds that a batch is leased: every mail of it may take its whole patience.
const LEASE_S: i64 = 15 * 60;
/// Waits between tries, in seconds; after the last one the mail is given up.
const WAITS_S: [i64; 5] = [60, 5 * 60, 30 * 60, 2 * 3_600, 6 * 3_600];

/// Starts the sender, if there is a mail server.
pub(super) fn start(app: &App) {
    let Some(smtp) = app.settings.smtp.clone() else { return };
    match Transport::from_url(smtp.url.expose_secret()) {
        Ok(builder) => {
            let transport = builder.timeout(Some(PATIENCE)).build();
            tokio::spawn(send_regularly(app.clone(), smtp, transport));
        }
        Err(error) => tracing::error!(%error, "no mails are sent"),
    }
}

async fn send_regularly(app: App, smtp: SmtpSettings, transport: Transport) {
    let mut timer = tokio::time::interval(LOOK_EVERY);
    loop {
        timer.tick().await;
        if let Err(error) = sum_up(&app).await {
            tracing::error!(%error, "orders cannot be summed up for affiliates");
        }
        loop {
            match send_batch(&app, &smtp, &transport).await {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, "mails cannot be sent");
                    break;
                }
            }
        }
    }
}

/// Writes the mails that tell of the orders of an hour. Without a mail server nobody could get them, and
/// they are written when there is one.
async fn sum_up(app: &App) -> Result<(), StorageError> {
    loop {
        let (own, now) = (app.clone(), app.clock.now());
        if app.storage.write(move |tx| sum_up_orders(tx, own.mail_room(), now)).await? == 0 {
            return Ok(());
        }
    }
}

async fn send_batch(
    app: &App,
    smtp: &SmtpSettings,
    transport: &Transport,
) -> Result<usize, StorageError> {
    let now = app.clock.now();
    let claimed = app
        .storage
        .write(move |tx| mails_claim(tx, now, now.plus_seconds(LEASE_S), BATCH_MAX))
        .await?;
    for mail in &claimed {
        let sent = send(app, smtp, transport, mail).await;
        note(app, mail, sent, app.clock.now()).await?;
    }
    Ok(claimed.len())
}

async fn send(
    app: &App,
    smtp: &SmtpSettings,
    transport: &Transport,
    mail: &Mail,
) -> anyhow::Result<()> {
    let text = mail_text(&app.master_key, mail).context("the mail cannot be read")?;
    let message = message(smtp.from.clone(), mail, text)?;
    transport.send(message).await?;
    Ok(())
}

fn message(from: Mailbox, mail: &Mail, text: String) -> anyhow::Result<Message> {
    let to: Mailbox = mail.recipient.parse().context("the address of the recipient")?;
    Ok(Message::builder()
        .from(from)
        .to(to)
        .subject(&mail.subject)
        .header(ContentType::TEXT_PLAIN)
        .body(text)?)
}

async fn note(
    app: &App,
    mail: &Mail,
    sent: anyhow::Result<()>,
    now: UtcTime,
) -> Result<(), StorageError> {
    let id = mail.id;
    match sent {
        Ok(()) => app.storage.write(move |tx| mail_sent(tx, id, now)).await,
        Err(error) => {
            let next = next_try(mail.attempts, now);
            tracing::warn!(
                mail = id.0,
                attempts = mail.attempts,
                error = format!("{error:#}"),
                "a mail was not taken"
            );
            let text = format!("{error:#}");
            app.storage.write(move |tx| mail_failed(tx, id, &text, next, now)).await
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
    fn a_name_with_a_line_break_makes_no_header() {
        let from: Mailbox = "Shop <shop@example.com>".parse().unwrap();
        let hostile = mail("anna@example.com", "Hi\r\nBcc: everybody@example.com");
        let sent = message(from.clone(), &hostile, "text".to_owned()).unwrap();
        let bytes = String::from_utf8(sent.formatted()).unwrap();
        assert!(!bytes.lines().any(|line| line.starts_with("Bcc:")), "{bytes}");
        assert!(message(from, &mail("nobody", "x"), String::new()).is_err());
    }
}
