// Stands in for App Bridge: the parts that a server-rendered app meets. Everything that the real one
// gets from the admin comes from the parent page by messages, so no cookie is ever needed.
(() => {
  "use strict";
  const waiting = new Map();
  let count = 0;
  const ask = (call, argument) =>
    new Promise((resolve) => {
      const id = ++count;
      waiting.set(id, resolve);
      parent.postMessage({ id, call, argument }, "https://admin.shopify.com");
    });

  // The save bar belongs to the form that somebody typed into.
  let unsaved = null;
  const showSaveBar = (form) => {
    if (unsaved === form) return;
    unsaved = form;
    ask("saveBar", form !== null);
  };
  addEventListener("input", ({ target }) => target.form?.matches("[data-save-bar]") && showSaveBar(target.form));
  addEventListener("submit", () => showSaveBar(null));
  addEventListener("reset", () => showSaveBar(null));
  new MutationObserver(() => unsaved && !unsaved.isConnected && showSaveBar(null)).observe(document, { childList: true, subtree: true });

  addEventListener("message", ({ data, source, origin }) => {
    if (source !== parent || origin !== "https://admin.shopify.com") return;
    if (waiting.has(data.id)) {
      waiting.get(data.id)(data.result);
      waiting.delete(data.id);
    }
    if (data.save) unsaved.requestSubmit();
    if (data.discard) unsaved.reset();
    if (data.navigate) {
      const link = [...document.querySelectorAll("s-app-nav s-link")].find((one) => one.getAttribute("href") === data.navigate);
      if (link) link.dispatchEvent(new CustomEvent("shopify:navigate", { bubbles: true }));
    }
  });

  const idToken = () => ask("idToken");
  const plainFetch = window.fetch.bind(window);
  const withToken = async (request) => {
    const copy = request.clone();
    copy.headers.set("authorization", `Bearer ${await idToken()}`);
    return plainFetch(copy);
  };
  window.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (new URL(request.url).origin !== location.origin) return plainFetch(request);
    let answer = await withToken(request);
    if (answer.status === 401 && answer.headers.get("x-shopify-retry-invalid-session-request")) {
      answer = await withToken(request);
    }
    const leave = answer.headers.get("x-shopify-api-request-failure-reauthorize-url");
    if (leave) ask("open", new URL(leave, location.href).href);
    return answer;
  };
  const plainOpen = window.open.bind(window);
  window.open = (address, target, ...more) =>
    ["_top", "_parent", "_self"].includes(target) ? ask("open", new URL(address, location.href).href) : plainOpen(address, target, ...more);

  window.shopify = {
    idToken,
    environment: { embedded: true },
    toast: { show: (text, { isError } = {}) => ask("toast", { text, isError }) },
    loading: () => {},
    saveBar: {
      leaveConfirmation: async () => {
        if (!(await ask("leaveConfirmation"))) throw new Error("the merchant stays");
      },
    },
    app: { extensions: () => ask("extensions") },
  };

  const reload = new URLSearchParams(location.search).get("shopify-reload");
  if (reload) {
    idToken().then((token) => {
      const url = new URL(reload, location.origin);
      url.searchParams.set("id_token", token);
      location.replace(url);
    });
    return;
  }
  document.addEventListener("DOMContentLoaded", () => {
    const links = [...document.querySelectorAll("s-app-nav s-link:not([rel=home])")];
    ask("nav", links.map((link) => [link.textContent.trim(), link.getAttribute("href")]));
  });
})();
