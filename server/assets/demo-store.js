// What Shopify's own scripts do on a shop's pages, as far as Tributary meets it: the customer privacy
// API with a banner, and the checkout's sandbox for web pixels. The storefront's script beside it is the
// real one.
(() => {
  "use strict";
  const shop = document.body.dataset;
  const recall = (name) => { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } };
  const remember = (name, value) => { try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* for this page only */ } };

  // A region where consent is needed asks first; elsewhere everything is allowed until somebody says no.
  let asks = recall("demo.asks") === true;
  let choice = recall("demo.choice");
  const allowed = (purpose) => choice ? choice[purpose] === "yes" : !asks;
  const privacy = {
    marketingAllowed: () => allowed("marketing"),
    saleOfDataAllowed: () => allowed("sale_of_data"),
    analyticsProcessingAllowed: () => allowed("analytics"),
    currentVisitorConsent: () => choice || { marketing: "", sale_of_data: "", analytics: "" },
    shouldShowBanner: () => asks && !choice,
  };
  window.Shopify = {
    routes: { root: `${shop.base}/` },
    loadFeatures(_features, done) { Shopify.customerPrivacy = privacy; setTimeout(done); },
  };

  const banner = document.getElementById("consent");
  const show = () => { banner.hidden = !privacy.shouldShowBanner(); };
  const choose = (answers) => {
    choice = answers;
    remember("demo.choice", choice);
    show();
    document.dispatchEvent(new CustomEvent("visitorConsentCollected", {
      detail: { marketingAllowed: privacy.marketingAllowed(), saleOfDataAllowed: privacy.saleOfDataAllowed() },
    }));
  };
  banner.addEventListener("click", ({ target }) => {
    const [marketing, sale] = { all: ["yes", "yes"], some: ["yes", "no"], none: ["no", "no"] }[target.value] || [];
    if (marketing) choose({ marketing, sale_of_data: sale, analytics: marketing });
  });
  const region = document.getElementById("asks-for-consent");
  region.closest("[hidden]").hidden = false;
  region.checked = asks;
  region.addEventListener("change", () => {
    asks = region.checked;
    remember("demo.asks", asks);
    choose(null);
  });
  show();

  // Behind the order the web pixel runs in a worker that knows nothing but what Shopify gives it.
  const order = document.querySelector("[data-order]");
  const told = order && `demo.told.${order.dataset.order}`;
  if (order && !recall(told)) {
    remember(told, true);
    const worker = new Worker(`${shop.base}/web-pixel.js`);
    const cookie = (name) => (document.cookie.match(`(?:^|; )${name}=([^;]*)`) || ["", ""])[1];
    worker.addEventListener("message", ({ data: { call, name, id } }) => {
      const value = call === "cookie" ? cookie(name) : localStorage.getItem(name);
      worker.postMessage({ id, value });
    });
    worker.postMessage({
      init: {
        data: { shop: { myshopifyDomain: shop.shop } },
        customerPrivacy: { marketingAllowed: privacy.marketingAllowed(), saleOfDataAllowed: privacy.saleOfDataAllowed() },
      },
      settings: { app_url: location.origin },
      checkout: {
        token: order.dataset.checkout,
        order: { id: order.dataset.order },
        totalPrice: { amount: order.dataset.total, currencyCode: order.dataset.currency },
      },
    });
  }
})();
