//! From the event to the exit code.

use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use popkit_coordinator::guard::ProtectedPaths;

use super::event::Event;
use super::floor::{Ended, Floor, within};
use super::input::Input;
use super::{check_in, guard};
use crate::args::Global;
use crate::backend::tls;
use crate::command::hook::HookArgs;
use crate::context::{Context, var};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;
use crate::session::project;

/// To Claude Code this code of a hook means that the action is denied. Nothing else in popkit
/// ends with it.
const DENIED: u8 = 2;

/// What could not be done, and whether that must be a denial.
#[derive(Debug)]
pub(super) struct Failure {
    is_guarded: bool,
    why: String,
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self { is_guarded: false, why }
    }
}

impl From<CliError> for Failure {
    fn from(error: CliError) -> Self {
        error.to_string().into()
    }
}

/// The project, as the host names it. No agent chooses it: a working directory it does.
#[derive(Debug, Clone)]
pub(super) struct Project(Option<PathBuf>);

impl Project {
    fn of_host() -> Self {
        let named = var("CLAUDE_PROJECT_DIR").map(PathBuf::from);
        Self(named.filter(|root| root.is_absolute()))
    }

    /// Below which globs count.
    pub(super) fn root(&self, cx: &Context) -> PathBuf {
        self.0.clone().unwrap_or_else(|| project(cx))
    }

    /// Those paths in this project, and the state directory, wherever it is.
    pub(super) fn protect(&self, cx: &Context, paths: ProtectedPaths) -> ProtectedPaths {
        let state = std::path::absolute(cx.state_dir(&cx.cwd).path());
        let paths = match &state {
            Ok(state) => paths.with_folder(state),
            Err(_) => paths,
        };
        match &self.0 {
            Some(root) => paths.with_root(root),
            None => paths,
        }
    }
}

/// Does what is to be done at an event.
pub(crate) fn main(args: &HookArgs, global: Global) -> ExitCode {
    // One line is said of it below.
    panic::set_hook(Box::new(|_| {}));
    let name = args.event.clone().unwrap_or_default();
    let is_guarded = Event::of(&name).is_guarded();
    let ended = catch_unwind(AssertUnwindSafe(|| begin(name, args.deadline(), global)));
    ended.unwrap_or_else(|_| failed(is_guarded, "the hook broke before it began"))
}

fn begin(name: String, deadline: Duration, global: Global) -> ExitCode {
    let is_guarded = Event::of(&name).is_guarded();
    let named = [&global.url, &global.store, &global.transport, &global.plan];
    let is_given = named.iter().any(|given| given.is_some()) || global.session.is_some();
    let project = Project::of_host();
    let cx = match Context::new(global) {
        // A command line that makes no sense must not read as a denial.
        Err(error) if is_given && error.code == Exit::Usage => {
            output::note(format!("popkit: {error}"));
            return Exit::Usage.into();
        }
        Ok(mut cx) => {
            // Sessions are found from the project, wherever the agent went.
            if let Some(root) = &project.0 {
                cx.cwd.clone_from(root);
            }
            Ok(cx)
        }
        error => error,
    };
    tls::provide();
    let work = move |floor: &Floor| work(&name, cx, &project, floor);
    match within(deadline, &Floor::stdout(), work) {
        Ended::Well => ExitCode::SUCCESS,
        Ended::Failed(Failure { is_guarded, why }) => failed(is_guarded, &why),
        Ended::Overdue => {
            let limit = popkit_protocol::duration::format(deadline);
            failed(is_guarded, &format!("no verdict within {limit}"))
        }
        Ended::Panicked(why) => failed(is_guarded, &format!("the hook broke: {why}")),
    }
}

/// Ends with one line on standard error: a denial, or no hindrance.
fn failed(is_guarded: bool, why: &str) -> ExitCode {
    let why: Vec<&str> = why.lines().map(str::trim).collect();
    let why = output::clean(&why.join(" "));
    if !is_guarded {
        output::note(format!("popkit: {why}"));
        return ExitCode::SUCCESS;
    }
    output::note(format!("popkit: denied, because the guard cannot tell: {why}"));
    ExitCode::from(DENIED)
}

fn work(
    name: &str,
    cx: Result<Context, CliError>,
    project: &Project,
    floor: &Floor,
) -> Result<(), Failure> {
    let event = Event::of(name);
    // To its end, whatever is wrong besides: the host is to hear the verdict, not a broken pipe.
    let input = Input::read();
    let told = input.as_ref().map_or(Event::Other, |input| Event::of(&input.hook_event_name));
    let is_guarded = event.is_guarded() || told.is_guarded();
    let done = input.map_err(Failure::from).and_then(|input| {
        if input.hook_event_name != name {
            let told = output::short(&input.hook_event_name, 40);
            let why = format!("the hook was set up for {name} and runs at {told}; mend hooks.json");
            return Err(why.into());
        }
        if event == Event::Other { Ok(()) } else { answer(event, &cx?, project, &input, floor) }
    });
    done.map_err(|failure| Failure { is_guarded, ..failure })
}

fn answer(
    event: Event,
    cx: &Context,
    project: &Project,
    input: &Input,
    floor: &Floor,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start the runtime: {error}"))?;
    runtime.block_on(async {
        match event {
            Event::PreToolUse => Box::pin(guard::run(cx, project, input, floor)).await,
            Event::PostToolUse => Box::pin(check_in::tool_used(cx, project, input, floor)).await,
            Event::SessionStart => Box::pin(check_in::begins(cx, project, input, floor)).await,
            Event::UserPromptSubmit => Box::pin(check_in::prompted(cx, input, floor)).await,
            Event::SubagentStop | Event::SessionEnd => {
                Box::pin(check_in::leaves(cx, event, input)).await
            }
            Event::Other => Ok(()),
        }
    })
}
