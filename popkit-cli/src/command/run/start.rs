//! The order of things.

use std::collections::HashSet;
use std::sync::Arc;

use popkit_coordinator::Shutdown;
use popkit_protocol::{Clock as _, SystemClock, Task, TaskId, TaskState};
use popkit_store::{Durability, Opened, PageRequest, SqliteOptions, TaskQuery, TaskStore};

use super::begin::{Place, Ready, RunLock, Signals, claim, place, ready};
use super::flow::{Flow, replay};
use super::reconcile::{
    Applied, Decision, Orphans, apply, carry_over, decide, inbox_places, move_aside, remove_all,
    wait_for_earlier,
};
use super::report::{self, Basis, Format, Outcome, Report, compute};
use super::session::{RunSession, Stage};
use super::show::{Began, Screen};
use super::tell::Voice;
use super::tempo::Tempo;
use super::watch::{Board, Standing};
use super::work::{self, Setting};
use super::{RunArgs, criteria};
use crate::context::{Context, StorePlace};
use crate::error::CliError;
use crate::exit::Exit;

/// How often a plan is held against the store while other runs of it do the same.
const TRIES: usize = 8;

/// Runs a plan.
pub(crate) async fn run(args: RunArgs, cx: Context) -> Result<Exit, CliError> {
    let format = report_format(&args)?;
    let ready = ready(&args)?;
    let failed = |e: std::io::Error| CliError::failed(format!("cannot listen for Ctrl-C: {e}"));
    let mut signals = Signals::new().map_err(failed)?;
    let place = place(&cx, &ready.plan.name, &ready.plan.base_dir)?;
    place.namespace.create()?;
    let now = SystemClock.now();
    let _lock = RunLock::take(&place.namespace.lock_file(), &ready.plan.name, now)?;
    claim(&place.namespace, &ready.file)?;
    let mut screen = Screen::new(&cx, args.quiet, ready.tasks.iter().map(|task| &task.id));
    let opened = async {
        // First: where that was asked for and fails, nothing else is done.
        let transport = Voice::open(&place, |text| screen.warn(text)).await?;
        let store = open(&args, &place, &screen).await?;
        let settled = settle(&args, &ready, (&store.tasks, &place), &screen).await?;
        Ok::<_, CliError>((transport, store, settled))
    };
    let (transport, store, mut settled) = tokio::select! {
        opened = opened => opened?,
        // Nothing was started yet, and every step of this can be cut short.
        () = signals.next() => {
            screen.warn("interrupted before anything was started");
            return Ok(Exit::Interrupted);
        }
    };
    let stage =
        Stage { ready: &ready, place: &place, store: &store, transport: transport.as_ref() };
    let setting = Setting::new(&ready, &place)?;
    let session = RunSession::begin(stage, &setting).await?;
    let voice = transport.map(|transport| Voice::start(transport, (&place, &ready), &store));
    let shown = (&mut screen, &mut signals);
    let with = (&setting, session);
    let report = execute(&args, (&ready, &place), &store.tasks, with, &mut settled, shown).await;
    if let Some(voice) = voice {
        voice.end(report.as_ref().ok(), signals.next()).await;
    }
    // What was accepted is kept anyway; this only tidies up.
    let _ = store.tasks.close().await;
    let report = report.inspect_err(|_| screen.settle())?;
    screen.finished(&report);
    if let (Some(format), Some(path)) = (format, &args.report) {
        report::write(&report, format, path)?;
    }
    Ok(match report.outcome {
        Outcome::Done => Exit::Done,
        Outcome::Failed => Exit::Failed,
        Outcome::Interrupted => Exit::Interrupted,
    })
}

