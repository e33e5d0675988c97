//! `config.json`: how sessions are run, in the form of the originals.
//!
//! The file is version 2.0.0 of theirs. Every key of it is read, checked and has an effect, or
//! is refused with the reason; `docs/config.md` says for each what it does. A key that is
//! missing has the value of the file as it was shipped. Comments are allowed.
//!
//! ```
//! use std::path::Path;
//! use popkit_coordinator::config::Config;
//! use popkit_coordinator::mode::Mode;
//!
//! let text = r#"{ "limits": { "max_runtime_minutes": 90 } }"#;
//! let (config, warnings) = Config::parse(text, Path::new("config.json"))?;
//! assert!(warnings.is_empty());
//! assert_eq!(config.settings(Mode::File, None).limits.runtime.as_secs(), 90 * 60);
//!
//! let text = "{\n  \"limits\": { \"max_runtime_minutes\": 0 }\n}";
//! let error = Config::parse(text, Path::new("config.json")).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "config.json:2:38: limits.max_runtime_minutes: found 0, expected 1 to 525600",
//! );
//! # Ok::<(), popkit_coordinator::config::ConfigError>(())
//! ```
//!
//! # Rooms
//!
//! | Room | Holds |
//! |---|---|
//! | `file` | [`Config`]: the whole file |
//! | `backend` | its blocks about where a session runs |
//! | `session` | its blocks about how a session goes |
//! | `team` | its blocks about what a team shows, decides and learns |
//! | `settings` | what the machine makes of it: [`Config::settings`] |
//! | `choice` | what others make of it |
//! | `load`, `read` | from text to values, with all mistakes at once |
//! | `example`, `schema` | [`Config::example`], `Config::schema` (feature `schemars`) |
//!
//! Not in this room: looking for the file, the environment, and the choice of a mode ([`crate::mode`]).

mod backend;
mod choice;
mod error;
mod example;
mod file;
mod load;
mod percent;
mod read;
#[cfg(feature = "schemars")]
mod schema;
mod session;
mod settings;
mod team;

pub use backend::{
    ChannelsConfig, CloudConfig, Feature, NativeConfig, Password, PlanModeConfig, RedisConfig,
    TierConfig, TierLimits,
};
pub use error::{ConfigError, Mistake, Warning};
pub use file::Config;
pub use session::{
    DeduplicationConfig, DocumentationConfig, DriftConfig, FailoverConfig, FileScope,
    GuardrailsConfig, InsightsConfig, IntervalsConfig, LimitsConfig, PhasesConfig, RelevanceConfig,
    StreamingConfig, Unconventional,
};
pub use team::{
    CheckinStyle, ConflictResolution, ConsensusConfig, CoordinatorConfig, CoordinatorMode,
    LearningConfig, OutputConfig, ResultStyle,
};
