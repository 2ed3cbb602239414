-- A browser's report of a visit is one click, also when two processes take it in the same instant.
CREATE UNIQUE INDEX clicks_by_report ON clicks (visitor, report_id, shop_id, affiliate_id)
    WHERE report_id IS NOT NULL;
