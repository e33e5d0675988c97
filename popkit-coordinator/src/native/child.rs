//! One job of an agent: its command, started until it ends well or its restarts are used up.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;

use popkit_protocol::{Json, TaskId};
use tokio_util::sync::CancellationToken;

use super::options::NativeOptions;
use super::outcome::{self, Found};
use crate::agent::command::{check_environment, failure, foreign, read_result};
use crate::agent::handle::Report;
use crate::plan::Command;
use crate::process::{ChildSpec, Exit, Finished, Runner};

/// What an agent is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Job {
    /// Its part of a phase: the name and the number.
    Phase(String, u32),
    /// A task that it was sent.
    Task(TaskId),
}

/// A job with all that its command is told.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) job: Job,
    pub(super) prompt: String,
    pub(super) input: Vec<u8>,
    pub(super) objective: String,
}

/// How a job ended.
#[derive(Debug)]
pub(super) struct Worked {
    pub(super) job: Job,
    /// Nothing where it was cancelled.
    pub(super) report: Option<Report>,
    pub(super) found: Vec<Found>,
}

impl Worked {
    /// A job that fell apart; of one that was cancelled nothing is told.
    pub(super) fn broken(job: Job, cancel: &CancellationToken) -> Self {
        let text = "popkit itself failed at this work (a panic); its log says where";
        let report = (!cancel.is_cancelled()).then(|| Report::failed(text));
        Self { job, report, found: Vec::new() }
    }
}

impl Job {
    fn title(&self) -> &str {
        match self {
            Self::Phase(name, _) => name,
            Self::Task(task) => task.as_str(),
        }
    }
}

/// Does a job; until it is cancelled.
pub(super) async fn work(
    options: Arc<NativeOptions>,
    order: Order,
    cancel: CancellationToken,
) -> Worked {
    let job = order.job.clone();
    let ended = |report, found| Worked { job: job.clone(), report, found };
    let mut failures = 0;
    loop {
        let text = match once(&options, &order, failures + 1, &cancel).await {
            Once::Done(report, found) => return ended(Some(report), found),
            Once::Cancelled => return ended(None, Vec::new()),
            Once::Refused(text) => return ended(Some(Report::failed(text)), Vec::new()),
            Once::Failed(text) => text,
        };
        failures += 1;
        let Some(rest) = options.restart.after(failures) else {
            return ended(Some(Report::failed(text)), Vec::new());
        };
        tracing::warn!(agent = %options.agent.agent, failures, error = text, "a command failed");
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = cancel.cancelled() => return ended(None, Vec::new()),
        }
    }
}

/// How one start ended.
enum Once {
    Done(Report, Vec<Found>),
    Failed(String),
    /// It cannot be started, and another try changes nothing.
    Refused(String),
    Cancelled,
}

async fn once(
    options: &NativeOptions,
    order: &Order,
    attempt: u32,
    cancel: &CancellationToken,
) -> Once {
    let folder = match tempfile::Builder::new().prefix("popkit-agent-").tempdir() {
        Ok(folder) => folder,
        Err(error) => return Once::Failed(format!("cannot make a folder for the result: {error}")),
    };
    let result = folder.path().join("result.json");
    let spec = match child(options, order, attempt, result.as_os_str().into()) {
        Ok(spec) => spec,
        Err(text) => return Once::Refused(text),
    };
    let runner = Runner::new(options.shim.clone());
    let finished = match runner.run(spec, cancel.cancelled()).await {
        Ok(finished) => finished,
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = std::error::Error::source(&error);
            while let Some(inner) = cause {
                text = format!("{text}: {inner}");
                cause = inner.source();
            }
            return Once::Refused(text);
        }
    };
    if cancel.is_cancelled() {
        return Once::Cancelled;
    }
    read(order, &finished, &result).await
}

async fn read(order: &Order, finished: &Finished, result: &std::path::Path) -> Once {
    match finished.exit {
        Exit::Code(0) => match read_result(result).await {
            Ok(value) => {
                let value: Option<Json> = value;
                let (report, found) = outcome::of(finished, value.as_ref(), order.job.title());
                Once::Done(report, found)
            }
            Err(error) => Once::Failed(error.text),
        },
        Exit::Cancelled => Once::Cancelled,
        _ => Once::Failed(failure(finished, None).text),
    }
}

fn child(
    options: &NativeOptions,
    order: &Order,
    attempt: u32,
    result: OsString,
) -> Result<ChildSpec, String> {
    let agent = options.agent.agent.as_str();
    let id = TaskId::new(agent).map_err(|error| error.to_string())?;
    let command: Command = options.command.render(&order.prompt, &id, order.job.title(), attempt);
    let mut spec = ChildSpec::new(command.to_argv());
    spec.dir = Some(options.dir.clone());
    let given = options.env.iter().map(|(name, value)| (name.clone(), value.into()));
    let mut env: BTreeMap<String, OsString> = given.collect();
    let own: [(&str, OsString); 5] = [
        ("POPKIT_AGENT", agent.into()),
        ("POPKIT_OBJECTIVE", order.objective.as_str().into()),
        // Another reader of the inbox would take the place of this one.
        ("POPKIT_INBOX", "runner".into()),
        ("POPKIT_ATTEMPT", attempt.to_string().into()),
        ("POPKIT_RESULT_FILE", result),
    ];
    env.extend(own.into_iter().map(|(name, value)| (name.to_owned(), value)));
    match &order.job {
        Job::Phase(name, index) => {
            env.insert("POPKIT_PHASE".to_owned(), name.as_str().into());
            env.insert("POPKIT_PHASE_INDEX".to_owned(), index.to_string().into());
        }
        Job::Task(task) => {
            env.insert("POPKIT_TASK_ID".to_owned(), task.as_str().into());
        }
    }
    spec.env = env.into_iter().map(|(name, value)| (name.into(), value)).collect();
    spec.env_remove = foreign(std::env::vars_os().map(|(name, _)| name));
    check_environment(&spec.argv, &spec.env).map_err(|error| error.text)?;
    spec.input.clone_from(&order.input);
    spec.timeout = options.timeout;
    spec.grace = options.grace;
    if let Some(output) = &options.output {
        let output = Arc::clone(output);
        spec.on_line = Some(Arc::new(move |stream, line| output(stream, line)));
    }
    Ok(spec)
}
