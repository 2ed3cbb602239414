-- How often each affiliate's code decided about orders, by day (UTC), and what speaks for its having
-- leaked: kept by the transaction that decides, so that the coupon meter never reads orders.
CREATE TABLE code_days (
    shop_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    code_folded TEXT NOT NULL,
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    orders BIGINT NOT NULL,
    without_click BIGINT NOT NULL,
    from_coupon_sites BIGINT NOT NULL,
    last_moment BIGINT NOT NULL,
    PRIMARY KEY (shop_id, day, code_folded, affiliate_id)
) WITH (fillfactor = 70);
