//! Reaching a Redis, its version, settings and room.

use popkit_protocol::Durability;
use popkit_redis::{Eviction, Redis, RedisConfig};

use super::which::{Which, find};
use super::{Findings, Patient, clock, rights};
use crate::backend::server::{self, Info, keyspace, time};
use crate::backend::{Check, Server, Verdict};
use crate::context::Context;
use crate::error::CliError;

/// What reaching it is called among the findings.
pub(super) const NAME: &str = "redis";
/// The share of a limit from which there is something to mend.
const FULL: f64 = 0.9;
/// The share from which there is something to know.
const FILLING: f64 = 0.75;

/// Looks at the Redis that is meant.
///
/// # Errors
///
/// A URL that is none; what is wrong with a server is a finding.
pub(super) async fn look(cx: &Context, findings: &mut Findings) -> Result<(), CliError> {
    let (config, is_optional) = match find(cx)? {
        Which::Named(config) => (config, false),
        Which::Started(config) => (config, true),
        Which::Other => return Ok(()),
        Which::None => {
            let text = "none is named, so tasks and messages are kept in files; to use one: popkit \
                        redis start, then --url redis://HOST:PORT or POPKIT_URL";
            findings.checks.push(Check::good(NAME, text));
            return Ok(());
        }
    };
    let mut patient = Patient { url: config.to_string(), running: None, is_optional };
    match server::connect(&config).await {
        Ok(redis) => {
            let checks = examine(cx, &config, &redis, &mut patient).await;
            findings.checks.extend(checks.unwrap_or_else(|e| vec![Check::bad(NAME, e)]));
            // Nothing is under way any more.
            let _ = redis.close().await;
        }
        Err(error) if is_optional => {
            let text = format!(
                "the one that was started from here does not run: {error}; start it: \
                                popkit redis start"
            );
            findings.checks.push(Check::remark(NAME, text));
        }
        Err(error) => findings.checks.push(Check::bad(NAME, error)),
    }
    findings.redis = Some(patient);
    Ok(())
}

async fn examine(
    cx: &Context,
    config: &RedisConfig,
    redis: &Redis,
    patient: &mut Patient,
) -> Result<Vec<Check>, CliError> {
    let found = Server::look(cx, config, redis).await?;
    let prefix = keyspace(cx, redis).prefix();
    let info = Info::ask(redis, &prefix, &[]).await?;
    let version = found.identity.version.map_or_else(|| "?".to_owned(), |v| v.to_string());
    patient.running = Some(format!("{version}, {}", found.durability()));
    let mut checks =
        vec![Check::good(NAME, format!("{}: {version}, {}", found.url, time(found.latency)))];
    checks.push(durability(&found));
    checks.push(eviction(&found));
    checks.extend(writes(&info));
    checks.extend(memory(&found));
    checks.extend(clients(&info));
    checks.extend(rights::look(cx, redis).await);
    checks.extend(clock::look(redis, &prefix).await);
    Ok(checks)
}

fn durability(found: &Server) -> Check {
    let remark = || {
        let remarks = found.settings.remarks();
        let told = remarks.into_iter().find(|remark| !remark.contains("maxmemory-policy"));
        told.unwrap_or_else(|| "it is unverified".to_owned())
    };
    match found.settings.durability() {
        Some(Durability::PowerSafe) => Check::good("durability", "power-safe"),
        Some(Durability::CrashSafe) | None => Check::remark("durability", remark()),
        Some(_) => Check::bad("durability", CliError::failed(remark())),
    }
}

fn eviction(found: &Server) -> Check {
    match found.settings.eviction() {
        Eviction::Never => Check::good("eviction", "noeviction"),
        Eviction::Evicts(_) => {
            let refused = found.settings.refuse_eviction();
            refused.map_or_else(
                |error| Check::bad("eviction", CliError::failed(error.message())),
                |()| Check::good("eviction", "noeviction"),
            )
        }
        _ => Check::remark(
            "eviction",
            "the server does not tell its maxmemory-policy; make sure that it is noeviction",
        ),
    }
}

/// Whether it can write its files.
fn writes(info: &Info) -> Option<Check> {
    let fails = ["aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"];
    let failed =
        fails.into_iter().find(|name| info.field(name).is_some_and(|told| told != "ok"))?;
    let message = format!(
        "the server could not write its files ({failed}); look for space and \
                           rights in its folder (CONFIG GET dir) and into its log"
    );
    Some(Check::bad("files", CliError::failed(message)))
}

fn memory(found: &Server) -> Option<Check> {
    let share = found.memory_share()?;
    let text = format!("{:.0} % of maxmemory is used", share * 100.0);
    Some(filled("memory", share, text, "raise maxmemory, or remove old tasks (popkit task prune)"))
}

fn clients(info: &Info) -> Option<Check> {
    let (used, limit) = (info.number("connected_clients")?, info.number("maxclients")?);
    let share = used as f64 / limit.max(1) as f64;
    let text = format!("{used} of {limit}");
    Some(filled("clients", share, text, "raise maxclients, or end what connects too often"))
}

fn filled(name: &'static str, share: f64, text: String, mend: &str) -> Check {
    match share {
        share if share >= FULL => Check::bad(name, CliError::failed(format!("{text}; {mend}"))),
        share if share >= FILLING => Check::remark(name, format!("{text}; {mend}")),
        _ => Check::good(name, text),
    }
}

impl Findings {
    /// The first thing to mend.
    pub(super) fn first_bad(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.verdict == Verdict::Bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_full_is_to_be_mended() {
        for (share, verdict) in [(0.1, Verdict::Good), (0.8, Verdict::Remark), (0.95, Verdict::Bad)]
        {
            assert_eq!(filled("memory", share, String::new(), "raise it").verdict, verdict);
        }
    }
}
