#!/usr/bin/env python3
"""Verifies that a postback comes from Tributary. Copy `verify` into your receiver; standard library only.

As a program it reads calls from standard input, one a line, fields separated by tabs:
secret, method, URL, body (base64), header, your clock (seconds since 1970). It answers `ok` or `refused`.
"""

import base64
import hashlib
import hmac
import sys

TOLERANCE_S = 300


def verify(secret, method, url, body, header, now):
    """`url` is the whole URL as it was called, `body` its bytes (empty for a GET), `header` the value of
    X-Tributary-Signature."""
    time, signatures = None, []
    for part in header.split(","):
        name, _, value = part.partition("=")
        if name == "t":
            time = value
        elif name == "v1":
            signatures.append(value)
    if time is None or not time.isascii() or not time.isdigit() or abs(now - int(time)) > TOLERANCE_S:
        return False
    signed = f"{time}.{method}.{url}.".encode() + body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    # While a secret is being changed there are two signatures; one has to fit.
    return any(hmac.compare_digest(expected.encode(), one.encode()) for one in signatures)


if __name__ == "__main__":
    for line in sys.stdin.buffer:
        secret, method, url, body, header, now = line.decode().rstrip("\n").split("\t")
        is_good = verify(secret, method, url, base64.b64decode(body), header, int(now))
        print("ok" if is_good else "refused")
