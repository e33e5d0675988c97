//! The shared connection, and how it is made anew.

use std::sync::Arc;

use redis::Value;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::connect::Connector;
use super::connection::{Connection, Sent};
use super::door::Door;
use super::lost;
use super::request::Request;
use crate::pause::Pauses;
use crate::{Command, Error, ErrorKind, Result};

/// The connection that all calls share.
///
/// Whoever needs it while it is lost has it made anew. No task of its own watches the connection.
#[derive(Debug)]
pub(super) struct Link {
    connector: Arc<Connector>,
    closed: CancellationToken,
    door: Door,
}

impl Link {
    /// Over this first connection.
    pub(super) fn new(
        connector: Arc<Connector>,
        first: Connection,
        closed: CancellationToken,
    ) -> Self {
        connector.tally.renewed();
        let door = Door::new(Arc::clone(&connector), first);
        Self { connector, closed, door }
    }

    /// Forgets the connection. Calls under way are answered over it still.
    pub(super) fn close(&self) {
        self.door.close();
    }

    /// Sends a request and waits for its answers, one for each command.
    ///
    /// What the server surely did not do is sent again until the time is up; a read whose
    /// answer was lost is sent once more.
    pub(super) async fn call(&self, request: &Request) -> Result<Vec<Value>> {
        let config = &self.connector.config;
        let cluster = self.connector.is_cluster();
        let mut deadline = Instant::now() + config.timeout;
        let mut again = request.is_read();
        let mut pauses = Pauses::of_connecting();
        loop {
            let connection = self.connection(deadline).await?;
            let sent = self.exchange(&connection, request, deadline).await;
            let (answers, refused) = match sent {
                Ok(Sent::Answers(answers)) => match request.passing(&answers, cluster) {
                    None => return Ok(answers),
                    Some(refused) => (Ok(answers), refused),
                },
                Ok(Sent::Nothing) => {
                    let message = "the node of the cluster that keeps the key cannot be reached";
                    let refused = crate::ServerError::new("CLUSTERDOWN", message);
                    (Err(Error::new(ErrorKind::Unavailable, message)), refused)
                }
                Ok(Sent::Lost(error)) => {
                    connection.broke();
                    if !std::mem::take(&mut again) {
                        return Err(lost::broken(&request.title(), &error));
                    }
                    continue;
                }
                Err(late) => {
                    if !std::mem::take(&mut again) || !config.retry_on_timeout {
                        return Err(late);
                    }
                    deadline = Instant::now() + config.timeout;
                    continue;
                }
            };
            // By now it is a replica: the primary is elsewhere.
            if refused.code() == "READONLY" {
                connection.is_replica();
            }
            let pause = pauses.draw();
            if Instant::now() + pause >= deadline {
                return answers;
            }
            sleep(pause).await;
        }
    }

    /// The outer error is that no answer came in time.
    async fn exchange(
        &self,
        connection: &Connection,
        request: &Request,
        deadline: Instant,
    ) -> Result<Sent> {
        let tally = &self.connector.tally;
        tally.sent(request.commands.len());
        let begun = Instant::now();
        match timeout_at(deadline, connection.send(request)).await {
            Ok(sent) => {
                if matches!(sent, Sent::Answers(_)) {
                    connection.heard();
                }
                Ok(sent)
            }
            Err(_) => {
                tally.timed_out();
                let waited = begun.elapsed();
                // A call that spent its time before it was sent says nothing of the line.
                if waited * 2 >= self.connector.config.timeout {
                    connection.missed();
                }
                Err(lost::late(&request.title(), waited))
            }
        }
    }

    /// A connection that should work: the current one, or a new one.
    async fn connection(&self, deadline: Instant) -> Result<Arc<Connection>> {
        loop {
            if self.closed.is_cancelled() {
                return Err(lost::closed());
            }
            let Some(connection) = self.door.current() else {
                return tokio::select! {
                    biased;
                    () = self.closed.cancelled() => Err(lost::closed()),
                    opened = self.reopen(deadline) => opened,
                };
            };
            if connection.is_found_spent().await {
                continue;
            }
            if !connection.wants_test(self.connector.config.health_check_interval) {
                return Ok(connection);
            }
            // After a pause the first command may meet a connection that is long dead: better
            // a question that may be lost than a write.
            let limit = deadline.min(Instant::now() + self.connector.config.connect_timeout);
            let ping = Request::one(Command::new("PING"));
            match self.exchange(&connection, &ping, limit).await {
                Ok(Sent::Answers(_)) => return Ok(connection),
                Ok(Sent::Nothing | Sent::Lost(_)) | Err(_) => connection.spend(),
            }
        }
    }

    async fn reopen(&self, deadline: Instant) -> Result<Arc<Connection>> {
        let opened = self.door.wait(deadline).await?;
        opened.ok_or_else(|| self.unconnected(&self.door.trouble()))
    }

    fn unconnected(&self, trouble: &str) -> Error {
        let limit = self.connector.config.timeout;
        let servers = &self.connector.config.servers;
        let mut message = format!("no connection to Redis at {servers} within {limit:?}");
        if !trouble.is_empty() {
            message = format!("{message}: {trouble}");
        }
        Error::new(ErrorKind::Unavailable, message)
    }
}
