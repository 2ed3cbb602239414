DROP TABLE manual_entries;
DROP TABLE bonus_grants;
DROP TABLE period_sales;
DROP TABLE ledger_daily_heads;
DROP TABLE ledger_heads;
