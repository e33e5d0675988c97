//! The checks of a REST service. Each is billed; the last says how much.

use popkit_redis::{Command, Redis, Reply, Result};

use super::trip::{Trip, messages, tasks};
use super::{Bench, data, finish, talk};
use crate::backend::server::{keyspace, ping, time};
use crate::backend::upstash::{Looked, connect};
use crate::backend::{Check, Service, check};
use crate::context::{Context, option};
use crate::error::CliError;
use crate::exit::Exit;

/// Keys that the service looks at in one go.
const GLANCE: u32 = 1000;

/// Runs all checks, and tells each as it is done. What they write is removed at the end.
///
/// # Errors
///
/// What fails is told as a check; the error is for what cannot be told.
pub(crate) async fn run_rest(cx: &Context, service: &Service) -> Result<Exit, CliError> {
    let config = &service.config;
    let redis = match connect(config).await {
        Ok(redis) => redis,
        Err(error) => {
            let check = Check::bad("connect", error);
            check::show(cx, &check)?;
            return Err(CliError::new(check.code, format!("{config} does not work")));
        }
    };
    let connected = Check::good("connect", config.to_string());
    check::show(cx, &connected)?;
    let bench = Bench { cx, redis: &redis, keys: keyspace(cx, &redis), id: super::draw() };
    let checks = all(&bench, service).await;
    // Nothing is under way any more.
    let _ = redis.close().await;
    let mut checks = checks?;
    checks.push(connected);
    finish(&checks, config)
}

async fn all(bench: &Bench<'_>, service: &Service) -> Result<Vec<Check>, CliError> {
    let mut checks = Vec::new();
    let mut done = |check: Check| {
        check::show(bench.cx, &check)?;
        checks.push(check);
        Ok::<(), CliError>(())
    };
    let answered = ping(bench.redis).await;
    done(Check::of("ping", answered.map(|span| format!("answered in {}", time(span)))))?;
    done(data::keys(bench).await)?;
    done(data::scripts(bench).await)?;
    done(data::streams(bench).await)?;
    if option(&service.url, "sse") == Some("on") {
        done(talk::round_trip(bench).await)?;
    }
    let trip = Trip::new(service, &bench.id)?;
    done(messages(&trip).await)?;
    done(tasks(&trip).await)?;
    done(sweep(bench, &trip).await)?;
    let looked = Looked::at(&service.config, bench.redis).await;
    done(looked.map_or_else(|error| Check::bad("eviction", error), |looked| eviction(&looked)))?;
    let billed = bench.redis.counters().billed();
    done(Check::good("cost", format!("{billed} commands, as far as it can be known from here")))?;
    Ok(checks)
}

/// Removes all keys of the session of the trips, whatever they are.
async fn sweep(bench: &Bench<'_>, trip: &Trip) -> Check {
    let removed = remove(bench.redis, &format!("*{{{}*", trip.session())).await;
    Check::of("sweep", removed.map(|keys| format!("{keys} keys of the test were removed")))
}

async fn remove(redis: &Redis, pattern: &str) -> Result<u64> {
    let (mut removed, mut cursor) = (0, "0".to_owned());
    loop {
        let scan = Command::new("SCAN").arg(&cursor).args(["MATCH", pattern]);
        let [next, keys] = redis.execute(scan.arg("COUNT").arg(GLANCE)).await?.into_tuple()?;
        let keys = keys.into_array()?.into_iter().map(Reply::into_text);
        let keys: Vec<String> = keys.collect::<Result<_>>()?;
        if !keys.is_empty() {
            removed += redis.execute(Command::new("DEL").args(&keys)).await?.into_count()?;
        }
        cursor = next.into_text()?;
        if cursor == "0" {
            return Ok(removed);
        }
    }
}

fn eviction(looked: &Looked) -> Check {
    let off = "switch eviction off in the console";
    match looked.evicts() {
        Some(false) => Check::good("eviction", "noeviction"),
        Some(true) => {
            let text = "the service throws data away when it is full: tasks may be lost";
            Check::bad("eviction", CliError::usage(format!("{text}; {off}")))
        }
        None => Check::remark("eviction", format!("the service does not tell; {off}")),
    }
}
