// Lighthouse, mobile profile, on the demo shop with and without the storefront's script: median of five
// performance scores each, in turn. Needs Node 18 or newer, Chromium and a running demo:
//
//   npm install --prefix target/lighthouse --ignore-scripts lighthouse@12
//   cargo run -- demo
//   node benches/lighthouse.mjs http://127.0.0.1:8080/demo
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { existsSync } from "node:fs";

const RUNS = 5;
const base = process.argv[2] ?? "http://127.0.0.1:8080/demo";
const target = fileURLToPath(new URL("../target/lighthouse/package.json", import.meta.url));
const installed = createRequire(target);
const load = async (name) => import(pathToFileURL(installed.resolve(name)));
const { default: lighthouse } = await load("lighthouse");
const { launch } = await load("chrome-launcher");

const chromePath = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find(existsSync);
const chrome = await launch({ chromePath, chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu"] });
const median = (figures) => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)];
const measure = async (url, blockedUrlPatterns) => {
  const options = { port: chrome.port, onlyCategories: ["performance"], blockedUrlPatterns };
  const { lhr } = await lighthouse(url, options);
  const audit = (name) => lhr.audits[name].numericValue;
  return {
    score: Math.round(lhr.categories.performance.score * 100),
    lcp: Math.round(audit("largest-contentful-paint")),
    tbt: Math.round(audit("total-blocking-time")),
  };
};

const pages = { "page without visit": `${base}/`, "affiliate's landing": `${base}/?ref=ANNA` };
let difference = 0;
for (const [name, url] of Object.entries(pages)) {
  const kinds = { with: [], without: [] };
  for (let run = 0; run < RUNS; run += 1) {
    kinds.with.push(await measure(url, []));
    kinds.without.push(await measure(url, ["*/tributary.js*"]));
  }
  const of = (kind, figure) => median(kinds[kind].map((run) => run[figure]));
  for (const kind of ["with", "without"]) {
    console.log(`${name}, ${kind} the script: performance ${of(kind, "score")}, LCP ${of(kind, "lcp")} ms, TBT ${of(kind, "tbt")} ms`);
  }
  difference = Math.max(difference, Math.abs(of("with", "score") - of("without", "score")));
}
console.log(`largest difference of the medians: ${difference}`);
await chrome.kill();
process.exitCode = difference === 0 ? 0 : 1;
