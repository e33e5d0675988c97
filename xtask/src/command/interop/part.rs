//! The parts of the check-list.

use super::clients::Clients;
use super::double::Place;
use super::{pairs, script};
use crate::fault::Fault;

/// One client in one mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// npm `@upstash/redis`, in this mode.
    Npm(&'static str),
    /// npm `@upstash/realtime`.
    Realtime,
    /// PyPI `upstash-redis`, with this encoding.
    Pypi(&'static str),
    /// Literal requests of this file, through curl.
    Curl(&'static str),
}

/// What the checks of a part have said.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Names of checks.
    pub(super) passed: Vec<String>,
    /// Names of checks, with the reason.
    pub(super) failed: Vec<(String, String)>,
}

impl Part {
    /// All parts, in the order in which they run.
    pub(super) const ALL: [Self; 8] = [
        Self::Curl("golden"),
        Self::Curl("forms"),
        Self::Npm("default"),
        Self::Npm("no-auto-pipelining"),
        Self::Npm("no-encoding"),
        Self::Realtime,
        Self::Pypi("base64"),
        Self::Pypi("none"),
    ];

    /// What people call it.
    pub(super) fn name(self) -> String {
        match self {
            Self::Npm(mode) => format!("npm @upstash/redis, {mode}"),
            Self::Realtime => "npm @upstash/realtime".to_owned(),
            Self::Pypi(encoding) => format!("PyPI upstash-redis, encoding {encoding}"),
            Self::Curl(file) => format!("curl, {file}"),
        }
    }

    /// Runs its checks; an error when they could not be run at all.
    pub(super) fn run(self, clients: &Clients, place: &Place) -> Result<Outcome, Fault> {
        match self {
            Self::Npm(mode) => {
                let path = clients.node.join("redis.mjs");
                script::run("node".as_ref(), &path, Some(mode), place)
            }
            Self::Realtime => {
                script::run("node".as_ref(), &clients.node.join("realtime.mjs"), None, place)
            }
            Self::Pypi(encoding) => {
                let path = clients.python.join("redis_client.py");
                script::run(&clients.interpreter, &path, Some(encoding), place)
            }
            Self::Curl(file) => pairs::run(&clients.curl.join(format!("{file}.json")), place),
        }
    }
}

impl Outcome {
    /// Whether a check of this name has failed.
    pub(super) fn has_failed(&self, check: &str) -> bool {
        self.failed.iter().any(|(name, _)| name == check)
    }

    /// Whether checks were run, and all went well.
    pub(super) fn is_good(&self) -> bool {
        self.failed.is_empty() && !self.passed.is_empty()
    }
}
