//! `popkit agent run`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;
use popkit_coordinator::native::{NativeAgent, NativeOptions, Restart};
use popkit_coordinator::plan::Template;
use popkit_coordinator::process::ShimCommand;
use popkit_coordinator::{AgentError, AgentOptions, Shutdown};
use popkit_protocol::{AgentId, Clock as _, SystemClock, duration};

use super::output::Lines;
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::session::{Place, SessionSite};
use crate::signals::Signals;
use crate::{SHIM, host};

/// The arguments of `popkit agent run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Its name: no two agents of a session share one
    name: AgentId,
    /// What it works on: by these words insights of others find it
    #[arg(long, value_name = "TAGS", value_delimiter = ',')]
    tags: Vec<String>,
    /// Files that it may touch; may be given several times [default: those of the session]
    #[arg(long, value_name = "GLOB")]
    files: Vec<String>,
    /// How often it says that it lives, at least 1s; three times silent, it counts as lost
    #[arg(long, value_name = "TIME", value_parser = period, default_value = "15s")]
    period: Duration,
    /// How long one start of the command may last [default: as long as the session]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    timeout: Option<Duration>,
    /// How often the command is started again for the same when it fails
    #[arg(long, value_name = "N", default_value_t = Restart::default().most)]
    restarts: u32,
    /// What it runs: {prompt} is what to do (without it, the last argument), {title} the phase,
    /// {id} the agent, {attempt} which start it is
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// A time between heartbeats.
fn period(text: &str) -> Result<Duration, String> {
    let period = duration::parse(text).map_err(|error| error.to_string())?;
    if period < Duration::from_secs(1) { Err("at least 1s".to_owned()) } else { Ok(period) }
}

/// Takes part in the session until it is over.
pub(super) async fn run(args: RunArgs, cx: &Context) -> Result<Exit, CliError> {
    let template = Template::from_argv(args.command.clone());
    let template = template.map_err(|error| CliError::usage(error.to_string()))?;
    let mut signals = Signals::new()?;
    let place = Place::find(cx)?;
    let site = place.open_or_make().await?;
    let lines = Lines::new(&args.name, cx.verbose > 0);
    let mut options = options(&args, template, cx, (&place, &site))?;
    if let Some(sink) = lines.sink() {
        options = options.with_output(sink);
    }
    let shutdown = Shutdown::new();
    let worked = {
        let work = work(&site, options, &shutdown);
        tokio::pin!(work);
        loop {
            tokio::select! {
                worked = &mut work => break worked,
                () = signals.next() => shutdown.drain(),
            }
        }
    };
    lines.end().await;
    let closed = site.close().await;
    let exit = worked?;
    closed?;
    Ok(exit)
}

fn options(
    args: &RunArgs,
    template: Template,
    cx: &Context,
    (place, site): (&Place, &SessionSite),
) -> Result<NativeOptions, CliError> {
    let program = std::env::current_exe()
        .map_err(|e| CliError::failed(format!("cannot find the program's own file: {e}")))?;
    let shim = ShimCommand { program, args: vec![OsString::from(SHIM)] };
    let process = format!("{}-{}", host::name(), std::process::id());
    let agent = AgentOptions::new(args.name.clone())
        .with_namespace(site.namespace().clone())
        .with_start(process, SystemClock.now())
        .with_tags(args.tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty()))
        .with_files(args.files.iter().map(String::as_str))
        .with_period(args.period);
    Ok(NativeOptions::new(agent, template, shim, cx.cwd.clone())
        .with_env(place.children_env())
        .with_timeout(args.timeout)
        .with_restart(Restart::times(args.restarts)))
}

async fn work(
    site: &SessionSite,
    options: NativeOptions,
    shutdown: &Shutdown,
) -> Result<Exit, CliError> {
    let documents = std::sync::Arc::clone(&site.documents);
    let name = options.agent.agent.clone();
    let joined = tokio::select! {
        joined = NativeAgent::join(site.transport().await?, documents, options) => joined,
        () = shutdown.draining() => return Ok(Exit::Interrupted),
    };
    let ended = match joined {
        Ok(agent) => Box::pin(agent.run(shutdown)).await,
        Err(error) => Err(error),
    };
    match ended {
        Ok(Some(_)) | Err(AgentError::Ended { .. }) => Ok(Exit::Done),
        Ok(None) if shutdown.is_draining() => Ok(Exit::Interrupted),
        Ok(None) => Err(CliError::failed(format!(
            "the coordinator has sent agent {name} away; see its log"
        ))),
        Err(error) => Err(error.into()),
    }
}
