//! What the settings of a server promise.

use popkit_protocol::Durability;

use super::info::field;
use crate::{Command, Error, ErrorKind, Reply, Result};

/// The settings that matter, in the order of the questions.
const NAMES: [&str; 4] =
    ["maxmemory-policy", "appendonly", "appendfsync", "no-appendfsync-on-rewrite"];

/// What a server does when its memory is full.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Eviction {
    /// It refuses writes (`noeviction`).
    Never,
    /// It throws data away, by this policy.
    Evicts(String),
    /// It does not tell.
    Unknown,
}

/// The settings of a server that decide what an acknowledged write is worth. What the server
/// does not tell this user is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Settings {
    /// `maxmemory-policy`.
    pub maxmemory_policy: Option<String>,
    /// `appendonly`.
    pub append_only: Option<bool>,
    /// `appendfsync`: `always`, `everysec` or `no`.
    pub append_fsync: Option<String>,
    /// Whether it goes on without syncing while it rewrites its file
    /// (`no-appendfsync-on-rewrite`).
    pub pauses_fsync: Option<bool>,
}

impl Settings {
    /// The questions, to the server that keeps this key. `INFO` is asked too, because managed
    /// servers often forbid `CONFIG` and not `INFO`.
    pub(crate) fn questions(key: &str) -> Vec<Command> {
        vec![
            Command::new("CONFIG").arg("GET").args(NAMES).near(key),
            Command::new("INFO").arg("memory").near(key),
            Command::new("INFO").arg("persistence").near(key),
        ]
    }

    /// Reads the answers to [`questions`](Self::questions). A refusal leaves gaps.
    ///
    /// # Errors
    ///
    /// `Unavailable`, `Timeout` and their like; a refusal is none.
    pub(crate) fn read(answers: Vec<Result<Reply>>) -> Result<Self> {
        let mut answers = answers.into_iter().map(|answer| match answer {
            // However a server words it, a setting that it does not tell is unknown.
            Err(error) if crate::server_error(&error).is_none() => Err(error),
            answer => Ok(answer.ok()),
        });
        let mut next = || answers.next().transpose().map(Option::flatten);
        let (config, memory, persistence) = (next()?, next()?, next()?);
        let mut found = Self::default();
        for (name, value) in config.map_or_else(|| Ok(Vec::new()), Reply::into_map)? {
            let (name, value) = (name.into_text()?, value.into_text()?);
            match name.as_str() {
                "maxmemory-policy" => found.maxmemory_policy = Some(value),
                "appendonly" => found.append_only = Some(value == "yes"),
                "appendfsync" => found.append_fsync = Some(value),
                "no-appendfsync-on-rewrite" => found.pauses_fsync = Some(value == "yes"),
                _ => {}
            }
        }
        if let Some(memory) = memory {
            let policy = field(&memory.into_text()?, "maxmemory_policy").map(str::to_owned);
            found.maxmemory_policy = found.maxmemory_policy.or(policy);
        }
        if let Some(persistence) = persistence {
            let enabled = field(&persistence.into_text()?, "aof_enabled").map(|flag| flag == "1");
            found.append_only = found.append_only.or(enabled);
        }
        Ok(found)
    }

    /// What an acknowledged write survives, on this server alone; `None` where the server does
    /// not tell enough: say "unverified".
    #[must_use]
    pub fn durability(&self) -> Option<Durability> {
        if self.append_only? {
            let always = self.append_fsync.as_deref()? == "always";
            let power_safe = always && !self.pauses_fsync?;
            return Some(if power_safe { Durability::PowerSafe } else { Durability::CrashSafe });
        }
        Some(Durability::Process)
    }

    /// What the server does when its memory is full.
    #[must_use]
    pub fn eviction(&self) -> Eviction {
        match self.maxmemory_policy.as_deref() {
            Some("noeviction") => Eviction::Never,
            Some(policy) => Eviction::Evicts(policy.to_owned()),
            None => Eviction::Unknown,
        }
    }

