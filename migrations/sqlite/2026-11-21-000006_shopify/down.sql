DROP TABLE store_credits;
DROP TABLE product_collections;
DROP TABLE data_requests;
DROP TABLE reconciliations;
DROP TABLE shopify_tasks;
DROP TABLE installations;
