//! `coordinator`.

use crate::config::read::{block, rule, words};

block! {
    /// The block `coordinator`: what the coordinator does.
    CoordinatorConfig {
        /// Only `active`: it leads.
        mode: CoordinatorMode = CoordinatorMode::Active,
        /// Whether the list of an issue becomes tasks, when a session begins from one.
        auto_breakdown_tasks: bool = true,
        /// Only true: work for nobody in particular goes to the live agent that has the least.
        smart_agent_selection: bool where rule::always_smart = true,
        /// Only true: the next phase begins with the results of the one before.
        aggregate_results: bool where rule::always_aggregated = true,
        /// Only `first_wins`.
        conflict_resolution: ConflictResolution = ConflictResolution::FirstWins,
        /// Whether people are asked; else every question is answered with no at once.
        human_escalation_enabled: bool = true,
    }
}
words! {
    /// What a coordinator is.
    CoordinatorMode because "the first coordinator of a session leads, any other stands by" {
        /// It leads.
        Active = "active",
    }
}
words! {
    /// Who has a task that two agents want.
    ConflictResolution because "whoever claims a task first has it, and nobody can undo that" {
        /// The first one.
        FirstWins = "first_wins",
    }
}
