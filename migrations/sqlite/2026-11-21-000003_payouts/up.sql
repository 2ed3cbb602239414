-- Money out and the people who get it: payouts, how affiliates are paid, sign-up pages, password
-- links, outgoing mail, and the record of what the merchant did.

-- What the pages know of an affiliate and settling an order never asks.
CREATE TABLE affiliate_profiles (
    affiliate_id INTEGER PRIMARY KEY NOT NULL REFERENCES affiliates (id),
    shop_id BIGINT NOT NULL,
    payout_method TEXT,
    payout_address TEXT NOT NULL,
    notes TEXT NOT NULL,
    tags TEXT NOT NULL,
    -- What the affiliate said of itself when it signed up.
    introduction TEXT NOT NULL,
    -- When it promised to disclose that it is paid (FTC, 16 CFR Part 255).
    disclosed_at BIGINT,
    updated_at BIGINT NOT NULL
);

-- The public sign-up page of a program.
CREATE TABLE program_signups (
    program_id INTEGER PRIMARY KEY NOT NULL REFERENCES programs (id),
    shop_id BIGINT NOT NULL,
    is_open BOOLEAN NOT NULL,
    approves_at_once BOOLEAN NOT NULL,
    welcome TEXT NOT NULL,
    terms TEXT NOT NULL
);

-- Links that set a password: only a hash is kept, and using one deletes the affiliate's others.
CREATE TABLE password_links (
    token_hash TEXT PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL,
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX password_links_by_affiliate ON password_links (affiliate_id);

-- Mails that wait for a mail server, or went out. The body is encrypted: it may hold a link that
-- sets a password. It is emptied when the mail is sent.
CREATE TABLE mail_outbox (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL,
    affiliate_id BIGINT,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    run_at BIGINT NOT NULL,
    error TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX mail_outbox_due ON mail_outbox (run_at) WHERE state = 'due';
CREATE INDEX mail_outbox_by_affiliate ON mail_outbox (affiliate_id, id) WHERE affiliate_id IS NOT NULL;

-- Who did what, in words.
CREATE TABLE activity (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    subject TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    words TEXT NOT NULL
);
CREATE INDEX activity_by_shop ON activity (shop_id, id);
CREATE INDEX activity_by_subject ON activity (subject_id, subject, id);

-- A round of payouts by one method. Its rows say how far each payment got.
CREATE TABLE payout_batches (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    method TEXT NOT NULL,
    note TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    locked_at BIGINT,
    sent_at BIGINT,
    UNIQUE (shop_id, number)
);

-- One payment to one affiliate in one currency: its own row in an export, with an own key, so that
-- a payment service that is asked twice pays once.
CREATE TABLE payouts (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL,
    batch_id BIGINT NOT NULL REFERENCES payout_batches (id),
    affiliate_id BIGINT NOT NULL REFERENCES affiliates (id),
    method TEXT NOT NULL,
    -- As they were when the batch was locked.
    recipient_name TEXT NOT NULL,
    recipient_address TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    payout_currency TEXT NOT NULL,
    payout_amount_minor BIGINT NOT NULL,
    idempotency_key TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    reference TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (batch_id, affiliate_id, payout_currency),
    UNIQUE (idempotency_key)
);
CREATE INDEX payouts_by_affiliate ON payouts (affiliate_id, id);

-- The ledger entries that a payout pays. The key makes it impossible to pay one twice; a payout
-- that failed gives its entries back.
CREATE TABLE payout_entries (
    entry_id INTEGER PRIMARY KEY NOT NULL REFERENCES ledger_entries (id),
    payout_id BIGINT NOT NULL REFERENCES payouts (id),
    shop_id BIGINT NOT NULL
);
CREATE INDEX payout_entries_by_payout ON payout_entries (payout_id);

-- A payment service's own empty form, whose columns the export fills by their names.
CREATE TABLE payout_templates (
    shop_id BIGINT NOT NULL,
    method TEXT NOT NULL,
    currency TEXT NOT NULL,
    header TEXT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    PRIMARY KEY (shop_id, method, currency)
) WITHOUT ROWID;

-- What is due in a shop. No balance ever changes its shop, so writing one does not touch the index.
CREATE INDEX balances_by_shop ON balances (shop_id, affiliate_id);
