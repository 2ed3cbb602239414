-- What a shop pays for the app, discount codes that are made in Shopify, and facts about orders that
-- only Shopify knows.

-- The plan as Shopify last told it.
CREATE TABLE shop_plans (
    shop_id INTEGER PRIMARY KEY NOT NULL REFERENCES shops (id),
    -- The active plan; none while nothing is paid.
    name TEXT,
    -- How the subscription stands that was told of last, in Shopify's word.
    status TEXT NOT NULL,
    -- A development store: everything is open, nothing is charged.
    is_development BOOLEAN NOT NULL,
    period_ends_at BIGINT,
    -- The line that usage is charged on, how much of it is used, and the most that may be.
    usage_line TEXT,
    usage_currency TEXT,
    used_minor BIGINT NOT NULL,
    cap_minor BIGINT NOT NULL,
    -- Sales from this day on are charged.
    usage_from_day BIGINT,
    -- Why usage could not be charged, in words for the merchant.
    usage_problem TEXT,
    asked_at BIGINT NOT NULL
);

-- Charges for usage, written before Shopify is asked: one for each line and day.
CREATE TABLE usage_charges (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    usage_line TEXT NOT NULL,
    -- Sales until the end of this day are in it.
    day BIGINT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    state TEXT NOT NULL,
    record_gid TEXT,
    error TEXT,
    intended_at BIGINT NOT NULL,
    UNIQUE (shop_id, usage_line, day)
);

-- The discount whose codes the affiliates of a program have.
CREATE TABLE program_discounts (
    program_id INTEGER PRIMARY KEY NOT NULL REFERENCES programs (id),
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    percent_bps BIGINT,
    amount_minor BIGINT,
    once_per_customer BOOLEAN NOT NULL,
    -- Whoever is approved gets a code.
    is_automatic BOOLEAN NOT NULL,
    -- Its name at Shopify, by which it is recognised after a lost answer.
    title TEXT NOT NULL,
    -- Shopify's id; none until it is made.
    discount_gid TEXT,
    state TEXT NOT NULL,
    error TEXT,
    updated_at BIGINT NOT NULL
);
CREATE INDEX program_discounts_by_shop ON program_discounts (shop_id);

-- Codes of affiliates that we make at Shopify.
CREATE TABLE shop_codes (
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    code_folded TEXT NOT NULL,
    code TEXT NOT NULL,
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    program_id BIGINT NOT NULL REFERENCES programs (id),
    state TEXT NOT NULL,
    error TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (shop_id, code_folded)
) WITHOUT ROWID;
CREATE INDEX shop_codes_by_affiliate ON shop_codes (affiliate_id);
CREATE INDEX shop_codes_by_program ON shop_codes (program_id, state);

-- What only Shopify knows of an order, looked up once: it counts for the order for ever.
CREATE TABLE order_facts (
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    shopify_order_id BIGINT NOT NULL,
    -- Collections by product.
    collections TEXT NOT NULL,
    -- The customer had ordered before; none where that is not known.
    is_returning BOOLEAN,
    looked_up_at BIGINT NOT NULL,
    PRIMARY KEY (shop_id, shopify_order_id)
) WITHOUT ROWID;
