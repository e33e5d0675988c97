//! `popkit backend status`.

use serde::Serialize;

use crate::backend::server::{self, micros, time};
use crate::backend::upstash::{self, LoadArgs, Looked};
use crate::backend::{Embedded, Part, Server, Targets};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, VERSION};

/// The JSON form of a backend without a server, version 1.
#[derive(Serialize)]
struct View<'a> {
    v: u8,
    backend: &'a str,
    url: &'a str,
    /// Whether it is made yet.
    exists: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    durability: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tasks: Option<u64>,
    latency_us: u64,
}

/// Shows how each stands. Changes and makes nothing.
///
/// # Errors
///
/// Also for a load where nothing bills it.
pub(crate) async fn run(
    cx: &Context,
    targets: &Targets,
    load: &LoadArgs,
) -> Result<Exit, CliError> {
    if load.is_given() && targets.upstash().is_none() {
        let message = "--tasks, --messages and --processes are for Upstash, which bills each \
                       command; name it: --url upstash:";
        return Err(CliError::usage(message));
    }
    for part in &targets.0 {
        match part {
            Part::Redis { config, source } => {
                let redis = server::connect(config).await?;
                let looked = Server::look(cx, config, &redis).await;
                // Nothing is under way any more.
                let _ = redis.close().await;
                server::report(cx, &looked?, *source)?;
            }
            Part::Upstash(service) => {
                let redis = upstash::connect(&service.config).await?;
                let looked = Looked::at(&service.config, &redis).await;
                // Nothing is under way any more.
                let _ = redis.close().await;
                upstash::report(cx, service, &looked?, load)?;
            }
            Part::Store(url) => embedded(cx, Embedded::store(cx, url.as_deref())?).await?,
            Part::Messages(url) => embedded(cx, Embedded::messages(cx, url.as_deref())?).await?,
        }
    }
    Ok(Exit::Done)
}

async fn embedded(cx: &Context, backend: Embedded) -> Result<(), CliError> {
    let standing = backend.look(cx).await?;
    let durability = standing.durability.map(|class| class.to_string());
    if cx.json {
        return output::json(&View {
            v: VERSION,
            backend: backend.name,
            url: &backend.url,
            exists: durability.is_some(),
            durability,
            tasks: standing.tasks,
            latency_us: micros(standing.took),
        });
    }
    let mut page = format!("{} ({})", backend.url, backend.name);
    let mut row = |name: &str, value: &str| page.push_str(&format!("\n  {name:<11} {value}"));
    match durability {
        None => row("state", "not made yet; it is made on first use"),
        Some(durability) => {
            row("durability", &durability);
            if let Some(tasks) = standing.tasks {
                row("tasks", &tasks.to_string());
            }
            row("latency", &format!("{} to open and ask", time(standing.took)));
        }
    }
    output::line(page)
}
