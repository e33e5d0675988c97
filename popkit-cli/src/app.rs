//! From the command line to the exit code.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::args::{Args, Command};
use crate::backend::tls;
use crate::command::{
    agent, backend, decide, doctor, hook as hook_command, inbox, insight, lane, pending, power,
    redis, run, send, status, task, upstash, watch,
};
use crate::context::{Context, is_rest};
use crate::error::CliError;
use crate::exit::Exit;
use crate::{hook, log};

/// How long threads may take that work for nobody any more.
const LEFT: Duration = Duration::from_millis(500);

/// Everything behind the shim.
pub(crate) fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return refused(&error),
    };
    let json = args.global.json;
    log::init(&args.global);
    if let Command::Hook(hook_args) = &args.command
        && !hook_args.config
    {
        return hook::main(hook_args, args.global);
    }
    match start(args) {
        Ok(exit) => exit.into(),
        Err(error) => {
            // Done: the reader of standard output went away.
            if error.code != Exit::Done {
                report(&error, json);
            }
            error.code.into()
        }
    }
}

fn start(args: Args) -> Result<Exit, CliError> {
    refuse_idle(&args)?;
    let names_session = args.global.session.is_some();
    let cx = Context::new(args.global)?;
    if names_session
        && matches!(args.command, Command::Task(_) | Command::Lane(_))
        && !cx.has_task_sessions()
    {
        let message = "--session is for messages, and for tasks on a server; these tasks are in a \
                       file, which has none";
        return Err(CliError::usage(message));
    }
    tls::provide();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| CliError::failed(format!("cannot start the runtime: {e}")))?;
    let ended = runtime.block_on(async {
        match args.command {
            Command::Run(args) => Box::pin(run::run(*args, cx)).await,
            Command::Task(args) => Box::pin(task::run(args, cx)).await,
            Command::Lane(args) => Box::pin(lane::run(args, cx)).await,
            Command::Send(args) => Box::pin(send::run(*args, cx)).await,
            Command::Inbox(args) => Box::pin(inbox::run(args, cx)).await,
            Command::Watch(args) => Box::pin(watch::run(args, cx)).await,
            Command::Status(args) => Box::pin(status::run(args, cx)).await,
            Command::Power(args) => Box::pin(power::run(args, cx)).await,
            Command::Agent(args) => Box::pin(agent::run(*args, cx)).await,
            Command::Insight(args) => Box::pin(insight::run(args, cx)).await,
            Command::Pending => Box::pin(pending::run(cx)).await,
            Command::Approve(args) => Box::pin(decide::approve(args, cx)).await,
            Command::Deny(args) => Box::pin(decide::deny(args, cx)).await,
            Command::Backend(args) => Box::pin(backend::run(args, cx)).await,
            Command::Doctor(args) => Box::pin(doctor::run(args, cx)).await,
            // A hook itself has run already: it has a way of its own to end.
            Command::Hook(_) => hook_command::print_configuration(),
            Command::Redis(args) => Box::pin(redis::run(args, cx)).await,
            Command::Upstash(args) => Box::pin(upstash::run(args, cx)).await,
        }
    });
    // Opening a store may wait for other processes in a thread; who was told to stop does not.
    runtime.shutdown_timeout(LEFT);
    ended
}

/// Refuses options of all commands that this one would ignore.
fn refuse_idle(args: &Args) -> Result<(), CliError> {
    let global = &args.global;
    let message = match &args.command {
        // The state is that of the plan's own name.
        Command::Run(_) if global.plan.is_some() => {
            "--plan is for tasks; `popkit run` takes the plan's file as its argument"
        }
        Command::Power(_) if global.plan.is_some() => {
            "--plan is for tasks; a session has its room by --session NAME"
        }
        Command::Task(_) if global.transport.is_some() => {
            "--transport is for messages; `popkit task` has none"
        }
        Command::Lane(_) if global.transport.is_some() => {
            "--transport is for messages; `popkit lane` has none"
        }
        Command::Agent(_)
        | Command::Insight(_)
        | Command::Pending
        | Command::Approve(_)
        | Command::Deny(_)
            if global.plan.is_some() =>
        {
            "--plan is for tasks; a power session is named with --session"
        }
        Command::Redis(_) if global.url.is_some() => {
            "`popkit redis` is about the server of the state directory; for another one there is \
             `popkit backend`"
        }
        Command::Upstash(_) if global.url.as_deref().is_some_and(|url| !is_rest(url)) => {
            "`popkit upstash` is about Upstash: --url upstash: or none; for another server there \
             is `popkit backend`"
        }
        _ => return Ok(()),
    };
    Err(CliError::usage(message))
}

/// Help and version are answers; everything else is a usage error, and those end with 64,
/// not with clap's 2.
fn refused(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // Nobody is left to tell where the terminal is gone.
        let _ = error.print();
        return Exit::Done.into();
    }
    // The arguments are not parsed, so whether JSON was wanted has to be guessed.
    let json = std::env::args_os().any(|arg| arg == "--json");
    let text = error.render().to_string();
    let text = text.trim_end().trim_start_matches("error: ");
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    report(&CliError::usage(first), json);
    if !rest.trim().is_empty() {
        let _ = writeln!(std::io::stderr().lock(), "{}", rest.trim_start_matches('\n'));
    }
    Exit::Usage.into()
}

fn report(error: &CliError, json: bool) {
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "popkit: {error}");
    if json {
        let _ = writeln!(err, "{}", error.to_json());
    }
}
