-- Affiliates' pixels and what is sent to them, banners and their impressions, the merchant's goals,
-- and visits that are only counted. Conventions as in the foundation.

-- An affiliate's own pixel at an advertising network (U9 to U11).
CREATE TABLE pixels (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    -- The network's id: digits.
    number TEXT NOT NULL,
    choice TEXT NOT NULL,
    -- Encrypted for its row, only ever written.
    access_token BLOB,
    test_code TEXT,
    is_enabled BOOLEAN NOT NULL,
    approval TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- Its events stay as proof.
    deleted_at BIGINT,
    UNIQUE (affiliate_id, number)
);
CREATE INDEX pixels_by_shop ON pixels (shop_id, id);

-- What a browser said at the checkout about consent, by order or by visitor: what a server event
-- needs, and only for as long as one may be sent.
CREATE TABLE browser_signals (
    shop_id BIGINT NOT NULL,
    subject TEXT NOT NULL,
    consent BIGINT NOT NULL,
    user_agent TEXT,
    fbp TEXT,
    fbc TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (shop_id, subject)
) WITHOUT ROWID;
CREATE INDEX browser_signals_by_time ON browser_signals (at);

-- The outbox of server events: written by the transaction of the conversion, like a firing.
CREATE TABLE pixel_events (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL,
    pixel_id BIGINT NOT NULL REFERENCES pixels (id),
    affiliate_id BIGINT NOT NULL,
    conversion_id BIGINT,
    -- Names the event: sent once per pixel, and the same name goes out from the browser.
    event_id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Under which a browser's word about consent may come.
    order_subject TEXT NOT NULL,
    visitor_subject TEXT,
    details TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    -- When it may be sent: its time to run, or the end of the present lease.
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    last_status_code BIGINT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    UNIQUE (pixel_id, event_id)
);
CREATE INDEX pixel_events_due ON pixel_events (run_at) WHERE state = 'due';
CREATE INDEX pixel_events_waiting ON pixel_events (shop_id, order_subject) WHERE state = 'waiting';
CREATE INDEX pixel_events_by_affiliate ON pixel_events (affiliate_id, id);

-- One row per request made for a server event: the proof, without the token.
CREATE TABLE pixel_attempts (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL,
    event_id BIGINT NOT NULL REFERENCES pixel_events (id),
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    latency_ms BIGINT NOT NULL,
    url TEXT NOT NULL,
    body TEXT,
    status_code BIGINT,
    outcome TEXT NOT NULL,
    error TEXT,
    response TEXT,
    next_try_at BIGINT
);
CREATE INDEX pixel_attempts_by_event ON pixel_attempts (event_id, id);

-- Visits that are counted and not stored: bots, and visitors who allowed nothing (N20).
CREATE TABLE visit_counts (
    shop_id BIGINT NOT NULL,
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    day BIGINT NOT NULL,
    bots BIGINT NOT NULL,
    without_consent BIGINT NOT NULL,
    PRIMARY KEY (affiliate_id, day)
) WITHOUT ROWID;
CREATE INDEX visit_counts_by_shop ON visit_counts (shop_id, day);

-- Banners of the merchant that affiliates show.
CREATE TABLE creatives (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    program_id BIGINT REFERENCES programs (id),
    name TEXT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    target_path TEXT NOT NULL,
    -- None: the picture was uploaded.
    image_url TEXT,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE INDEX creatives_by_shop ON creatives (shop_id, id);

CREATE TABLE creative_images (
    creative_id INTEGER PRIMARY KEY NOT NULL,
    media_type TEXT NOT NULL,
    body BLOB NOT NULL
);

-- Who saw which banner today, so that an impression counts once; dropped when the day is over.
CREATE TABLE impressions_seen (
    day BIGINT NOT NULL,
    creative_id BIGINT NOT NULL,
    affiliate_id BIGINT NOT NULL,
    viewer TEXT NOT NULL,
    PRIMARY KEY (day, creative_id, affiliate_id, viewer)
) WITHOUT ROWID;

CREATE TABLE creative_stats (
    shop_id BIGINT NOT NULL,
    creative_id BIGINT NOT NULL REFERENCES creatives (id),
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    day BIGINT NOT NULL,
    impressions BIGINT NOT NULL,
    clicks BIGINT NOT NULL,
    PRIMARY KEY (creative_id, affiliate_id, day)
) WITHOUT ROWID;
CREATE INDEX creative_stats_by_affiliate ON creative_stats (affiliate_id, day);

-- What the merchant wants to be reached besides orders.
CREATE TABLE goals (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    product_id BIGINT,
    commission_minor BIGINT NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (shop_id, slug)
);

-- One goal reached by one visitor, customer or order.
CREATE TABLE goal_conversions (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL,
    goal_id BIGINT NOT NULL REFERENCES goals (id),
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    program_id BIGINT NOT NULL REFERENCES programs (id),
    click_id BIGINT,
    -- Whose reaching of the goal it is: once each.
    subject TEXT NOT NULL,
    status TEXT NOT NULL,
    commission_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (goal_id, subject)
);
CREATE INDEX goal_conversions_by_shop ON goal_conversions (shop_id, id);
CREATE INDEX goal_conversions_by_affiliate ON goal_conversions (affiliate_id, id);
