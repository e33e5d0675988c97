//! One thing that a reader waits for.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::id::StreamId;
use crate::poll::{Bounds, Found};
use crate::{Command, Dedicated, Redis, Reply, Result};

/// What came of it.
pub(super) enum Done {
    /// An answer to `XREAD`, and the connection it came over, where that is the reader's own.
    Read(Result<Reply>, Option<Box<dyn Dedicated>>),
    /// What somebody found who asks for many; `None` where it is time to look.
    Found(Option<Result<Found>>),
    /// Answers to `XINFO`, one for each stream.
    Looked(Result<Vec<Result<Reply>>>),
}

/// Asks, after a pause, on a connection of the reader's own.
pub(super) async fn block(
    pause: Duration,
    mut line: Box<dyn Dedicated>,
    question: Command,
    time: Duration,
) -> Done {
    rest(pause).await;
    let answer = line.execute(question, time).await;
    Done::Read(answer, Some(line))
}

/// Asks, after a pause that a nudge cuts short.
pub(super) async fn poll(
    pause: Duration,
    redis: Redis,
    question: Command,
    nudge: Arc<Notify>,
) -> Done {
    tokio::select! {
        () = rest(pause) => {}
        () = nudge.notified() => {}
    }
    Done::Read(redis.execute(question).await, None)
}

/// What is waited for together with others.
pub(super) struct Share {
    pub(super) after: Vec<(String, StreamId)>,
    pub(super) count: usize,
    pub(super) bounds: Option<Bounds>,
    pub(super) patience: Option<Duration>,
}

/// Waits with all others who wait over the same wire, after a pause, and no longer than this.
pub(super) async fn join(pause: Duration, redis: Redis, share: Share, most: Duration) -> Done {
    rest(pause).await;
    let Share { after, count, bounds, patience } = share;
    let found = redis.poll_for(after, count, bounds, patience);
    Done::Found(timeout(most, found).await.ok())
}

/// Looks at the streams, after a pause.
pub(super) async fn look(pause: Duration, redis: Redis, questions: Vec<Command>) -> Done {
    rest(pause).await;
    Done::Looked(redis.pipeline(questions).await)
}

/// Pauses, where there is anything to wait for: the runtime's timer rounds every sleep up to its
/// next tick, a millisecond, and a reader that asks at once would not listen for so long.
async fn rest(pause: Duration) {
    if !pause.is_zero() {
        sleep(pause).await;
    }
}
