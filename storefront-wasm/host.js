// The page's half of the storefront: gathers what the page knows, asks the module what to do, does it.
// No rule lives here; `src/visit.rs` has them and names the operations. `cargo xtask storefront` puts
// in the module and what it shares with the rules, and makes all of it small.
//
// Never throws into the theme, and costs nothing on a page without a link, a visit or a call.
(() => {
  const settings = document.currentScript.dataset;
  const key = "_trb", pixelsKey = "_trbp", cartKey = "_trbc", names = "$NAMES";
  const held = {};
  const attempt = (what) => { try { return what(); } catch (_) { /* Nothing of ours is thrown into a theme. */ } };
  const quiet = () => {};

  // Storage: a cookie, which the checkout's sandbox can read, and local storage, which lasts longer in
  // some browsers; this page's memory where both are blocked.
  const cookie = (name) => attempt(() => document.cookie.match("\\b" + name + "=([^;]*)")[1]);
  const stored = (name) => attempt(() => localStorage[name]);
  const read = (name) => stored(name) ?? held[name] ?? "";
  const write = (name, text) => {
    held[name] = text;
    attempt(() => text ? localStorage[name] = text : delete localStorage[name]);
  };
  const bake = (text) => attempt(() => {
    document.cookie = key + "=" + text + ";path=/;secure;samesite=lax;max-age=" + (text ? 34560000 : 0);
  });
  const state = () => cookie(key) || read(key);

  const post = (url, body) => fetch(url, {
    method: "POST", keepalive: 1, headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  }).then((answer) => answer.ok && answer.json());
  const tell = (what, body) => post(settings.proxy + "/" + what, { v: 1, consent: consent(), ...body });

  // Consent: 1 marketing, 2 sale of data; undefined as long as nobody can say.
  const consent = () => attempt(() => {
    if (settings.consent == "off") return 3;
    const tool = Shopify.customerPrivacy, given = tool.currentVisitorConsent();
    return settings.consent == "required"
      ? (given.marketing == "yes") + 2 * (given.sale_of_data == "yes")
      : tool.marketingAllowed() + 2 * tool.saleOfDataAllowed();
  });
  const withConsent = (then) => attempt(() => {
    if (consent() >= 0) return then();
    Shopify.loadFeatures([{ name: "consent-tracking-api", version: "0.1" }], () => attempt(then));
  });

  // The module, made when it is first needed; small enough to be compiled at once everywhere. `raw`
  // stands in where it cannot run: it hands the link's query to the server, which has the same rules.
  const make = () => new WebAssembly.Instance(new WebAssembly.Module(
    Uint8Array.from("$MODULE", (letter) => letter.charCodeAt() - 35))).exports;
  const raw = (flags, id, token) => {
    if (!(flags & 1)) return "E";
    if (token) return "C" + token;
    if (flags & 24 || !RegExp("[?&](" + names + ")=", "i").test(page)) return "";
    const path = page.slice(location.origin.length);
    return "Craw~" + path + "\nR" + id + path;
  };
  let core;
  const decide = (flags, now, id, token, pixels) => {
    core = core ?? attempt(make) ?? 0;
    if (!core) return raw(flags, id, token);
    // 4 bytes for the length, 48 KiB for the operations, then the snapshot.
    const memory = new Uint8Array(core.memory.buffer, core.block() + 4);
    new TextEncoder().encodeInto([id, page, before, names, token, state(), pixels, ""].join("\n"), memory.subarray(49152));
    return new TextDecoder().decode(memory.subarray(0, core.run(flags, now / 1000, settings.window)));
  };

  // Asks, and does what the lines say, by their first letters. With an answer to a report: its id, the
  // visit's token, and pixels. A new id begins with the time: the server keeps visits in their order.
  let loss, reporting;
  const ask = (flags, id, token, answered) => attempt(() => {
    const allowed = consent(), pixels = answered || read(pixelsKey), now = Date.now();
    if (allowed == null) return;
    let cart;
    for (const line of decide(flags | allowed | settings.flags | ((cookie(key) || stored(key)) && 4), now, id || attempt(() => now.toString(36) + crypto.randomUUID().slice(13)), token, pixels).split("\n")) {
      const text = line.slice(1), parts = text.split(" ").map(encodeURIComponent);
      ({
        E: () => {
          write(key, cart = "");
          write(pixelsKey, "");
          bake("");
        },
        M: () => {
          held[key] = text;
          loss = loss ?? text.split(/[*~]/)[4];
        },
        S: () => {
          loss = "";
          bake(cart = text);
          write(key, text);
          answered && write(pixelsKey, pixels);
        },
        C: () => { cart = text; },
        R: () => send(...text.match(/(.*?)(\/.*)/).slice(1)),
        H: () => {
          new Image().src = "$ENDPOINT" + text.split(" ")[0] + (id ? 0 : now) + "&ev=PageView&dl=" + parts[1] + "&rl=" + parts[2] + "&ts=" + now;
        },
      })[line[0]]?.();
    }
    cart != null && carry(cart);
  });

  // The cart: one write at a time, and one for each text and cart.
  let writing = Promise.resolve();
  const carry = (text) => {
    const mark = () => text && cookie("cart") + " " + text;
    writing = writing.then(() => read(cartKey) == mark()
      || post((window.Shopify?.routes?.root ?? "/") + "cart/update.js", { attributes: { __rf: text } })
        .then((answer) => answer && write(cartKey, mark()))).catch(quiet);
  };

  // A report that did not get through waits in the state: for the next page, or for the network.
  const send = (id, path) => {
    if (reporting == id) return;
    reporting = id;
    const referrer = document.referrer.startsWith(location.origin) ? "" : document.referrer.slice(0, 512);
    tell("click", { id: id, url: location.origin + path, referrer: referrer, state: state() }).then((answer) => {
      ask(40, id, answer.token, [answer.expires, ...answer.pixels, answer.events].join(" "));
      attend();
    }).catch(() => { reporting = ""; });
  };

  // For merchants: `tributary.goal("newsletter")`, `tributary.purchase({ id, value, currency })`. Before
  // this script runs: `(window.tributary = window.tributary || []).push(["goal", "newsletter"])`. What
  // they do is in a script of its own (`calls.js`), since few pages call.
  const calls = [].concat(window.tributary ?? []);
  let script;
  const attend = () => attempt(() => {
    if (!calls[0]) return;
    if (script) return calls.run();
    script = document.createElement("script");
    script.src = settings.calls;
    script.shared = [calls, state, withConsent, consent, tell];
    document.head.append(script);
  });
  const call = (name) => (argument) => {
    calls.push([name, argument]);
    attend();
  };

  const address = () => location.href.replace(/#.*/, "").replace(/[,;\\]/g, escape).slice(0, 2048);
  let page = address(), before = document.referrer;
  const open = (flags) => {
    if (state() || location.search) withConsent(() => ask(flags | 32));
  };
  const move = (flags) => {
    const next = address();
    if (next == page) return;
    before = page;
    page = next;
    open(flags);
  };
  const on = (name, then, once) => addEventListener(name, (event) => attempt(() => then(event)), { capture: true, once: once });
  attempt(() => {
    if (window.Shopify?.designMode) return;
    window.tributary = { goal: call("goal"), purchase: call("purchase") };
    open(/load|back/.test(attempt(() => performance.getEntriesByType("navigation")[0].type)) ? 16 : 0);
    attend();
    on("visitorConsentCollected", () => open(16));
    on("popstate", () => move(16));
    attempt(() => navigation.addEventListener("navigatesuccess", () => move(0)));
    on("online", () => ask(16));
    on("pageshow", (event) => event.persisted && open(16));
    on("pagehide", () => {
      loss && tell("click", { url: location.origin + "/?ref=" + loss, consent: 0 }).catch(quiet);
      loss = "";
    });
    // Themes that replace all attributes drop ours; once is enough, or two scripts could go on for ever.
    on("shopify:cart:attributes-update", () => {
      write(cartKey, "");
      ask(16);
    }, true);
  });
})();
