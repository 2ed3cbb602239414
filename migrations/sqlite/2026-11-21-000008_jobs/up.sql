-- Long work that a merchant asked for: it goes on after a restart, its page shows how far it is, and its
-- file is kept for a while.

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY NOT NULL,
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    kind TEXT NOT NULL,
    -- What was asked for.
    input TEXT NOT NULL,
    state TEXT NOT NULL,
    -- When it may be worked on: its time to run, or the end of the present lease.
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    -- Where the next step begins.
    place TEXT,
    done BIGINT NOT NULL,
    -- Of how many; none while nobody knows.
    total BIGINT,
    pieces BIGINT NOT NULL,
    -- What its page shows when it is done.
    result TEXT,
    error TEXT,
    author TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX jobs_due ON jobs (run_at) WHERE state = 'due';
CREATE INDEX jobs_by_shop ON jobs (shop_id, id);

-- The file of a job, in the order of its pieces.
CREATE TABLE job_pieces (
    job_id BIGINT NOT NULL REFERENCES jobs (id),
    place BIGINT NOT NULL,
    shop_id BIGINT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (job_id, place)
);
