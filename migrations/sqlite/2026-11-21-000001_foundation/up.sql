-- The foundation: tenants, rules, visits, orders, money, and the two queues (inbox and outbox).
-- Times are microseconds UTC, amounts minor units, JSON and closed enums are text; ids are made by
-- the program and grow with time. Four column types only: BIGINT, TEXT, BOOLEAN, BLOB (BYTEA on
-- PostgreSQL). The tables that grow with traffic do not reference `shops`: their other parents do, and
-- on PostgreSQL every reference locks the parent row, which would make the shop the hottest row.
-- An index begins with the shop only where the shop is all that a list knows: a planner without
-- statistics takes the shop for as selective as an affiliate.

CREATE TABLE shops (
    id INTEGER PRIMARY KEY NOT NULL,
    domain TEXT NOT NULL UNIQUE,
    shopify_shop_id BIGINT,
    name TEXT NOT NULL,
    currency TEXT,
    timezone TEXT NOT NULL,
    settings TEXT NOT NULL,
    -- Grows with every change of settings, programs or postbacks: what processes keep in memory.
    revision BIGINT NOT NULL DEFAULT 0,
    is_demo BOOLEAN NOT NULL,
    installed_at BIGINT NOT NULL,
    uninstalled_at BIGINT
);

CREATE TABLE programs (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (shop_id, number)
);

-- A program's rules in time: an order uses the version in force when it was placed (G87).
CREATE TABLE program_versions (
    program_id BIGINT NOT NULL REFERENCES programs (id),
    version BIGINT NOT NULL,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    effective_from BIGINT NOT NULL,
    rules TEXT NOT NULL,
    PRIMARY KEY (program_id, version)
);
CREATE INDEX program_versions_by_shop ON program_versions (shop_id);

CREATE TABLE affiliates (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    program_id BIGINT NOT NULL REFERENCES programs (id),
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_fingerprint TEXT NOT NULL,
    code TEXT NOT NULL,
    code_folded TEXT NOT NULL,
    status TEXT NOT NULL,
    shopify_customer_id BIGINT,
    upline_id BIGINT REFERENCES affiliates (id),
    payout_currency TEXT,
    payout_rate TEXT,
    password_hash TEXT,
    created_at BIGINT NOT NULL,
    UNIQUE (shop_id, number),
    UNIQUE (shop_id, code_folded)
);
CREATE INDEX affiliates_by_email ON affiliates (shop_id, email_fingerprint);

-- Discount codes that belong to an affiliate.
CREATE TABLE coupons (
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    code_folded TEXT NOT NULL,
    code TEXT NOT NULL,
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    PRIMARY KEY (shop_id, code_folded)
) WITHOUT ROWID;
CREATE INDEX coupons_by_affiliate ON coupons (affiliate_id);

CREATE TABLE product_bindings (
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    product_id BIGINT NOT NULL,
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    PRIMARY KEY (shop_id, product_id)
) WITHOUT ROWID;

-- Customer to affiliate, for the life of the customer (G79).
CREATE TABLE customer_bindings (
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    customer_id BIGINT NOT NULL,
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    bound_at BIGINT NOT NULL,
    PRIMARY KEY (shop_id, customer_id)
) WITHOUT ROWID;

-- Append-only, dropped by retention; nothing references a click, so dropping is free.
CREATE TABLE clicks (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL,
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    visitor TEXT NOT NULL,
    clicked_at BIGINT NOT NULL,
    entry_url TEXT NOT NULL,
    link_params TEXT NOT NULL,
    is_params_cut BOOLEAN NOT NULL,
    referrer TEXT,
    ip_truncated TEXT,
    -- The browser's own id of the report: sent again, it is the same click.
    report_id TEXT,
    -- What the visitor allowed: 1 marketing, 2 sale of data; none when nobody said.
    consent BIGINT,
    -- Kept only where an affiliate's pixel may need it, and for 90 days.
    user_agent TEXT
);
-- Of visitors, and for a browser's report of a visit to be one click, also when two processes take it in
-- the same instant. One index for both: where a visitor stands is random, so each index is a page more
-- to write for each click.
CREATE UNIQUE INDEX clicks_by_visitor ON clicks (shop_id, visitor, report_id, affiliate_id);
CREATE INDEX clicks_by_affiliate ON clicks (affiliate_id, clicked_at);

