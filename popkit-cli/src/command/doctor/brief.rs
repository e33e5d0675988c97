//! All of it in one line.

use serde::Serialize;

use super::{Findings, Patient};
use crate::context::Context;
use crate::error::CliError;
use crate::output::{self, VERSION};

/// The JSON form, version 1.
#[derive(Serialize)]
struct View<'a> {
    v: u8,
    /// `running`, `down`, or `none` where none is wanted.
    redis: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    /// `reachable` or `down`, where Upstash is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    upstash: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstash_url: Option<&'a str>,
    ready: bool,
    text: String,
}

/// The health line.
pub(super) fn tell(cx: &Context, findings: &Findings) -> Result<(), CliError> {
    let view = view(findings);
    if cx.json { output::json(&view) } else { output::line(view.text) }
}

fn view(findings: &Findings) -> View<'_> {
    let (redis, told) = match &findings.redis {
        None => ("none", "Redis: none is named".to_owned()),
        Some(patient) => match &patient.running {
            Some(running) => ("running", format!("Redis: running ({}, {running})", patient.url)),
            None if patient.is_optional => {
                ("down", format!("Redis: not running ({}); popkit redis start", patient.url))
            }
            None => ("down", format!("Redis: not running ({})", patient.url)),
        },
    };
    let (upstash, also) = match &findings.upstash {
        None => (None, String::new()),
        Some(Patient { url, running: Some(latency), .. }) => {
            (Some("reachable"), format!("; Upstash: reachable ({url}, {latency})"))
        }
        Some(Patient { url, .. }) => (Some("down"), format!("; Upstash: not reachable ({url})")),
    };
    let bad = findings.first_bad();
    let power = match bad {
        None => "power mode: ready".to_owned(),
        Some(check) => format!("power mode: not ready: {}: {}", check.name, check.text),
    };
    View {
        v: VERSION,
        redis,
        url: findings.redis.as_ref().map(|patient| patient.url.as_str()),
        upstash,
        upstash_url: findings.upstash.as_ref().map(|patient| patient.url.as_str()),
        ready: bad.is_none(),
        text: output::short(&format!("{told}{also}; {power}"), usize::MAX),
    }
}
