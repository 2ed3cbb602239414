//! Proof of the Shopify contract against recorded payloads and recomputed signatures.
//!
//! `fixtures/test-vectors.json` and `fixtures/synthetic` are ours. Recordings of real stores may be
//! read but not copied, so they are looked for beside the project and skipped, loudly, when absent.

#[cfg(test)]
mod amounts;
#[cfg(test)]
mod events;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod refunds;
#[cfg(test)]
mod tolerance;
#[cfg(test)]
mod vectors;
