//! Makes connections, as often as they are needed.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use redis::aio::PubSub;
use tokio::io::AsyncReadExt as _;

use super::session::{Session, introduction};
use super::socket::{self, Socket};
use crate::inspect::{Identity, Mode, Role};
use crate::resp::convert;
use crate::wire::Tally;
use crate::{
    Address, Command, Error, ErrorKind, RedisConfig, Result, ServerError, Servers, refused,
};

/// How long a server that hangs up may take to say why, and how much of it is read.
const DOOR: Duration = Duration::from_millis(300);
const FAREWELL: u64 = 1024;

/// Makes connections to the servers of a configuration.
pub(in crate::resp) struct Connector {
    pub(in crate::resp) config: RedisConfig,
    pub(in crate::resp) tally: Arc<Tally>,
    /// The node of a cluster that is asked next: one that is gone must not stay the only one.
    turn: AtomicUsize,
    #[cfg(feature = "sentinel")]
    sentinels: Option<super::sentinel::Sentinels>,
    #[cfg(feature = "tls")]
    tls: Option<super::tls::Tls>,
}

/// Boxed: greeting a server takes many futures within each other, more than a caller's own may
/// hold.
type Opening<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

impl Connector {
    pub(in crate::resp) async fn new(config: RedisConfig, tally: Arc<Tally>) -> Result<Self> {
        config.check()?;
        #[cfg(feature = "tls")]
        let tls = if config.tls { Some(super::tls::Tls::load(&config).await?) } else { None };
        #[cfg(not(feature = "tls"))]
        std::future::ready(()).await;
        Ok(Self {
            #[cfg(feature = "sentinel")]
            sentinels: super::sentinel::Sentinels::of(&config)?,
            #[cfg(feature = "tls")]
            tls,
            turn: AtomicUsize::new(0),
            tally,
            config,
        })
    }

    pub(in crate::resp) fn is_cluster(&self) -> bool {
        matches!(self.config.servers, Servers::Cluster(_))
    }

    /// A connection for commands, to the server that takes the writes; in a cluster to any
    /// node. One try.
    pub(in crate::resp) async fn open(&self) -> Result<Session> {
        self.in_time(Box::pin(async { self.session(&self.address().await?).await })).await
    }

    /// A connection for commands to this node of a cluster. One try.
    pub(in crate::resp) async fn open_at(&self, address: &Address) -> Result<Session> {
        self.in_time(Box::pin(self.session(address))).await
    }

    /// A connection that listens to channels. One try.
    pub(in crate::resp) async fn listen(&self) -> Result<PubSub> {
        self.in_time(Box::pin(async {
            let address = self.address().await?;
            let socket = self.socket(&address).await?;
            let begun = PubSub::new(&introduction(&self.config), socket).await;
            let pubsub = begun.map_err(|error| {
                crate::resp::lost::unwelcome(&self.config, &address.to_string(), error)
            })?;
            self.tally.connected();
            Ok(pubsub)
        }))
        .await
    }

    async fn in_time<T>(&self, opening: Opening<'_, T>) -> Result<T> {
        let limit = self.config.connect_timeout;
        tokio::time::timeout(limit, opening).await.unwrap_or_else(|_| {
            let hint = if self.config.tls { "; does this port speak TLS?" } else { "" };
            let servers = &self.config.servers;
            let message = format!("no connection to {servers} within {limit:?}{hint}");
            Err(Error::new(ErrorKind::Unavailable, message))
        })
    }

