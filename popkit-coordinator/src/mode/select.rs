//! Looking, then choosing.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{Choice, Mode, ModeError, Probe, Seen, Version, Wanted, choose};

/// Looks what there is. Who implements it bounds the time that each look takes: [`select`]
/// waits for it.
#[async_trait]
pub trait Probes: Debug + Send + Sync {
    /// The version of Claude Code: `CLAUDE_CODE_VERSION`, else what `claude --version` says.
    async fn claude(&self) -> Option<Version>;
    /// A ping to the Upstash that the environment names.
    async fn upstash(&self) -> Option<Probe>;
    /// A ping to the Redis that is named, or to that of the configuration.
    async fn redis(&self) -> Option<Probe>;
    /// Whether the folder for files can be written to.
    async fn file(&self) -> Option<Probe>;
}

/// Looks at one mode after the other until one can be used, and takes it. What comes after it
/// is not looked at.
///
/// Cancel safe: nothing is changed.
///
/// # Errors
///
/// As [`choose`].
pub async fn select(wanted: &Wanted, probes: &dyn Probes) -> Result<Choice, ModeError> {
    let mut seen = Seen::default();
    for mode in wanted.order() {
        match mode {
            Mode::Native if wanted.has_command => {}
            Mode::Native => seen.claude = probes.claude().await,
            Mode::Upstash => seen.upstash = probes.upstash().await,
            Mode::Redis => seen.redis = probes.redis().await,
            Mode::File => seen.file = probes.file().await,
        }
        if choose::look(mode, wanted, &seen).is_ok() {
            break;
        }
    }
    choose(wanted, &seen)
}
