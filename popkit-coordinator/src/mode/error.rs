//! Why no mode was chosen.

use super::{Mode, Reason};

/// Why there is no mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModeError {
    /// The mode that was asked for cannot be used.
    #[error("the mode {mode} cannot be used: {why}; {mend}, or leave the choice to popkit")]
    Unavailable {
        /// Which.
        mode: Mode,
        /// Why.
        why: String,
        /// What helps.
        mend: String,
    },
    /// None of the modes that may be taken can be used.
    #[error("no mode can be used ({}); {}", join(.reasons), mend(.reasons))]
    Nothing {
        /// Why, for each.
        reasons: Vec<Reason>,
    },
    /// A limit of 0.
    #[error("{set_by} allows 0 agents; say 1 or more")]
    NoAgents {
        /// Who says so.
        set_by: String,
    },
    /// A name that nothing has.
    #[error("there is no {what} {found:?}; {}", hint(*.nearest, .known))]
    Name {
        /// What was named: a mode, a tier.
        what: &'static str,
        /// The name.
        found: String,
        /// A name that is much like it.
        nearest: Option<&'static str>,
        /// All names.
        known: Vec<&'static str>,
    },
    /// A text that is no version.
    #[error("{found:?} is no version; write three numbers, for instance 2.0.64")]
    Version {
        /// The text, cut at 40 characters.
        found: String,
    },
}

/// Names with less in common are not meant.
const ALIKE: f64 = 0.7;

impl ModeError {
    pub(super) fn unknown(what: &'static str, found: &str, known: &[&'static str]) -> Self {
        let lower = found.to_lowercase();
        let near = known.iter().map(|name| (strsim::jaro_winkler(&lower, name), *name));
        let best = near.filter(|(alike, _)| *alike >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0));
        let nearest = best.map(|(_, name)| name);
        Self::Name { what, found: short(found), nearest, known: known.to_vec() }
    }

    pub(super) fn version(found: &str) -> Self {
        Self::Version { found: short(found) }
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

fn hint(nearest: Option<&str>, known: &[&str]) -> String {
    match nearest {
        Some(name) => format!("did you mean {name:?}?"),
        None => format!("choose one of {}", known.join(", ")),
    }
}

fn mend(reasons: &[Reason]) -> &'static str {
    if reasons.iter().any(|reason| reason.mode == Mode::File) {
        return Mode::File.mend();
    }
    "add \"file\" to mode_priority, it needs no server"
}

fn join(reasons: &[Reason]) -> String {
    reasons.iter().map(Reason::to_string).collect::<Vec<_>>().join("; ")
}
