//! `popkit redis start` and `restart`.

use popkit_redis::Redis;

use super::StartArgs;
use super::choose::{Choice, Engine, choose};
use super::home::{Home, PORT, Record, URLS};
use super::local::{Found, launch, look};
use super::{docker, stop};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, VERSION};

/// The JSON form, version 1.
#[derive(serde::Serialize)]
struct View<'a> {
    v: u8,
    url: &'a str,
    by: Engine,
    started: bool,
}

/// Starts the server; where it runs already, nothing is done.
pub(super) async fn run(cx: &Context, home: &Home, args: &StartArgs) -> Result<Exit, CliError> {
    home.make()?;
    let _lock = home.lock()?;
    let last = home.record()?;
    if let Some(last) = last.as_ref().filter(|last| last.by == Engine::Local)
        && let Found::Ours(redis) = look(home, &last.config(home)?, last.port).await?
    {
        close(&redis).await;
        refuse_other(args, last)?;
        return tell(cx, home, last, false);
    }
    let choice = choose(args, last.as_ref().map(|last| last.by)).await?;
    let by = match choice {
        Choice::Local(_) => Engine::Local,
        Choice::Docker(_) => Engine::Docker,
    };
    let last_port = last.as_ref().map(|last| last.port);
    let port = args.port.or(last_port).unwrap_or(PORT);
    // Users stay; whoever wants none removes the folder.
    let acl = args.acl || last.is_some_and(|last| last.acl && by == Engine::Local);
    let record = Record::new(by, port, acl);
    start(home, &record, &choice).await?;
    home.keep(&record)?;
    tell(cx, home, &record, true)
}

/// Stops the server where it runs, and starts it again as it was.
pub(super) async fn restart(cx: &Context, home: &Home) -> Result<Exit, CliError> {
    let record = home.known()?;
    let _lock = home.lock()?;
    stop::end(home, &record).await?;
    let args = StartArgs {
        local: record.by == Engine::Local,
        docker: record.by == Engine::Docker,
        ..StartArgs::default()
    };
    let choice = choose(&args, Some(record.by)).await?;
    start(home, &record, &choice).await?;
    tell(cx, home, &record, true)
}

async fn start(home: &Home, record: &Record, choice: &Choice) -> Result<(), CliError> {
    match choice {
        Choice::Docker(compose) => docker::start(home, record, compose).await,
        Choice::Local(program) => {
            refuse_taken(home, record).await?;
            launch(home, record, program).await
        }
    }
}

/// Refuses a port where somebody else is.
async fn refuse_taken(home: &Home, record: &Record) -> Result<(), CliError> {
    let port = record.port;
    let plain = Record::new(record.by, port, false).config(home)?;
    let who = match look(home, &plain, port).await? {
        Found::Nobody => return Ok(()),
        Found::Ours(redis) => {
            close(&redis).await;
            "a Redis of this folder that server.json does not know: stop it".to_owned()
        }
        Found::Redis(who) => format!(
            "a Redis that was not started from here ({who}): use that one (--url \
             redis://127.0.0.1:{port}), stop it"
        ),
        Found::Other(_) => "a program that is no Redis: stop it".to_owned(),
    };
    let message = format!("port {port} is taken by {who}, or choose another one with --port N");
    Err(CliError::failed(message))
}

/// What was asked for must be what runs.
fn refuse_other(args: &StartArgs, last: &Record) -> Result<(), CliError> {
    let port = last.port;
    let is_other = args.port.is_some_and(|wanted| wanted != port);
    if is_other || args.docker || (args.acl && !last.acl) {
        return Err(CliError::usage(format!(
            "a Redis of this folder runs already, on port {port}; to start it in another way, stop \
             it first: popkit redis stop"
        )));
    }
    Ok(())
}

async fn close(redis: &Redis) {
    // Nothing is under way.
    let _ = redis.close().await;
}

fn tell(cx: &Context, home: &Home, record: &Record, started: bool) -> Result<Exit, CliError> {
    let url = record.url();
    if cx.json {
        output::json(&View { v: VERSION, url: &url, by: record.by, started })?;
        return Ok(Exit::Done);
    }
    let how = match record.by {
        Engine::Docker => "in docker (container popkit-redis)".to_owned(),
        Engine::Local => format!("redis-server, its files in {}", home.file("").display()),
    };
    let word = if started { "is ready" } else { "runs already" };
    output::line(format!("Redis {word} at {url}: {how}"))?;
    if record.acl {
        let urls = home.file(URLS);
        output::note(format!("the URLs with the passwords of its users are in {}", urls.display()));
    } else {
        output::note(format!("use it: export POPKIT_URL={url}"));
    }
    Ok(Exit::Done)
}