    /// Where to connect to.
    #[cfg_attr(
        not(feature = "sentinel"),
        expect(clippy::unused_async, reason = "nobody but Sentinels has to be asked")
    )]
    async fn address(&self) -> Result<Address> {
        match &self.config.servers {
            Servers::Single(address) => Ok(address.clone()),
            Servers::Cluster(nodes) => {
                let turn = self.turn.fetch_add(1, Ordering::Relaxed);
                nodes.get(turn % nodes.len().max(1)).cloned().ok_or_else(nowhere)
            }
            #[cfg(feature = "sentinel")]
            Servers::Sentinel { .. } => match &self.sentinels {
                Some(sentinels) => sentinels.primary().await,
                None => Err(nowhere()),
            },
            #[cfg(not(feature = "sentinel"))]
            Servers::Sentinel { .. } => Err(nowhere()),
        }
    }

    async fn socket(&self, address: &Address) -> Result<Box<dyn Socket>> {
        match address {
            Address::Tcp { host, port } => {
                // Sentinels and clusters name addresses that nobody has checked yet.
                self.config.check_address(address)?;
                let stream = socket::tcp(&self.config, host, *port).await?;
                #[cfg(feature = "tls")]
                if let Some(tls) = &self.tls {
                    let secure = tls.greet(&self.config, host, *port, stream).await?;
                    return Ok(Box::new(secure));
                }
                Ok(Box::new(stream))
            }
            #[cfg(unix)]
            Address::Unix(path) => Ok(Box::new(socket::unix(&self.config, path).await?)),
            #[cfg(not(unix))]
            Address::Unix(_) => {
                let message = "this system has no Unix sockets; use redis://HOST:PORT";
                Err(Error::new(ErrorKind::Unsupported, message))
            }
        }
    }

    async fn session(&self, address: &Address) -> Result<Session> {
        let at = address.to_string();
        let socket = self.socket(address).await?;
        let session = match Session::begin(&self.config, &at, socket).await {
            // Who is turned away at the door is told why before the first word, and the crate
            // does not read it.
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                return Err(self.farewell(address).await.unwrap_or(error));
            }
            begun => begun?,
        };
        if let Some(name) = &self.config.client_name {
            self.ask(&session, &at, Command::new("CLIENT").arg("SETNAME").arg(name)).await?;
        }
        self.check(&at, &self.identity(&session, &at).await?)?;
        self.tally.connected();
        Ok(session)
    }

    /// What the server says by itself when it takes no connection: that it is in protected
    /// mode, or has none free.
    async fn farewell(&self, address: &Address) -> Option<Error> {
        if self.config.tls {
            return None;
        }
        let mut socket = self.socket(address).await.ok()?.take(FAREWELL);
        let mut said = Vec::new();
        // What comes until it hangs up, or nothing: the time is short, and the error is known.
        let patience = DOOR.min(self.config.connect_timeout / 4);
        let _ = tokio::time::timeout(patience, socket.read_to_end(&mut said)).await;
        let said = String::from_utf8_lossy(&said);
        let line = said.strip_prefix('-')?.lines().next()?;
        Some(refused(ServerError::parse(line), &Command::new("HELLO"), false))
    }

    async fn ask(&self, session: &Session, at: &str, question: Command) -> Result<crate::Reply> {
        let answered = session.send_one(&question).await;
        let answer =
            answered.map_err(|error| crate::resp::lost::unwelcome(&self.config, at, error))?;
        convert::answer(answer, &question, false)
    }

    /// `HELLO` tells enough, and every user may say it; a server that does not know it is
    /// asked in the older way.
    async fn identity(&self, session: &Session, at: &str) -> Result<Identity> {
        let mut answers = Vec::new();
        for question in Identity::questions("") {
            let answer = self.ask(session, at, question).await;
            let is_enough = answers.is_empty() && answer.is_ok();
            answers.push(answer);
            if is_enough {
                break;
            }
        }
        let gap = || Error::new(ErrorKind::PermissionDenied, "not asked");
        answers.resize_with(Identity::questions("").len(), || Err(gap()));
        Identity::read(answers)
    }

    /// That it is a server of the kind that was configured.
    fn check(&self, at: &str, identity: &Identity) -> Result<()> {
        identity.check_version()?;
        let refuse = |kind, message: String| Err(Error::new(kind, message));
        match (identity.mode, &self.config.servers) {
            (Some(Mode::Sentinel), _) => refuse(
                ErrorKind::InvalidConfig,
                format!("{at} is a Sentinel; use redis+sentinel://HOST:PORT/MASTER"),
            ),
            (Some(Mode::Cluster), Servers::Single(_) | Servers::Sentinel { .. }) => refuse(
                ErrorKind::InvalidConfig,
                format!("{at} is a node of a cluster; use redis+cluster://{at}"),
            ),
            (Some(Mode::Standalone), Servers::Cluster(_)) => refuse(
                ErrorKind::InvalidConfig,
                format!("{at} is no node of a cluster; use redis://{at}"),
            ),
            (_, Servers::Single(_) | Servers::Sentinel { .. })
                if identity.role == Some(Role::Replica) =>
            {
                refuse(
                    ErrorKind::Unavailable,
                    format!("{at} is a replica and takes no writes; connect to the primary"),
                )
            }
            _ => Ok(()),
        }
    }
}

fn nowhere() -> Error {
    Error::new(ErrorKind::InvalidConfig, "no server is given; for instance redis://localhost:6379")
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.config.fmt(f)
    }
}
