//! Reaching Upstash, where it is named, and what its token may do.

use popkit_protocol::{IdSource as _, RandomIds};
use popkit_redis::{Command, Redis};

use super::{Findings, Patient, clock};
use crate::backend::server::{keyspace, time};
use crate::backend::upstash::{self, Looked};
use crate::backend::{Check, Service, Source, Targets};
use crate::context::Context;
use crate::error::CliError;

/// What reaching it is called among the findings.
pub(super) const NAME: &str = "upstash";
/// How long what is tried stays where it cannot be removed, in milliseconds.
const KEPT: u64 = 1000;

/// Looks at the service that is named: by the URL that was asked for, or by
/// `UPSTASH_REDIS_REST_URL`. Nobody waits for the latter: what it names holds no tasks until a
/// URL says so.
///
/// # Errors
///
/// A URL that is none; what is wrong with a service is a finding.
pub(super) async fn look(cx: &Context, findings: &mut Findings) -> Result<(), CliError> {
    let (service, is_optional) = match Targets::find(cx)?.upstash() {
        Some(service) => (service.clone(), service.source == Source::Environment),
        None => match of_environment(cx) {
            Some(Ok(service)) => (service, true),
            Some(Err(error)) => {
                let text = format!("what the environment names cannot be used: {error}");
                findings.checks.push(Check::remark(NAME, text));
                return Ok(());
            }
            None => return Ok(()),
        },
    };
    let mut patient = Patient { url: service.config.to_string(), running: None, is_optional };
    match upstash::connect(&service.config).await {
        Ok(redis) => {
            let checks = examine(cx, &service, &redis, &mut patient).await;
            findings.checks.extend(checks.unwrap_or_else(|e| vec![Check::bad(NAME, e)]));
            // Nothing is under way any more.
            let _ = redis.close().await;
        }
        Err(error) if is_optional => {
            let url = &patient.url;
            let text = format!("{url}, which the environment names, does not answer: {error}");
            findings.checks.push(Check::remark(NAME, text));
        }
        Err(error) => findings.checks.push(Check::bad(NAME, error)),
    }
    findings.upstash = Some(patient);
    Ok(())
}

/// What the environment names beside a URL that names something else.
fn of_environment(cx: &Context) -> Option<Result<Service, CliError>> {
    crate::context::var("UPSTASH_REDIS_REST_URL")?;
    Some(
        Targets::service(cx)
            .map(|targets| targets.upstash().cloned())
            .and_then(|service| service.ok_or_else(|| CliError::usage("it is no REST service"))),
    )
}

async fn examine(
    cx: &Context,
    service: &Service,
    redis: &Redis,
    patient: &mut Patient,
) -> Result<Vec<Check>, CliError> {
    let looked = Looked::at(&service.config, redis).await?;
    let latency = time(looked.latency);
    patient.running = Some(latency.clone());
    let key = keyspace(cx, redis).key(&format!("doctor:{:08x}", RandomIds.draw() & 0xffff_ffff));
    let mut checks = vec![Check::good(NAME, format!("{}: {latency}", looked.url))];
    let durability = "the provider's; popkit cannot verify what it survives";
    checks.push(Check::remark("durability", durability));
    checks.push(eviction(&looked));
    checks.push(rights(redis, &key).await);
    checks.extend(clock::look(redis, &key).await);
    Ok(checks)
}

fn eviction(looked: &Looked) -> Check {
    let off = "switch eviction off in the console";
    match looked.evicts() {
        Some(false) => Check::good("eviction", "noeviction"),
        Some(true) => {
            let text =
                format!("Upstash throws data away when it is full: tasks may be lost; {off}");
            Check::bad("eviction", CliError::failed(text))
        }
        None => Check::remark("eviction", format!("Upstash does not tell; {off}")),
    }
}

/// Whether the token may write: there is one that may not.
async fn rights(redis: &Redis, key: &str) -> Check {
    let write = Command::new("SET").args([key, "1"]).arg("PX").arg(KEPT);
    let written = redis.execute(write).await;
    if written.is_ok() {
        let _ = redis.execute(Command::new("DEL").arg(key)).await;
    }
    Check::of("rights", written.map(|_| "the token may write".to_owned()))
}
