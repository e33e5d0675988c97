//! Tasks: what is asked for, where it stands, who holds it, and what happened to it.
//!
//! | Room | Holds |
//! |---|---|
//! | `spec` | [`NewTask`]: what is asked for; never changes |
//! | `record` | [`Task`]: the spec and where it stands |
//! | `state`, `transition` | the states and the one pure function that changes them |
//! | `event`, `apply` | what happened, and replaying it into the same [`Task`] |
//! | `lane`, `profile` | which agents may serve which tasks |
//! | `score`, `retry` | the order of claims; when a failure is tried again |
//! | `lease`, `outcome` | what a holder gets, and how it ends |
//! | `metrics` | times and rates computed from a task |

mod apply;
mod event;
mod lane;
mod lease;
mod metrics;
mod outcome;
mod profile;
mod record;
mod retry;
mod score;
mod spec;
mod state;
mod transition;

pub use apply::ReplayError;
pub use event::{Actor, Change, Cursor, FailCause, TaskEvent};
pub use lane::{Lane, LaneKey, Requirement};
pub use lease::{EndKind, Hold, Lease, LeaseEnd, LeaseToken};
pub use metrics::TaskMetrics;
pub use outcome::{Failure, Outcome, Progress};
pub use profile::{Kinds, Profile};
pub use record::{ErrorEntry, Task};
pub use retry::{Backoff, RetryPolicy};
pub use score::{Priority, Score, ScoreMode};
pub use spec::{EdgePolicy, Need, NewTask};
pub use state::{Pending, TaskState};
pub use transition::{TransitionError, Trigger, transition};
