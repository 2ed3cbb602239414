-- A million orders and everything that belongs to them, copied from the first eight real ones, which
-- are of eight affiliates. For both databases. Ids are from before the first real one: a millisecond
-- of 2026 each. The orders are ten seconds apart; a customer has two of them.

-- Small tables, so that no planner can join them badly.
CREATE TEMPORARY TABLE numbers AS
    WITH RECURSIVE series (i) AS (
        SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM series WHERE i < 1000000
    )
    SELECT i, i % 8 AS k, i * 4194304 AS id, (1000000 - i) * 10000000 AS ago FROM series;
CREATE TEMPORARY TABLE sample_orders AS
    SELECT shopify_order_id - 6000000000000 AS k, orders.* FROM orders
    WHERE shopify_order_id BETWEEN 6000000000000 AND 6000000000007;
CREATE TEMPORARY TABLE sample_conversions AS
    SELECT o.k, c.* FROM conversions c JOIN sample_orders o ON o.id = c.order_id;
CREATE TEMPORARY TABLE sample_entries AS
    SELECT c.k, e.* FROM ledger_entries e JOIN sample_conversions c ON c.id = e.conversion_id;
CREATE TEMPORARY TABLE sample_firings AS
    SELECT c.k, f.* FROM firings f JOIN sample_conversions c ON c.id = f.conversion_id;
CREATE TEMPORARY TABLE sample_attempts AS
    SELECT f.k, a.* FROM attempts a JOIN sample_firings f ON f.id = a.firing_id
    WHERE a.status_code = 200;

INSERT INTO orders (
    id, shop_id, shopify_order_id, name, ordered_at, customer_id, currency, total_minor, state,
    decision, reason, is_charge, created_at, updated_at
)
SELECT
    n.id, o.shop_id, 1000000000000 + n.i, '#H' || n.i, o.ordered_at - n.ago, 9000000000000 + n.i / 2,
    o.currency, o.total_minor, o.state, o.decision, o.reason, o.is_charge, o.created_at - n.ago,
    o.updated_at - n.ago
FROM numbers n JOIN sample_orders o ON o.k = n.k ORDER BY n.i;

INSERT INTO conversions (
    id, shop_id, order_id, affiliate_id, level, source_id, program_id, program_version, click_id,
    method, share_index, status, reason, currency, sales_minor, commission_minor, first_commission_minor,
    payout_currency, payout_rate, payout_minor, explanation, memory, ordered_at, approve_at,
    approved_at, version, created_at, updated_at
)
SELECT
    n.id, c.shop_id, n.id, c.affiliate_id, c.level, c.source_id, c.program_id, c.program_version, c.click_id, c.method,
    c.share_index, 'approved', c.reason, c.currency, c.sales_minor, c.commission_minor,
    c.first_commission_minor, c.payout_currency, c.payout_rate, c.payout_minor, c.explanation,
    c.memory, c.ordered_at - n.ago, NULL, c.ordered_at - n.ago, c.version, c.created_at - n.ago, c.updated_at - n.ago
FROM numbers n JOIN sample_conversions c ON c.k = n.k ORDER BY n.i;

INSERT INTO ledger_entries (
    id, shop_id, affiliate_id, conversion_id, at, kind, reason, currency, amount_minor,
    payout_currency, payout_amount_minor, conversion_version, seq, hash
)
SELECT
    n.id, e.shop_id, e.affiliate_id, n.id, e.at - n.ago, e.kind, e.reason, e.currency,
    e.amount_minor, e.payout_currency, e.payout_amount_minor, e.conversion_version,
    -- Before the first real entry, and not part of its chain.
    -(n.i * 8 + e.conversion_version), e.hash
FROM numbers n JOIN sample_entries e ON e.k = n.k ORDER BY n.i;

INSERT INTO firings (
    id, shop_id, postback_id, affiliate_id, program_id, conversion_id, click_id, event_key, event,
    status, transaction_id, record, state, reason, run_at, attempts, last_status_code, is_replay,
    created_at, finished_at
)
SELECT
    n.id, f.shop_id, f.postback_id, f.affiliate_id, f.program_id, n.id, f.click_id,
    'history:' || n.i, f.event, f.status, CAST(1000000000000 + n.i AS TEXT), f.record, f.state,
    f.reason, f.run_at - n.ago, f.attempts, f.last_status_code, f.is_replay, f.created_at - n.ago,
    f.finished_at - n.ago
FROM numbers n JOIN sample_firings f ON f.k = n.k ORDER BY n.i;

INSERT INTO attempts (
    id, shop_id, firing_id, number, at, latency_ms, method, template, url, headers, body,
    status_code, outcome, error, response, flags, next_try_at
)
SELECT
    n.id, a.shop_id, n.id, a.number, a.at - n.ago, a.latency_ms, a.method, a.template, a.url,
    a.headers, a.body, a.status_code, a.outcome, a.error, a.response, a.flags, a.next_try_at
FROM numbers n JOIN sample_attempts a ON a.k = n.k ORDER BY n.i;

-- Their bodies are gone by then (retention).
INSERT INTO deliveries (
    id, shop_id, webhook_id, event_id, topic, api_version, triggered_at, received_at, state,
    attempts, run_at, error
)
SELECT
    n.id, o.shop_id, 'history-' || n.i, 'history-' || n.i, 'orders/create', '2026-10',
    o.created_at - n.ago, o.created_at - n.ago, 'done', 1, o.created_at - n.ago, NULL
FROM numbers n JOIN sample_orders o ON o.k = n.k ORDER BY n.i;
