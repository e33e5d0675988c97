//! TLS, by rustls.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::rest::RestConfig;
use crate::{Error, ErrorKind, Result};

/// Whom to trust: the authorities in the file, else those of the system. Without TLS, nobody.
pub(super) async fn client(config: &RestConfig) -> Result<ClientConfig> {
    let (tls, file) = (config.tls, config.ca.clone());
    let read = move || match file {
        _ if !tls => Ok(RootCertStore::empty()),
        Some(file) => of_file(&file),
        None => of_system(),
    };
    let trusted = tokio::task::spawn_blocking(read).await.map_err(|error| {
        let message = "reading the trusted authorities was ended";
        Error::new(ErrorKind::Unexpected, message).with_source(error)
    })??;
    // The process-wide provider where there is one; none is installed here.
    let provider = CryptoProvider::get_default()
        .map_or_else(|| Arc::new(ring::default_provider()), Arc::clone);
    let versions =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let client = versions.map_err(|error| {
        let message = "the process-wide TLS provider knows no version of TLS that is safe";
        Error::new(ErrorKind::InvalidConfig, message).with_source(error)
    })?;
    Ok(client.with_root_certificates(trusted).with_no_client_auth())
}

fn of_file(file: &Path) -> Result<RootCertStore> {
    let wrong = |what: String| {
        let message = format!("ca={}: {what}", file.display());
        Error::new(ErrorKind::InvalidConfig, message)
    };
    let pem = std::fs::read(file).map_err(|error| wrong(format!("cannot read it: {error}")))?;
    let mut trusted = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|_| wrong("it is no PEM file".to_owned()))?;
        trusted.add(certificate).map_err(|_| wrong("it holds no usable certificate".to_owned()))?;
    }
    if trusted.is_empty() {
        return Err(wrong("it holds no certificate".to_owned()));
    }
    Ok(trusted)
}

fn of_system() -> Result<RootCertStore> {
    let mut trusted = RootCertStore::empty();
    // One odd certificate among the system's does not make the others useless.
    trusted.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if trusted.is_empty() {
        let message = "the system trusts no authority; install ca-certificates, or give ca=FILE";
        return Err(Error::new(ErrorKind::InvalidConfig, message));
    }
    Ok(trusted)
}
