//! What goes wrong between us and the service.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use tokio_rustls::rustls::{self, CertificateError};

use crate::rest::RestConfig;
use crate::{Error, ErrorKind};

/// A request that failed. Its outcome is set by whoever knows whether it was sent.
pub(in crate::rest) fn of_request(
    config: &RestConfig,
    title: &str,
    error: &reqwest::Error,
) -> Error {
    if let Some(tls) = cause::<rustls::Error>(error) {
        return of_tls(config, tls);
    }
    let mend = if error.is_builder() {
        let message = format!("no request can be made of {title} for {config}");
        return Error::new(ErrorKind::Unexpected, message);
    } else if error.is_dns() {
        format!("cannot find {}: is the name right, and is there a network?", config.address)
    } else if error.is_connect() {
        unconnected(config, error)
    } else {
        format!("the connection to {config} was lost before {title} was answered")
    };
    Error::new(ErrorKind::Unavailable, mend)
}

/// An answer that did not come in time.
pub(in crate::rest) fn late(config: &RestConfig, title: &str, waited: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("{config} did not answer {title} within {waited:?}"))
}

/// An answer that is larger than what is taken.
pub(in crate::rest) fn large(title: &str, limit: usize) -> Error {
    let message =
        format!("the answer to {title} is over {limit} bytes; ask for less, or raise answer_limit");
    Error::new(ErrorKind::PayloadTooLarge, message)
}

/// A handle that was closed.
pub(in crate::rest) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the Redis handle was closed; open a new one")
}

fn unconnected(config: &RestConfig, error: &reqwest::Error) -> String {
    let at = &config.address;
    match cause::<io::Error>(error).map(io::Error::kind) {
        _ if error.is_timeout() => {
            format!("no connection to {at} within {:?}", config.connect_timeout)
        }
        Some(io::ErrorKind::ConnectionRefused) => {
            format!("cannot connect to {at}: connection refused; is the service running there?")
        }
        Some(io::ErrorKind::TimedOut) => format!("no connection to {at} in time"),
        Some(kind) => format!("cannot connect to {at}: {kind}"),
        None => format!("cannot connect to {at}"),
    }
}

/// What rustls found wrong, with its mend.
fn of_tls(config: &RestConfig, error: &rustls::Error) -> Error {
    let at = &config.address;
    let what = match error {
        rustls::Error::InvalidMessage(_) => "does not speak TLS; is this the REST URL?".to_owned(),
        rustls::Error::InvalidCertificate(problem) => match problem {
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
        other => format!("could not agree on TLS: {other}"),
    };
    Error::new(ErrorKind::InvalidConfig, format!("{at} {what}"))
}

/// The first cause of this type. An `io::Error` hides what it carries from the usual chain.
fn cause<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match carried {
            Some(carried) => Some(carried as &(dyn StdError + 'static)),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_certificate_is_told_with_its_mend() {
        let config = RestConfig::new("a");
        for (problem, says) in [
            (CertificateError::UnknownIssuer, "give it with ca=FILE"),
            (CertificateError::NotValidForName, "for another name; use the name in it"),
            (CertificateError::Expired, "is expired; renew it"),
            (CertificateError::Revoked, "is refused"),
        ] {
            let error = of_tls(&config, &rustls::Error::InvalidCertificate(problem));
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            assert!(error.message().contains(says), "{error}");
        }
        let plain = rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        assert!(of_tls(&config, &plain).message().contains("a:443 does not speak TLS"));
    }

    #[test]
    fn a_cause_is_found_inside_of_an_io_error() {
        let inner = rustls::Error::HandshakeNotComplete;
        let error = io::Error::other(io::Error::other(inner));
        assert!(cause::<rustls::Error>(&error).is_some());
        assert!(cause::<rustls::Error>(&io::Error::other("x")).is_none());
    }
}
