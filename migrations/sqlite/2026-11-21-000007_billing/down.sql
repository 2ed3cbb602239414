DROP TABLE order_facts;
DROP TABLE shop_codes;
DROP TABLE program_discounts;
DROP TABLE usage_charges;
DROP TABLE shop_plans;
