//! The pure machine of power sessions: one objective, its phases, its agents.
//!
//! [`Machine::handle`] takes the time and one [`Input`] and appends [`Effect`]s. Nothing else
//! reaches it: no I/O, no clock, no randomness. Whoever runs it keeps three promises:
//!
//! 1. The [snapshot](Machine::snapshot), or the [log's entry](Machine::entry), is saved before
//!    the effects are done, under the guard of the leader's lease.
//! 2. Each effect is done at least once, in the order of the ids, and confirmed by
//!    [`Input::Done`]. Done twice it does no harm.
//! 3. [`Input::Tick`] comes at [`Machine::next_wakeup`] at the latest.
//!
//! # Rooms
//!
//! | Room | Holds |
//! |---|---|
//! | `session` | [`Machine`]: the way in, the clock, the outbox, snapshots, status, the end |
//! | `input` | [`Input`], [`Start`], [`Settings`], the log's [`Entry`] |
//! | `effect` | [`Effect`], [`Event`]: the journal, [`Content`]: documents |
//! | `roster` | agents: live, suspect, lost; budgets; streams of tool output |
//! | `phase` | phases, results, documentation, criteria |
//! | `barrier` | barriers |
//! | `failover` | tasks, and those whose agent is lost |
//! | `insight`, `pattern` | what agents find, what results teach |
//! | `drift` | agents that leave their path |
//! | `escalation` | questions to people |
//!
//! # What happens when
//!
//! | When | Then |
//! |---|---|
//! | a heartbeat comes from an unknown agent | it is registered, and told where the session stands |
//! | an agent misses 2 of 3 heartbeats | it is suspect, and still counts |
//! | it misses 3, of the period it advertised | it is lost: told to all, removed where it is waited for, by an event |
//! | a lost agent sends a newer heartbeat | it is back, and told where the session stands; where it was removed it stays so |
//! | a later start speaks under the same name | it takes the place; the earlier one is ignored, recorded once |
//! | the place of a lost name is taken | any start of that name may take it |
//! | the clock steps, or nobody listened | back: no time passes; forward: 10 s at most |
//! | a message comes twice | dropped by producer and number; those of the originals have none and change nothing twice |
//! | a message comes late | a result or a barrier's answer is a fact and counts; all else counts until its life is over |
//! | a type is unknown, or meant for others | counted by name, the newest 16 kept, see [`Machine::kept`] |
//! | something is no message | dead letter with the reason |
//! | a barrier's answer is of another generation | counted; whoever asks after the end is told the end |
//! | a member of a barrier is lost or late | [`Policy`]: proceed without it, fail, or ask a person |
//! | nobody is left at a phase's barrier | it fails; a new generation opens when an agent comes |
//! | an objective has no phases | one phase, `work` |
//! | an objective has no criteria | it is reached when its last phase is over |
//! | a result names neither work nor phase | it ends the first work that its agent was sent |
//! | a result comes from nobody in particular | kept; it ends no phase |
//! | a result comes after its phase, or the end | kept under its phase, marked `late` |
//! | an agent speaks after the end | it is told the end, once a minute |
//! | a phase has tasks | it ends with the last of them; else with the last agent's part |
//! | a question is not answered in time | the answer is no |
//! | a criterion cannot be checked | a person decides |
//! | the leader changes | what is not confirmed comes out again, under the new epoch |
//!
//! # What agents say and hear beside the documented keys
//!
//! | Message | Extension | Meaning |
//! |---|---|---|
//! | `RESULT`, `PROGRESS` | `phase` | the phase it is of, from 0 |
//! | | `usage` | `tokens` and `cost_micros` since it last said so |
//! | `RESULT`, `TASK_CLAIMED` | `task_id` | the work it is about; the plain key counts, too |
//! | `SYNC`, `SYNC_ACK` | `generation` | which opening of the barrier |
//! | `SYNC` | `arrived`, `removed` | who has come, who is not waited for |
//! | `OBJECTIVE_UPDATE` | `results_left_out` | results of the phase before that did not fit |
//! | `TASK` | `task_id`, `orphan` | its id; how far the agent before was |
//!
//! An agent may hear of a phase, a barrier or a task more than once: what it knows it ignores.
//!
//! # Limits
//!
//! | Limit | What happens there |
//! |---|---|
//! | agents (`agents.most`) | more are refused and told so; a free place takes the next heartbeat |
//! | run time, cost | all pause, a person decides; or what the boundary says |
//! | tool calls, tokens of an agent | it pauses, a person decides; yes allows as much again |
//! | time of a phase, tasks that failed | [`PhaseSettings::policy`] |
//! | agents lost by one task (`tasks.attempts`) | work sent as a message is given up; the store has its own limit |
//! | age of a task without an agent (`tasks.age`) | a person decides, once |
//! | insights (`insights.pool`, `ttl`) | the oldest gives way; 8 KiB and 32 tags each, else dead letter |
//! | patterns (`patterns.most`, `retention`) | the least sure gives way |
//! | results | 256 a phase, else dead letter; 256 KiB in all whole, then the documented keys |
//! | results handed on | 96 KiB; `results_left_out` says how many more there are |
//! | tasks followed | 4096 at once, else dead letter |
//! | barriers | 64 open, else dead letter; 64 kept after their end |
//! | questions | 8 of an agent, else turned away; 256 in all, then the answer is no |
//! | streams | 16 of an agent, 256 in all, else dead letter; 1 MiB each kept |
//! | files, tools, decisions of an agent | the newest 200 |
//! | agents remembered after they went | 256, for `agents.forget` |

mod barrier;
mod drift;
mod effect;
mod escalation;
mod failover;
mod input;
mod insight;
mod pattern;
mod phase;
mod roster;
mod session;

pub use effect::{
    About, Action, Check, Content, DeadLetter, Doc, Effect, EffectId, End, Event, Output, PhaseEnd,
    Removal, Subject,
};
pub use input::{
    AgentSettings, Assignment, BarrierRequest, BarrierSettings, Checked, DocumentationSettings,
    DriftSettings, Enforcement, Entry, EscalationSettings, Heard, Input, InsightSettings, Join,
    LimitSettings, Malformed, Origin, PatternSettings, PhaseSettings, Policy, Pull, Ruling,
    Settings, Spending, Start, StartError, StreamSettings, TaskChange, TaskNews, TaskSettings,
    Verdict,
};
pub use roster::Standing;
pub use session::{Machine, ReplayError, SnapshotError};
