//! `popkit backend ping`.

use std::time::Duration;

use serde::Serialize;

use crate::backend::server::{self, micros, time};
use crate::backend::{Embedded, Part, Targets, upstash};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, VERSION};

/// The JSON form, version 1.
#[derive(Serialize)]
struct View<'a> {
    v: u8,
    url: &'a str,
    /// Whether it is made yet.
    exists: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_us: Option<u64>,
}

/// Asks each for one sign of life. Makes nothing.
pub(crate) async fn run(cx: &Context, targets: &Targets) -> Result<Exit, CliError> {
    for part in &targets.0 {
        match part {
            Part::Redis { config, .. } => {
                let redis = server::connect(config).await?;
                let answered = server::ping(&redis).await;
                // Nothing is under way any more.
                let _ = redis.close().await;
                tell(cx, &config.to_string(), Some(answered?))?;
            }
            Part::Upstash(service) => {
                let redis = upstash::connect(&service.config).await?;
                let answered = server::ping(&redis).await;
                // Nothing is under way any more.
                let _ = redis.close().await;
                tell(cx, &service.config.to_string(), Some(answered?))?;
            }
            Part::Store(url) => embedded(cx, Embedded::store(cx, url.as_deref())?).await?,
            Part::Messages(url) => embedded(cx, Embedded::messages(cx, url.as_deref())?).await?,
        }
    }
    Ok(Exit::Done)
}

async fn embedded(cx: &Context, backend: Embedded) -> Result<(), CliError> {
    let standing = backend.look(cx).await?;
    tell(cx, &backend.url, standing.durability.map(|_| standing.took))
}

/// Tells the answer; none is that of what is made on first use.
fn tell(cx: &Context, url: &str, took: Option<Duration>) -> Result<(), CliError> {
    if cx.json {
        let latency_us = took.map(micros);
        return output::json(&View { v: VERSION, url, exists: took.is_some(), latency_us });
    }
    match took {
        Some(took) => output::line(format!("PONG from {url} in {}", time(took))),
        None => output::line(format!("{url} is not made yet; it is made on first use")),
    }
}
