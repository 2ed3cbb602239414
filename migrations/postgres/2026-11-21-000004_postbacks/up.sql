-- What proves a postback's origin, what its two sides are told, and the log's way to what went wrong.

-- Secrets that postbacks are signed with, encrypted. An owner has one, or two while it changes them.
CREATE TABLE signing_secrets (
    id BIGINT PRIMARY KEY,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    affiliate_id BIGINT REFERENCES affiliates (id),
    secret BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX signing_secrets_by_owner ON signing_secrets (shop_id, affiliate_id);

-- What one side has to be told without having asked: append-only, one row for each reader.
CREATE TABLE notices (
    id BIGINT PRIMARY KEY,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    affiliate_id BIGINT REFERENCES affiliates (id),
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    words TEXT NOT NULL
);
CREATE INDEX notices_by_reader ON notices (shop_id, affiliate_id, id);

-- The log of one postback, and its replay by time.
CREATE INDEX firings_by_postback ON firings (postback_id, created_at, id);
-- What went wrong is looked for most and found least: without this the log reads a million good rows.
CREATE INDEX firings_stopped ON firings (shop_id, created_at, id) WHERE state IN ('failed', 'not_sent', 'held');
-- The portion of a backlog that is under way.
CREATE INDEX firings_replaying ON firings (postback_id, id) WHERE state = 'due' AND is_replay;
CREATE INDEX postbacks_backlog ON postbacks (backlog_since) WHERE backlog_since IS NOT NULL;
CREATE INDEX postbacks_failing ON postbacks (failing_since) WHERE failing_since IS NOT NULL;
