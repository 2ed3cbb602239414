//! The browser harness, tried on two small pages: one that is in order and one that is not.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use tests::browser::{Answer, Browser, Page, assert_accessible, assert_axe_clean};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const GOOD_PAGE: &str = r#"<!doctype html><html lang="en"><title>Links</title>
<meta name="viewport" content="width=device-width">
<style>input, select, button { min-height: 24px; min-width: 24px }</style>
<main><h1>Links</h1>
<form><label>Name <input name="name"></label>
<label>Kind <select name="kind"><option value="a">A</option><option value="b">B</option></select></label>
<button type="button" onclick="document.querySelector('output').textContent =
  document.forms[0].name.value + '/' + document.forms[0].kind.value">Show</button></form>
<output></output></main>"#;

const BAD_PAGE: &str = r#"<!doctype html><html><h2 style="color: #aaa">Pale</h2>
<input name="nameless"><button></button><img src="data:,"><p id="twice"></p><p id="twice"></p>
<a href="/x" style="outline: none">no visible focus</a>
<table><tr><td>1</td></tr></table>
<div tabindex="0" onfocus="this.blur()">never has the focus</div>
<div style="position: absolute; inset: 0">covers everything</div>
<script>console.error('on', 'purpose'); fetch('/missing'); fetch('http://elsewhere.example/'); missing()</script>"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_fills_clicks_and_reads_a_page_that_is_in_order() {
    let Some((_browser, page)) = open(GOOD_PAGE).await else {
        return;
    };
    page.fill("[name=name]", "first").await;
    page.fill("[name=name]", "Zoë & Co").await;
    page.fill("[name=kind]", "b").await;
    page.click("button").await;
    page.wait_until("document.querySelector('output').textContent !== ''").await;
    assert_eq!(page.text("output").await, "Zoë & Co/b");
    page.set_viewport(375, 700, true).await;
    assert_eq!(page.eval::<u32>("innerWidth").await, 375);

    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("page.png");
    page.screenshot(&picture).await;
    assert!(std::fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
    assert_axe_clean(&page).await;
    assert_accessible(&page).await;
    page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_page_is_noticed() {
    let Some((_browser, page)) = open(BAD_PAGE).await else {
        return;
    };
    for problem in
        ["console: on purpose", "HTTP 404", "elsewhere.example", "missing is not defined"]
    {
        page.wait_for_problem(problem).await;
    }
    assert!(failure_of(page.click("button")).await.contains("covers everything"));
    let faults = failure_of(assert_axe_clean(&page)).await;
    for rule in ["html-has-lang", "document-title", "button-name", "image-alt", "label"] {
        assert!(faults.contains(rule), "{rule} is not among {faults}");
    }
    let violations = failure_of(assert_accessible(&page)).await;
    for criterion in [
        "no lang",
        "no title",
        "0 main",
        "0 h1",
        "skips",
        "without a label",
        "without a name",
        "without alt",
        "used twice",
        "without caption",
        "header cells",
        "contrast 2.",
        "focus cannot be seen",
        "Tab does not reach",
    ] {
        assert!(violations.contains(criterion), "{criterion} is not among {violations}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_answered_in_place_of_the_internet_even_those_of_workers() {
    let Some((_browser, page)) = open(GOOD_PAGE).await else {
        return;
    };
    let pixels = page.intercept("*://*.facebook.com/*", |_| Answer::tracking_pixel()).await;
    let shop = page
        .intercept("*://shop.example/*", |request| {
            Answer::reply(200, "text/plain", format!("{} {:?}", request.method, request.body))
        })
        .await;
    page.intercept("*://down.example/*", |_| Answer::Refuse).await;

    page.eval::<()>("new Promise(done => Object.assign(new Image(), {onload: () => done(null), src: 'https://www.facebook.com/tr/?id=1'}))").await;
    let reply: String = page.eval("fetch('https://shop.example/cart', {method: 'POST', body: 'a=1'}).then(it => it.text())").await;
    assert_eq!(reply, r#"POST Some("a=1")"#);
    page.eval::<()>("new Promise(done => {
        const code = `fetch('https://www.facebook.com/tr/?id=2', {mode: 'no-cors', keepalive: true}).then(() => postMessage(0))`;
        new Worker(URL.createObjectURL(new Blob([code]))).onmessage = () => done(null);
    })").await;
    let urls: Vec<_> = pixels.requests().into_iter().map(|request| request.url).collect();
    assert_eq!(urls, ["https://www.facebook.com/tr/?id=1", "https://www.facebook.com/tr/?id=2"]);
    assert_eq!(shop.requests().len(), 1);
    page.assert_no_problems();
    assert!(
        page.eval::<bool>("fetch('https://down.example/').then(() => false, () => true)").await
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_browsers_do_not_share_cookies() {
    let Some((_first, one)) = open(GOOD_PAGE).await else {
        return;
    };
    let url: String = one.eval("document.cookie = 'seen=1', location.href").await;
    let second = Browser::launch().await.unwrap();
    let other = second.page().await;
    other.goto(&url).await;
    assert_eq!(one.eval::<String>("document.cookie").await, "seen=1");
    assert_eq!(other.eval::<String>("document.cookie").await, "");
}

async fn open(html: &'static str) -> Option<(Browser, Page)> {
    let browser = Browser::launch().await?;
    let page = browser.page().await;
    page.goto(&serve(html).await).await;
    Some((browser, page))
}

/// A server for `/` that ends with the test.
async fn serve(html: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let len = stream.read(&mut request).await.unwrap_or(0);
                let is_root = request[..len].starts_with(b"GET / ");
                let (status, body) = if is_root { ("200 OK", html) } else { ("404 Not Found", "") };
                let head = "content-type: text/html; charset=utf-8\r\nconnection: close";
                let reply = format!(
                    "HTTP/1.1 {status}\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(reply.as_bytes()).await;
            });
        }
    });
    format!("http://{address}/")
}

/// What a step that must fail says.
async fn failure_of(step: impl Future<Output = ()>) -> String {
    let panic = AssertUnwindSafe(step).catch_unwind().await.expect_err("it should have failed");
    panic.downcast_ref::<String>().unwrap().clone()
}
