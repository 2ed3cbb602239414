-- The commission engine's own tables: the ends of the ledger's chains, sums of approved sales by
-- period, bonuses granted, and what people wrote beside entries of their own.

-- The end of each shop's chain: how many entries there are and the last one's hash. The row is the
-- lock under which entries get their places. Without it a tail cut off would not be missed.
CREATE TABLE ledger_heads (
    shop_id BIGINT PRIMARY KEY NOT NULL,
    entries BIGINT NOT NULL,
    hash BLOB NOT NULL,
    day BIGINT NOT NULL
) WITHOUT ROWID;

-- Where each shop's chain stood when a day (UTC) ended: published to the merchant.
CREATE TABLE ledger_daily_heads (
    shop_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (shop_id, day)
) WITHOUT ROWID;

-- Net approved sales of an affiliate in one program, by period of the orders: what tiers and bonuses
-- look at, whatever the number of orders. The peak is the highest sum that the period ever had.
CREATE TABLE period_sales (
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    program_id BIGINT NOT NULL,
    scope TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    shop_id BIGINT NOT NULL,
    sales_minor BIGINT NOT NULL CHECK (typeof(sales_minor) = 'integer'),
    peak_minor BIGINT NOT NULL CHECK (typeof(peak_minor) = 'integer'),
    PRIMARY KEY (affiliate_id, program_id, scope, starts_at)
) WITHOUT ROWID;

-- Bonuses, once per period: what stands in the ledger for each.
CREATE TABLE bonus_grants (
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    program_id BIGINT NOT NULL,
    scope TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    position BIGINT NOT NULL,
    shop_id BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    payout_currency TEXT NOT NULL,
    payout_minor BIGINT NOT NULL,
    PRIMARY KEY (affiliate_id, program_id, scope, starts_at, position)
) WITHOUT ROWID;

-- What a person wrote beside an entry of their own, and the order that it is about.
CREATE TABLE manual_entries (
    entry_id BIGINT PRIMARY KEY NOT NULL REFERENCES ledger_entries (id),
    shop_id BIGINT NOT NULL,
    order_id BIGINT REFERENCES orders (id),
    author TEXT NOT NULL,
    note TEXT NOT NULL,
    -- Made with the form: the same form sent twice is one entry.
    request TEXT NOT NULL,
    UNIQUE (shop_id, request)
) WITHOUT ROWID;
CREATE INDEX manual_entries_by_order ON manual_entries (order_id) WHERE order_id IS NOT NULL;
