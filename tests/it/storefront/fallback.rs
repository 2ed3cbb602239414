//! Where WebAssembly cannot run, the link's query reaches the order all the same; where the script
//! itself cannot, the shop does not notice.

use super::shop::{Shop, TOKEN};

const NO_WASM: &str = "script-src 'self' 'unsafe-inline'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_against_wasm_leaves_the_query_in_the_cart_until_the_app_answers() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| {
        setting.policy = Some(NO_WASM);
        setting.click_answer = None;
    });
    shop.visit("/?ref=ANNA&sub1=7;8").await;
    assert_eq!(shop.cart_writes(), ["raw~/?ref=ANNA&sub1=7%3B8"]);
    assert_eq!(shop.state().await, "", "no rules, nothing on the device");
    assert_eq!(shop.clicks()[0]["url"], "https://shop.example/?ref=ANNA&sub1=7%3B8");
    assert_eq!(shop.hits(), Vec::<String>::new());
    shop.visit("/cart").await;
    assert_eq!(shop.cart_writes().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_wasm_blocked_the_click_is_still_reported_and_the_cart_gets_the_token() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| setting.policy = Some(NO_WASM));
    shop.visit("/?ref=ANNA").await;
    assert_eq!(shop.cart_writes(), ["raw~/?ref=ANNA", TOKEN]);
    assert_eq!(shop.clicks().len(), 1);
    assert_eq!(shop.hits(), Vec::<String>::new(), "no rules, no pixels");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n20_with_wasm_blocked_and_no_consent_nothing_happens() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| {
        setting.policy = Some(NO_WASM);
        setting.consent = Some((false, true));
    });
    shop.visit("/?ref=ANNA").await;
    shop.assert_untouched().await;
    shop.set(|setting| setting.consent = Some((true, true)));
    shop.visit("/?ref=ANNA").await;
    shop.choose(false, false).await;
    assert_eq!(shop.stored().await, serde_json::json!({}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_that_allows_wasm_runs_the_module() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| {
        setting.policy = Some("script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'");
    });
    shop.visit("/?ref=ANNA").await;
    assert!(shop.state().await.contains(&format!("~{TOKEN}~")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_without_webassembly_and_one_that_cannot_compile_keep_the_query() {
    for broken in [
        "delete window.WebAssembly",
        "WebAssembly.Module = function () { throw new WebAssembly.CompileError('no'); }",
        "WebAssembly.Instance = function () { throw new WebAssembly.LinkError('no'); }",
    ] {
        let Some(shop) = Shop::open().await else { return };
        shop.set(|setting| setting.prelude = broken.to_owned());
        shop.visit("/?sca_ref=4.abc").await;
        assert_eq!(shop.cart_writes(), ["raw~/?sca_ref=4.abc", TOKEN], "{broken}");
        shop.page.assert_no_problems();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_compiles_only_small_modules_at_once_compiles_ours() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| {
        setting.prelude = "const Module = WebAssembly.Module;
            WebAssembly.Module = function (bytes) {
                if (bytes.length > 4096) throw new RangeError('too big');
                return new Module(bytes);
            }"
        .to_owned();
    });
    shop.visit("/?ref=ANNA").await;
    assert!(shop.state().await.contains(&format!("~{TOKEN}~")));
    assert_eq!(shop.hits().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_that_is_missing_or_of_the_wrong_type_leaves_the_shop_alone() {
    for element in [
        r#"<script src="/missing.js" defer></script>"#,
        r#"<script src="/plain.js" defer data-proxy="/apps/tributary"></script>"#,
    ] {
        let Some(shop) = Shop::open().await else { return };
        shop.set(|setting| setting.script = Some(element));
        shop.visit("/?ref=ANNA").await;
        shop.assert_untouched().await;
        assert_eq!(shop.page.text("h1").await, "Shop");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_theme_without_shopifys_scripts_or_with_broken_ones_sees_no_error() {
    for broken in [
        "setTimeout(() => { delete window.Shopify; })",
        "Shopify.customerPrivacy = {}",
        "Shopify.customerPrivacy = { currentVisitorConsent() { throw 1; } }; delete Shopify.loadFeatures",
        "Object.defineProperty(window, 'fetch', { value() { throw new Error('no'); } })",
        "window.tributary = 'mine'",
        "window.tributary = [['nonsense'], null]",
        "performance.getEntriesByType = null",
        "crypto.randomUUID = null",
    ] {
        let Some(shop) = Shop::open().await else { return };
        shop.set(|setting| setting.inline = broken.to_owned());
        shop.visit("/?ref=ANNA").await;
        shop.page.assert_no_problems();
    }
}
