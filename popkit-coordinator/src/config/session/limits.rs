//! `limits`.

use crate::config::read::block;

block! {
    /// The block `limits`.
    LimitsConfig {
        /// How many insights one check-in gives.
        max_insights_per_pull: u32 [0..=100] = 3,
        /// Agents at once; more are refused and told so.
        max_parallel_agents: u32 [1..=256] = 6,
        /// Tool calls of one agent; then a person decides.
        max_tool_calls_per_agent: u64 [1..=1_000_000_000] = 100,
        /// How long a session may run; then a person decides. A time limit of the objective
        /// wins.
        max_runtime_minutes: u64 [1..=525_600] = 30,
        /// How often more something is tried that failed: a task that does not say it itself,
        /// and an agent of native mode whose process ends with an error.
        max_retries_on_failure: u32 [0..=100] = 3,
        /// A task without an agent for so many seconds needs a person.
        max_orphaned_task_age_seconds: u64 [1..=31_536_000] = 300,
    }
}
