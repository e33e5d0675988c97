//! The poll over a wire that keeps streams in memory, in time that is wound on.

mod ear;
mod hint;
mod pace;
mod server;
mod share;
mod trouble;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{advance, sleep};

use self::server::Server;
use super::{Bounds, Poll, PollOptions};
use crate::{Entry, Redis, Result, StreamId};

const LEAST: Duration = Duration::from_millis(250);
const MINUTE: Duration = Duration::from_secs(60);

type Found = Vec<(String, Vec<Entry>)>;

fn id(ms: u64) -> StreamId {
    StreamId::new(ms, 0)
}

fn redis() -> (Arc<Server>, Redis) {
    redis_with(PollOptions::default())
}

fn redis_with(options: PollOptions) -> (Arc<Server>, Redis) {
    let server = Arc::new(Server::default());
    let wire: Arc<dyn crate::Wire> = Arc::clone(&server) as _;
    let poll = Poll::new(Arc::clone(&wire), options);
    (server, Redis::with(wire, Arc::new(poll)))
}

/// Begins to wait for a stream in a task of its own.
fn wait(redis: &Redis, key: &str, after: u64) -> JoinHandle<Result<Found>> {
    let (redis, after) = (redis.clone(), vec![(key.to_owned(), id(after))]);
    #[allow(clippy::disallowed_methods, reason = "the test joins it, or ends it")]
    tokio::spawn(async move { redis.await_entries(after, 10).await })
}

/// Lets time pass, and everybody do what is due.
async fn pass(time: Duration) {
    sleep(time).await;
    advance(Duration::ZERO).await;
}

/// Lets the pauses grow long, until some time behind a question: the next is far off.
async fn settle(server: &Server) {
    pass(4 * MINUTE).await;
    server.take();
    while server.take() == 0 {
        pass(LEAST).await;
    }
    pass(2 * LEAST).await;
}

/// The ids that were found of the only stream.
fn ids(found: &Found) -> Vec<u64> {
    let [(_, entries)] = found.as_slice() else { panic!("not of one stream: {found:?}") };
    entries.iter().map(|entry| entry.id.ms).collect()
}
