// What a merchant's own pages tell: goals, and orders of a thank-you page that is theirs. Loaded by
// `host.js` with the first call; the calls wait in a list that both have.
(() => {
  const [calls, state, withConsent, consent, tell] = document.currentScript.shared;
  const quiet = () => {};
  const cookie = (name) => (document.cookie.match("(?:^|; )" + name + "=([^;]*)") || "")[1];
  const handlers = {
    // Waits while the server has not said yet whose visit it is.
    goal: (name) => {
      const token = state();
      if (/^\d+~~.*@/.test(token)) return calls.push(["goal", name]);
      token && tell("goal", { id: crypto.randomUUID().slice(4), token: token, goal: "" + name }).catch(quiet);
    },
    // The server knows whose order it is, and which of their pixels may hear of it from here.
    purchase: (order) => tell("purchase", {
      token: state(), order: "" + order.id, total: "" + order.value, currency: "" + order.currency,
      fbp: cookie("_fbp"), fbc: cookie("_fbc"),
    }).then((answer) => {
      for (const pixel of answer.pixels) {
        if (pixel.url.startsWith("https://www.facebook.com/tr/?")) new Image().src = pixel.url;
      }
    }).catch(quiet),
  };
  calls.run = () => withConsent(() => {
    for (const [name, argument] of calls.splice(0)) {
      try { consent() & 1 && handlers[name](argument); } catch (_) { /* Nothing of ours is thrown into a theme. */ }
    }
  });
  calls.run();
})();
