//! Connections to the nodes of a cluster.

use std::fmt;
use std::time::Duration;

use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{Route, RoutingInfo, SingleNodeRoutingInfo, SlotAddr};
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, RedisError, Value};

use super::connector::Connector;
use super::guard::Guard;
use super::session::introduction;
use super::socket::settings;
use crate::resp::connection::Sent;
use crate::resp::request::Request;
use crate::resp::{convert, lost};
use crate::{Address, Command, Error, ErrorKind, RedisConfig, Result};

/// What the crate waits longer than the calls do.
const SLACK: Duration = Duration::from_secs(1);

/// Connections to all nodes of a cluster. Dropping it closes them.
///
/// The `redis` crate keeps the map of slots and the connections. It is told to repeat nothing,
/// because it would repeat writes whose answer was lost: what a node surely did not do is
/// repeated by the link instead.
pub(in crate::resp) struct ClusterSession {
    connection: ClusterConnection,
}

impl ClusterSession {
    /// Connects to the nodes that can be reached. One try.
    pub(in crate::resp) async fn open(connector: &Connector) -> Result<Self> {
        // Asked by a connection of our own: its errors are exact, and tell what kind of server
        // answers there.
        drop(connector.open().await?);
        let config = &connector.config;
        let client = client(config)?;
        let limit = config.connect_timeout;
        let connected = tokio::time::timeout(limit, client.get_async_connection()).await;
        match connected {
            Ok(Ok(connection)) => {
                connector.tally.connected();
                Ok(Self { connection })
            }
            Ok(Err(error)) => Err(lost::unwelcome(config, &config.servers.to_string(), error)),
            Err(_) => {
                let message = format!("no connection to {} within {limit:?}", config.servers);
                Err(Error::new(ErrorKind::Unavailable, message))
            }
        }
    }

    /// Sends and waits for one answer to each command.
    pub(in crate::resp) async fn send(&self, request: &Request) -> Sent {
        let route = match request.key() {
            Some(key) => {
                SingleNodeRoutingInfo::SpecificNode(Route::with_key(key, SlotAddr::Master))
            }
            None => SingleNodeRoutingInfo::RandomPrimary,
        };
        match self.send_to(request, route).await {
            Sent::Answers(answers) => match redirect(&answers) {
                Some((host, port)) => self.send_asking(request, host, port).await,
                None => Sent::Answers(answers),
            },
            other => other,
        }
    }

    async fn send_to(&self, request: &Request, route: SingleNodeRoutingInfo) -> Sent {
        let mut connection = self.connection.clone();
        let sent = match request.single() {
            Some(command) => {
                let routing = RoutingInfo::SingleNode(route);
                let answer = connection.route_command(convert::packed(command), routing).await;
                answer.map(|answer| vec![answer])
            }
            None => {
                let count = request.commands.len();
                let pipeline = convert::pipeline(&request.commands);
                connection.route_pipeline(pipeline, 0, count, route).await
            }
        };
        sent.map_or_else(|error| failed(request, error), Sent::Answers)
    }

    /// To the node that a slot is being moved to.
    async fn send_asking(&self, request: &Request, host: String, port: u16) -> Sent {
        let asking = Command::new("ASKING");
        let pipeline = convert::pipeline(std::iter::once(&asking).chain(&request.commands));
        let count = pipeline.len();
        let route = SingleNodeRoutingInfo::ByAddress { host, port };
        let sent = self.connection.clone().route_pipeline(pipeline, 0, count, route).await;
        match sent {
            Ok(answers) => Sent::Answers(answers.into_iter().skip(1).collect()),
            Err(error) => failed(request, error),
        }
    }
}

impl fmt::Debug for ClusterSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterSession").finish_non_exhaustive()
    }
}

/// Where the crate gives an error instead of answers. A refusal of one command hides the
/// answers to all: only where none or all are done does it say what became of them.
fn failed(request: &Request, error: RedisError) -> Sent {
    if matches!(error.kind(), redis::ErrorKind::ClusterConnectionNotFound) {
        return Sent::Nothing;
    }
    match redis::ServerError::try_from(error) {
        Ok(refused) if request.is_atomic() || request.is_read() => {
            Sent::Answers(vec![Value::ServerError(refused); request.commands.len()])
        }
        Ok(refused) => Sent::Lost(refused.into()),
        Err(error) => Sent::Lost(error),
    }
}

/// The node that has the keys already, of a slot that is being moved.
fn redirect(answers: &[Value]) -> Option<(String, u16)> {
    let Some(Value::ServerError(error)) = answers.first() else { return None };
    let address = error.details().filter(|_| error.code() == "ASK")?.split(' ').nth(1)?;
    let (host, port) = address.rsplit_once(':')?;
    Some((host.to_owned(), port.parse().ok()?))
}

fn client(config: &RedisConfig) -> Result<ClusterClient> {
    let wrong = |error: &RedisError| {
        let message = format!("the nodes of the cluster cannot be used: {}", error.category());
        Error::new(ErrorKind::InvalidConfig, message)
    };
    let mut nodes = Vec::new();
    for address in config.servers.addresses() {
        nodes.push(node(config, address).map_err(|error| wrong(&error))?);
    }
    // What the crate waits for itself, as the map of slots, has a limit too: without, a node
    // that is silent would keep all calls waiting. Calls end before it.
    let builder = ClusterClient::builder(nodes)
        .retries(0)
        .connection_timeout(config.connect_timeout)
        .response_timeout(config.timeout + SLACK)
        .overall_response_timeout(None)
        .tcp_settings(settings(config))
        .async_dns_resolver(Guard { is_open: config.tls || config.insecure });
    #[cfg(feature = "tls")]
    let builder = if config.tls {
        super::tls::provider_for("redis+cluster")?;
        let builder = builder.tls(redis::cluster::TlsMode::Secure);
        match super::tls::authorities(config)? {
            None => builder,
            root_cert => builder.certs(redis::TlsCertificates { client_tls: None, root_cert }),
        }
    } else {
        builder
    };
    builder.build().map_err(|error| wrong(&error))
}

fn node(config: &RedisConfig, address: &Address) -> Result<ConnectionInfo, RedisError> {
    let address = match address {
        Address::Tcp { host, port } if config.tls => ConnectionAddr::TcpTls {
            host: host.clone(),
            port: *port,
            insecure: false,
            tls_params: None,
        },
        Address::Tcp { host, port } => ConnectionAddr::Tcp(host.clone(), *port),
        Address::Unix(path) => ConnectionAddr::Unix(path.clone()),
    };
    Ok(address.into_connection_info()?.set_redis_settings(introduction(config)))
}
