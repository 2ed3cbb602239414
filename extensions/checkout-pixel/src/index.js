// Runs in the strict sandbox, in the shop and at its checkout: no page, no WebAssembly, the app proxy out
// of reach. Tells the app which order was placed by which visit and fires the pixels that it allows; and
// tells the visit's pixels of the optional events that the affiliate and the merchant switched on. The
// order's webhook credits the affiliate in any case, and the app tells the affiliate's pixel itself when
// no report comes: nothing is lost when this fails.
import { register } from "@shopify/web-pixels-extension";

register((api) => {
  let allowed = api.init.customerPrivacy;
  api.customerPrivacy.subscribe("visitorConsentCollected", (event) => {
    allowed = event.customerPrivacy;
  });
  const endpoint = "https://www.facebook.com/tr/?id=";
  const fire = (url) => fetch(url, { mode: "no-cors", keepalive: true });
  const cookie = async (name) => (await api.browser.cookie.get(name)) || "";
  const stored = async (name) => (await api.browser.localStorage.getItem(name)) || "";

  // With consent to both, whatever happens to one event.
  const on = (name, then) => api.analytics.subscribe(name, async (event) => {
    try {
      const state = allowed.marketingAllowed && allowed.saleOfDataAllowed && ((await cookie("_trb")) || (await stored("_trb")));
      if (state) await then(state, event);
    } catch (_) { /* The shop does not care about our pixels. */ }
  });

  on("checkout_completed", async (state, event) => {
    const checkout = event.data.checkout, total = checkout.totalPrice || {};
    const answer = await fetch(api.settings.app_url + "/pixel/purchase", {
      method: "POST",
      keepalive: true,
      headers: { "content-type": "text/plain" },
      body: JSON.stringify({
        v: 1,
        shop: api.init.data.shop.myshopifyDomain,
        token: state,
        order: ((checkout.order || {}).id || "").replace(/^.*\//, ""),
        checkout: checkout.token || "",
        total: "" + (total.amount || ""),
        currency: total.currencyCode || "",
        consent: 3,
        fbp: await cookie("_fbp"),
        fbc: await cookie("_fbc"),
      }),
    });
    for (const pixel of (await answer.json()).pixels.slice(0, 5)) pixel.url.startsWith(endpoint) && fire(pixel.url);
  });

  // The pixels as the storefront's script keeps them, the events that all of them hear behind them. A
  // landing that the app has not answered (`@`) may have displaced their owner.
  const optional = (name, event, products) => on(name, async (state, told) => {
    const kept = (await stored("_trbp")).split(" "), now = Date.now();
    if (state.includes("@") || kept[0] * 1000 < now || !kept.pop().split(",").includes(event)) return;
    const ids = products(told.data).map((it) => it.product.id).join();
    for (const piece of kept.slice(1, 6)) {
      if (/^\d{5,20}&/.test(piece)) {
        fire(endpoint + piece.replace(/eid=.*/, "eid=" + told.id) + "&ev=" + event + "&dl=https%3A%2F%2F" + told.context.document.location.host + "%2F&ts=" + now
          + "&cd[content_type]=product&cd[content_ids]=[" + encodeURIComponent(ids) + "]");
      }
    }
  });
  optional("product_viewed", "ViewContent", (data) => [data.productVariant]);
  optional("product_added_to_cart", "AddToCart", (data) => [data.cartLine.merchandise]);
  optional("checkout_started", "InitiateCheckout", (data) => data.checkout.lineItems.map((line) => line.variant));
});
