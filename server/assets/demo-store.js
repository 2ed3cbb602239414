// The demo shop's storefront script: reports a visit through an affiliate's link and carries the
// visit's token into the order. The real one is the theme extension's; the app decides everything.
(() => {
  "use strict";
  const token = "tributary.token", waiting = "tributary.waiting";
  const read = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const keep = (key, value) => {
    try {
      if (value) localStorage.setItem(key, value);
      else localStorage.removeItem(key);
    } catch {
      // No storage: the visit is recorded, but nothing connects it with an order.
    }
  };
  const fill = () => {
    const field = document.querySelector("input[name=attribution]");
    if (field) field.value = read(token) || "";
  };
  const report = async () => {
    if (/[?&](ref|aff|affid|sca_ref|rfsn)=[^&]/i.test(location.search)) keep(waiting, location.href);
    // A visitor who was quicker than the answer is reported again on the next page.
    const url = read(waiting);
    if (!url) return;
    const visit = { url, referrer: document.referrer || null, token: read(token) };
    const answer = await fetch("/demo/apps/aff/click", {
      method: "POST", keepalive: true, headers: { "content-type": "application/json" }, body: JSON.stringify(visit),
    });
    if (!answer.ok) return;
    keep(waiting, null);
    keep(token, (await answer.json()).token || read(token));
    fill();
  };
  fill();
  report().catch(() => {});
})();
