//! Tasks and documents on a Redis server: every call is one script, and one round trip.
//!
//! # Where things are
//!
//! | Room | Holds |
//! |---|---|
//! | `options`, `open` | [`RedisOptions`]; connecting, and what the server must promise |
//! | `rights` | what the server's user must be allowed to do |
//! | `keys` | the keys of the tasks |
//! | `tasks` | the task seam: scripts (`.lua`) beside the code that calls them |
//! | `wait` | parked agents, and the hand-off over one blocking connection |
//! | `documents` | the document seam |
//! | `view` | the tasks under the names of the autonomous system |

mod classify;
mod documents;
mod keys;
mod open;
mod options;
mod rights;
mod tasks;
mod view;
mod wait;

use std::sync::Arc;

use popkit_protocol::{Clock, Durability, ScoreMode};
use popkit_redis::{Keyspace, Redis};

pub use self::options::RedisOptions;
pub use self::view::AutonomousView;

use self::tasks::{Caller, Lanes};
use self::wait::Parking;

/// A store on a Redis server. Clones share it, and its connections.
///
/// Time is the server's. An acknowledged write survives what the server's settings promise
/// ([`capabilities`](crate::TaskStore::capabilities) says which class that is): a power cut with
/// `appendonly yes` and `appendfsync always`, the end of any process with `everysec`.
///
/// Handles of one session agree on `mode`; the lowest `max_lanes` that a batch is inserted with
/// is the limit for that batch. A handle that is dropped without
/// [`close`](crate::TaskStore::close) may leave parked agents on the server for a moment.
///
/// ```no_run
/// use popkit_store::{CountQuery, RedisOptions, TaskStore as _};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let store = "redis://localhost:16379?session=team".parse::<RedisOptions>()?.open().await?;
/// println!("{} tasks are ready", store.counts(CountQuery::default()).await?.ready);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct RedisStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    redis: Redis,
    keyspace: Keyspace,
    caller: Caller,
    durability: Durability,
    mode: ScoreMode,
    max_lanes: usize,
    /// Only where tests bring their own; else the server's clock counts.
    clock: Option<Arc<dyn Clock>>,
    lanes: Lanes,
    parking: Parking,
}

impl RedisStore {
    /// Times that this handle and its clones have sent something and waited for the answer,
    /// since the store was opened. For benches and bills.
    #[must_use]
    pub fn round_trips(&self) -> u64 {
        self.0.redis.counters().round_trips
    }

    /// Commands that this handle and its clones have sent since the store was opened; those
    /// that set up a connection are not counted. A script is one, whatever it does.
    #[must_use]
    pub fn commands(&self) -> u64 {
        self.0.redis.counters().commands
    }
}
