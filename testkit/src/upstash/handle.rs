//! The handle on a double.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::backend::Backend;
use super::faults::Faults;
use super::options::UpstashOptions;
use super::replica::Replica;
use super::seen::SeenRequest;
use super::server;
use crate::{FaultProxy, RedisServer};

/// The REST API of Upstash over a real Redis server, on loopback; ended, with the server behind, on
/// drop.
///
/// | Point | What it does |
/// |---|---|
/// | requests | `/` with a JSON array, any path, `/pipeline`, `/multi-exec`; `GET`, `HEAD`, `POST`, `PUT` |
/// | tokens | bearer or `_token`; a second one reads only, as a user of Redis |
/// | forms | JSON, `Upstash-Encoding: base64`, `Upstash-Response-Format: resp2` |
/// | streams | `/subscribe/<channel>`, `/psubscribe/<pattern>`, `/monitor` as server-sent events |
/// | refused | what the service does not have over REST; `XREAD BLOCK` |
/// | scripts | `#!lua flags=allow-key-locking` is accepted and has no effect |
/// | limits | size of a request and of a key, a quota; see [`UpstashOptions`] |
/// | faults | see [`Faults`]; the server behind can be [killed](RedisServer::kill), which gives 503 |
///
/// What it cannot show is what only the live service does: its latency, its billing of delivered
/// messages, and where it differs from Redis 7.
///
/// It runs on a thread with a runtime of its own, so a test may pause its clock.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// use popkit_testkit::{Fault, UpstashDouble, UpstashOptions};
///
/// let double = UpstashDouble::start(UpstashOptions::default()).await;
/// let incr = format!("{}/incr/counter", double.url());
/// # let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
/// let ask = || reqwest::Client::new().post(&incr).bearer_auth(double.token()).send();
///
/// double.faults().next(1, Fault::CloseAfter);
/// assert!(ask().await.is_err());
/// assert_eq!(ask().await?.text().await?, r#"{"result":2}"#);
/// assert_eq!(double.counts().get("incr"), Some(&2));
/// # Ok::<(), reqwest::Error>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct UpstashDouble {
    backend: Arc<Backend>,
    addr: SocketAddr,
    /// Dropped to stop the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl UpstashDouble {
    /// Starts a double and the servers behind it, and waits until it answers.
    ///
    /// Cancel safe: what was started ends.
    ///
    /// # Panics
    ///
    /// As [`RedisServer::start`], and when the system gives no port or thread.
    pub async fn start(options: UpstashOptions) -> Self {
        let (ready, started) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let work = move || server::run(options, ready, stopped);
        let thread = match thread::Builder::new().name("upstash double".to_owned()).spawn(work) {
            Ok(thread) => thread,
            Err(error) => panic!("no thread for the Upstash double: {error}"),
        };
        match started.await {
            Ok((backend, addr)) => Self { backend, addr, stop: Some(stop), thread: Some(thread) },
            // The thread has panicked: its reason is this caller's.
            Err(_) => match thread.join() {
                Err(reason) => resume_unwind(reason),
                Ok(()) => panic!("the Upstash double ended while it started"),
            },
        }
    }

    /// The URL, without a slash at its end: `http://127.0.0.1:…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The token that may do everything.
    #[must_use]
    pub fn token(&self) -> &str {
        self.backend.tokens.standard()
    }

    /// The token that may only read; not by `SCAN` or `KEYS`.
    #[must_use]
    pub fn read_only_token(&self) -> &str {
        self.backend.tokens.reader()
    }

    /// The server behind.
    #[must_use]
    pub fn redis(&self) -> &RedisServer {
        &self.backend.redis
    }

    /// The network between the server behind and its replica, to hold the replica back
    /// ([`FaultProxy::black_hole`]) and to let it catch up ([`FaultProxy::heal`]).
    ///
    /// # Panics
    ///
    /// Without [`UpstashOptions::stale_replica`].
    #[track_caller]
    #[must_use]
    pub fn replica_link(&self) -> &FaultProxy {
        match &self.backend.replica {
            Some(replica) => Replica::link(replica),
            None => panic!("this double has no replica: start it with `stale_replica`"),
        }
    }

    /// How many commands of each name were run, in lower case and without subcommands, since the
    /// start or the last [`reset_counts`](Self::reset_counts): what the service would bill.
    ///
    /// Commands of pipelines, transactions and scripts count one by one, beside the script's own.
    /// Commands that failed count; what was refused before Redis saw it does not, nor does a
    /// transaction that was discarded. What [`redis`](Self::redis) was asked directly is not here.
    ///
    /// The counts are exact, also beside other clients: a script runs between two looks at Redis's own
    /// counters, in one transaction. So the server behind sees a `MULTI`, an `EXEC` and two `INFO`
    /// around every script; its own [`commandstats`](RedisServer::commandstats) tell of these, too.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.backend.tally.counts()
    }

    /// How many commands were run: the sum of all [`counts`](Self::counts).
    #[must_use]
    pub fn commands(&self) -> u64 {
        self.backend.tally.total()
    }

    /// Starts all counts, and with them the quota, from zero.
    pub fn reset_counts(&self) {
        self.backend.tally.reset();
    }

    /// How many HTTP requests have come, those with faults included.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.backend.seen.count()
    }

    /// The newest requests, at most 256, in the order in which they came.
    #[must_use]
    pub fn seen(&self) -> Vec<SeenRequest> {
        self.backend.seen.newest()
    }

    /// How many streams of events are open.
    #[must_use]
    pub fn open_streams(&self) -> u64 {
        self.backend.streams.load(Relaxed)
    }

    /// What is to go wrong next.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.backend.faults
    }
}

impl Drop for UpstashDouble {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Its panic, if any, has been printed.
            let _ = thread.join();
        }
    }
}
