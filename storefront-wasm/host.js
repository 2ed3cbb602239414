// The page's half of the storefront: gathers what the page knows, asks the module what to do, does it.
// No rule lives here; `src/visit.rs` has them and names the operations. `cargo xtask storefront` puts
// the module in and takes comments and blanks out. Comments stand on lines of their own.
//
// Never throws into the theme, and costs nothing on a page without a link, a visit or an event.
(() => {
  "use strict";
  const win = window, doc = document, place = location;
  const settings = doc.currentScript.dataset;
  const key = "_trb", pixelsKey = "_trbp", cartKey = "_trbc";
  const held = {};
  const attempt = (what) => { try { return what(); } catch (_) { return ""; } };
  const quiet = () => {};

  // Storage: a cookie, which the checkout's sandbox can read, and local storage, which lasts longer in
  // some browsers; this page's memory where both are blocked.
  const cookie = (name) => attempt(() => (doc.cookie.match("(?:^|; )" + name + "=([^;]*)") || "")[1]) || "";
  const stored = (name) => attempt(() => localStorage.getItem(name)) || "";
  const read = (name) => stored(name) || held[name] || "";
  const write = (name, value) => {
    held[name] = value;
    attempt(() => value ? localStorage.setItem(name, value) : localStorage.removeItem(name));
  };
  const bake = (value) => attempt(() => {
    doc.cookie = key + "=" + value + ";path=/;secure;samesite=lax;max-age=" + (value ? 34560000 : 0);
  });
  const device = () => cookie(key) || stored(key);
  const random = () => attempt(() => [...crypto.getRandomValues(new Uint8Array(20))].map((n) => (n % 36).toString(36)).join(""));

  const post = (url, body) => fetch(url, {
    method: "POST", keepalive: true, headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  }).then((answer) => answer.ok ? answer : Promise.reject());

  // Consent: 1 marketing, 2 sale of data; undefined as long as nobody can say.
  const consent = () => attempt(() => {
    if (settings.consent == "off") return 3;
    const privacy = win.Shopify.customerPrivacy, given = privacy.currentVisitorConsent();
    return settings.consent == "required"
      ? (given.marketing == "yes") + 2 * (given.sale_of_data == "yes")
      : privacy.marketingAllowed() + 2 * privacy.saleOfDataAllowed();
  });
  const withConsent = (then) => {
    if (consent() !== "") return then();
    win.Shopify.loadFeatures([{ name: "consent-tracking-api", version: "0.1" }], () => attempt(then));
  };

  // The module, made when it is first needed. `raw` stands in where it cannot run: it keeps the link's
  // query for the server, which has the same rules.
  const code = "$MODULE";
  let core, making;
  const make = (then) => {
    if (core) return then();
    if (making) return making.then(then);
    const list = [];
    let high = 0;
    for (const letter of code) {
      const at = letter.charCodeAt(0), number = at - 35 - (at > 92);
      number > 88 ? high = (number - 88) * 89 : (list.push(high + number), high = 0);
    }
    const bytes = new Uint8Array(list);
    const use = (instance) => { core = instance.exports; };
    try {
      use(new WebAssembly.Instance(new WebAssembly.Module(bytes)));
      then();
    } catch (error) {
      // Before 2023 Chrome compiled only small modules at once.
      making = (error instanceof RangeError ? WebAssembly.instantiate(bytes) : Promise.reject())
        .then((made) => use(made.instance)).catch(() => { core = quiet; });
      making.then(then).catch(quiet);
    }
  };
  const raw = (flags, texts) => {
    if (!(flags & 1)) return flags & 4 ? "E" : "";
    if (flags & 8) return texts[6] && "C" + texts[6];
    const query = place.search;
    if (flags & 16 || !/[?&](ref|aff|affid|sca_ref|rfsn)=/i.test(query)) return "";
    return "Sraw~" + query.slice(0, 512).replace(/[",;\\]/g, escape) + "\nR" + texts[1] + place.pathname + query;
  };
  const decide = (flags, texts) => {
    if (core == quiet) return raw(flags, texts);
    const start = core.block(), bytes = new Uint8Array(core.memory.buffer), encoder = new TextEncoder();
    const lengths = new Uint16Array(core.memory.buffer, start, 8);
    texts.forEach((text, slot) => {
      const from = start + 16 + 8192 * slot;
      lengths[slot] = encoder.encodeInto(text, bytes.subarray(from, from + 8192)).written;
    });
    const from = start + 16 + 8192 * 8;
    return new TextDecoder().decode(bytes.subarray(from, from + core.run(flags, Date.now() / 1000)));
  };

  // What the module asks for, by the first letter of its lines.
  let page = place.href, before = doc.referrer, attribute, loss, wanted, isWriting, reporting;
  const later = [];
  const operations = {
    E() {
      write(key, "");
      write(pixelsKey, "");
      bake("");
      attribute = "";
    },
    M(state) { held[key] = state; },
    L(referral) { loss = referral; },
    S(state) {
      loss = "";
      bake(state);
      write(key, state);
      attribute = state;
    },
    C(token) { attribute = token; },
    R(report) { send(report); },
    H(url) { new Image().src = url; },
  };
  const ask = (flags, subject, details, answer) => {
    const allowed = consent();
    if (allowed === "") return;
    make(() => attempt(() => {
      const kept = device(), model = { first_click: 32, linear: 64 }[settings.model];
      flags |= allowed | (kept && 4) | model;
      const now = Date.now(), id = answer ? answer.id : random();
      const pixels = answer ? answer.pixels : read(pixelsKey);
      attribute = undefined;
      const lines = decide(flags, ["" + now, id, page.slice(0, 2048), before.slice(0, 2048), kept || held[key] || "", pixels, subject, details]);
      for (const line of lines.split("\n")) line && operations[line[0]](line.slice(1));
      if (answer && /^S/m.test(lines)) write(pixelsKey, pixels);
      if (attribute !== undefined) carry(attribute);
      if (!details && /^H/m.test(lines) && settings.product && /ViewContent/.test(pixels)) {
        ask(16, "ViewContent", "vc-" + random() + "&cd[content_type]=product&cd[content_ids]=[" + settings.product + "]");
      }
    }));
  };

  // The cart: one write at a time, and one for each text and cart.
  const carry = async (text) => {
    wanted = text;
    if (isWriting) return;
    isWriting = 1;
    do {
      text = wanted;
      const mark = () => text && cookie("cart") + " " + text;
      if (read(cartKey) != mark()) {
        await post((attempt(() => win.Shopify.routes.root) || "/") + "cart/update.js", { attributes: { __rf: text } })
          .then(() => write(cartKey, mark())).catch(quiet);
      }
    } while (wanted != text);
    isWriting = 0;
  };

  // A report that did not get through waits in the state: for the next page, or for the network.
  const send = (report) => {
    const slash = report.indexOf("/"), id = report.slice(0, slash);
    if (reporting == id) return;
    reporting = id;
    const body = {
      v: 1, id, url: (place.origin + report.slice(slash)).slice(0, 2048),
      referrer: doc.referrer.startsWith(place.origin) ? "" : doc.referrer.slice(0, 512),
      state: device(), consent: consent(),
    };
    post(settings.proxy + "/click", body).then((answer) => answer.json()).then((answer) => {
      const urls = (answer.pixels || []).map((pixel) => pixel.pv);
      const pixels = [answer.expires, ...urls, answer.events].join(" ");
      ask(8, answer.token || "", "", { id, pixels });
      later.splice(0).forEach(attempt);
    }).catch(() => { reporting = ""; });
  };

  const open = (flags) => {
    if (device() || held[key] || place.search) withConsent(() => ask(flags, "PageView", ""));
  };
  const move = (flags) => attempt(() => {
    if (place.href == page) return;
    before = page;
    page = place.href;
    open(flags);
  });

  // For merchants: `tributary.goal("newsletter")`, `tributary.purchase({ id, value, currency })`. Before
  // this script runs: `(window.tributary = window.tributary || []).push(["goal", "newsletter"])`.
  const token = () => (device() || held[key] || "").split("~")[2];
  const tributary = {
    goal(name) {
      withConsent(() => {
        const tell = () => token() && consent() & 1
          && post(settings.proxy + "/goal", { v: 1, id: random(), token: token(), goal: "" + name, consent: consent() }).catch(quiet);
        if (tell() === "") later.push(tell);
      });
    },
    purchase(order) {
      const escaped = encodeURIComponent, mayTellValue = / \S*\bvalue\b\S*$/.test(read(pixelsKey));
      const value = mayTellValue ? "&cd[value]=" + escaped(order.value) + "&cd[currency]=" + escaped(order.currency) : "";
      withConsent(() => ask(16, "Purchase", "purchase-" + escaped(order.id) + value + "&cd[order_id]=" + escaped(order.id)));
    },
  };
  const guarded = (call) => (argument) => { attempt(() => call(argument)); };
  attempt(() => {
    if ((win.Shopify || {}).designMode) return;
    const early = win.tributary;
    win.tributary = { goal: guarded(tributary.goal), purchase: guarded(tributary.purchase) };
    const [how] = attempt(() => performance.getEntriesByType("navigation")) || [];
    open(/reload|back/.test(how && how.type) ? 16 : 0);
    if (Array.isArray(early)) early.forEach(([name, argument]) => win.tributary[name](argument));
    doc.addEventListener("visitorConsentCollected", () => attempt(() => open(16)));
    addEventListener("popstate", () => move(16));
    attempt(() => navigation.addEventListener("navigatesuccess", () => move(0)));
    addEventListener("online", () => attempt(() => ask(16, "", "")));
    addEventListener("pageshow", (event) => attempt(() => event.persisted && open(16)));
    addEventListener("pagehide", () => loss && attempt(() => {
      post(settings.proxy + "/click", { v: 1, id: random(), url: place.origin + "/?ref=" + loss, consent: 0 }).catch(quiet);
      loss = "";
    }));
    // Themes that replace all attributes drop ours; once is enough, or two scripts could go on for ever.
    doc.addEventListener("shopify:cart:attributes-update", () => {
      if (isWriting) return;
      write(cartKey, "");
      attempt(() => ask(16, "", ""));
    }, { once: true });
  });
})();
