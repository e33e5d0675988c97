//! Awaiting the end of a task.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{IdSource as _, Json, RandomIds, Task, TaskId, TaskState};
use popkit_store::{Error, ErrorKind, TaskStore, TaskStoreExt as _};
use tokio::time::{Instant, sleep, timeout};

use super::{ResultError, TypedTask};

/// The first wait between two looks.
const FIRST: Duration = Duration::from_millis(10);
/// The longest wait between two looks.
const LONGEST: Duration = Duration::from_millis(500);

/// One task of a kind, in its store. Clones are the same task.
pub struct TaskHandle<T> {
    id: TaskId,
    store: Arc<dyn TaskStore>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for TaskHandle<T> {
    fn clone(&self) -> Self {
        Self { id: self.id.clone(), store: Arc::clone(&self.store), kind: PhantomData }
    }
}

impl<T> fmt::Debug for TaskHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskHandle").field("id", &self.id).finish_non_exhaustive()
    }
}

impl<T: TypedTask> TaskHandle<T> {
    pub(super) fn new(store: Arc<dyn TaskStore>, id: TaskId) -> Self {
        Self { id, store, kind: PhantomData }
    }

    /// The task's name.
    #[must_use]
    pub fn id(&self) -> &TaskId {
        &self.id
    }

    /// Waits for the end of the task, `deadline` long at most, and answers its result.
    ///
    /// Stores push work to agents, not ends to those who wait for them, so this looks again
    /// and again: after about 10 ms first, every half second at last, each wait shortened at
    /// random by up to a half. A store that cannot be reached is asked again until the deadline.
    ///
    /// # Errors
    ///
    /// [`ResultError`]; a task in review, or paused, has not ended.
    pub async fn result(&self, deadline: Duration) -> Result<T::Output, ResultError> {
        let began = Instant::now();
        let mut wait = FIRST;
        loop {
            let left = deadline.saturating_sub(began.elapsed());
            match self.look(left).await {
                Err(error) if may_change(&error) && !left.is_zero() => {}
                answer => return answer,
            }
            let left = deadline.saturating_sub(began.elapsed());
            sleep(jitter(wait).min(left)).await;
            wait = (wait * 2).min(LONGEST);
        }
    }

    async fn look(&self, left: Duration) -> Result<T::Output, ResultError> {
        let task = self.id.clone();
        let Some(found) = self.get(left).await? else {
            return Err(ResultError::NotFound { task });
        };
        if found.spec.kind.as_str() != T::KIND {
            let kind = found.spec.kind.clone();
            return Err(ResultError::OtherKind { task, kind, expected: T::KIND });
        }
        let last = found.errors.last().map(|entry| entry.failure.clone());
        match found.state {
            TaskState::Done => {
                let result = found.result.unwrap_or_else(Json::null);
                result.decode().map_err(|source| ResultError::Decode { task, source })
            }
            TaskState::Failed => Err(ResultError::Failed { task, last }),
            TaskState::Cancelled => Err(ResultError::Cancelled { task, last }),
            state => Err(ResultError::Timeout { task, state, last }),
        }
    }

    async fn get(&self, left: Duration) -> Result<Option<Task>, Error> {
        // A store that does not answer must not hold the caller beyond its deadline.
        let answer = timeout(left.max(LONGEST), self.store.get(&self.id)).await;
        let late = |_| Error::new(ErrorKind::Timeout, "no answer").at(self.store.backend(), "get");
        answer.map_err(late)?
    }
}

/// Whether the next look may find something else.
fn may_change(error: &ResultError) -> bool {
    match error {
        ResultError::Timeout { .. } => true,
        ResultError::Store(error) => error.is_retryable(),
        _ => false,
    }
}

/// The second half of `wait`, at random.
fn jitter(wait: Duration) -> Duration {
    let micros = u64::try_from(wait.as_micros() / 2).unwrap_or(u64::MAX);
    let draw = u64::try_from(RandomIds.draw() & u128::from(u32::MAX)).unwrap_or_default();
    wait / 2 + Duration::from_micros(draw % micros.max(1))
}