    /// That the server throws no data away. One that does not tell is taken; it is for the
    /// caller to say so ([`remarks`](Self::remarks)).
    ///
    /// # Errors
    ///
    /// `InvalidConfig` for any policy but `noeviction`.
    pub fn refuse_eviction(&self) -> Result<()> {
        match self.eviction() {
            Eviction::Evicts(policy) => {
                let message = format!(
                    "the server throws data away when its memory is full (maxmemory-policy \
                     {policy}); set it: CONFIG SET maxmemory-policy noeviction"
                );
                Err(Error::new(ErrorKind::InvalidConfig, message))
            }
            Eviction::Never | Eviction::Unknown => Ok(()),
        }
    }

    /// What a user should be told, one line each; nothing where everything is at its best.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        match self.eviction() {
            Eviction::Never => {}
            Eviction::Evicts(policy) => remarks.push(format!(
                "Redis throws data away when its memory is full (maxmemory-policy {policy}); set \
                 noeviction"
            )),
            Eviction::Unknown => remarks.push(
                "Redis does not tell its maxmemory-policy; make sure that it is noeviction".into(),
            ),
        }
        match self.durability() {
            Some(Durability::PowerSafe) => {}
            Some(Durability::CrashSafe) => remarks.push(
                "Redis may lose its last second in a power cut; set appendfsync always and \
                 no-appendfsync-on-rewrite no"
                    .into(),
            ),
            Some(_) => remarks.push(
                "Redis may lose what it acknowledged when it is killed; set appendonly yes".into(),
            ),
            None => remarks.push(
                "Redis does not tell whether it syncs its file (appendonly, appendfsync); \
                 durability is unverified"
                    .into(),
            ),
        }
        remarks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServerError;

    fn config(pairs: &[(&str, &str)]) -> Result<Reply> {
        let text = |text: &str| Reply::Bytes(text.to_owned().into());
        Ok(Reply::Map(pairs.iter().map(|(name, value)| (text(name), text(value))).collect()))
    }

    fn denied() -> Result<Reply> {
        let refused = ServerError::parse("NOPERM no permissions");
        Err(Error::new(ErrorKind::PermissionDenied, "no").with_source(refused))
    }

    fn info(text: &str) -> Result<Reply> {
        Ok(Reply::Bytes(text.to_owned().into()))
    }

    #[test]
    fn durability_follows_from_the_settings() {
        for (append, fsync, pauses, durability) in [
            ("yes", "always", "no", Durability::PowerSafe),
            ("yes", "always", "yes", Durability::CrashSafe),
            ("yes", "everysec", "no", Durability::CrashSafe),
            ("yes", "no", "no", Durability::CrashSafe),
            ("no", "always", "no", Durability::Process),
        ] {
            let pairs = [
                ("maxmemory-policy", "noeviction"),
                ("appendonly", append),
                ("appendfsync", fsync),
                ("no-appendfsync-on-rewrite", pauses),
            ];
            let found = Settings::read(vec![config(&pairs), denied(), denied()]).unwrap();
            assert_eq!(found.durability(), Some(durability), "{pairs:?}");
            assert_eq!(found.remarks().is_empty(), durability == Durability::PowerSafe);
        }
    }

    #[test]
    fn without_config_info_tells_a_part() {
        let memory = info("# Memory\r\nmaxmemory_policy:allkeys-lru\r\n");
        let found = Settings::read(vec![denied(), memory, info("aof_enabled:0\r\n")]).unwrap();
        assert_eq!(found.eviction(), Eviction::Evicts("allkeys-lru".to_owned()));
        assert_eq!(found.durability(), Some(Durability::Process));
        let error = found.refuse_eviction().unwrap_err();
        assert!(error.message().contains("allkeys-lru"), "{error}");
        let found = Settings::read(vec![denied(), denied(), info("aof_enabled:1")]).unwrap();
        assert_eq!(found.durability(), None, "whether it syncs is not known");
    }

    #[test]
    fn a_server_that_tells_nothing_is_taken_and_remarked_on() {
        let found = Settings::read(vec![denied(), denied(), denied()]).unwrap();
        assert_eq!((found.durability(), found.eviction()), (None, Eviction::Unknown));
        assert!(found.refuse_eviction().is_ok());
        assert_eq!(found.remarks().len(), 2);
        let lost = Err(Error::new(ErrorKind::Timeout, "no answer"));
        assert!(Settings::read(vec![lost, denied(), denied()]).is_err());
    }
}
