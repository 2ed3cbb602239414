// Inside the Shopify admin: links and forms become fetches, to which App Bridge adds the session
// token, and only the main region is swapped. What cannot be fetched is loaded as a document.
(() => {
  "use strict";
  const bridge = window.shopify || {};
  const main = () => document.getElementById("main");
  const announcement = document.getElementById("announcement");

  // What Shopify adds to an address: only documents need it, and only the first three.
  const started = new URLSearchParams(location.search);
  const needed = ["embedded", "shop", "host"];
  const passing = ["hmac", "id_token", "session", "timestamp", "locale", "bounced"];
  const clean = (address) => {
    const url = new URL(address, location);
    for (const name of [...needed, ...passing]) url.searchParams.delete(name);
    return url;
  };
  const documentAt = (address, names) => {
    const url = clean(address);
    for (const name of names) if (started.has(name)) url.searchParams.set(name, started.get(name));
    return url.href;
  };

  let shown = clean(location);
  let isDirty = false;
  let latest = 0;
  history.scrollRestoration = "manual";
  history.replaceState(history.state, "", shown);

  const toast = (text, isError) => bridge.toast?.show(text, { isError });

  const mayLeave = async () => {
    try {
      if (isDirty) await bridge.saveBar?.leaveConfirmation();
      return true;
    } catch {
      return false;
    }
  };

  const keepFile = async (answer) => {
    const named = /filename="?([^";]+)/.exec(answer.headers.get("content-disposition"));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = named ? named[1] : new URL(answer.url).pathname.split("/").pop();
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };

  // The first field in error, with what it may be folded away in; else the heading.
  const focusOn = (field, hash) => {
    for (let fold = field; (fold = fold?.parentElement?.closest("details")); ) fold.open = true;
    const place = field || (hash && document.getElementById(hash.slice(1))) || main().querySelector("h1") || main();
    if (place.tabIndex < 0) place.tabIndex = -1;
    place.focus({ preventScroll: !field && !hash });
    if (field) field.dispatchEvent(new Event("input", { bubbles: true }));
    else if (hash) place.scrollIntoView();
  };

  // Quiet: the page is brought up to date, and gives way to whatever the reader does.
  const load = async (address, request, how = {}) => {
    const number = how.isQuiet ? latest : ++latest;
    const begun = shown;
    const isPost = request.method === "POST";
    // A page about a problem has no navigation around it, so the next one is loaded as a whole.
    if (!announcement && !isPost) return location.assign(documentAt(address, needed));
    const isStale = () => number !== latest || (how.isQuiet && begun !== shown);
    bridge.loading?.(true);
    try {
      const answer = await fetch(address, { ...request, headers: { accept: "text/html" } });
      // App Bridge takes the whole admin elsewhere.
      if (answer.headers.has("x-shopify-api-request-failure-reauthorize-url")) return;
      const isPage = /^text\/html/.test(answer.headers.get("content-type"));
      const isFile = !isPage || /^attachment/.test(answer.headers.get("content-disposition"));
      if (answer.ok && isFile) {
        await keepFile(answer);
        return;
      }
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = next.getElementById("main");
      if (!fresh) throw new Error("not a page");
      if (isStale()) return;

      const url = clean(answer.url);
      const hash = isPost ? "" : new URL(address, location).hash;
      url.hash = hash;
      url.searchParams.delete("done");
      const isSame = url.pathname + url.search === shown.pathname + shown.search;
      // The form again, or what came of it, instead of another page.
      const isInPlace = isPost && !answer.redirected;
      if (!how.isQuiet && !how.isBack && !isInPlace) {
        history.replaceState({ top: scrollY }, "");
        history[isSame || (isPost && url.pathname === shown.pathname) ? "replaceState" : "pushState"](null, "", url);
      }
      const staysPut = how.isQuiet || (isPost && url.pathname === shown.pathname);
      main().replaceWith(document.adoptNode(fresh));
      document.title = next.title;
      isDirty = false;
      if (!isInPlace) shown = url;
      if (how.isQuiet) return;

      const done = isPost && bridge.toast && main().querySelector(".banner[role=status]");
      if (done) {
        toast(done.textContent.trim());
        done.remove();
      }
      if (announcement) announcement.textContent = next.title.split(" · ")[0];
      if (!staysPut) scrollTo(0, how.top || 0);
      focusOn(isInPlace && main().querySelector("[aria-invalid=true]"), hash);
      askAboutEmbed();
    } catch {
      if (isStale()) return;
      if (!isPost && !how.isQuiet) location.assign(documentAt(address, needed));
      else if (isPost) toast("That could not be sent. Nothing was changed: please try again.", true);
    } finally {
      if (!isStale()) bridge.loading?.(false);
    }
  };

  const linkOf = ({ target }) => target.closest?.("a[href]");
  const isOurs = (url) => url.origin === location.origin && url.pathname.split("/")[1] === location.pathname.split("/")[1];
  const follow = async (address) => (await mayLeave()) && load(address, {});

  document.addEventListener("click", (event) => {
    const link = linkOf(event);
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if ((link.target && link.target !== "_self") || !isOurs(link)) return;
    const url = clean(link.href);
    if (url.hash && url.pathname + url.search === shown.pathname + shown.search) return;
    event.preventDefault();
    if (link.hasAttribute("download")) load(url.href, {});
    else follow(url.href);
  });

  // A new tab is outside the admin: with these the server leads it back in.
  for (const type of ["pointerdown", "keydown", "contextmenu"])
    document.addEventListener(type, (event) => {
      const link = linkOf(event);
      if (link && isOurs(link) && !link.getAttribute("href").startsWith("#")) link.href = documentAt(link.href, ["shop", "host"]);
    });

  // The admin's own navigation.
  document.addEventListener("shopify:navigate", (event) => {
    const href = event.target.getAttribute("href");
    if (href) follow(href);
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    // The save bar presses no button: the main one is meant.
    const button = event.submitter || form.querySelector("button.primary");
    // Attributes, because a field named "action" would hide the property.
    const said = (name) => button?.getAttribute(`form${name}`) || form.getAttribute(name) || "";
    const method = said("method").toLowerCase();
    const url = clean(said("action") || location.href);
    if (event.defaultPrevented || method === "dialog" || said("target") || !isOurs(url)) return;
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    const data = new FormData(form, button);
    const fields = said("enctype") === "multipart/form-data" ? data : new URLSearchParams(data);
    if (method !== "post") {
      url.search = fields;
      return follow(url.href);
    }
    form.setAttribute("aria-busy", "true");
    await load(url.href, { method: "POST", body: fields });
    form.removeAttribute("aria-busy");
  });

  addEventListener("popstate", (event) => {
    const url = clean(location);
    // Only another place in the same page.
    if (url.pathname + url.search === shown.pathname + shown.search) return;
    load(url.href, {}, { isBack: true, top: event.state?.top });
  });

  document.addEventListener("input", ({ target }) => {
    if (target.form && target.form.matches("[data-save-bar], [data-dirty]")) isDirty = true;
  });
  document.addEventListener("reset", () => (isDirty = false));

  // Only the admin knows whether the theme embed is on.
  const askAboutEmbed = async () => {
    const place = main().querySelector("[data-embed]");
    const extensions = place && (await bridge.app?.extensions?.());
    if (!extensions) return;
    const embeds = extensions.filter(({ type }) => type === "theme_app_extension").flatMap(({ activations }) => activations);
    const has = (status) => embeds.some((embed) => embed.status === status);
    const state = ["active", "available"].find(has) || "unavailable";
    if (state === place.dataset.embed || !place.isConnected) return;
    const body = new URLSearchParams({ state });
    const answer = await fetch(place.dataset.report, { method: "POST", body }).catch(() => ({}));
    if (answer.ok && place.isConnected && !isDirty) load(shown.href, {}, { isQuiet: true });
  };
  askAboutEmbed();
  addEventListener("focus", askAboutEmbed);
})();
