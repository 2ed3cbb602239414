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
      parent.postMessage({ id, call, argument }, "*");
    });
  addEventListener("message", ({ data, source }) => {
    if (source !== parent) return;
    if (waiting.has(data.id)) {
      waiting.get(data.id)(data.result);
      waiting.delete(data.id);
    }
    if (data.navigate) {
      const link = [...document.querySelectorAll("s-app-nav s-link")].find((one) => one.getAttribute("href") === data.navigate);
      if (link) link.dispatchEvent(new CustomEvent("shopify:navigate", { bubbles: true }));
    }
  });
  const idToken = () => ask("idToken");
  const plainFetch = window.fetch.bind(window);
  const withToken = async (input, init) => {
    const request = new Request(input, init);
    request.headers.set("authorization", `Bearer ${await idToken()}`);
    return request;
  };
  window.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input, location.href);
    if (url.origin !== location.origin) return plainFetch(input, init);
    let answer = await plainFetch(await withToken(input, init));
    if (answer.status === 401 && answer.headers.get("x-shopify-retry-invalid-session-request")) {
      answer = await plainFetch(await withToken(input, init));
    }
    const leave = answer.headers.get("x-shopify-api-request-failure-reauthorize-url");
    if (leave) ask("open", new URL(leave, location.href).href);
    return answer;
  };
  window.shopify = {
    idToken,
    environment: { embedded: true },
    toast: { show: (text) => void ask("toast", text) },
    loading: () => {},
    saveBar: { show: async () => {}, hide: async () => {}, leaveConfirmation: async () => {} },
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
