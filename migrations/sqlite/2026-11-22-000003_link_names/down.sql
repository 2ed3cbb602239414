DROP TABLE click_readers;
DROP TABLE link_names;
