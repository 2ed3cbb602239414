-- Names of the parameters that links have carried: of each affiliate's links, and, with affiliate 0, of all
-- links of the shop. At most some hundred for each.
CREATE TABLE link_names (
    shop_id BIGINT NOT NULL REFERENCES shops (id),
    affiliate_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    -- Days since 1970.
    first_day BIGINT NOT NULL,
    last_day BIGINT NOT NULL,
    PRIMARY KEY (shop_id, affiliate_id, name)
) WITHOUT ROWID;
CREATE INDEX link_names_by_day ON link_names (last_day);

-- How far those have come who read the clicks after they were stored.
CREATE TABLE click_readers (
    reader TEXT PRIMARY KEY NOT NULL,
    last_click_id BIGINT NOT NULL
) WITHOUT ROWID;
