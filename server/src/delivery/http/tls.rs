//! TLS: ring is the only provider, and there are always roots to trust.

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

/// Makes ring the process's TLS provider. Every client built afterwards needs it, reqwest's too
/// (which panics without), so `main` calls this first. Repeating it does nothing.
pub fn install_crypto_provider() {
    // An error only means that a provider is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The certificates to trust: the machine's own, so that an operator can add an intranet's root
/// (`SSL_CERT_FILE` is honoured); where it has none, as on a bare Debian without
/// `ca-certificates`, Mozilla's list as of the build.
#[must_use]
pub fn root_certificates() -> Vec<CertificateDer<'static>> {
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        tracing::debug!(%error, "a root certificate of this machine is unreadable");
    }
    or_built_in(native.certs)
}

fn or_built_in(native: Vec<CertificateDer<'static>>) -> Vec<CertificateDer<'static>> {
    if native.is_empty() {
        tracing::warn!("this machine has no root certificates; using the built-in list");
        return webpki_root_certs::TLS_SERVER_ROOT_CERTS.to_vec();
    }
    native
}

/// A client configuration that trusts these roots and asks for HTTP/1.1 only.
pub(super) fn client_config(roots: Vec<CertificateDer<'static>>) -> ClientConfig {
    install_crypto_provider();
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(roots);
    ClientConfig::builder().with_root_certificates(store).with_no_client_auth()
}

#[cfg(test)]
mod tests;
