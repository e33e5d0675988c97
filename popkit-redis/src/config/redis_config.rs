//! The configuration of a wire.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::address::{Address, Servers};

/// Which version of the protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Protocol {
    /// What every server and every proxy speaks.
    #[default]
    Resp2,
    /// The newer one.
    Resp3,
}

/// Where the servers are and how they are talked to.
///
/// From text:
///
/// | URL | Servers |
/// |---|---|
/// | `redis://[USER:PASSWORD@]HOST[:PORT][/DB]`, `rediss://…` (TLS) | one |
/// | `unix:PATH`, `redis+unix://[USER:PASSWORD@]/PATH` | one, over a Unix socket |
/// | `redis+cluster://[…@]HOST:PORT,…`, `rediss+cluster://…` | a cluster |
/// | `redis+sentinel://[…@]HOST:PORT,…/MASTER`, `rediss+sentinel://…` | a primary, found by Sentinels |
///
/// Options follow a `?` and are joined by `&`:
///
/// | Option | Values | Default |
/// |---|---|---|
/// | `db` | a number | `0` |
/// | `timeout` | how long an answer is waited for, `10ms` to `10m` | `5s` |
/// | `connect_timeout` | how long one try to connect may take, `10ms` to `10m` | `2s` |
/// | `retry_on_timeout` | whether a read without an answer is tried once more | `true` |
/// | `health_check_interval` | idle time before a connection is tested; `0s`: never | `30s` |
/// | `protocol` | `resp2`, `resp3` | `resp2` |
/// | `client_name` | what `CLIENT LIST` shows of connections for commands; not in a cluster | – |
/// | `ca` | a PEM file with the authorities to trust, instead of the system's | – |
/// | `insecure` | `true`: unencrypted to other machines, too | `false` |
/// | `sentinel_username`, `sentinel_password` | for the Sentinels themselves | – |
///
/// Special characters are escaped as in every URL: `%40` is an `@`.
///
/// `Display` and `Debug` show neither users nor passwords.
///
/// ```
/// use popkit_redis::RedisConfig;
///
/// let config: RedisConfig = "redis://:hunter2@localhost/3?timeout=1s".parse()?;
/// assert_eq!(config.to_string(), "redis://localhost:6379/3");
///
/// let error = "redis://localhost?timout=1s".parse::<RedisConfig>().unwrap_err();
/// assert!(error.to_string().contains("did you mean timeout?"));
/// # Ok::<(), popkit_redis::Error>(())
/// ```
#[derive(Clone)]
pub struct RedisConfig {
    pub(crate) servers: Servers,
    pub(crate) tls: bool,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<SecretString>,
    pub(crate) sentinel_user: Option<String>,
    pub(crate) sentinel_password: Option<SecretString>,
    pub(crate) db: u32,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) retry_on_timeout: bool,
    pub(crate) health_check_interval: Duration,
    pub(crate) protocol: Protocol,
    pub(crate) client_name: Option<String>,
    pub(crate) ca: Option<PathBuf>,
    pub(crate) insecure: bool,
}

impl RedisConfig {
    /// The port of a server that names none.
    pub const PORT: u16 = 6379;
    /// The port of a Sentinel that names none.
    pub const SENTINEL_PORT: u16 = 26379;

    /// These servers, with the defaults of everything else.
    #[must_use]
    pub fn new(servers: Servers) -> Self {
        Self {
            servers,
            tls: false,
            user: None,
            password: None,
            sentinel_user: None,
            sentinel_password: None,
            db: 0,
            timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(2),
            retry_on_timeout: true,
            health_check_interval: Duration::from_secs(30),
            protocol: Protocol::default(),
            client_name: None,
            ca: None,
            insecure: false,
        }
    }

    /// One server, at this host and port.
    #[must_use]
    pub fn tcp(host: impl Into<String>, port: u16) -> Self {
        Self::new(Servers::Single(Address::tcp(host, port)))
    }

    /// One server, at this Unix socket.
    #[must_use]
    pub fn unix(path: impl Into<PathBuf>) -> Self {
        Self::new(Servers::Single(Address::Unix(path.into())))
    }

    /// With TLS, or without.
    #[must_use]
    pub fn tls(mut self, tls: bool) -> Self {
        self.tls = tls;
        self
    }

    /// As this user; without, as `default`.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// With this password.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(SecretString::from(password.into()));
        self
    }

    /// As this user to the Sentinels.
    #[must_use]
    pub fn sentinel_user(mut self, user: impl Into<String>) -> Self {
        self.sentinel_user = Some(user.into());
        self
    }

    /// With this password to the Sentinels.
    #[must_use]
    pub fn sentinel_password(mut self, password: impl Into<String>) -> Self {
        self.sentinel_password = Some(SecretString::from(password.into()));
        self
    }

    /// In this database. A cluster has none but 0.
    #[must_use]
    pub fn db(mut self, db: u32) -> Self {
        self.db = db;
        self
    }

    /// How long a call may take, waiting for a connection included: 10 ms to 10 min. A read
    /// that is tried once more takes twice that at most.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long one try to connect may take: 10 ms to 10 min.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Whether a read whose answer did not come in time is tried once more.
    #[must_use]
    pub fn retry_on_timeout(mut self, retry: bool) -> Self {
        self.retry_on_timeout = retry;
        self
    }

    /// Idle time after which a connection is tested before it is used: up to a day; zero:
    /// never.
    #[must_use]
    pub fn health_check_interval(mut self, interval: Duration) -> Self {
        self.health_check_interval = interval;
        self
    }

    /// In this version of the protocol.
    #[must_use]
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Under this name in the server's list of clients: 1 to 64 printable ASCII characters,
    /// no spaces. Connections to the nodes of a cluster, and those that listen, have none.
    #[must_use]
    pub fn client_name(mut self, name: impl Into<String>) -> Self {
        self.client_name = Some(name.into());
        self
    }

    /// Trusting the authorities in this PEM file, and no others.
    #[must_use]
    pub fn ca(mut self, file: impl Into<PathBuf>) -> Self {
        self.ca = Some(file.into());
        self
    }

    /// Whether an unencrypted connection to another machine is wanted.
    #[must_use]
    pub fn insecure(mut self, insecure: bool) -> Self {
        self.insecure = insecure;
        self
    }

    /// The servers.
    #[must_use]
    pub fn servers(&self) -> &Servers {
        &self.servers
    }
}
