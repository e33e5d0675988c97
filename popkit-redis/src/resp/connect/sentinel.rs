//! Asks Sentinels for the primary.

use std::fmt;

use redis::ConnectionAddr;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
#[cfg(feature = "tls")]
use redis::{TlsCertificates, TlsMode};
use secrecy::ExposeSecret as _;
use tokio::sync::Mutex;

use crate::{Address, Error, ErrorKind, RedisConfig, Result, Servers};

/// The Sentinels of a configuration.
///
/// The `redis` crate asks several at a time, with its own short time-outs, and checks by `ROLE`
/// that the server they name takes writes: its user must be allowed to ask that.
pub(super) struct Sentinels {
    client: Mutex<SentinelClient>,
    master: String,
}

impl Sentinels {
    /// Those of this configuration, if it has some.
    pub(super) fn of(config: &RedisConfig) -> Result<Option<Self>> {
        let Servers::Sentinel { sentinels, master } = &config.servers else { return Ok(None) };
        let built = builder(config, sentinels, master)?.build();
        let client = built.map_err(|error| unusable(&error))?;
        Ok(Some(Self { client: Mutex::new(client), master: master.clone() }))
    }

    /// The server that takes the writes now, as most likely seen.
    pub(super) async fn primary(&self) -> Result<Address> {
        let found = self.client.lock().await.async_get_client().await;
        let client = found.map_err(|error| self.unknown(&error))?;
        match client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                Ok(Address::tcp(host.as_str(), *port))
            }
            _ => {
                let message = "the Sentinels name an address that is no host and port";
                Err(Error::new(ErrorKind::Unexpected, message))
            }
        }
    }

    fn unknown(&self, error: &redis::RedisError) -> Error {
        let Self { master, .. } = self;
        let (kind, message) = match error.kind() {
            redis::ErrorKind::MasterNameNotFoundBySentinel => (
                ErrorKind::Unavailable,
                format!(
                    "the Sentinels know no working primary called {master}; check the name, or \
                     wait for the failover"
                ),
            ),
            redis::ErrorKind::AuthenticationFailed => (
                ErrorKind::Unauthenticated,
                "a Sentinel, or the primary, refused the user or password; see \
                 sentinel_password for the Sentinels"
                    .to_owned(),
            ),
            redis::ErrorKind::InvalidClientConfig => (
                ErrorKind::InvalidConfig,
                "an address given as a Sentinel is none; use redis:// for a server".to_owned(),
            ),
            redis::ErrorKind::Io => {
                (ErrorKind::Unavailable, format!("no Sentinel that knows {master} answers"))
            }
            _ => match error.code() {
                Some("NOPERM") => (
                    ErrorKind::PermissionDenied,
                    "the Redis user may not run ROLE, by which the primary is known; allow it: \
                     ACL SETUSER NAME +role"
                        .to_owned(),
                ),
                Some("NOAUTH" | "WRONGPASS") => (
                    ErrorKind::Unauthenticated,
                    "a Sentinel, or the primary, wants another password; see sentinel_password"
                        .to_owned(),
                ),
                _ => (
                    ErrorKind::Unavailable,
                    format!("the Sentinels cannot tell the primary {master}: {}", error.category()),
                ),
            },
        };
        Error::new(kind, message)
    }
}

impl fmt::Debug for Sentinels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sentinels").field("master", &self.master).finish_non_exhaustive()
    }
}

fn builder(
    config: &RedisConfig,
    sentinels: &[Address],
    master: &str,
) -> Result<SentinelClientBuilder> {
    let addresses = sentinels.iter().filter_map(|address| match address {
        Address::Tcp { host, port } if config.tls => Some(ConnectionAddr::TcpTls {
            host: host.clone(),
            port: *port,
            insecure: false,
            tls_params: None,
        }),
        Address::Tcp { host, port } => Some(ConnectionAddr::Tcp(host.clone(), *port)),
        Address::Unix(_) => None,
    });
    let built = SentinelClientBuilder::new(addresses, master, SentinelServerType::Master);
    let mut builder =
        built.map_err(|error| unusable(&error))?.set_client_to_redis_db(i64::from(config.db));
    if let Some(user) = &config.user {
        builder = builder.set_client_to_redis_username(user);
    }
    if let Some(password) = &config.password {
        builder = builder.set_client_to_redis_password(password.expose_secret());
    }
    if let Some(user) = &config.sentinel_user {
        builder = builder.set_client_to_sentinel_username(user);
    }
    if let Some(password) = &config.sentinel_password {
        builder = builder.set_client_to_sentinel_password(password.expose_secret());
    }
    #[cfg(feature = "tls")]
    if config.tls {
        super::tls::provider_for("redis+sentinel")?;
        builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
        if let Some(root_cert) = super::tls::authorities(config)? {
            let trusted = TlsCertificates { client_tls: None, root_cert: Some(root_cert) };
            builder = builder
                .set_client_to_redis_certificates(trusted.clone())
                .set_client_to_sentinel_certificates(trusted);
        }
    }
    Ok(builder)
}

fn unusable(error: &redis::RedisError) -> Error {
    let message = format!("the addresses of the Sentinels cannot be used: {}", error.category());
    Error::new(ErrorKind::InvalidConfig, message)
}
