//! The payloads obey the identities that hold on all real captures (shopify.md 3.4).