fn report_format(args: &RunArgs) -> Result<Option<Format>, CliError> {
    let Some(path) = &args.report else { return Ok(None) };
    let name = path.display();
    let Some(format) = Format::of(path) else {
        return Err(CliError::usage(format!("--report {name}: the file must end in .json or .md")));
    };
    // Said now rather than after an hour of work.
    if path.parent().is_some_and(|dir| !dir.as_os_str().is_empty() && !dir.is_dir()) {
        return Err(CliError::usage(format!("--report {name}: its folder does not exist")));
    }
    Ok(Some(format))
}

/// Opens the store; for a fresh start, a new one where it is the plan's own.
async fn open(args: &RunArgs, place: &Place, screen: &Screen) -> Result<Opened, CliError> {
    if !place.is_own {
        let store = popkit_store::open(&place.url).await?;
        let class = store.tasks.capabilities().durability;
        if matches!(place.store(), StorePlace::Server(_)) && class != Durability::PowerSafe {
            let server = place.shown();
            screen.note(&format!("{server} promises {class}, no more; popkit doctor says why"));
        }
        return Ok(store);
    }
    let file = place.namespace.store_file();
    let mut places = Vec::new();
    if args.fresh {
        // Closing folds the write-ahead log into the file. A damaged one is moved as it is.
        if file.exists()
            && let Ok(old) = SqliteOptions::new(&file).open().await
        {
            places = inbox_places(&old).await.unwrap_or_default();
            let _ = TaskStore::close(&old).await;
        }
        let aside = move_aside(&file, SystemClock.now()).await?;
        if let Some(aside) = aside {
            screen.note(&format!("starting over; the old tasks are in {}", aside.display()));
        }
    }
    // Not by URL: a path need not be text.
    let store = SqliteOptions::new(&file).open().await?;
    carry_over(&store, places).await?;
    Ok(Opened::of(&store))
}

/// What was found and done before the run.
#[derive(Debug)]
struct Settled {
    decision: Decision,
    /// Tasks that an earlier run may still give up.
    orphans: Orphans,
    /// Tasks of the plan that are done.
    done: usize,
}

/// Brings the store to what the plan says.
async fn settle(
    args: &RunArgs,
    ready: &Ready,
    (store, place): (&Arc<dyn TaskStore>, &Place),
    screen: &Screen,
) -> Result<Settled, CliError> {
    let tempo = Tempo::of(place);
    let lease = args.lease.unwrap_or(tempo.lease);
    if args.fresh {
        let stored = all_tasks(&**store).await?;
        remove_all(&**store, &stored, &ready.tag, SystemClock.now()).await?;
    }
    let stored = all_tasks(&**store).await?;
    wait_for_earlier(store, &stored, (lease, tempo.earlier), |count, longest| {
        let tasks = if count == 1 { "1 task" } else { &format!("{count} tasks") };
        let longest = report::seconds(longest.as_secs_f64());
        screen.note(&format!("waiting for {tasks} of an earlier run, at most {longest}"));
    })
    .await?;
    let (stored, decision) = follow_plan(ready, &**store).await?;
    let planned: HashSet<&TaskId> = ready.tasks.iter().map(|task| &task.id).collect();
    let done = stored.iter().filter(|t| t.state == TaskState::Done && planned.contains(t.id()));
    let orphans = Orphans::of(&stored, &ready.tag);
    Ok(Settled { done: done.count(), decision, orphans })
}

/// Decides and does it, anew where another run of the plan does the same at this time.
async fn follow_plan(
    ready: &Ready,
    store: &dyn TaskStore,
) -> Result<(Vec<Task>, Decision), CliError> {
    for _ in 0..TRIES {
        let stored = all_tasks(store).await?;
        let decision = decide(&stored, &ready.tasks, &ready.tag);
        if let Some(id) = decision.foreign.first() {
            let name = &ready.plan.name;
            return Err(CliError::data(format!(
                "task {id} is in the store already and not of plan {name}; rename it, or choose \
                 another --store, or --session on a server"
            )));
        }
        match apply(store, &decision, SystemClock.now()).await? {
            Applied::Whole => return Ok((stored, decision)),
            Applied::Overtaken(id) => tracing::debug!(%id, "another run of the plan was faster"),
        }
    }
    let name = &ready.plan.name;
    let message = format!("other runs of plan {name} keep changing its tasks; try again");
    Err(CliError::new(Exit::TryAgain, message))
}

