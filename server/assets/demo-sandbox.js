// Stands before a web pixel's script in its worker: what the package it imports is at Shopify's checkout.
const register = (run) => {
  const waiting = [];
  const ask = (call) => (name) => new Promise((done) => {
    self.postMessage({ call, name, id: waiting.push(done) - 1 });
  });
  self.addEventListener("message", ({ data }) => {
    if (!data.init) return waiting[data.id](data.value);
    const subscribed = {};
    run({
      analytics: { subscribe: (name, call) => { subscribed[name] = call; } },
      browser: { cookie: { get: ask("cookie") }, localStorage: { getItem: ask("localStorage") } },
      init: data.init,
      settings: data.settings,
      customerPrivacy: { subscribe() {} },
    });
    subscribed.all_standard_events({ name: "checkout_completed", data: { checkout: data.checkout } });
  });
};
