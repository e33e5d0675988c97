//! Where a new connection comes from.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use super::connect::Connector;
use super::connection::Connection;
use crate::pause::Pauses;
use crate::{Error, Result};

/// Connects, one try at a time, for whoever waits for it.
///
/// A try is a task of its own: it goes on whatever becomes of those who wait. A caller that is
/// not polled any more, as the reader of a subscription that nobody asks, keeps nobody else out.
#[derive(Debug)]
pub(super) struct Door {
    connector: Arc<Connector>,
    inside: Arc<Inside>,
    /// The try under way; with the door it ends.
    tries: Mutex<JoinSet<()>>,
}

#[derive(Debug)]
struct Inside {
    state: Mutex<State>,
    /// How many tries have ended.
    ended: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    current: Option<Arc<Connection>>,
    is_trying: bool,
    pauses: Pauses,
    /// Before the next try.
    pause: Duration,
    /// How the last try failed that another one may not cure.
    refused: Option<Error>,
    /// What went wrong last, for those who run out of time.
    trouble: String,
}

impl Door {
    pub(super) fn new(connector: Arc<Connector>, first: Connection) -> Self {
        let state = State {
            current: Some(Arc::new(first)),
            is_trying: false,
            pauses: Pauses::of_connecting(),
            pause: Duration::ZERO,
            refused: None,
            trouble: String::new(),
        };
        let inside = Inside { state: Mutex::new(state), ended: watch::Sender::new(0) };
        Self { connector, inside: Arc::new(inside), tries: Mutex::new(JoinSet::new()) }
    }

    /// Forgets the connection. Calls under way are answered over it still.
    pub(super) fn close(&self) {
        self.inside.lock().current = None;
        self.tries().abort_all();
    }

    /// The connection, unless it is spent.
    pub(super) fn current(&self) -> Option<Arc<Connection>> {
        let mut state = self.inside.lock();
        if state.current.as_ref().is_some_and(|connection| connection.is_spent()) {
            #[cfg(feature = "tracing")]
            tracing::warn!(servers = %self.connector.config, "the connection to Redis was lost");
            state.current = None;
        }
        state.current.clone()
    }

    /// Waits for a new connection until then; `None` where there is none by then.
    ///
    /// # Errors
    ///
    /// What another try may not cure.
    pub(super) async fn wait(&self, deadline: Instant) -> Result<Option<Arc<Connection>>> {
        // From before the look: a try that ends in between is not missed.
        let mut ended = self.inside.ended.subscribe();
        loop {
            if let Some(connection) = self.current() {
                return Ok(Some(connection));
            }
            self.begin();
            // The sender lives as long as this.
            let Ok(_) = timeout_at(deadline, ended.changed()).await else { return Ok(None) };
            if let Some(error) = &self.inside.lock().refused {
                return Err(error.again());
            }
        }
    }

    /// What went wrong last; empty where nothing did.
    pub(super) fn trouble(&self) -> String {
        self.inside.lock().trouble.clone()
    }

    /// Begins a try, unless one is under way.
    fn begin(&self) {
        let mut state = self.inside.lock();
        if std::mem::replace(&mut state.is_trying, true) {
            return;
        }
        state.refused = None;
        let pause = std::mem::take(&mut state.pause);
        let (connector, inside) = (Arc::clone(&self.connector), Arc::clone(&self.inside));
        let mut tries = self.tries();
        // Those that have ended take no room.
        while tries.try_join_next().is_some() {}
        // Made here: a try that is dropped before it begins is over, too.
        let over = Over(inside);
        drop(state);
        tries.spawn(async move {
            sleep(pause).await;
            let opened = Connection::open(&connector).await;
            over.0.take(&connector, opened);
        });
    }

    fn tries(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// However a try ends, another one may begin, and those who wait look again.
struct Over(Arc<Inside>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.lock().is_trying = false;
        self.0.ended.send_modify(|ended| *ended += 1);
    }
}

impl Inside {
    fn take(&self, connector: &Connector, opened: Result<Connection>) {
        let mut state = self.lock();
        match opened {
            Ok(connection) => {
                state.current = Some(Arc::new(connection));
                connector.tally.renewed();
                state.pauses = Pauses::of_connecting();
                state.trouble.clear();
                #[cfg(feature = "tracing")]
                tracing::info!(servers = %connector.config, "connected to Redis again");
            }
            Err(error) if !error.is_retryable() => state.refused = Some(error),
            // The next try begins after a pause, whoever waits for it.
            Err(error) => {
                state.pause = state.pauses.draw();
                error.message().clone_into(&mut state.trouble);
                #[cfg(feature = "tracing")]
                tracing::debug!(
                    servers = %connector.config, %error, pause = ?state.pause,
                    "no connection to Redis"
                );
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
