#!/usr/bin/env node
// Verifies that a postback comes from Tributary. Copy `verify` into your receiver; no package needed.
//
// As a program it reads calls from standard input, one a line, fields separated by tabs:
// secret, method, URL, body (base64), header, your clock (seconds since 1970). It answers `ok` or `refused`.
"use strict";
const { createHmac, timingSafeEqual } = require("node:crypto");

const TOLERANCE_S = 300;

// `url` is the whole URL as it was called, `body` a Buffer with its bytes (empty for a GET), `header` the
// value of X-Tributary-Signature.
function verify(secret, method, url, body, header, now) {
  let time = null;
  const signatures = [];
  for (const part of header.split(",")) {
    const at = part.indexOf("=");
    const [name, value] = [part.slice(0, at), part.slice(at + 1)];
    if (name === "t") time = value;
    if (name === "v1") signatures.push(value);
  }
  if (time === null || !/^[0-9]+$/.test(time) || Math.abs(now - Number(time)) > TOLERANCE_S) return false;
  const expected = createHmac("sha256", secret).update(`${time}.${method}.${url}.`).update(body).digest("hex");
  // While a secret is being changed there are two signatures; one has to fit.
  return signatures.some(
    (one) => one.length === expected.length && timingSafeEqual(Buffer.from(one), Buffer.from(expected)),
  );
}

if (require.main === module) {
  const lines = require("node:fs").readFileSync(0, "utf8").split("\n").filter((line) => line);
  for (const line of lines) {
    const [secret, method, url, body, header, now] = line.split("\t");
    const isGood = verify(secret, method, url, Buffer.from(body, "base64"), header, Number(now));
    console.log(isGood ? "ok" : "refused");
  }
}

module.exports = { verify };
