//! The limit of the web side: an actix handler that reads the body, verifies its signature and does
//! nothing else; and one that parses a click report. A process of its own, as the server is.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use anyhow::Context as _;
use shopify::secrets::AppSecrets;
use shopify::webhook::{WebhookHeaders, verify_webhook};
use tests::server_process::process_cpu_time;
use tests::webhook::app_secrets;
use tributary::web::proxy::ClickReport;

/// The handler's process; ends when dropped, or when we do.
pub(crate) struct BareHandler {
    process: Child,
    address: SocketAddr,
}

impl BareHandler {
    /// Starts it.
    pub(crate) fn start(workers: usize) -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["bare-handler", &workers.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = process.stdout.take().context("no pipe")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().parse().context("the bare handler did not start")?;
        Ok(Self { process, address })
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Processor time it has used so far.
    pub(crate) fn cpu_time(&self) -> Duration {
        process_cpu_time(self.process.id()).unwrap_or_default()
    }
}

impl Drop for BareHandler {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}

/// Serves until standard input ends: with the process that started us.
pub(crate) fn serve(workers: usize) -> anyhow::Result<()> {
    std::thread::spawn(|| {
        drop(std::io::stdin().read_to_end(&mut Vec::new()));
        std::process::exit(0);
    });
    actix_web::rt::System::new().block_on(async move {
        let secrets = Data::new(app_secrets());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(secrets.clone())
                .route("/webhooks", web::post().to(verify))
                .route("/proxy/click", web::post().to(parse))
        })
        .workers(workers)
        .bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = server.addrs().first().copied().context("not bound")?;
        writeln!(std::io::stdout(), "{address}")?;
        Ok(server.run().await?)
    })
}

/// Reads a click report as the server does, and does nothing with it.
async fn parse(report: web::Json<ClickReport>) -> HttpResponse {
    drop(report);
    let answer = serde_json::json!({"token": null, "pixels": [], "events": []});
    std::future::ready(HttpResponse::Ok().json(answer)).await
}

async fn verify(request: HttpRequest, body: Bytes, secrets: Data<AppSecrets>) -> HttpResponse {
    let lookup = |name: &str| request.headers().get(name)?.to_str().ok();
    let verified = WebhookHeaders::read(lookup)
        .and_then(|headers| verify_webhook(&body, headers.hmac, &secrets));
    match verified {
        Ok(()) => HttpResponse::Ok().finish(),
        Err(error) => HttpResponse::Unauthorized().body(error.to_string()),
    }
}
