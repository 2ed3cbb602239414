DROP TABLE job_pieces;
DROP TABLE jobs;
