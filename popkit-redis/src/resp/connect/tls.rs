//! TLS, by rustls.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, CertificateError, ClientConfig, RootCertStore};

use crate::resp::lost;
use crate::{Address, Error, ErrorKind, RedisConfig, Result};

/// Whom to trust, read once.
#[derive(Clone)]
pub(super) struct Tls(TlsConnector);

impl Tls {
    /// Reads the authorities: those in the file, else those of the system.
    pub(super) async fn load(config: &RedisConfig) -> Result<Self> {
        let file = config.ca.clone();
        let read = move || match file {
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
        let client = client.with_root_certificates(trusted).with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(client))))
    }

    /// Greets the server and checks that it is the one that was meant.
    pub(super) async fn greet(
        &self,
        config: &RedisConfig,
        host: &str,
        port: u16,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            let message =
                format!("{host} is neither a host's name nor an address, as TLS needs it");
            Error::new(ErrorKind::InvalidConfig, message)
        })?;
        let greeted = self.0.connect(name, stream).await;
        greeted.map_err(|error| refused(config, &Address::tcp(host, port).to_string(), &error))
    }
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

/// What rustls found wrong, with its mend.
fn refused(config: &RedisConfig, at: &str, error: &io::Error) -> Error {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    let what = match cause {
        None => return lost::unreachable(config, at, error),
        Some(rustls::Error::InvalidMessage(_)) => "does not speak TLS; use redis://".to_owned(),
        Some(rustls::Error::InvalidCertificate(problem)) => match problem {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "has a certificate of an authority that is not trusted; give it with ca=FILE"
                    .to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "has a certificate for another name; use the name in it".to_owned()
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "has a certificate that is expired; renew it".to_owned()
            }
            other => format!("has a certificate that is refused: {other}"),
        },
        Some(other) => format!("could not agree on TLS: {other}"),
    };
    Error::new(ErrorKind::InvalidConfig, format!("{at} {what}"))
}

/// That parts of the `redis` crate that greet servers themselves find a provider: they would
/// panic where several are linked and none is installed.
#[cfg(any(feature = "cluster", feature = "sentinel"))]
pub(super) fn provider_for(what: &str) -> Result<()> {
    if CryptoProvider::get_default().is_some() {
        return Ok(());
    }
    let message = format!(
        "{what} over TLS needs a process-wide TLS provider; call \
         rustls::crypto::ring::default_provider().install_default() when the program starts"
    );
    Err(Error::new(ErrorKind::InvalidConfig, message))
}

/// The PEM text of the authorities to trust, for parts of the `redis` crate; `None` for the
/// system's.
#[cfg(any(feature = "cluster", feature = "sentinel"))]
pub(super) fn authorities(config: &RedisConfig) -> Result<Option<Vec<u8>>> {
    let Some(file) = &config.ca else { return Ok(None) };
    let read = std::fs::read(file);
    read.map(Some).map_err(|error| {
        let message = format!("ca={}: cannot read it: {error}", file.display());
        Error::new(ErrorKind::InvalidConfig, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_certificate_is_told_with_its_mend() {
        let config = RedisConfig::tcp("a", 1).tls(true);
        for (problem, says) in [
            (CertificateError::UnknownIssuer, "give it with ca=FILE"),
            (CertificateError::NotValidForName, "for another name; use the name in it"),
            (CertificateError::Expired, "is expired; renew it"),
            (CertificateError::Revoked, "is refused"),
        ] {
            let cause = rustls::Error::InvalidCertificate(problem);
            let error = refused(&config, "a:1", &io::Error::new(io::ErrorKind::InvalidData, cause));
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            assert!(error.message().contains(says), "{error}");
        }
        let cause = rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        let error = refused(&config, "a:1", &io::Error::new(io::ErrorKind::InvalidData, cause));
        assert!(error.message().contains("does not speak TLS; use redis://"), "{error}");
        let error = refused(&config, "a:1", &io::ErrorKind::UnexpectedEof.into());
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
}
