//! Connections for commands that block.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use redis::Value;
use tokio_util::sync::CancellationToken;

use super::connect::{Connector, Session};
use super::{convert, lost};
use crate::{Address, Command, Dedicated, Error, ErrorKind, Reply, Result};

/// Time beyond the block that an answer may take, at least.
const SLACK: Duration = Duration::from_secs(2);
/// Nodes of a cluster that one call is sent on to, at most.
const HOPS: usize = 5;

/// A connection of one's own. It is in nobody's hands while a call is under way: what is dropped
/// before its end takes the connection with it.
#[derive(Debug)]
pub(super) struct RespDedicated {
    connector: Arc<Connector>,
    closed: CancellationToken,
    session: Option<Session>,
    /// The node of the cluster that has the keys, once it is known.
    node: Option<Address>,
    connections: u64,
}

impl RespDedicated {
    pub(super) fn new(connector: Arc<Connector>, closed: CancellationToken) -> Self {
        Self { connector, closed, session: None, node: None, connections: 0 }
    }

    async fn session(&mut self) -> Result<Session> {
        if let Some(session) = self.session.take().filter(|session| !session.is_over()) {
            return Ok(session);
        }
        // A node that cannot be reached may be one no longer: the next try asks another.
        let opened = match self.node.take() {
            Some(node) => {
                let opened = self.connector.open_at(&node).await;
                self.node = Some(node).filter(|_| opened.is_ok());
                opened
            }
            None => self.connector.open().await,
        }?;
        self.connections += 1;
        Ok(opened)
    }

    async fn ask(&mut self, command: &Command, block: Duration) -> Result<Value> {
        for _ in 0..HOPS {
            let session = self.session().await?;
            let limit = block + SLACK.max(self.connector.config.timeout);
            let tally = &self.connector.tally;
            tally.sent(1);
            let answer = match tokio::time::timeout(limit, session.send_one(command)).await {
                Ok(answer) => answer.map_err(|error| lost::broken(&command.title(), &error))?,
                Err(_) => {
                    tally.timed_out();
                    return Err(lost::late(&command.title(), limit));
                }
            };
            match elsewhere(&answer).filter(|_| self.connector.is_cluster()) {
                Some(node) => self.node = Some(node),
                None => {
                    // What a replica, or a node that is going down, refuses is not asked of it
                    // again.
                    if !matches!(answer, Value::ServerError(_)) {
                        self.session = Some(session);
                    }
                    return Ok(answer);
                }
            }
        }
        Err(Error::new(ErrorKind::Unavailable, "the cluster is moving the keys; try again"))
    }
}

#[async_trait]
impl Dedicated for RespDedicated {
    async fn execute(&mut self, command: Command, block: Duration) -> Result<Reply> {
        let closed = self.closed.clone();
        let answer = tokio::select! {
            biased;
            () = closed.cancelled() => {
                self.session = None;
                return Err(lost::closed());
            }
            answer = self.ask(&command, block) => answer?,
        };
        convert::answer(answer, &command, self.connector.is_cluster())
    }

    fn connections(&self) -> u64 {
        self.connections
    }
}

/// The node that has the keys instead.
fn elsewhere(answer: &Value) -> Option<Address> {
    let Value::ServerError(error) = answer else { return None };
    let address = error.details().filter(|_| error.code() == "MOVED")?.split(' ').nth(1)?;
    let (host, port) = address.rsplit_once(':')?;
    let port = port.parse().ok()?;
    // A node that does not know its own name leaves it out.
    (!host.is_empty()).then(|| Address::tcp(host.trim_matches(['[', ']']), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_node_is_read_from_the_redirect() {
        let read = |line: &str| elsewhere(&redis::parse_redis_value(line.as_bytes()).unwrap());
        assert_eq!(read("-MOVED 3999 10.0.0.2:6381\r\n"), Some(Address::tcp("10.0.0.2", 6381)));
        assert_eq!(read("-MOVED 3999 ::1:6381\r\n"), Some(Address::tcp("::1", 6381)));
        assert_eq!(read("-MOVED 3999 :6381\r\n"), None);
        assert_eq!(read("-ASK 3999 10.0.0.2:6381\r\n"), None);
        assert_eq!(read("+OK\r\n"), None);
    }
}
