//! `popkit backend test`.

use crate::backend::{Embedded, Part, Targets, exercise, show, worst};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;

/// Uses each, one after the other; what is wrong with one does not hide the next.
pub(crate) async fn run(cx: &Context, targets: &Targets) -> Result<Exit, CliError> {
    let mut first = None;
    for part in &targets.0 {
        let done = match part {
            Part::Redis { config, .. } => exercise::run(cx, config).await,
            Part::Upstash(service) => exercise::run_rest(cx, service).await,
            Part::Store(url) => embedded(cx, Embedded::store(cx, url.as_deref())?).await,
            Part::Messages(url) => embedded(cx, Embedded::messages(cx, url.as_deref())?).await,
        };
        first = first.or_else(|| done.err());
    }
    first.map_or(Ok(Exit::Done), Err)
}

async fn embedded(cx: &Context, backend: Embedded) -> Result<Exit, CliError> {
    let check = backend.exercise(cx).await;
    show(cx, &check)?;
    match worst([&check]) {
        Exit::Done => Ok(Exit::Done),
        code => Err(CliError::new(code, format!("{} does not work", backend.url))),
    }
}
