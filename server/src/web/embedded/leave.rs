//! The way out of the frame, to a page of Shopify: charges, permissions. A redirect would load that
//! page inside the frame, where it refuses to be shown, so App Bridge has to be asked for it, and
//! how depends on who asks (shopify.md 1.7).

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL, HeaderName},
    },
};

use crate::{
    error::AppError,
    web::{
        pages::{Framing, html, see_other},
        view::problem::LeavePage,
    },
};

/// App Bridge opens this address in place of the admin when an answer to a fetch names it.
const LEAVE_HEADER: HeaderName =
    HeaderName::from_static("x-shopify-api-request-failure-reauthorize-url");
/// App Bridge marks a load that it made for the sake of leaving.
const BOUNCE_HEADER: HeaderName = HeaderName::from_static("x-shopify-bounce");

/// Sends the browser, not only the frame, to this address.
///
/// # Errors
/// [`AppError::Internal`] for an address that is neither a page of ours nor one with TLS: that would
/// be a mistake of ours.
pub fn leave(
    request: &HttpRequest,
    framing: &Framing,
    address: &str,
) -> Result<HttpResponse, AppError> {
    if !is_safe(address) {
        return Err(AppError::Internal(anyhow::anyhow!("nobody leaves for {address:?}")));
    }
    let Some(api_key) = framing.embedded() else { return Ok(see_other(address)) };
    let headers = request.headers();
    let is_bounce = headers.contains_key(BOUNCE_HEADER);
    if headers.contains_key(AUTHORIZATION) && !is_bounce {
        return Ok(HttpResponse::Unauthorized()
            .insert_header((LEAVE_HEADER, address))
            .insert_header((CACHE_CONTROL, "no-store"))
            .finish());
    }
    let target = if is_bounce { "_self" } else { "_top" };
    let page = LeavePage { api_key, address: address.to_owned(), target };
    html(StatusCode::OK, page, framing)
}

fn is_safe(address: &str) -> bool {
    let is_own = address.starts_with('/') && !address.starts_with("//");
    let is_plain = address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_plain && (is_own || address.starts_with("https://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_a_script_or_to_a_place_without_tls() {
        for good in ["https://admin.shopify.com/store/demo/charges/x", "/auth?shop=a"] {
            assert!(is_safe(good), "{good}");
        }
        for bad in
            ["//evil.example", "/\\evil", "javascript:alert(1)", "http://a.example", "", "/a b"]
        {
            assert!(!is_safe(bad), "{bad}");
        }
    }
}
