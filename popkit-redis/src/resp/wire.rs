//! The RESP wire.

use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::blocking::RespDedicated;
use super::connect::Connector;
use super::connection::Connection;
use super::link::Link;
use super::listener::RespListener;
use super::lost;
use super::request::Request;
use crate::wire::Tally;
use crate::{
    Address, Command, Counters, Dedicated, Error, ErrorKind, Listener, RedisConfig, Reply, Result,
    Topics, Wire, WireCapabilities,
};

/// The wire over connections to Redis servers: one that all calls share, and one for whoever
/// blocks or listens.
#[derive(Debug)]
pub struct RespWire {
    connector: Arc<Connector>,
    link: Link,
    closed: CancellationToken,
    capabilities: WireCapabilities,
}

impl RespWire {
    /// Connects, with one try.
    ///
    /// # Errors
    ///
    /// Those of [`Redis::connect`](crate::Redis::connect).
    pub async fn connect(config: RedisConfig) -> Result<Self> {
        let connector = Arc::new(Connector::new(config, Arc::new(Tally::default())).await?);
        let first = Connection::open(&connector).await?;
        let closed = CancellationToken::new();
        let link = Link::new(Arc::clone(&connector), first, closed.clone());
        let capabilities = WireCapabilities {
            blocking: true,
            pubsub: true,
            cluster: connector.is_cluster(),
            key_locking_flag: is_upstash(&connector.config),
            binary: true,
        };
        Ok(Self { connector, link, closed, capabilities })
    }

    fn check_open(&self) -> Result<()> {
        if self.closed.is_cancelled() { Err(lost::closed()) } else { Ok(()) }
    }

    async fn call(&self, request: Request) -> Result<Vec<Result<Reply>>> {
        request.check()?;
        let answers = self.link.call(&request).await?;
        request.read(answers, self.connector.is_cluster())
    }
}

/// Upstash knows a line for scripts that Redis refuses.
fn is_upstash(config: &RedisConfig) -> bool {
    config.servers.addresses().iter().any(|address| match address {
        Address::Tcp { host, .. } => host.to_ascii_lowercase().ends_with(".upstash.io"),
        Address::Unix(_) => false,
    })
}

#[async_trait]
impl Wire for RespWire {
    fn capabilities(&self) -> WireCapabilities {
        self.capabilities
    }

    async fn execute(&self, command: Command) -> Result<Reply> {
        let answers = self.call(Request::one(command)).await?;
        answers.into_iter().next().unwrap_or_else(|| {
            Err(Error::new(ErrorKind::Unexpected, "the server gave no answer").unknown())
        })
    }

    async fn pipeline(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply>>> {
        self.check_open()?;
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        self.call(Request::pipeline(commands)).await
    }

    async fn transaction(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply>>> {
        self.check_open()?;
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        self.call(Request::transaction(commands)).await
    }

    fn dedicated(&self) -> Result<Box<dyn Dedicated>> {
        self.check_open()?;
        let connector = Arc::clone(&self.connector);
        Ok(Box::new(RespDedicated::new(connector, self.closed.clone())))
    }

    async fn subscribe(&self, topics: Topics) -> Result<Box<dyn Listener>> {
        self.check_open()?;
        if topics.is_empty() {
            let message = "no channel to listen to; give one, or a pattern";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let connector = Arc::clone(&self.connector);
        let listener = RespListener::open(connector, topics, self.closed.clone()).await?;
        Ok(Box::new(listener))
    }

    fn counters(&self) -> Counters {
        self.connector.tally.read()
    }

    async fn close(&self) -> Result<()> {
        self.closed.cancel();
        self.link.close();
        Ok(())
    }
}
