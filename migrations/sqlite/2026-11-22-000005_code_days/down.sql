DROP TABLE code_days;
