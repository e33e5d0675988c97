//! What the server's settings are worth.

use popkit_protocol::Durability;
use popkit_redis::{Eviction, ServerVersion};

use super::Bench;
use crate::backend::Check;

/// Its version. One that is too old is refused when connecting.
pub(super) async fn version(bench: &Bench<'_>) -> Check {
    let identity = match bench.redis.identity(&bench.keys.prefix()).await {
        Ok(identity) => identity,
        Err(error) => return Check::bad("version", error),
    };
    match identity.version {
        Some(version) => {
            let told = identity.check_version().map(|()| format!("Redis {version}"));
            Check::of("version", told)
        }
        None => {
            let least = ServerVersion::LEAST;
            Check::remark(
                "version",
                format!("it is not told; make sure that it is {least} or later"),
            )
        }
    }
}

/// Eviction, which must not be; durability, which may be weak.
pub(super) async fn settings(bench: &Bench<'_>) -> Vec<Check> {
    let settings = match bench.redis.settings(&bench.keys.prefix()).await {
        Ok(settings) => settings,
        Err(error) => return vec![Check::bad("settings", error)],
    };
    let mut checks = Vec::new();
    if let Err(error) = settings.refuse_eviction() {
        checks.push(Check::bad("eviction", error));
    } else if settings.eviction() == Eviction::Never {
        checks.push(Check::good("eviction", "noeviction"));
    }
    if settings.durability() == Some(Durability::PowerSafe) {
        checks.push(Check::good("durability", "power-safe"));
    }
    let is_told = |remark: &String| remark.contains("throws data away");
    let remarks = settings.remarks().into_iter().filter(|remark| !is_told(remark));
    checks.extend(remarks.map(|remark| Check::remark("settings", remark)));
    checks
}
