-- Affiliates whom the merchant pays although many of their orders were refunded, and how many those were
-- when it said so: more of them hold the payouts again.
CREATE TABLE payout_releases (
    affiliate_id BIGINT PRIMARY KEY NOT NULL REFERENCES affiliates (id),
    shop_id BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    released_at BIGINT NOT NULL
);
