//! Certificates for a server that speaks TLS, made with the `openssl` program.

use std::fs;
use std::path::{Path, PathBuf};

use super::process::openssl;

/// What the two certificates are for. Given in full, since the system's own file may say anything.
const CONFIG: &str = "\
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
";

/// A server's certificate and key, and the authority that has signed it.
#[derive(Debug)]
pub(super) struct Certificate {
    /// The authority's certificate, which a client has to trust.
    pub(super) authority: PathBuf,
    /// The server's certificate.
    pub(super) chain: PathBuf,
    /// The server's key.
    pub(super) key: PathBuf,
}

impl Certificate {
    /// Makes an authority and a certificate for loopback in `folder`, valid for a month.
    ///
    /// # Panics
    ///
    /// When `openssl` is missing or fails.
    #[track_caller]
    pub(super) fn issue(folder: &Path) -> Self {
        let made = Self {
            authority: folder.join("ca.pem"),
            chain: folder.join("server.pem"),
            key: folder.join("server.key"),
        };
        if let Err(error) = fs::write(folder.join("openssl.cnf"), CONFIG) {
            panic!("no openssl.cnf in {}: {error}", folder.display());
        }
        let curve = ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out"];
        openssl(folder, &[&curve[..], &["ca.key"]].concat());
        openssl(folder, &[&curve[..], &["server.key"]].concat());
        let request = ["req", "-new", "-sha256", "-config", "openssl.cnf"];
        let authority = "-x509 -days 30 -extensions authority -key ca.key -out ca.pem";
        let subject = ["-subj", "/CN=popkit test authority"];
        openssl(folder, &[&request[..], &words(authority), &subject].concat());
        let server = "-key server.key -out server.csr -subj /CN=localhost";
        openssl(folder, &[&request[..], &words(server)].concat());
        let sign = "x509 -req -sha256 -days 30 -in server.csr -CA ca.pem -CAkey ca.key \
                    -set_serial 2 -extfile openssl.cnf -extensions server -out server.pem";
        openssl(folder, &words(sign));
        made
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch;

    #[test]
    fn the_authority_vouches_for_the_server_on_loopback() {
        let folder = scratch();
        let made = Certificate::issue(folder.path());
        assert!([&made.authority, &made.chain, &made.key].into_iter().all(|path| path.is_file()));
        let check = "verify -purpose sslserver -verify_ip 127.0.0.1 -CAfile ca.pem server.pem";
        openssl(folder.path(), &words(check));
    }

    #[test]
    #[should_panic(expected = "openssl verify failed")]
    fn another_authority_does_not() {
        let (mine, other) = (scratch(), scratch());
        Certificate::issue(mine.path());
        let foreign = Certificate::issue(other.path()).authority;
        let trusted = foreign.display().to_string();
        openssl(mine.path(), &["verify", "-CAfile", &trusted, "server.pem"]);
    }
}
