//! The seam for tasks.

use std::fmt;

use async_trait::async_trait;
use popkit_protocol::{Requirement, Task, TaskEvent, TaskId};

use crate::{
    ChangeRequest, CountQuery, Heartbeat, HeartbeatReply, HistoryQuery, InsertOptions, Inserted,
    LaneRule, LaneStatus, Page, PruneQuery, Result, StepReply, StepRequest, StoreCapabilities,
    TaskCounts, TaskQuery, Waiter, Wake,
};
use popkit_protocol::NewTask;

/// What a backend must be able to do. This trait binds *implementors*; users call it
/// through `Arc<dyn TaskStore>` and [`TaskStoreExt`](crate::TaskStoreExt).
///
/// # Contract
///
/// The [conformance suite](crate::engine) holds every backend to it:
///
/// - **Atomic.** Each call happens as a whole or not at all; what it changes and the events
///   that tell of it are written in one step.
/// - **One holder.** Between a claim and its end no other claim of the task succeeds; fences
///   of a task only grow. A write with another pair than the current one is refused and
///   changes nothing.
/// - **Store clock.** Leases, delays and timestamps go by the store's clock, which never
///   goes back; spans travel as durations.
/// - **Order.** A claim gets the lowest score over all lanes its profile may serve and whose
///   [rules](LaneRule) let something be claimed.
/// - **Rules.** Nothing is claimed from a paused lane, and from a limited one nothing while
///   as many of its leases are held as its limit says: in `step`, `wait` and wherever a
///   backend hands work over. A place that a step frees can be taken by the same step.
/// - **Recovery.** `step`, `heartbeat` and `wait` promote due tasks and rescue expired
///   leases, a bounded number each. The first look at an expired lease marks it, the second,
///   a third of the lease later, rescues the task; a heartbeat in between clears the mark.
/// - **Replay.** A step repeated with the same holder, slot and request id, while it is the
///   slot's last, changes nothing and answers the same: leases that were lost since are left
///   out. Inserting is idempotent by id, heartbeats by nature.
/// - **Cancel safety.** Dropping a future leaves the call either done or not done. A dropped
///   `step` may have claimed: repeat it with its request id, or let the leases expire.
///
/// Handles are cheap to clone and share connection and data.
#[async_trait]
pub trait TaskStore: fmt::Debug + Send + Sync + 'static {
    /// The backend's name, for messages: `memory`, `sqlite` …
    fn backend(&self) -> &'static str;

    /// What this store can do now.
    fn capabilities(&self) -> StoreCapabilities;

    /// Accepts a batch: all of it or, on an error, nothing. At most
    /// [`limits::BATCH`](popkit_protocol::limits::BATCH) tasks.
    ///
    /// A task may need tasks that exist or are in the same batch. Answers in the order of
    /// the batch.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for an unknown parent, a cycle (named in full) or a broken limit;
    /// `Full` when a new lane would exceed the limit of lanes.
    async fn insert_opts(&self, batch: Vec<NewTask>, opts: InsertOptions) -> Result<Vec<Inserted>>;

    /// Finishes, releases dependants, promotes, rescues and claims, in this order, in one
    /// round trip. A dependant released by this call can be claimed by it.
    ///
    /// # Errors
    ///
    /// A lost lease is no error but an answer per finish. `InvalidInput` for a lease outside
    /// 10 ms to 24 h, a result over its limit, or more than
    /// [`limits::STEP`](popkit_protocol::limits::STEP) finishes or claims.
    async fn step(&self, request: StepRequest) -> Result<StepReply>;

    /// Renews what it lists, takes progress and checkpoints, promotes and rescues.
    ///
    /// # Errors
    ///
    /// A lost lease is no error but part of the answer. `InvalidInput` as for `step`.
    async fn heartbeat(&self, beat: Heartbeat) -> Result<HeartbeatReply>;

    /// Waits until there may be work for the waiter, or its time is up. One waiter is woken
    /// per task that can be claimed: when it becomes ready, when a place in its full lane
    /// becomes free, when its lane's rule is lifted. Promotes and rescues while waiting.
    ///
    /// # Errors
    ///
    /// `Closed` when the store is closed meanwhile.
    async fn wait(&self, waiter: Waiter) -> Result<Wake>;

    /// Changes a task without a lease and answers with the task as it is then.
    ///
    /// # Errors
    ///
    /// `NotFound`; `Conflict` where the revision differs; `IllegalTransition`.
    async fn change(&self, request: ChangeRequest) -> Result<Task>;

    /// The tasks with these ids, in this order.
    async fn get_many(&self, ids: &[TaskId]) -> Result<Vec<Option<Task>>>;

    /// Tasks by what they are, in the order of insertion, a page at a time.
    async fn query(&self, query: TaskQuery) -> Result<Page<Task>>;

    /// How many tasks stand where. Not a scan.
    async fn counts(&self, query: CountQuery) -> Result<TaskCounts>;

    /// Events in order, gapless per task, a page at a time; [`Page::next`] is the cursor to
    /// go on from.
    async fn history(&self, query: HistoryQuery) -> Result<Page<TaskEvent>>;

    /// Removes ended tasks with their events and answers how many. Tasks that an open task
    /// depends on stay.
    async fn prune(&self, query: PruneQuery) -> Result<u64>;

    /// Sets the rule of the lane of exactly this requirement, and answers with the lane as it
    /// is then. The last writer wins; a repeat changes nothing.
    ///
    /// Atomic. Takes nothing from anybody: where more leases are held than a new limit
    /// allows, nothing is claimed until fewer are. The rule lasts like a task until it is
    /// set to none; as long as it has one, the lane takes a place in the store's limit of
    /// lanes, also without tasks.
    ///
    /// # Errors
    ///
    /// `Full` when a new lane would exceed the limit of lanes.
    async fn set_lane(&self, requirement: Requirement, rule: LaneRule) -> Result<LaneStatus>;

    /// The lanes that something stands in or that have a rule, in the order of their
    /// requirements. Not a scan.
    async fn lanes(&self) -> Result<Vec<LaneStatus>>;

    /// Ends the store for all its handles: what was accepted is kept, waiters get `Closed`,
    /// later calls too.
    async fn close(&self) -> Result<()>;
}
