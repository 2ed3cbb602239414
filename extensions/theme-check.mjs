// Shopify's theme check on the theme extension; README.md says what to install first.
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const installed = createRequire(at("../target/theme-check/package.json"));
let offenses = [];
try {
  const { themeCheckRun } = await import(pathToFileURL(installed.resolve("@shopify/theme-check-node")));
  ({ offenses } = await themeCheckRun(at("affiliate-embed"), undefined, () => {}));
} catch (error) {
  // A Node that is too old for it says nothing about the extension.
  console.log(`cannot run on Node ${process.version}: ${error}`);
}
for (const { check, uri, start, message } of offenses) {
  console.log(`${uri}:${start.line + 1}: ${check}: ${message}`);
}
console.log(`${offenses.length} offenses`);
process.exitCode = offenses.length ? 1 : 0;