async fn all_tasks(store: &dyn TaskStore) -> Result<Vec<Task>, CliError> {
    let mut tasks = Vec::new();
    let mut page = PageRequest::first(1000);
    loop {
        let found = store.query(TaskQuery::all().page(page)).await?;
        tasks.extend(found.items);
        let Some(next) = found.next else { return Ok(tasks) };
        page = page.after(next);
    }
}

async fn execute(
    args: &RunArgs,
    (ready, place): (&Ready, &Place),
    store: &Arc<dyn TaskStore>,
    (setting, session): (&Setting, RunSession),
    settled: &mut Settled,
    (screen, signals): (&mut Screen, &mut Signals),
) -> Result<Report, CliError> {
    let started = SystemClock.now();
    let tempo = Tempo::of(place);
    let shutdown = Shutdown::new();
    let begun = async {
        let (board, tail) = replay(store, tempo, Board::new(started, &ready.tag)).await?;
        let seen = (board, tail, std::mem::take(&mut settled.orphans));
        screen.began(&began(ready, place, settled, started));
        let lease = args.lease.unwrap_or(tempo.lease);
        let shown = (lease, args.grace, screen.wants_output());
        Ok((seen, work::start(ready, setting, store, &shutdown, shown)?))
    };
    let (seen, work) = match begun.await {
        Ok(begun) => begun,
        Err(error) => {
            session.stop().await;
            return Err(error);
        }
    };
    session.tasks(&seen.0);
    let working = (work, session);
    let mut flow = Flow::new(seen, working, ready.crew.profiles(), (shutdown, args.grace));
    let ended = flow.run(screen, signals).await;
    screen.settle();
    let standings = flow.standings();
    let (board, session) = flow.end();
    let mut interrupted = match ended {
        Ok(interrupted) => interrupted,
        Err(error) => {
            session.stop().await;
            return Err(error);
        }
    };
    let well =
        |task: &TaskId| matches!(standings.get(task), Some(Standing::Done | Standing::Skipped));
    let all_well = ready.tasks.iter().all(|task| well(&task.id));
    let criteria = if all_well && !interrupted {
        let cancel = async {
            signals.next().await;
            interrupted = true;
        };
        session.judge(&board, cancel).await
    } else {
        session.stop().await;
        ready.plan.success.iter().map(criteria::skipped).collect()
    };
    let changed = settled.decision.changed.iter().cloned().collect();
    Ok(compute(Basis {
        plan: (&ready.plan.name, &ready.plan.objective),
        times: (started, SystemClock.now()),
        wanted: &ready.tasks,
        board: &board,
        standings: &standings,
        changed: &changed,
        criteria,
        interrupted,
    }))
}

fn began<'b>(
    ready: &'b Ready,
    place: &'b Place,
    settled: &'b Settled,
    at: popkit_protocol::Timestamp,
) -> Began<'b> {
    let decision = &settled.decision;
    let planned: HashSet<&TaskId> = ready.tasks.iter().map(|task| &task.id).collect();
    let gone = decision.remove.iter().chain(&decision.cancel);
    let agent = |member: &super::begin::Member| (member.profile.agent().to_string(), member.slots);
    Began {
        plan: &ready.plan.name,
        objective: &ready.plan.objective,
        at,
        store: place.shown(),
        tasks: ready.tasks.len(),
        done: settled.done,
        agents: ready.crew.members.iter().map(agent).collect(),
        inserted: decision.insert.iter().map(|task| &task.id).collect(),
        requeued: &decision.requeue,
        replaced: decision.remove.iter().filter(|id| planned.contains(id)).collect(),
        removed: gone.filter(|id| !planned.contains(id)).collect(),
        changed: &decision.changed,
    }
}
