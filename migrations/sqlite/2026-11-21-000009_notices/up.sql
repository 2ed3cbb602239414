-- Where a merchant is told what it should not miss: its own choice, else what Shopify says.
CREATE TABLE shop_contacts (
    shop_id INTEGER PRIMARY KEY NOT NULL REFERENCES shops (id),
    known_to_shopify TEXT,
    chosen TEXT
);
