//! What a parked agent costs while nothing happens.

use std::time::Duration;

use popkit_protocol::{IdSource as _, RandomIds};
use popkit_store::{Claim, TaskStore as _, Waiter};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Server;
use crate::Failure;
use crate::fixture::profile;

/// Commands of a time in which nothing happened.
#[derive(Debug, Clone, Copy)]
pub struct Idle {
    /// As the store's wire counts them.
    pub commands: u64,
    /// As the server counts scripts and blocking pops.
    pub served: u64,
}

/// Parks one agent with this lease, and counts for so long.
///
/// # Errors
///
/// Those of the store.
pub async fn idle(server: &Server, lease: Duration, long: Duration) -> Result<Idle, Failure> {
    let store = server.store().await?;
    let claim = Claim::new(profile(1)?, 1, lease, &RandomIds);
    let waiter = Waiter::new(RandomIds.holder(), 0, claim, long * 10);
    let mut waiting = JoinSet::new();
    let parked = store.clone();
    waiting.spawn(async move { parked.wait(waiter).await });
    // It asks, and its connection begins to block.
    if timeout(Duration::from_secs(1), waiting.join_next()).await.is_ok() {
        return Err("an agent woke, and nothing had happened".into());
    }
    server.reset();
    let before = store.commands();
    sleep(long).await;
    let (commands, stats) = (store.commands() - before, server.stats());
    store.close().await?;
    let _ = waiting.join_next().await;
    Ok(Idle { commands, served: stats.calls("evalsha") + stats.calls("blpop") })
}
