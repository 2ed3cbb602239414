//! 200 histories through the whole product, on each database.
