DROP INDEX postbacks_failing;
DROP INDEX postbacks_backlog;
DROP INDEX firings_replaying;
DROP INDEX firings_stopped;
DROP INDEX firings_by_postback;
DROP TABLE notices;
DROP TABLE signing_secrets;
