//! `popkit power stop`.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use popkit_coordinator::Shutdown;
use popkit_coordinator::machine::Input;
use popkit_coordinator::runtime::{Coordinator, CoordinatorOptions};
use popkit_protocol::{Topic, codec};
use popkit_transport::PublishOptions;
use serde::Serialize;
use serde_json::Value;
use tokio::time::sleep;

use super::start::runtime_error;
use super::status::{Looked, read, state_line};
use crate::context::{Context, is_rest};
use crate::error::CliError;
use crate::exit::Exit;
use crate::host;
use crate::output::{self, VERSION, short};
use crate::session::{Agents, Kept, Place, SessionSite, ensure_no_agent};

/// The rests between two looks: on a server that bills them, and elsewhere.
const REST: (Duration, Duration) = (Duration::from_secs(2), Duration::from_millis(200));

/// The arguments of `popkit power stop`.
#[derive(Debug, Args)]
pub(crate) struct StopArgs {
    /// Only send the command: do not wait until the session is over
    #[arg(long)]
    no_wait: bool,
}

/// The JSON form, version 1.
#[derive(Serialize)]
struct StoppedView<'a> {
    v: u8,
    session: &'a str,
    end: Option<Value>,
}

/// Tells the coordinator to stop, and waits until the session is over.
pub(super) async fn run(args: &StopArgs, cx: &Context) -> Result<Exit, CliError> {
    ensure_no_agent("to stop a session")?;
    let place = Place::find(cx)?;
    let Some(site) = place.look().await? else { return Err(nothing(&place)) };
    let stopped = Box::pin(stop(args, cx, &place, &site)).await;
    let closed = site.close().await;
    let exit = stopped?;
    closed?;
    Ok(exit)
}

async fn stop(
    args: &StopArgs,
    cx: &Context,
    place: &Place,
    site: &SessionSite,
) -> Result<Exit, CliError> {
    let runs = |kept: &Kept| !kept.is_over;
    let found = site.kept().await?;
    let Some(kept) = found.as_ref().filter(|kept| runs(kept)) else {
        // Its coordinator was killed after the end.
        forget(place, found.as_ref())?;
        return Err(nothing(place));
    };
    let channel = site.namespace().channel(&Topic::Coordinator);
    let transport = site.transport().await?;
    transport.publish_opts(&channel, codec::STOP.into(), PublishOptions::default()).await?;
    if args.no_wait {
        if !cx.json {
            let id = short(&kept.id, 80);
            output::line(format!("the coordinator of session {id} is told to stop"))?;
        }
        return Ok(Exit::Done);
    }
    let rest = if is_rest(&place.messages().url()) { REST.0 } else { REST.1 };
    loop {
        // Another one may have begun since.
        match site.kept().await?.filter(|now| now.id == kept.id) {
            Some(now) if runs(&now) => {}
            _ => break,
        }
        if site.value("leader").await?.is_none() {
            Box::pin(end_it(site)).await?;
        } else {
            sleep(rest).await;
        }
    }
    let looked = read(site).await?;
    forget(place, Some(kept))?;
    tell(cx, &kept.id, looked.as_ref())?;
    Ok(Exit::Done)
}

/// What is remembered of a session that is over.
fn forget(place: &Place, session: Option<&Kept>) -> Result<(), CliError> {
    place.forget()?;
    if let Some(kept) = session
        && let Err(error) = Agents::forget(place.room(), &kept.id)
    {
        output::note(format!("note: {error}"));
    }
    Ok(())
}

/// Nobody leads, so nobody would hear: this program does, until the command is obeyed.
async fn end_it(site: &SessionSite) -> Result<(), CliError> {
    let name = format!("{}-{} (stop)", host::name(), std::process::id());
    let options = CoordinatorOptions::new(name).with_namespace(site.namespace().clone());
    let (documents, transport) = (Arc::clone(&site.documents), site.transport().await?);
    let coordinator = Coordinator::new(documents, transport, options).map_err(runtime_error)?;
    let shutdown = Shutdown::new();
    let run = coordinator.run(&shutdown);
    // The command was sent before anybody of this session listened, where nobody ever led it.
    let told = coordinator.tell(Input::Stop { by: None });
    tokio::pin!(run, told);
    tokio::select! {
        ended = &mut run => ended.map(drop).map_err(runtime_error),
        _ = &mut told => run.await.map(drop).map_err(runtime_error),
    }
}

fn tell(cx: &Context, id: &str, looked: Option<&Looked>) -> Result<(), CliError> {
    // Where another session has begun meanwhile, this one is over all the same.
    let own = looked.filter(|looked| looked.kept.as_ref().is_some_and(|kept| kept.id == id));
    if cx.json {
        let end = own.and_then(|looked| looked.stand.end.clone());
        return output::json(&StoppedView { v: VERSION, session: id, end });
    }
    let state = own.map_or_else(|| "over".to_owned(), |looked| state_line(&looked.stand));
    output::line(format!("session {} is over: {state}", short(id, 80)))
}

fn nothing(place: &Place) -> CliError {
    let shown = place.shown();
    CliError::failed(format!(
        "no session runs here ({shown}); name another with --session NAME or --url URL"
    ))
}
