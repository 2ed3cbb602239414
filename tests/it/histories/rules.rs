//! 10,000 histories through the rules alone.
