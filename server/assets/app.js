// Progressive enhancement only: every page works without this file. No framework, no inline code.
// Parts: copy, rows, macro picker, live preview, link builder, unsaved changes, Shopify admin.
(() => {
  "use strict";
  const all = (root, selector) => [...root.querySelectorAll(selector)];
  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const found = event.target.closest && event.target.closest(selector);
      if (found) act(found, event);
    });

  // Copy: exactly the text that is shown.
  on("click", "[data-copy]", async (button) => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      getSelection().selectAllChildren(source);
      document.execCommand("copy");
    }
    const label = button.firstChild;
    label.data = "Copied";
    setTimeout(() => (label.data = "Copy"), 1500);
  });

  // Rows of name and value: one more, blank, without asking the server.
  on("click", "[data-add-row]", (button, event) => {
    const rows = document.querySelector(`#${button.dataset.addRow} [data-rows]`);
    const pairs = all(rows, ".pair");
    if (!pairs.length) return;
    event.preventDefault();
    const row = pairs[pairs.length - 1].cloneNode(true);
    for (const input of all(row, "input")) {
      input.value = "";
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
      input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/\d+$/, pairs.length + 1));
    }
    rows.append(row);
    row.querySelector("input").focus();
  });

  // Macro picker: inserts where the cursor was last.
  let target = null;
  on("focusin", "[data-macros]", (field) => (target = field));
  on("click", "[data-insert]", (button) => {
    const field = target && target.isConnected ? target : document.querySelector("[data-macros]");
    field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // Live preview: the server renders it, so it is what will be sent. Secrets stay here.
  let timer, running;
  on("input", "form[data-preview]", (form) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const data = new URLSearchParams(new FormData(form));
      for (const secret of all(form, "[type=password]")) data.delete(secret.name);
      if (running) running.abort();
      running = new AbortController();
      try {
        const answer = await fetch(form.dataset.preview, { method: "POST", body: data, signal: running.signal });
        if (answer.ok) document.getElementById("preview").innerHTML = await answer.text();
      } catch {
        // Superseded by a newer one, or offline: the last preview stays.
      }
    }, 250);
  });

  // Link builder: the same rules as web/view/portal/links/builder.rs.
  const encoded = (text) =>
    encodeURIComponent(text)
      .replace(/%(7B|7D|5B|5D|24|3A|2C|40|2F|7C)/g, decodeURIComponent)
      .replace(/'/g, "%27");
  const trackingLink = (shop, page, parameters) => {
    const url = new URL(page.trim(), shop);
    if (url.host !== new URL(shop).host) return null;
    const set = parameters.map((pair) => pair.map((text) => text.trim())).filter(([name, value]) => name && value);
    const kept = url.search.slice(1).split("&").filter((pair) => {
      const name = pair.split("=")[0];
      return name && !set.some(([own]) => own === name);
    });
    const query = kept.concat(set.map(([name, value]) => `${encoded(name)}=${encoded(value)}`)).join("&");
    return new URL(shop).origin + url.pathname + (query && `?${query}`) + url.hash;
  };
  on("input", "form[data-link-builder]", (form) => {
    const { shop, codeParameter, code } = form.dataset;
    const values = ["affclickid", "sub1", "sub2", "sub3", "sub4", "sub5"]
      .filter((name) => form.elements[name])
      .map((name) => [name, form.elements[name].value]);
    const own = all(form, ".pair").map((row) => all(row, "input").map((input) => input.value));
    let link = null;
    try {
      link = trackingLink(shop, form.elements.page.value, [[codeParameter, code], ...values, ...own]);
    } catch {
      // Not an address.
    }
    form.elements.page.setAttribute("aria-invalid", String(!link));
    document.getElementById("page-error").hidden = !!link;
    if (link) document.getElementById("link").textContent = link;
  });

  // Unsaved changes.
  let dirty = false;
  on("input", "form[data-dirty]", () => (dirty = true));
  addEventListener("submit", () => (dirty = false));
  addEventListener("beforeunload", (event) => dirty && event.preventDefault());

  // Inside the Shopify admin: links and forms become fetches (App Bridge adds the session token),
  // and only the main region is swapped. Whatever fails falls back to an ordinary load.
  if (!document.body.classList.contains("embedded")) return;
  // What an ordinary load needs to find its way back into the admin.
  const place = ["embedded", "host", "shop"].map((name) => [name, new URLSearchParams(location.search).get(name)]);
  const placed = (address) => {
    const url = new URL(address, location.href);
    for (const [name, value] of place) if (value) url.searchParams.set(name, value);
    return url.href;
  };
  const toast = (...words) => window.shopify?.toast?.show(...words);
  const arrive = () => {
    for (const form of all(document, "form[data-dirty]")) form.setAttribute("data-save-bar", "");
    const said = document.querySelector("#main .banner[role=status]");
    if (said) toast(said.textContent.trim());
    reportEmbed();
  };
  // The admin knows whether the theme embed is on; the set-up list follows.
  const reportEmbed = async () => {
    const head = document.querySelector("[data-embed-report]");
    if (!head || !window.shopify?.app?.extensions) return;
    try {
      const found = (await window.shopify.app.extensions()).filter((one) => one.type === "theme_app_extension");
      const states = found.flatMap((one) => one.activations).map((one) => one.status);
      const state = ["active", "available", "unavailable"].find((one) => states.includes(one));
      if (!state || state === head.dataset.embedState) return;
      await show({ method: "POST", body: new URLSearchParams({ state }) }, head.dataset.embedReport);
    } catch {
      // It stays as it was; the next visit asks again.
    }
  };
  const show = async (request, address) => {
    const answer = await fetch(address, { ...request, headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = page.getElementById("main");
    if (!main) throw new Error("not a page");
    document.getElementById("main").replaceWith(document.adoptNode(main));
    document.title = page.title;
    dirty = false;
    return answer.url;
  };
  const go = async (address, request, remember) => {
    window.shopify?.loading?.(true);
    try {
      const shown = await show(request, address);
      if (remember) history.pushState(null, "", placed(shown));
      scrollTo(0, 0);
      document.getElementById("main").focus();
      arrive();
    } catch {
      if (request.method !== "POST") location.assign(placed(address));
      else toast("Could not be sent. Please try again.", { isError: true });
    } finally {
      window.shopify?.loading?.(false);
    }
  };
  on("click", "a[href]", (link, event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    if (!isPlain || link.target || link.origin !== location.origin || link.hash) return;
    event.preventDefault();
    if (!dirty || confirm("Leave without saving?")) go(link.href, {}, true);
  });
  document.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    const fields = new FormData(form, event.submitter);
    const data = form.enctype.startsWith("multipart") ? fields : new URLSearchParams(fields);
    if (form.method === "post") go(form.action, { method: "POST", body: data }, true);
    else go(`${form.action.split("?")[0]}?${data}`, {}, true);
  });
  addEventListener("popstate", () => go(location.href, {}, false));
  document.addEventListener("shopify:navigate", (event) => go(event.target.getAttribute("href"), {}, true));
  arrive();
})();
