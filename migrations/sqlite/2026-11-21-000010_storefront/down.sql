DROP INDEX clicks_by_report;
