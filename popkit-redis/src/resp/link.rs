//! The shared connection, and how it is made anew.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use redis::Value;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::connect::Connector;
use super::connection::{Connection, Sent};
use super::lost;
use super::request::Request;
use crate::pause::Pauses;
use crate::{Command, Error, ErrorKind, Result};

/// The connection that all calls share.
///
/// Whoever needs it while it is lost makes it anew: the try under way belongs to nobody, and
/// goes on with the next caller when the one who drove it has no more time. No task of its own
/// watches the connection.
#[derive(Debug)]
pub(super) struct Link {
    connector: Arc<Connector>,
    closed: CancellationToken,
    current: Mutex<Option<Arc<Connection>>>,
    door: tokio::sync::Mutex<Door>,
}

type Opening = Pin<Box<dyn Future<Output = Result<Connection>> + Send>>;

/// Where a new connection comes from. One caller at a time stands at it.
struct Door {
    attempt: Option<Opening>,
    pauses: Pauses,
    /// What went wrong last, for those who run out of time.
    trouble: String,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("trouble", &self.trouble).finish_non_exhaustive()
    }
}

impl Link {
    /// Over this first connection.
    pub(super) fn new(
        connector: Arc<Connector>,
        first: Connection,
        closed: CancellationToken,
    ) -> Self {
        connector.tally.renewed();
        Self {
            connector,
            closed,
            current: Mutex::new(Some(Arc::new(first))),
            door: tokio::sync::Mutex::new(Door {
                attempt: None,
                pauses: Pauses::of_connecting(),
                trouble: String::new(),
            }),
        }
    }

    /// Forgets the connection. Calls under way are answered over it still.
    pub(super) fn close(&self) {
        *self.lock() = None;
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
            let Some(connection) = self.current() else {
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
        let Ok(mut door) = timeout_at(deadline, self.door.lock()).await else {
            return Err(self.unconnected(""));
        };
        if let Some(connection) = self.current() {
            return Ok(connection);
        }
        loop {
            let attempt = door.attempt.get_or_insert_with(|| {
                let connector = Arc::clone(&self.connector);
                Box::pin(async move { Connection::open(&connector).await })
            });
            let Ok(opened) = timeout_at(deadline, attempt.as_mut()).await else {
                return Err(self.unconnected(&door.trouble));
            };
            door.attempt = None;
            match opened {
                Ok(connection) => {
                    let connection = Arc::new(connection);
                    *self.lock() = Some(Arc::clone(&connection));
                    self.connector.tally.renewed();
                    door.pauses = Pauses::of_connecting();
                    door.trouble.clear();
                    #[cfg(feature = "tracing")]
                    tracing::info!(servers = %self.connector.config, "connected to Redis again");
                    return Ok(connection);
                }
                Err(error) if !error.is_retryable() => return Err(error),
                Err(error) => self.try_later(&mut door, &error),
            }
        }
    }

    /// The next try begins after a pause, whoever waits for it.
    fn try_later(&self, door: &mut Door, error: &Error) {
        let pause = door.pauses.draw();
        #[cfg(feature = "tracing")]
        tracing::debug!(servers = %self.connector.config, %error, ?pause, "no connection to Redis");
        error.message().clone_into(&mut door.trouble);
        let connector = Arc::clone(&self.connector);
        door.attempt = Some(Box::pin(async move {
            sleep(pause).await;
            Connection::open(&connector).await
        }));
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

    /// The connection, unless it is spent.
    fn current(&self) -> Option<Arc<Connection>> {
        let mut current = self.lock();
        if current.as_ref().is_some_and(|connection| connection.is_spent()) {
            #[cfg(feature = "tracing")]
            tracing::warn!(servers = %self.connector.config, "the connection to Redis was lost");
            *current = None;
        }
        current.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<Connection>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
