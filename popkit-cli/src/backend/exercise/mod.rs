//! The checks that a server works, each with what popkit needs it for.
//!
//! What they write on Redis lies under `pop:test:` (of a session `pop:{NAME}:test:`), for a minute at
//! most. On the channels of agents they publish a `QUERY` of 60 s to an agent that does not
//! exist: nobody acts on it. Of a REST service see `rest`.
//!
//! | Room | Holds |
//! |---|---|
//! | `data` | keys, scripts, streams, hand-off |
//! | `talk` | channels |
//! | `promise` | what the server's settings are worth |
//! | `rest` | the checks of a REST service, where each is billed |
//! | `trip` | a message and a task that go the whole way there |

mod data;
mod promise;
mod rest;
mod talk;
mod trip;

pub(crate) use rest::run_rest;

use std::fmt::Display;

use popkit_protocol::{IdSource as _, RandomIds};
use popkit_redis::{Command, Keyspace, Redis, RedisConfig};

use super::check::{self, Check, Verdict};
use super::server::{self, keyspace, ping, time};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;

/// For how long what was written stays where it cannot be removed, in milliseconds.
const KEPT: u64 = 60_000;

/// A server under test.
struct Bench<'a> {
    cx: &'a Context,
    redis: &'a Redis,
    keys: Keyspace,
    /// Tells this test's things from others'.
    id: String,
}

impl Bench<'_> {
    /// A key of this test.
    fn key(&self, name: &str) -> String {
        self.keys.key(&format!("test:{}:{name}", self.id))
    }

    /// Removes what a check has written. What cannot be removed goes by itself.
    async fn sweep(&self, key: &str) {
        let _ = self.redis.execute(Command::new("DEL").arg(key)).await;
    }
}

/// Runs all checks, and tells each as it is done.
///
/// # Errors
///
/// What fails is told as a check; the error is for what cannot be told.
pub(crate) async fn run(cx: &Context, config: &RedisConfig) -> Result<Exit, CliError> {
    let redis = match server::connect(config).await {
        Ok(redis) => redis,
        Err(error) => {
            let check = Check::bad("connect", error);
            check::show(cx, &check)?;
            return Err(CliError::new(check.code, format!("{config} does not work")));
        }
    };
    let connected = Check::good("connect", config.to_string());
    check::show(cx, &connected)?;
    let bench = Bench { cx, redis: &redis, keys: keyspace(cx, &redis), id: draw() };
    let checks = all(&bench).await;
    // Nothing is under way any more.
    let _ = redis.close().await;
    let mut checks = checks?;
    checks.push(connected);
    finish(&checks, config)
}

/// What tells one test's things from others'.
fn draw() -> String {
    format!("{:08x}", RandomIds.draw() & 0xffff_ffff)
}

/// How the program ends after these.
fn finish(checks: &[Check], config: impl Display) -> Result<Exit, CliError> {
    let bad = checks.iter().filter(|check| check.verdict == Verdict::Bad).count();
    if bad == 0 {
        return Ok(Exit::Done);
    }
    let total = checks.len();
    let message = format!("{bad} of {total} checks failed on {config}; see the lines above");
    Err(CliError::new(check::worst(checks), message))
}

async fn all(bench: &Bench<'_>) -> Result<Vec<Check>, CliError> {
    let mut checks = Vec::new();
    let mut done = |check: Check| {
        check::show(bench.cx, &check)?;
        checks.push(check);
        Ok::<(), CliError>(())
    };
    let answered = ping(bench.redis).await;
    done(Check::of("ping", answered.map(|span| format!("answered in {}", time(span)))))?;
    done(promise::version(bench).await)?;
    done(data::keys(bench).await)?;
    done(data::scripts(bench).await)?;
    done(data::streams(bench).await)?;
    done(data::hand_off(bench).await)?;
    done(talk::round_trip(bench).await)?;
    for topic in talk::topics(bench)? {
        done(talk::channel(bench, &topic).await)?;
    }
    for check in promise::settings(bench).await {
        done(check)?;
    }
    Ok(checks)
}
