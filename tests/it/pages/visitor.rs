//! Somebody with a browser before the demo: logs in, looks at pages.

use std::path::Path;

use serde_json::json;
use tests::browser::{Browser, Page, assert_accessible, assert_axe_clean};

use crate::demo::running::Demo;

const SHOP: &str = "river-goods.myshopify.com";

/// A browser of its own, with one tab.
pub(crate) struct Visitor {
    pub(crate) page: Page,
    _browser: Browser,
}

impl Visitor {
    /// `None` on a machine without Chromium.
    pub(crate) async fn arrive() -> Option<Self> {
        let browser = Browser::launch().await?;
        Some(Self { page: browser.page().await, _browser: browser })
    }

    /// Logs the merchant in and stays on the admin's first page.
    pub(crate) async fn log_in_as_merchant(&self, demo: &Demo) {
        self.page.goto(&demo.at("/admin")).await;
    }

    /// Logs the affiliate of the tour in by the form.
    pub(crate) async fn log_in_as_anna(&self, demo: &Demo) {
        self.page.goto(&portal(demo, "/login")).await;
        self.submit_login(demo.password()).await;
        self.page.wait_until("document.querySelector('h1')?.textContent === 'Overview'").await;
    }

    /// Fills the log-in form that is shown, and sends it.
    pub(crate) async fn submit_login(&self, password: &str) {
        self.page.fill("#email", "anna@example.com").await;
        self.page.fill("#password", password).await;
        self.page.click("form .primary").await;
    }

    /// The address of the row's link in the table, once a row holds `part`.
    pub(crate) async fn link_in_row(&self, part: &str) -> Option<String> {
        let part = json!(part);
        self.page
            .eval(&format!(
                "[...document.querySelectorAll('main tbody tr')]
                    .find(row => row.textContent.includes({part}))?.querySelector('a').href ?? null"
            ))
            .await
    }

    /// Goes there and looks at it.
    pub(crate) async fn look(&self, url: &str, name: &str) {
        self.page.goto(url).await;
        self.inspect(name).await;
    }

    /// The page that is shown is in order: nothing complained, everybody can use it, and nothing has
    /// to be scrolled for sideways. `name` is for the picture that `TRIBUTARY_PICTURES` asks for.
    pub(crate) async fn inspect(&self, name: &str) {
        let (url, width): (String, u32) = self.page.eval("[location.href, innerWidth]").await;
        if let Some(folder) = std::env::var_os("TRIBUTARY_PICTURES") {
            let file = Path::new(&folder).join(format!("{name}-{width}.png"));
            self.page.screenshot(&file).await;
        }
        assert_axe_clean(&self.page).await;
        self.set_scheme("dark").await;
        assert_axe_clean(&self.page).await;
        self.set_scheme("").await;
        assert_accessible(&self.page).await;
        let too_wide: Vec<String> = self.page.eval(TOO_WIDE).await;
        assert!(too_wide.is_empty(), "{url} has to be scrolled sideways at {width}: {too_wide:#?}");
        self.page.assert_no_problems();
    }

    /// The colours that the visitor's machine asks for; `""` as it comes.
    async fn set_scheme(&self, value: &str) {
        let feature = json!([{"name": "prefers-color-scheme", "value": value}]);
        self.page.command("Emulation.setEmulatedMedia", json!({"features": feature})).await;
    }
}

/// An address of the portal.
pub(crate) fn portal(demo: &Demo, path: &str) -> String {
    format!("{}/portal/{SHOP}{path}", demo.origin())
}

/// An address of the admin.
pub(crate) fn admin(demo: &Demo, path: &str) -> String {
    format!("{}/admin{path}", demo.origin())
}

/// What sticks out to the right, when the page is wider than the window.
const TOO_WIDE: &str = "document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.body.querySelectorAll('*')]
        .filter(element => element.getBoundingClientRect().right > innerWidth)
        .map(element => element.outerHTML.slice(0, 160))";
