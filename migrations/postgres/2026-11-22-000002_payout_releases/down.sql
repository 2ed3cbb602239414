DROP TABLE payout_releases;
