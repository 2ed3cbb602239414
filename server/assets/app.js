// Progressive enhancement only: every page works without this file. No framework, no inline code.
// Inside the Shopify admin embedded.js comes on top of it.
// Parts: copy, rows, macro picker, live preview, long work, link builder, unsaved changes.
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

  // Rows: one more, blank, or one less, without asking the server.
  const blank = (row, number) => {
    if (row.ariaLabel) row.ariaLabel = row.ariaLabel.replace(/\d+/, number);
    for (const field of all(row, "input, select")) {
      if (field.type !== "checkbox") field.value = field.matches("select") ? field.options[0].value : "";
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
      const label = field.getAttribute("aria-label");
      if (label) field.setAttribute("aria-label", label.replace(/\d+$/, number));
    }
    all(row, ".error").forEach((text) => text.remove());
  };
  on("click", "[data-add-row]", (button, event) => {
    const rows = document.querySelector(`#${button.dataset.addRow} [data-rows]`);
    const last = all(rows, ".pair, [data-row]").pop();
    if (!last) return;
    event.preventDefault();
    const row = last.cloneNode(true);
    blank(row, all(rows, ".pair, [data-row]").length + 1);
    rows.append(row);
    row.querySelector("input, select").focus();
  });
  on("click", "[data-remove-row]", (button, event) => {
    event.preventDefault();
    const row = button.closest("[data-row]");
    const form = row.closest("form");
    if (row.parentElement.children.length > 1) row.remove();
    else blank(row, 1);
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // A chosen file becomes the text of a field: forms then need no upload.
  on("change", "[data-read-into]", async (input) => {
    const field = document.getElementById(input.dataset.readInto);
    if (input.files[0]) field.value = await input.files[0].text();
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

  // Long work: its page asks again until it has ended.
  setInterval(async () => {
    const job = document.querySelector("#job[data-poll]");
    if (!job || document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.getElementById("job");
      if (answer.ok && now && job.isConnected) job.replaceWith(now);
    } catch {
      // Offline: the next time.
    }
  }, 2000);

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
  let dirty = null;
  on("input", "form[data-dirty]", (form) => (dirty = form));
  addEventListener("submit", () => (dirty = null));
  addEventListener("beforeunload", (event) => dirty && dirty.isConnected && event.preventDefault());
})();
