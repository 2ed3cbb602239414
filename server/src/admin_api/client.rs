//! GraphQL calls: within the shop's budget, repeated where that is safe, with one new token when the
//! present one is refused (shopify.md 8.1).

use std::{
    sync::PoisonError,
    time::{Duration, Instant},
};

use reqwest::{Response, StatusCode};
use secrecy::ExposeSecret as _;
use shopify::graphql::{GraphqlError, Operation, estimate, read_answer};

use super::{AccessToken, AdminApi, AdminError, Gate, ShopAddress};
use crate::secrets::random_bytes;

/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Pauses after a failure that may pass.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(300), Duration::from_millis(1_200), Duration::from_secs(4)];
/// How often a call may be told to wait for points.
const THROTTLED_MAX: u32 = 8;

/// What one request brought.
enum Sent<T> {
    Data(T),
    /// Not for want of points: a new token.
    TokenRefused,
    /// Wait so long, then send it again.
    Throttled(Duration),
    /// It may pass by itself. The answer is lost, so the operation may have been done.
    Failed(String),
    Over(AdminError),
}

impl AdminApi {
    /// Asks a shop.
    ///
    /// # Errors
    /// [`AdminError`].
    pub async fn call<O: Operation + Sync>(
        &self,
        shop: &ShopAddress,
        operation: &O,
    ) -> Result<O::Output, AdminError> {
        let gate = self.gate(shop.id);
        let _turn = gate.calls.acquire().await.map_err(|_closed| closed())?;
        let mut token = self.token(shop).await?;
        let mut may_renew = true;
        let mut pauses = PAUSES.into_iter();
        let mut throttled = 0;
        loop {
            wait_for_points::<O>(&gate).await;
            let why = match self.send(shop, operation, &token, &gate).await {
                Sent::Data(data) => return operation.read(data).map_err(AdminError::Refused),
                Sent::Over(error) => return Err(error),
                Sent::TokenRefused if may_renew => {
                    may_renew = false;
                    token = self.renew(shop, token.generation).await?;
                    continue;
                }
                Sent::TokenRefused => return Err(AdminError::NotConnected),
                Sent::Throttled(wait) => {
                    throttled += 1;
                    if throttled > THROTTLED_MAX {
                        return Err(AdminError::NotNow("throttled for too long".to_owned()));
                    }
                    tokio::time::sleep(with_jitter(wait)).await;
                    continue;
                }
                Sent::Failed(why) => why,
            };
            if !O::IS_REPEATABLE {
                return Err(AdminError::MaybeDone(why));
            }
            let Some(pause) = pauses.next() else { return Err(AdminError::NotNow(why)) };
            tracing::info!(shop = shop.id.0, operation = O::NAME, why, "asking Shopify again");
            tokio::time::sleep(with_jitter(pause)).await;
        }
    }

    async fn send<O: Operation + Sync>(
        &self,
        shop: &ShopAddress,
        operation: &O,
        token: &AccessToken,
        gate: &Gate,
    ) -> Sent<O::Data> {
        let request = self
            .0
            .http
            .post(self.0.endpoints.graphql(&shop.domain))
            .header("x-shopify-access-token", token.secret.expose_secret())
            .json(&operation.body());
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return Sent::Failed(error.without_url().to_string()),
        };
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED => return Sent::TokenRefused,
            StatusCode::TOO_MANY_REQUESTS => return Sent::Throttled(retry_after(&answer)),
            status if status.is_server_error() => {
                return Sent::Failed(format!("Shopify answered {status}"));
            }
            StatusCode::PAYMENT_REQUIRED | StatusCode::LOCKED => {
                return Sent::Over(AdminError::NotNow("the shop is frozen".to_owned()));
            }
            StatusCode::FORBIDDEN => {
                return Sent::Over(AdminError::Denied("Shopify answered 403".to_owned()));
            }
            status => {
                return Sent::Over(AdminError::Broken(format!("Shopify answered {status}")));
            }
        }
        match read_body(answer).await {
            Ok(body) => judge::<O>(&body, gate),
            Err(why) => Sent::Failed(why),
        }
    }
}

fn judge<O: Operation>(body: &[u8], gate: &Gate) -> Sent<O::Data> {
    let (data, cost) = read_answer::<O>(body);
    let now = Instant::now();
    let mut bucket = gate.bucket.lock().unwrap_or_else(PoisonError::into_inner);
    match data {
        Err(GraphqlError::Throttled(Some(cost))) => {
            bucket.refused(O::NAME, &cost, now);
            // The bucket itself makes it wait.
            Sent::Throttled(Duration::ZERO)
        }
        Err(GraphqlError::Throttled(None)) => Sent::Throttled(Duration::from_secs(1)),
        data => {
            if let Some(cost) = &cost {
                bucket.learn(O::NAME, cost, now);
            }
            match data {
                Ok(data) => Sent::Data(data),
                Err(GraphqlError::AccessDenied(why)) => Sent::Over(AdminError::Denied(why)),
                Err(GraphqlError::Internal) => Sent::Failed("an internal error".to_owned()),
                Err(error) => Sent::Over(AdminError::Broken(format!("{}: {error}", O::NAME))),
            }
        }
    }
}

async fn wait_for_points<O: Operation>(gate: &Gate) {
    let wait = gate.bucket.lock().unwrap_or_else(PoisonError::into_inner).reserve(
        O::NAME,
        estimate(O::TEXT),
        Instant::now(),
    );
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
}

async fn read_body(mut answer: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| error.without_url().to_string())? {
        if body.len() + piece.len() > ANSWER_BYTES_MAX {
            return Err("the answer is too long".to_owned());
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn retry_after(answer: &Response) -> Duration {
    let seconds = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let seconds = seconds.and_then(|text| text.split('.').next()?.trim().parse::<u64>().ok());
    Duration::from_secs(seconds.unwrap_or(1).clamp(1, 60))
}

/// A little longer, so that processes do not come back all at once; never shorter.
fn with_jitter(wait: Duration) -> Duration {
    let [random] = random_bytes::<1>().unwrap_or([128]);
    wait + wait * u32::from(random) / 1_280 + Duration::from_millis(5)
}

fn closed() -> AdminError {
    AdminError::NotNow("the process is ending".to_owned())
}
