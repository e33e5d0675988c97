//! Tasks and documents on a Redis server: every call is one script, and one round trip.
//!
//! # Where things are
//!
//! | Room | Holds |
//! |---|---|
//! | `options`, `server`, `open` | [`RedisOptions`]; connecting, and what the server must promise |
//! | `rights` | what the server's user must be allowed to do |
//! | `keys` | the keys of the tasks |
//! | `tasks` | the task seam: scripts (`.lua`) beside the code that calls them |
//! | `waiting` | which of the next two it is |
//! | `wait` | parked agents, and the hand-off over one blocking connection |
//! | `poll` | agents that poll, over a wire that cannot block |
//! | `documents` | the document seam |
//! | `view` | the tasks under the names of the autonomous system |

mod classify;
mod documents;
mod keys;
mod open;
mod options;
#[cfg(feature = "upstash")]
mod poll;
mod rights;
mod server;
mod tasks;
mod view;
mod wait;
mod waiting;

use std::sync::Arc;

use popkit_protocol::{Clock, Durability, ScoreMode};
use popkit_redis::{Keyspace, Redis};

pub use self::options::RedisOptions;
pub use self::view::AutonomousView;

use self::tasks::{Caller, Lanes};
use self::waiting::Waiting;

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
/// # Over REST
///
/// With the feature `upstash` the same store works over the REST service of Upstash
/// (`upstash://:TOKEN@HOST`), also beside handles that use connections on the same data. There
/// nothing can block, and every command is billed:
///
/// - Who waits is not parked: it is told that there may be work
///   ([`WakeReason::Ready`](crate::WakeReason::Ready)), as many agents as there are tasks, and its
///   next step claims. All agents of a handle look once; then a stream of wake-ups is read,
///   together with everything else that this process polls, each 250 ms to 15 s. Tasks that a
///   handle over REST makes ready, and times that it sets, are told there.
/// - What connections make ready, and leases whose holders fell silent, are found after a rest:
///   as long as the shortest lease of those who wait, ten times that where nothing was ready or
///   held (by one command where nothing has happened), at most 5 min. The reverse: agents parked over connections look by themselves within
///   0.4 of their lease, at most 12 s.
/// - Where the service does not tell what an acknowledged write survives, that is the provider's
///   to say, and [`Durability::Process`] is what is promised here.
/// - Scripts name every key beforehand, so that the service locks these alone.
///
/// | Call | Commands |
/// |---|---|
/// | `insert` of one task into an empty lane | 7 |
/// | `insert` of one task behind others | 6 |
/// | `insert` of 10 tasks behind others | 7 |
/// | `step` that claims 1 task, the slot's first | 11 |
/// | `step` that claims 8 tasks | 9 |
/// | `step` that completes 1 task and claims 1 | 10 |
/// | `step` that completes 1 task with a result and claims 1 | 11 |
/// | `step` that completes 1 task | 7 |
/// | `step` that finds nothing | 5 |
/// | `heartbeat` for any number of tasks | 7 |
/// | `wait`, the look | 4 |
/// | `wait`, the look at 1 lane that is ready | 5 |
/// | `wait`, a poll of all who wait | 1 |
/// | `get` of 1 task | 5 |
/// | `counts` | 6 |
/// | `save` of a text | 9 |
/// | `load` of a text | 5 |
///
/// A script that the service does not know yet costs one more, and a claim or look after others
/// have registered lanes four more. What comes often follows the lease:
/// heartbeats are three per lease, the look is one per rest. With leases of 30 s a process that has
/// nothing to do costs 6 commands a minute, and one that is at work all day renews its leases for
/// 60,000; with leases of 5 min for 6,000. On a metered plan take longer ones.
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
    lanes: Arc<Lanes>,
    waiting: Waiting,
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

    /// About as many commands as a REST service has billed for: those that were sent, and those
    /// that their scripts most likely ran. Stores and transports of this process that are open
    /// with the same configuration are counted together.
    #[cfg(feature = "upstash")]
    #[cfg_attr(docsrs, doc(cfg(feature = "upstash")))]
    #[must_use]
    pub fn billed(&self) -> u64 {
        self.0.redis.counters().billed()
    }
}
