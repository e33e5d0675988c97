//! Looking which modes can be had.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use popkit_coordinator::mode::{Probe, Probes, Version};
use popkit_redis::{RedisConfig, RestConfig};
use tokio::process::Command;
use tokio::time::timeout;

use crate::backend::{server, upstash};
use crate::context::{connection, shown, var};
use crate::error::CliError;

/// How long one look may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is looked at.
#[derive(Debug)]
pub(super) struct Places {
    /// The Upstash, where one is named.
    pub(super) upstash: Option<String>,
    /// The Redis, where one is named.
    pub(super) redis: Option<String>,
    /// The folder for files.
    pub(super) folder: PathBuf,
}

#[async_trait]
impl Probes for Places {
    async fn claude(&self) -> Option<Version> {
        if let Some(version) = var("CLAUDE_CODE_VERSION") {
            return version.parse().ok();
        }
        let mut claude = Command::new("claude");
        claude.arg("--version").stdin(Stdio::null()).kill_on_drop(true);
        let ended = timeout(PATIENCE, claude.output()).await.ok()?.ok()?;
        String::from_utf8_lossy(&ended.stdout).parse().ok()
    }

    async fn upstash(&self) -> Option<Probe> {
        let url = self.upstash.as_deref()?;
        let answered = bounded(async {
            let redis = upstash::connect(&RestConfig::from_url(&connection(url))?).await?;
            let answered = server::ping(&redis).await;
            // Nothing is under way any more.
            let _ = redis.close().await;
            Ok(answered.map(drop)?)
        });
        Some(probe(shown(url), answered.await))
    }

    async fn redis(&self) -> Option<Probe> {
        let url = self.redis.as_deref()?;
        let answered = bounded(async {
            let redis = server::connect(&connection(url).parse::<RedisConfig>()?).await?;
            let answered = server::ping(&redis).await;
            // Nothing is under way any more.
            let _ = redis.close().await;
            Ok(answered.map(drop)?)
        });
        Some(probe(shown(url), answered.await))
    }

    async fn file(&self) -> Option<Probe> {
        // What is not there is made in the first folder above that is.
        let there = self.folder.ancestors().find(|folder| folder.exists())?;
        let at = self.folder.display().to_string();
        Some(match there.metadata() {
            Ok(found) if !found.is_dir() => Probe::failed(at, "it is no folder"),
            Ok(found) if found.permissions().readonly() => {
                Probe::failed(at, "it cannot be written to")
            }
            Ok(_) => Probe::ready(at),
            Err(error) => Probe::failed(at, error.to_string()),
        })
    }
}

async fn bounded(look: impl Future<Output = Result<(), CliError>>) -> Result<(), CliError> {
    let late = |_| CliError::failed(format!("no answer within {} s", PATIENCE.as_secs()));
    timeout(PATIENCE, look).await.map_err(late)?
}

fn probe(at: String, answered: Result<(), CliError>) -> Probe {
    match answered {
        Ok(()) => Probe::ready(at),
        Err(error) => Probe::failed(at, error.to_string()),
    }
}
