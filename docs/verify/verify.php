<?php
// Verifies that a postback comes from Tributary. Copy `verify` into your receiver; no package needed.
//
// As a program it reads calls from standard input, one a line, fields separated by tabs:
// secret, method, URL, body (base64), header, your clock (seconds since 1970). It answers `ok` or `refused`.
declare(strict_types=1);

const TOLERANCE_S = 300;

// $url is the whole URL as it was called, $body its bytes (empty for a GET), $header the value of
// X-Tributary-Signature.
function verify(string $secret, string $method, string $url, string $body, string $header, int $now): bool
{
    $time = null;
    $signatures = [];
    foreach (explode(',', $header) as $part) {
        [$name, $value] = array_pad(explode('=', $part, 2), 2, '');
        if ($name === 't') {
            $time = $value;
        } elseif ($name === 'v1') {
            $signatures[] = $value;
        }
    }
    if ($time === null || preg_match('/^[0-9]{1,15}$/D', $time) !== 1 || abs($now - (int) $time) > TOLERANCE_S) {
        return false;
    }
    $expected = hash_hmac('sha256', "$time.$method.$url.$body", $secret);
    // While a secret is being changed there are two signatures; one has to fit.
    foreach ($signatures as $one) {
        if (hash_equals($expected, $one)) {
            return true;
        }
    }
    return false;
}

if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
    while (($line = fgets(STDIN)) !== false) {
        [$secret, $method, $url, $body, $header, $now] = explode("\t", rtrim($line, "\n"));
        $isGood = verify($secret, $method, $url, base64_decode($body), $header, (int) $now);
        echo $isGood ? "ok\n" : "refused\n";
    }
}
