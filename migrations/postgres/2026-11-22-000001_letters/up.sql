-- A merchant's own words for mails to affiliates, and mails that it has switched off.
CREATE TABLE letters (
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    kind TEXT NOT NULL,
    -- None: our own words.
    subject TEXT,
    body TEXT,
    is_on BOOLEAN NOT NULL,
    PRIMARY KEY (shop_id, kind)
);

-- Which of these mails an affiliate wants, where it has said so.
CREATE TABLE letter_choices (
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    kind TEXT NOT NULL,
    shop_id BIGINT NOT NULL,
    is_wanted BOOLEAN NOT NULL,
    -- Of mails that sum up: until when the affiliate was told.
    told_until BIGINT NOT NULL,
    PRIMARY KEY (affiliate_id, kind)
);
CREATE INDEX letter_choices_by_kind ON letter_choices (kind, told_until) WHERE is_wanted;
