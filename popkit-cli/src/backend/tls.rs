//! What TLS needs once per process.

use tokio_rustls::rustls::crypto::ring;

/// Names the provider of the whole process: connections to a cluster and to Sentinels find
/// theirs by it. One that is named already stays.
pub(crate) fn provide() {
    // It fails only where there is one.
    let _ = ring::default_provider().install_default();
}
