#!/usr/bin/env perl
# Verifies that a postback comes from Tributary. Copy `verify` into your receiver; core modules only.
#
# As a program it reads calls from standard input, one a line, fields separated by tabs:
# secret, method, URL, body (base64), header, your clock (seconds since 1970). It answers `ok` or `refused`.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_hex);
use MIME::Base64 qw(decode_base64);

use constant TOLERANCE_S => 300;

# $url is the whole URL as it was called, $body its bytes (empty for a GET), $header the value of
# X-Tributary-Signature.
sub verify {
    my ($secret, $method, $url, $body, $header, $now) = @_;
    my ($time, @signatures);
    for my $part (split /,/, $header) {
        my ($name, $value) = split /=/, $part, 2;
        next unless defined $value;
        $time = $value if $name eq 't';
        push @signatures, $value if $name eq 'v1';
    }
    return 0 unless defined $time && $time =~ /\A[0-9]{1,15}\z/ && abs($now - $time) <= TOLERANCE_S;
    my $expected = hmac_sha256_hex("$time.$method.$url.$body", $secret);
    # While a secret is being changed there are two signatures; one has to fit.
    for my $one (@signatures) {
        return 1 if same($expected, $one);
    }
    return 0;
}

# In constant time: how long it takes says nothing about where they differ.
sub same {
    my ($one, $other) = @_;
    return 0 if length $one != length $other;
    my $difference = 0;
    $difference |= ord(substr $one, $_, 1) ^ ord(substr $other, $_, 1) for 0 .. length($one) - 1;
    return $difference == 0;
}

unless (caller) {
    while (my $line = <STDIN>) {
        chomp $line;
        my ($secret, $method, $url, $body, $header, $now) = split /\t/, $line, -1;
        print verify($secret, $method, $url, decode_base64($body), $header, $now) ? "ok\n" : "refused\n";
    }
}

1;
