//! How a session is run. The defaults are those of the originals' `config.json`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What happens when an agent that is waited for is lost or late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Policy {
    /// It is removed, by a decision that is recorded, and the others go on. Where no agent of a
    /// phase could do its part, there are no others, and the session fails.
    #[default]
    Proceed,
    /// The session fails.
    Fail,
    /// A person decides.
    Hold,
}

/// How strict a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Enforcement {
    /// Not at all.
    Off,
    /// The agent is told.
    #[default]
    Warn,
    /// The agent is paused until a person has decided.
    Block,
}

/// Defines a group of settings with its defaults.
macro_rules! settings {
    ($(#[$doc:meta])* $name:ident { $(
        $(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr,
    )+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }
    };
}

const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

settings! {
    /// All settings of a session, a group per room of the machine.
    Settings {
        /// Agents.
        agents: AgentSettings = AgentSettings::default(),
        /// Barriers.
        barriers: BarrierSettings = BarrierSettings::default(),
        /// Phases.
        phases: PhaseSettings = PhaseSettings::default(),
        /// Insights.
        insights: InsightSettings = InsightSettings::default(),
        /// Patterns.
        patterns: PatternSettings = PatternSettings::default(),
        /// Drift.
        drift: DriftSettings = DriftSettings::default(),
        /// Tasks whose agent is lost.
        tasks: TaskSettings = TaskSettings::default(),
        /// Limits.
        limits: LimitSettings = LimitSettings::default(),
        /// Questions to people.
        escalations: EscalationSettings = EscalationSettings::default(),
        /// The documentation barrier.
        documentation: DocumentationSettings = DocumentationSettings::default(),
        /// Streams of tool output.
        streams: StreamSettings = StreamSettings::default(),
    }
}
settings! {
    /// Agents: who may come, and when one is lost.
    AgentSettings {
        /// The first phase waits for so many, for as long as `gather`.
        wanted: u32 = 1,
        /// How long the first phase waits for all that are wanted; then one is enough.
        gather: Duration = secs(120),
        /// More are refused.
        most: u32 = 6,
        /// How often an agent sends a heartbeat, unless it advertises otherwise.
        period: Duration = secs(15),
        /// After so many periods without a word it is lost; one earlier it is suspect. At
        /// least 2.
        misses: u32 = 3,
        /// A lost agent is forgotten after so long.
        forget: Duration = secs(600),
    }
}
settings! {
    /// Barriers: who is waited for, and for how long.
    BarrierSettings {
        /// How long a barrier waits.
        timeout: Duration = secs(120),
        /// How often those who have not answered are asked again.
        resend: Duration = secs(30),
        /// What happens when a member is lost or late.
        policy: Policy = Policy::Proceed,
        /// How many of the first members must have arrived, in per cent. With fewer a person
        /// decides.
        quorum_percent: u8 = 0,
    }
}
settings! {
    /// Phases: how one begins and ends.
    PhaseSettings {
        /// Whether each begins with a barrier.
        sync: bool = true,
        /// Whether one may be skipped.
        skip: bool = false,
        /// A phase may take its share of the run time, so many per cent of it.
        multiplier_percent: u32 = 150,
        /// What happens when its time is up, or a task of it has failed.
        policy: Policy = Policy::Proceed,
    }
}
settings! {
    /// Insights: which are kept, and who gets them.
    InsightSettings {
        /// Whether they are sent on at once.
        share: bool = true,
        /// How many one pull gives.
        pull: u32 = 3,
        /// How long one is kept.
        ttl: Duration = secs(600),
        /// How many are kept; the oldest gives way.
        pool: u32 = 100,
        /// How many tags must be common.
        overlap: u32 = 1,
        /// Whether those of the phase that runs come first.
        boost: bool = true,
        /// Two of one sort that share so many per cent of their words say the same. 100: only
        /// equal ones do. Less drops insights that differ in one word, a `not` for instance.
        similarity_percent: u8 = 100,
    }
}
settings! {
    /// Patterns: what is learned from results.
    PatternSettings {
        /// Whether anything is learned.
        enabled: bool = true,
        /// How long one is kept after it was last seen.
        retention: Duration = secs(24 * 3600),
        /// How many are kept; the least sure one gives way.
        most: u32 = 200,
        /// How many are recommended at the beginning of a phase.
        recommend: u32 = 3,
    }
}
settings! {
    /// Drift: how an agent leaves its path.
    DriftSettings {
        /// Whether anybody looks.
        enabled: bool = true,
        /// Files outside the globs of the session or the agent.
        files: Enforcement = Enforcement::Warn,
        /// Where the files of the session are: absolute paths are judged below it.
        root: Option<String> = None,
        /// An agent that has work and shows no activity for so long.
        silence: Duration = secs(60),
        /// An agent that made more tool calls between two check-ins.
        tool_calls: u64 = 10,
    }
}
settings! {
    /// Tasks whose agent is lost.
    TaskSettings {
        /// Whether work that was sent as a message is given to another agent.
        reassign: bool = true,
        /// How often.
        attempts: u32 = 2,
        /// A task that nobody has taken up again for so long needs a person.
        age: Duration = secs(300),
        /// Whether the next agent learns how far the last one was.
        keep_context: bool = true,
    }
}
settings! {
    /// Limits. Where one is reached a person decides.
    LimitSettings {
        /// How long the session may run; a `time_limit` of the objective wins.
        runtime: Duration = secs(30 * 60),
        /// How many tool calls an agent may make.
        tool_calls: u64 = 100,
        /// How many tokens an agent may use.
        tokens: Option<u64> = None,
        /// What the session may cost, in millionths of the currency; a `cost_limit` of the
        /// objective wins.
        cost_micros: Option<u64> = None,
    }
}
settings! {
    /// Questions to people.
    EscalationSettings {
        /// Whether anybody is there to answer; else every question is answered with no at
        /// once.
        enabled: bool = true,
        /// How long a question waits; then the answer is no.
        ttl: Duration = secs(3600),
    }
}
settings! {
    /// The documentation barrier, at the end of a phase named `documentation` or `document`.
    DocumentationSettings {
        /// Whether there is one.
        enabled: bool = true,
        /// Who is told what is missing.
        agent: String = "documentation-maintainer".to_owned(),
        /// How long it waits for the checks to be met.
        timeout: Duration = secs(300),
        /// The checks: `claude_md_updated` is made here, others are asked for.
        checks: Vec<String> = ["claude_md_updated", "readme_version_match", "no_autogen_drift"]
            .map(str::to_owned)
            .into(),
        /// What happens when a check is not met in time.
        policy: Policy = Policy::Proceed,
    }
}
settings! {
    /// Streams of tool output.
    StreamSettings {
        /// Whether each part is sent on to all agents.
        broadcast: bool = false,
        /// A stream without a word for so long is broken.
        idle: Duration = secs(300),
    }
}
