-- What we keep about Shopify itself: the installation with its token, calls that have to be made,
-- how well we know the orders, what buyers asked, and facts that webhooks lack.

CREATE TABLE installations (
    shop_id INTEGER PRIMARY KEY NOT NULL REFERENCES shops (id),
    -- Access and refresh token, encrypted; none while there is none.
    token BLOB,
    scopes TEXT NOT NULL,
    token_expires_at BIGINT,
    refresh_expires_at BIGINT,
    -- Counts tokens: who was refused with one asks only for a later one.
    generation BIGINT NOT NULL,
    -- False once Shopify has refused to renew: only the merchant can bring a new token.
    is_connected BOOLEAN NOT NULL,
    -- Who is renewing has moved it here; others wait until then.
    renewing_until BIGINT,
    -- The latest proof that the app is installed: a session token, or a token that was given.
    seen_at BIGINT NOT NULL,
    pixel_id TEXT,
    pixel_problem TEXT,
    embed_state TEXT,
    embed_seen_at BIGINT,
    -- Every order that changed before it is known in that state.
    reconciled_until BIGINT
);

-- Calls to Shopify that have to be made: now, later, or every day.
CREATE TABLE shopify_tasks (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    -- When it may be worked on.
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    error TEXT,
    created_at BIGINT NOT NULL,
    -- Who works on it, and until when nobody else may.
    held_by BIGINT,
    held_until BIGINT,
    -- Somebody asked for it while it was being worked on: it runs once more.
    is_asked_again BOOLEAN NOT NULL,
    UNIQUE (shop_id, kind, subject)
);
CREATE INDEX shopify_tasks_due ON shopify_tasks (run_at) WHERE state = 'due';

-- Each comparison of our orders with Shopify's, and what it found.
CREATE TABLE reconciliations (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    since BIGINT NOT NULL,
    checked BIGINT NOT NULL,
    missing BIGINT NOT NULL,
    stale BIGINT NOT NULL,
    drift TEXT NOT NULL,
    error TEXT
);
CREATE INDEX reconciliations_by_shop ON reconciliations (shop_id, id);

-- Buyers who asked what we know; the answer is made when the merchant downloads it.
CREATE TABLE data_requests (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    shopify_request_id BIGINT NOT NULL,
    customer_id BIGINT,
    email_fingerprint TEXT,
    order_ids TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    downloaded_at BIGINT,
    UNIQUE (shop_id, shopify_request_id)
);

-- Which collections products are in: rates may depend on it, webhooks do not tell.
CREATE TABLE product_collections (
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    product_id BIGINT NOT NULL,
    collection_ids TEXT NOT NULL,
    fetched_at BIGINT NOT NULL,
    PRIMARY KEY (shop_id, product_id)
) WITHOUT ROWID;

-- Store credit that we meant to give, written before Shopify was asked.
CREATE TABLE store_credits (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    purpose TEXT NOT NULL,
    customer_id BIGINT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    state TEXT NOT NULL,
    transaction_gid TEXT,
    error TEXT,
    intended_at BIGINT NOT NULL,
    UNIQUE (shop_id, purpose)
);
