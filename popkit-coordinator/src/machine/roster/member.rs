//! One agent.

use std::collections::BTreeSet;
use std::time::Duration;

use popkit_protocol::{AgentState, Timestamp};
use serde::{Deserialize, Serialize};

use crate::machine::input::{AgentSettings, Join, Settings};

/// Files, tools, blockers and decisions that are kept of an agent, the newest of each.
const LISTED: usize = 200;
/// How much older a state may claim to be than the last one and still be a late message; what
/// is older is a step of the agent's clock.
const LATE: Duration = Duration::from_secs(300);

/// How an agent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// It is there.
    Live,
    /// It is silent for almost too long. It still counts as there.
    Suspect,
    /// It is silent for too long.
    Lost,
    /// It went by its own will.
    Left,
}

impl Standing {
    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Suspect => "suspect",
            Self::Lost => "lost",
            Self::Left => "left",
        }
    }
}

/// What is known of an agent. Times are steady ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::machine) struct Member {
    pub(in crate::machine) state: AgentState,
    pub(in crate::machine) standing: Standing,
    /// When it was last heard.
    pub(super) seen: Timestamp,
    /// When it last did something.
    pub(in crate::machine) active: Timestamp,
    /// When it was found to be gone.
    pub(super) gone: Option<Timestamp>,
    /// When it sent the last message, by its own clock: its messages are compared with each
    /// other only.
    pub(super) last_sent: Timestamp,
    /// When it had sent the last one before the phase began.
    mark: Timestamp,
    period: Duration,
    pub(in crate::machine) tags: BTreeSet<String>,
    /// The globs of its own.
    pub(in crate::machine) files: Vec<String>,
    /// It was told that it is silent.
    pub(in crate::machine) is_called: bool,
    /// Files that it was told of.
    pub(in crate::machine) strays: BTreeSet<String>,
    has_twin: bool,
    /// Tool calls that it may make, as allowed so far.
    pub(super) tool_calls: u64,
    /// Tokens that it may use, as allowed so far.
    pub(super) tokens: Option<u64>,
    pub(super) used_tokens: u64,
    pub(super) used_micros: u64,
}

impl Member {
    pub(super) fn new(state: AgentState, steady: Timestamp, settings: &Settings) -> Self {
        Self {
            last_sent: state.timestamp,
            mark: Timestamp::EPOCH,
            state: trimmed(state),
            standing: Standing::Live,
            seen: steady,
            active: steady,
            gone: None,
            period: settings.agents.period,
            tags: BTreeSet::new(),
            files: Vec::new(),
            is_called: false,
            strays: BTreeSet::new(),
            has_twin: false,
            tool_calls: settings.limits.tool_calls,
            tokens: settings.limits.tokens,
            used_tokens: 0,
            used_micros: 0,
        }
    }

    pub(super) fn knows(&mut self, join: Join) {
        let Join { agent: _, period, tags, files } = join;
        // A period of nothing would lose it at once.
        self.period = period.filter(|span| span.as_secs() > 0).unwrap_or(self.period);
        self.tags = tags;
        self.files = files;
    }

    pub(super) fn is_present(&self) -> bool {
        matches!(self.standing, Standing::Live | Standing::Suspect)
    }

    pub(super) fn misses(&self, steady: Timestamp) -> u32 {
        let periods = steady.since(self.seen).as_micros() / self.period.as_micros().max(1);
        u32::try_from(periods).unwrap_or(u32::MAX)
    }

    /// When it has missed one more heartbeat that matters.
    pub(super) fn next_look(&self, settings: &AgentSettings) -> Timestamp {
        let misses = match self.standing {
            Standing::Live => settings.misses.saturating_sub(1),
            _ => settings.misses,
        };
        self.seen.after(self.period.saturating_mul(misses))
    }

    /// A start of the same agent is named by when it was, and by its program's session.
    fn start(state: &AgentState) -> (Timestamp, &str) {
        (state.agent.started_at, state.agent.session_id.as_str())
    }

    pub(super) fn is_another(&self, state: &AgentState) -> bool {
        Self::start(state) != Self::start(&self.state)
    }

    /// Whether a state is of an earlier start than the one that is listened to.
    pub(super) fn is_older(&self, state: &AgentState) -> bool {
        Self::start(state) < Self::start(&self.state)
    }

    /// Whether a state is not newer than the last one of the same start, and was only late.
    pub(super) fn is_late(&self, state: &AgentState) -> bool {
        let age = self.state.timestamp.since(state.timestamp);
        let is_not_newer = state.timestamp <= self.state.timestamp;
        !self.is_another(state) && is_not_newer && age <= LATE
    }

    pub(in crate::machine) fn mark(&mut self) {
        self.mark = self.last_sent;
    }

    /// Whether it was sent after the mark; what is far older is a step of the agent's clock.
    pub(super) fn is_of_phase(&self, sent_at: Timestamp) -> bool {
        sent_at > self.mark || self.mark.since(sent_at) > LATE
    }

    /// Whether it was sent so long after the mark that it is not about what was before.
    pub(super) fn is_settled(&self, sent_at: Timestamp) -> bool {
        sent_at.since(self.mark) >= self.period.saturating_mul(2)
    }

    /// Notes that two agents use one name; `false` where that is known.
    pub(super) fn note_twin(&mut self) -> bool {
        !std::mem::replace(&mut self.has_twin, true)
    }

    /// Takes a state, and says how many tool calls were made since the one before.
    pub(super) fn hear(&mut self, state: AgentState, steady: Timestamp) -> u64 {
        let is_another = self.is_another(&state);
        let is_back = !self.is_present();
        self.seen = steady;
        self.gone = None;
        self.standing = Standing::Live;
        if is_another {
            self.has_twin = false;
            self.last_sent = state.timestamp;
            self.mark = Timestamp::EPOCH;
        }
        self.last_sent = self.last_sent.max(state.timestamp);
        if !is_back && self.is_late(&state) && state.timestamp != self.state.timestamp {
            return 0;
        }
        let before = &self.state;
        let moves = before.tool_call_count != state.tool_call_count
            || before.progress.to_bits() != state.progress.to_bits()
            || before.current_task != state.current_task;
        let calls = if is_another || is_back {
            0
        } else {
            state.tool_call_count.saturating_sub(before.tool_call_count)
        };
        if moves || is_another || is_back {
            self.stirs(steady);
        }
        self.state = trimmed(state);
        calls
    }

    /// It did something.
    pub(super) fn stirs(&mut self, steady: Timestamp) {
        self.active = steady;
        self.is_called = false;
        if self.standing == Standing::Suspect {
            self.standing = Standing::Live;
        }
    }
}

/// With the newest entries of long lists.
fn trimmed(mut state: AgentState) -> AgentState {
    fn newest<T>(list: &mut Vec<T>) {
        let old = list.len().saturating_sub(LISTED);
        list.drain(..old);
    }
    newest(&mut state.files_touched);
    newest(&mut state.tools_used);
    newest(&mut state.blockers);
    newest(&mut state.decisions);
    state
}