-- The inbox: webhook deliveries as they came. The unique key makes a repeat a no-op for ever (G48).
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL,
    webhook_id TEXT NOT NULL,
    event_id TEXT,
    topic TEXT NOT NULL,
    api_version TEXT,
    triggered_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    -- Leases taken: counted when work starts, so that a delivery that kills the process is counted.
    attempts BIGINT NOT NULL,
    -- When it may be worked on: its time to run, or the end of the present lease.
    run_at BIGINT NOT NULL,
    error TEXT,
    UNIQUE (shop_id, webhook_id)
);
CREATE INDEX deliveries_due ON deliveries (run_at) WHERE state = 'due';
CREATE INDEX deliveries_parked ON deliveries (shop_id, id) WHERE state = 'failed';

-- Compressed bodies, apart from the rows that the queue updates: an update rewrites its whole row.
CREATE TABLE delivery_bodies (
    delivery_id INTEGER PRIMARY KEY NOT NULL,
    body BLOB NOT NULL
);

CREATE TABLE orders (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL,
    shopify_order_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    ordered_at BIGINT NOT NULL,
    customer_id BIGINT,
    currency TEXT NOT NULL,
    total_minor BIGINT NOT NULL,
    state TEXT NOT NULL,
    decision TEXT,
    reason TEXT,
    -- A charge of a subscription, as far as the payload can tell.
    is_charge BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (shop_id, shopify_order_id)
);
CREATE INDEX orders_by_time ON orders (shop_id, ordered_at, id);
CREATE INDEX orders_by_customer ON orders (shop_id, customer_id, ordered_at, id) WHERE customer_id IS NOT NULL;

CREATE TABLE conversions (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL,
    order_id BIGINT NOT NULL REFERENCES orders (id),
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    -- 0 for who is credited; 1, 2 … for those above, and whose credit it comes from.
    level BIGINT NOT NULL,
    source_id BIGINT NOT NULL,
    program_id BIGINT NOT NULL REFERENCES programs (id),
    program_version BIGINT NOT NULL,
    click_id BIGINT,
    method TEXT NOT NULL,
    share_index BIGINT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    currency TEXT NOT NULL,
    sales_minor BIGINT NOT NULL,
    commission_minor BIGINT NOT NULL,
    first_commission_minor BIGINT NOT NULL,
    payout_currency TEXT NOT NULL,
    payout_rate TEXT,
    payout_minor BIGINT NOT NULL,
    explanation TEXT NOT NULL,
    -- What the next change has to know; no list shows or searches it.
    memory TEXT NOT NULL,
    ordered_at BIGINT NOT NULL,
    approve_at BIGINT,
    approved_at BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (order_id, affiliate_id, source_id)
);
CREATE INDEX conversions_by_shop ON conversions (shop_id, ordered_at, id);
CREATE INDEX conversions_by_affiliate ON conversions (affiliate_id, ordered_at, id);
CREATE INDEX conversions_to_approve ON conversions (approve_at) WHERE status = 'pending' AND approve_at IS NOT NULL;

-- The ledger: append-only, never edited, never deleted.
CREATE TABLE ledger_entries (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL,
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    conversion_id BIGINT REFERENCES conversions (id),
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    payout_currency TEXT NOT NULL,
    payout_amount_minor BIGINT NOT NULL,
    -- Which change of the conversion wrote it: no change can be booked twice.
    conversion_version BIGINT,
    -- Place in the shop's chain, and the hash over the entry before and all columns of this one.
    seq BIGINT NOT NULL,
    hash BLOB NOT NULL,
    UNIQUE (conversion_id, conversion_version),
    UNIQUE (shop_id, seq)
);
CREATE INDEX ledger_by_affiliate ON ledger_entries (affiliate_id, at, id);

