//! Stylesheet, script and icon: from the disk in debug builds, inside the binary in release ones.
//! Addresses carry the content's hash, so browsers may keep a file for ever and never see an old one.

use std::future::{Ready, ready};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, ETAG, EntityTag, Header, IfNoneMatch, X_CONTENT_TYPE_OPTIONS},
    web,
};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// The route that [`asset`] answers; [`href`] builds addresses for it.
pub const ROUTE: &str = "/assets/{version}/{name}";

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_EACH_TIME: &str = "public, no-cache";

/// The address of an asset in a page, `/assets/1f0c…/app.css`.
#[must_use]
pub fn href(name: &str) -> String {
    let version = Files::get(name).map_or_else(String::new, |file| version_of(&file));
    format!("/assets/{version}/{name}")
}

/// Serves one asset. Under its present version it may be kept for ever; under an old one (a page
/// that was open during a deploy) the present content is served but not kept.
pub fn asset(request: HttpRequest, path: web::Path<(String, String)>) -> Ready<HttpResponse> {
    let (asked, name) = path.into_inner();
    let Some(file) = Files::get(&name) else {
        return ready(HttpResponse::NotFound().finish());
    };
    let version = version_of(&file);
    let caching = if asked == version { FOR_EVER } else { ASK_EACH_TIME };
    // Weak, because the compressed and the plain form share it.
    let tag = EntityTag::new_weak(version);
    let mut answer =
        if is_known(&request, &tag) { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header((CACHE_CONTROL, caching))
        .insert_header((ETAG, tag.to_string()))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .content_type(content_type(&file));
    ready(answer.body(file.data.into_owned()))
}

fn version_of(file: &EmbeddedFile) -> String {
    let mut version = hex::encode(file.metadata.sha256_hash());
    version.truncate(16);
    version
}

fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|one| one.weak_eq(tag)),
        Err(_) => false,
    }
}

fn content_type(file: &EmbeddedFile) -> String {
    let kind = file.metadata.mimetype();
    if kind.starts_with("text/") { format!("{kind}; charset=utf-8") } else { kind.to_owned() }
}

#[cfg(test)]
mod tests {
    use actix_web::{App, body::to_bytes, http::StatusCode, middleware::Compress, test};

    use super::*;

    async fn ask(path: &str, known: Option<&str>) -> HttpResponse {
        let app = test::init_service(App::new().route(ROUTE, web::get().to(asset))).await;
        let mut request = test::TestRequest::get().uri(path);
        if let Some(tag) = known {
            request = request.insert_header(("If-None-Match", tag));
        }
        test::call_service(&app, request.to_request()).await.into()
    }

    fn header<'a>(answer: &'a HttpResponse, name: &str) -> &'a str {
        answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[actix_web::test]
    async fn a_page_gets_its_stylesheet_to_keep_for_ever() {
        let answer = ask(&href("app.css"), None).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(header(&answer, "content-type"), "text/css; charset=utf-8");
        assert!(header(&answer, "cache-control").contains("immutable"));
        let body = to_bytes(answer.into_body()).await.unwrap();
        assert!(body.starts_with(b"/* The one stylesheet"));
    }

    #[actix_web::test]
    async fn an_outdated_address_is_served_but_not_kept() {
        let answer = ask("/assets/0000000000000000/app.js", None).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(header(&answer, "cache-control"), ASK_EACH_TIME);
        assert!(header(&answer, "content-type").starts_with("text/javascript"));
    }

    #[actix_web::test]
    async fn a_known_content_is_not_sent_again() {
        let first = ask(&href("favicon.svg"), None).await;
        assert_eq!(header(&first, "content-type"), "image/svg+xml");
        let again = ask(&href("favicon.svg"), Some(header(&first, "etag"))).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let other = ask(&href("favicon.svg"), Some("W/\"something-else\"")).await;
        assert_eq!(other.status(), StatusCode::OK);
    }

    /// Every page inside the Shopify admin loads it.
    #[actix_web::test]
    async fn the_script_of_embedded_pages_is_under_four_kilobytes() {
        let service = App::new().wrap(Compress::default()).route(ROUTE, web::get().to(asset));
        let service = test::init_service(service).await;
        let request = test::TestRequest::get()
            .uri(&href("embedded.js"))
            .insert_header(("accept-encoding", "gzip"));
        let answer = test::call_service(&service, request.to_request()).await;
        assert_eq!(answer.headers().get("content-encoding").unwrap(), "gzip");
        let length = to_bytes(answer.into_body()).await.ok().unwrap().len();
        assert!((500..4_096).contains(&length), "{length} bytes");
    }

    #[actix_web::test]
    async fn anything_else_is_not_found() {
        for path in ["/assets/x/none.css", "/assets/x/..%2FCargo.toml", "/assets/x/%2Fetc%2Fpasswd"]
        {
            assert_eq!(ask(path, None).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
