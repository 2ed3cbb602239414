//! The admin inside Shopify's, in a real browser: a frame of another origin with third-party cookies
//! blocked, App Bridge from its own host, the real program behind it.

use tests::browser::{Browser, Page, assert_axe_clean};
use tests::db::TestDatabase;
use tests::server_process::{ServerProcess, ServerSettings};
use tests::shopify::FakeShopify;

mod journey;
mod navigation;
mod requests;
mod vitals;

pub(crate) const SHOP: &str = "tea.myshopify.com";

/// A merchant's browser at the app's first page, in the admin of a shop that has just installed it.
pub(crate) struct Merchant {
    pub(crate) page: Page,
    pub(crate) fake: FakeShopify,
    pub(crate) db: TestDatabase,
    pub(crate) server: ServerProcess,
    _browser: Browser,
}

impl Merchant {
    /// `None` on a machine without Chromium.
    pub(crate) async fn arrive() -> Option<Self> {
        let browser = Browser::launch().await?;
        let db = TestDatabase::sqlite();
        let fake = FakeShopify::start();
        fake.install(SHOP);
        let settings =
            ServerSettings::new(&db.url).with("SHOPIFY_STAND_IN", fake.origin().as_str());
        let server = ServerProcess::started(settings).await;
        fake.with(|state| state.app_url = format!("http://{}", server.address()));
        let page = browser.page().await;
        fake.open_admin(&page).await;
        Some(Self { page, fake, db, server, _browser: browser })
    }

    /// Opens a page of the app in the admin, and the app's frame.
    pub(crate) async fn open(&self, path: &str) -> Page {
        self.page.goto(&self.fake.admin_address(SHOP, path)).await;
        let frame = self.page.frame().await;
        // The browser's own page about a failure has a heading too.
        frame.wait_for("#main h1").await;
        frame
    }

    /// Follows the admin's own navigation.
    pub(crate) async fn navigate(&self, label: &str) {
        let at = format!(
            "[...document.querySelectorAll('#nav button')].findIndex(it => it.textContent === '{label}')"
        );
        self.page.wait_until(&format!("{at} >= 0")).await;
        let index: i64 = self.page.eval(&at).await;
        self.page.click(&format!("#nav button:nth-of-type({})", index + 1)).await;
    }

    /// Waits for a toast of the admin.
    pub(crate) async fn wait_for_toast(&self, text: &str) {
        let shown = format!("document.getElementById('toast').textContent === '{text}'");
        self.page.wait_until(&shown).await;
    }

    /// Looks at the page in the frame, at a desk and on a phone.
    pub(crate) async fn inspect(&self, frame: &Page, name: &str) {
        for (width, height) in [(1280, 800), (375, 700)] {
            self.page.set_viewport(width, height, false).await;
            frame.wait_until(&format!("innerWidth === {width}")).await;
            if let Some(folder) = std::env::var_os("TRIBUTARY_PICTURES") {
                let file = std::path::Path::new(&folder).join(format!("{name}-{width}.png"));
                self.page.screenshot(&file).await;
            }
            assert_axe_clean(frame).await;
            let overflow: u32 = frame.eval("document.documentElement.scrollWidth").await;
            assert!(overflow <= width, "{name} has to be scrolled sideways at {width}: {overflow}");
        }
        self.page.set_viewport(1280, 800, false).await;
        frame.wait_until("innerWidth === 1280").await;
        self.page.assert_no_problems();
    }
}

/// Waits until the page in the frame has this heading.
pub(crate) async fn wait_for_heading(frame: &Page, heading: &str) {
    frame.wait_until(&format!("document.querySelector('h1')?.innerText === '{heading}'")).await;
}
