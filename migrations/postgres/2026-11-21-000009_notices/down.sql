DROP TABLE shop_contacts;
