//! `output`.

use crate::config::read::{block, words};

block! {
    /// The block `output`: what is shown and kept.
    OutputConfig {
        /// How a check-in is shown to an agent.
        checkin_style: CheckinStyle = CheckinStyle::PowerMode,
        /// How a result is shown.
        result_style: ResultStyle = ResultStyle::PowerMode,
        /// Whether the program's log tells every step.
        verbose_logging: bool = false,
        /// Whether the coordinator writes down everything that it is told, so that the session
        /// can be replayed.
        store_session_transcript: bool = true,
    }
}
words! {
    /// How a check-in is shown to an agent.
    CheckinStyle because "there is no other style of check-ins" {
        /// As the documents show it.
        PowerMode = "power-mode-checkin",
    }
}
words! {
    /// How a result is shown.
    ResultStyle because "there is no other style of results" {
        /// As the documents show it.
        PowerMode = "power-mode-result",
    }
}
