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
  const cookie = (name) => api.browser.cookie.get(name);

  const told = async (event) => {
    const visit = await cookie("_trb");
    if (!visit || !allowed.marketingAllowed || !allowed.saleOfDataAllowed) return;
    const data = event.data, checkout = data.checkout;

    if (event.name == "checkout_completed") {
      const answer = await fetch(api.settings.app_url + "/pixel/purchase", {
        method: "POST",
        keepalive: true,
        body: JSON.stringify({
          shop: api.init.data.shop.myshopifyDomain,
          token: visit,
          order: checkout.order?.id,
          total: checkout.totalPrice,
          consent: 3,
          fbp: await cookie("_fbp"),
        }),
      });
      for (const pixel of (await answer.json()).pixels) pixel.url.startsWith(endpoint) && fire(pixel.url);
      return;
    }

    // The pixels as the storefront's script keeps them (`pixel.rs`), behind them Shopify's and Meta's
    // names of the events that all of them hear. A landing that the app has not answered (`@`) may have
    // displaced their owner.
    const kept = (await api.browser.localStorage.getItem("_trbp")).split(" ");
    const [, name] = kept.pop().match(event.name + "=(\\w+)");
    if (visit.includes("@") || kept[0] * 1000 < Date.now()) return;
    const variants = checkout?.lineItems.map((line) => line.variant) ?? [data.productVariant ?? data.cartLine.merchandise];
    for (const piece of kept) {
      /^\d{5,20}&/.test(piece) && fire(endpoint + piece.replace(/eid=.*/, "eid=" + event.id) + "&ev=" + name + "&dl=" + event.context.document.location.origin
        + "/&cd[content_type]=product&cd[content_ids]=[" + variants.map((it) => it.product.id) + "]");
    }
  };
  // Whatever happens, and most often nothing is to be told, the shop does not notice.
  api.analytics.subscribe("all_standard_events", (event) => told(event).catch(() => {}));
});