-- Sums of the ledger per affiliate, kept by the transaction that appends. SQLite turns a sum that
-- overflows into a float; the checks refuse it, as PostgreSQL does by itself.
CREATE TABLE balances (
    shop_id BIGINT NOT NULL,
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    currency TEXT NOT NULL,
    pending_minor BIGINT NOT NULL CHECK (typeof(pending_minor) = 'integer'),
    payable_minor BIGINT NOT NULL CHECK (typeof(payable_minor) = 'integer'),
    paid_minor BIGINT NOT NULL CHECK (typeof(paid_minor) = 'integer'),
    PRIMARY KEY (affiliate_id, currency)
) WITHOUT ROWID;

-- Sums per affiliate and day (UTC), for dashboards.
CREATE TABLE daily_stats (
    shop_id BIGINT NOT NULL,
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    day BIGINT NOT NULL,
    currency TEXT NOT NULL,
    clicks BIGINT NOT NULL,
    conversions BIGINT NOT NULL,
    sales_minor BIGINT NOT NULL CHECK (typeof(sales_minor) = 'integer'),
    commission_minor BIGINT NOT NULL CHECK (typeof(commission_minor) = 'integer'),
    PRIMARY KEY (affiliate_id, day, currency)
) WITHOUT ROWID;
CREATE INDEX daily_stats_by_shop ON daily_stats (shop_id, day);

CREATE TABLE postbacks (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    affiliate_id BIGINT REFERENCES affiliates (id),
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    credentials BLOB,
    author TEXT NOT NULL,
    -- The template that may be called: none while the merchant has yet to look at it (C9).
    approved_url TEXT,
    paused_at BIGINT,
    pause_reason TEXT,
    -- It has held firings to let out, a few at a time, since then.
    backlog_since BIGINT,
    failures_in_row BIGINT NOT NULL,
    failing_since BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE INDEX postbacks_by_owner ON postbacks (shop_id, affiliate_id);

-- The outbox: what a postback has to send. Written by the transaction of the ledger entry.
CREATE TABLE firings (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL,
    postback_id BIGINT NOT NULL REFERENCES postbacks (id),
    affiliate_id BIGINT,
    program_id BIGINT,
    conversion_id BIGINT,
    click_id BIGINT,
    -- One event is fired once per postback, whatever is repeated upstream.
    event_key TEXT NOT NULL,
    event TEXT NOT NULL,
    status TEXT,
    transaction_id TEXT,
    record TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    -- When it may be sent: its time to run, or the end of the present lease.
    run_at BIGINT NOT NULL,
    -- Requests made.
    attempts BIGINT NOT NULL,
    last_status_code BIGINT,
    is_replay BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    UNIQUE (postback_id, event_key)
);
CREATE INDEX firings_due ON firings (run_at) WHERE state = 'due';
CREATE INDEX firings_held ON firings (postback_id, id) WHERE state = 'held';
CREATE INDEX firings_by_shop ON firings (shop_id, created_at, id);
CREATE INDEX firings_by_affiliate ON firings (affiliate_id, created_at, id) WHERE affiliate_id IS NOT NULL;
CREATE INDEX firings_by_conversion ON firings (conversion_id) WHERE conversion_id IS NOT NULL;
CREATE INDEX firings_by_transaction ON firings (shop_id, transaction_id, created_at, id) WHERE transaction_id IS NOT NULL;

-- One row per HTTP request made: the proof. The number is not unique: when a lease ended while its
-- worker was still waiting, two requests were made, and both are kept.
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL,
    firing_id BIGINT NOT NULL REFERENCES firings (id),
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    latency_ms BIGINT NOT NULL,
    method TEXT NOT NULL,
    template TEXT NOT NULL,
    url TEXT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT,
    status_code BIGINT,
    outcome TEXT NOT NULL,
    error TEXT,
    response TEXT,
    flags TEXT,
    next_try_at BIGINT
);
CREATE INDEX attempts_by_firing ON attempts (firing_id, id);

-- Log-ins of the affiliate portal: only a hash of the cookie is kept.
CREATE TABLE portal_sessions (
    token_hash TEXT PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX portal_sessions_by_affiliate ON portal_sessions (affiliate_id);
CREATE INDEX portal_sessions_by_expiry ON portal_sessions (expires_at);

-- Failed log-ins per account, so that throttling survives a restart and spans processes.
CREATE TABLE login_failures (
    account TEXT PRIMARY KEY NOT NULL,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL
) WITHOUT ROWID;
