//! The choice itself.

use std::fmt;

use super::{AgentLimit, Mode, ModeError, Probe, Seen, Wanted};

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Choice {
    /// The mode.
    pub mode: Mode,
    /// How many agents may work at once.
    pub agents: AgentLimit,
    /// A line for each mode, in the order in which they were tried; those that were not come
    /// last.
    pub reasons: Vec<Reason>,
}

/// Why a mode was taken, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reason {
    /// The mode.
    pub mode: Mode,
    /// What became of it.
    pub standing: Standing,
    /// Why, in words.
    pub text: String,
}

/// What became of a mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// It is the one.
    Taken,
    /// It cannot be used.
    Unavailable,
    /// Another was taken before it, or it is not asked for.
    NotTried,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.mode, self.text)
    }
}

impl fmt::Display for Choice {
    /// A line per mode, and one for the agents.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "mode {}", self.mode)?;
        for reason in &self.reasons {
            writeln!(f, "{reason}")?;
        }
        write!(f, "agents: {}", self.agents)
    }
}

/// Takes the first mode that can be used.
///
/// # Errors
///
/// [`ModeError::Unavailable`] where one is asked for that cannot be used,
/// [`ModeError::Nothing`] where none can, [`ModeError::NoAgents`] where no agent may work.
pub fn choose(wanted: &Wanted, seen: &Seen) -> Result<Choice, ModeError> {
    let order = wanted.order();
    let mut reasons: Vec<Reason> = Vec::new();
    let mut taken = None;
    for mode in &order {
        let (standing, text) = match (taken, look(*mode, wanted, seen)) {
            (Some(first), _) => (Standing::NotTried, format!("not tried, {first} comes first")),
            (None, Ok(text)) => {
                taken = Some(*mode);
                (Standing::Taken, text)
            }
            (None, Err(text)) => (Standing::Unavailable, text),
        };
        reasons.push(Reason { mode: *mode, standing, text });
    }
    let Some(mode) = taken else { return Err(refused(wanted, &reasons)) };
    for other in Mode::ALL.into_iter().filter(|mode| !order.contains(mode)) {
        let text = match wanted.mode {
            Some(asked) => format!("not tried, {asked} is asked for"),
            None => "not tried, mode_priority does not name it".to_owned(),
        };
        reasons.push(Reason { mode: other, standing: Standing::NotTried, text });
    }
    Ok(Choice { mode, agents: AgentLimit::of(mode, wanted)?, reasons })
}

/// Whether a mode can be used, and why.
pub(super) fn look(mode: Mode, wanted: &Wanted, seen: &Seen) -> Result<String, String> {
    if let Some(rule) = wanted.tier.filter(|rule| !rule.allows(mode)) {
        return Err(format!("the tier {} does not have it", rule.tier));
    }
    let also = wanted.redis_means_both() && wanted.mode.is_none();
    match mode {
        Mode::Native => native(wanted, seen),
        Mode::Upstash if also => tried(seen.upstash.as_ref(), NO_UPSTASH)
            .map(|text| format!("{text}; \"redis\" in mode_priority means Upstash, too")),
        Mode::Upstash => tried(seen.upstash.as_ref(), NO_UPSTASH),
        Mode::Redis => tried(seen.redis.as_ref(), "no server is named"),
        Mode::File => tried(seen.file.as_ref(), "there is no folder for it"),
    }
}

const NO_UPSTASH: &str = "UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN are not both set";

fn native(wanted: &Wanted, seen: &Seen) -> Result<String, String> {
    let rule = &wanted.native;
    if !rule.enabled {
        return Err("native.enabled is false".to_owned());
    }
    if wanted.has_command {
        return Ok("the agents have a command of their own".to_owned());
    }
    match seen.claude {
        Some(found) if found >= rule.version => Ok(format!("Claude Code {found} found")),
        Some(found) => Err(format!("Claude Code {found} found, {} needed", rule.version)),
        None => Err(format!("no Claude Code found, {} needed", rule.version)),
    }
}

fn tried(probe: Option<&Probe>, none: &str) -> Result<String, String> {
    match probe {
        Some(Probe { at, failure: None }) => Ok(format!("{at} answers")),
        Some(Probe { at, failure: Some(why) }) => Err(format!("{at} cannot be used: {why}")),
        None => Err(none.to_owned()),
    }
}

fn refused(wanted: &Wanted, reasons: &[Reason]) -> ModeError {
    match (wanted.mode, reasons.first()) {
        (Some(mode), Some(reason)) => {
            let is_tier = wanted.tier.is_some_and(|rule| !rule.allows(mode));
            let is_off = mode == Mode::Native && !wanted.native.enabled;
            let mend = match (is_tier, is_off) {
                (true, _) => "choose another mode or tier",
                (false, true) => "set native.enabled to true",
                (false, false) => mode.mend(),
            };
            ModeError::Unavailable { mode, why: reason.text.clone(), mend: mend.to_owned() }
        }
        _ => ModeError::Nothing { reasons: reasons.to_vec() },
    }
}
