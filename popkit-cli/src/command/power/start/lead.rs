//! From the session's beginning to its end.

use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::Shutdown;
use popkit_coordinator::checks::Checks;
use popkit_coordinator::config::Config;
use popkit_coordinator::machine::{Event, Input};
use popkit_coordinator::mode::Mode;
use popkit_coordinator::native::Team;
use popkit_coordinator::runtime::{Coordinator, Ended, Reporter, RuntimeError};
use popkit_protocol::Party;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::begin::Begun;
use super::choose::Chosen;
use super::mirror::Mirror;
use super::team::{Lines, Plan, shim};
use super::tell::Teller;
use super::{agents, runtime_error, summary};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;
use crate::session::{Agents, Place, SessionSite, project};
use crate::signals::Signals;

/// How long agents have to hear that the session is over.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long the files of a session may take to be written at its end.
const FILES: Duration = Duration::from_secs(5);

/// Leads the session, or stands by, until its end; its agents with it.
pub(super) async fn lead(
    cx: &Context,
    config: &Config,
    (chosen, site): (&Chosen, &SessionSite),
    begun: Begun,
    signals: &mut Signals,
) -> Result<Exit, CliError> {
    let Begun { coordinator, record, session, is_found, agents } = begun;
    let (tell, events) = mpsc::unbounded_channel();
    let coordinator = coordinator
        .with_checker(Arc::new(Checks::new(project(cx), shim()?)))
        .with_reporter(Reporter::new(move |number, event: &Event| {
            // Closed only where nobody is left to be told.
            let _ = tell.send((number, event.clone()));
        }));
    let kept = site.kept().await?;
    let objective = kept.as_ref().map(|kept| kept.machine.objective());
    let tells_all = cx.verbose > 0 || config.output.verbose_logging;
    let place = &chosen.place;
    let team = agents.as_ref().map(|agents| Plan { cx, place, agents }.team()).transpose()?;
    if team.is_none() {
        without_agents(is_found);
    }
    let mut stage = Stage {
        coordinator: &coordinator,
        shutdown: Shutdown::new(),
        events,
        teller: Teller::new(cx.json, tells_all, objective),
        crew: Crew::new(team),
        unkept: agents.as_ref().filter(|_| is_found).map(|agents| (agents, place, &*session)),
        leads: false,
        interrupts: 0,
    };
    let mut mirror =
        (chosen.mode == Mode::Native).then(|| Mirror::new(site, &project(cx), &config.native));
    let came = Box::pin(stage.play(mirror.as_mut(), signals)).await?;
    let is_interrupted = stage.interrupts > 0;
    let Some(came) = came else { return Ok(Exit::Interrupted) };
    let Some(ended) = came.map_err(runtime_error)? else {
        stage.crew.end(Duration::ZERO).await;
        output::note("this coordinator is gone; the session is not over");
        return Ok(Exit::Interrupted);
    };
    for forgotten in [place.forget(), Agents::forget(place.room(), &session)] {
        if let Err(error) = forgotten {
            output::note(format!("note: {error}"));
        }
    }
    let finish = async {
        stage.crew.end(PATIENCE).await;
        if let Some(mirror) = mirror
            && timeout(FILES, mirror.finish(&ended.end)).await.is_err()
        {
            output::note("note: the files of the session do not say that it is over");
        }
        summary::tell(cx.json, &ended, (place, site), record.as_deref()).await
    };
    tokio::select! {
        told = finish => told?,
        () = signals.next() => {
            output::note("the session is over; its agents are not waited for");
            return Ok(Exit::Interrupted);
        }
    }
    Ok(if is_interrupted { Exit::Interrupted } else { summary::exit(&ended.end) })
}

/// Says how there will be agents.
fn without_agents(is_found: bool) {
    let here = "no command, so no agent is started; one joins with `popkit agent run NAME -- \
                COMMAND`, with the same --session, --url, --store and --transport as here";
    let else_ = if is_found {
        ", or is started by `popkit power start --resume --agents N -- COMMAND` once that leads"
    } else {
        ""
    };
    output::note(format!("{here}{else_}"));
}

/// How the coordinator ended.
type Came = Result<Option<Ended>, RuntimeError>;

/// All that happens at once.
struct Stage<'a> {
    coordinator: &'a Coordinator,
    shutdown: Shutdown,
    events: mpsc::UnboundedReceiver<(u64, Event)>,
    teller: Teller,
    crew: Crew,
    /// With what the crew is started, where and for which session, until that is kept.
    unkept: Option<(&'a Agents, &'a Place, &'a str)>,
    /// Whether this coordinator has led the session.
    leads: bool,
    interrupts: u32,
}

impl Stage<'_> {
    /// Runs until the coordinator has ended; `None` where somebody did not want to wait.
    async fn play(
        &mut self,
        mirror: Option<&mut Mirror<'_>>,
        signals: &mut Signals,
    ) -> Result<Option<Came>, CliError> {
        let coordinator = self.coordinator;
        let shutdown = self.shutdown.clone();
        let run = coordinator.run(&shutdown);
        let mirroring = async {
            match mirror {
                Some(mirror) => mirror.run().await,
                None => pending().await,
            }
        };
        tokio::pin!(run, mirroring);
        let mut stopping: Option<Pin<Box<dyn Future<Output = bool> + Send + '_>>> = None;
        loop {
            let stopped = async {
                match &mut stopping {
                    Some(told) => told.await,
                    None => pending().await,
                }
            };
            tokio::select! {
                came = &mut run => {
                    while let Ok((number, event)) = self.events.try_recv() {
                        self.teller.tell(number, &event)?;
                    }
                    return Ok(Some(came));
                }
                Some((number, event)) = self.events.recv() => self.happened(number, &event)?,
                line = self.crew.next() => output::note(line),
                () = &mut mirroring => {}
                is_kept = stopped => {
                    stopping = None;
                    if !is_kept {
                        self.shutdown.drain();
                    }
                }
                () = signals.next() => {
                    self.interrupts += 1;
                    match (self.interrupts, self.leads) {
                        (1, true) => {
                            output::note("the session is stopped; once more ends at once");
                            let stop = Input::Stop { by: Some(Party::Human) };
                            stopping = Some(Box::pin(coordinator.tell(stop)));
                        }
                        (1, false) => self.shutdown.drain(),
                        _ => return Ok(None),
                    }
                }
            }
        }
    }

    fn happened(&mut self, number: u64, event: &Event) -> Result<(), CliError> {
        if matches!(event, Event::Led { .. }) {
            self.leads = true;
            // Not before: while another coordinator leads, its agents have these names.
            self.crew.start();
            if let Some((agents, place, session)) = self.unkept.take() {
                agents::keep(agents, place, session);
            }
        }
        self.teller.tell(number, event)
    }
}

/// The agents that this program starts.
struct Crew {
    waiting: Option<Team>,
    /// How many agents it has.
    members: usize,
    lines: Option<Lines>,
    running: JoinSet<usize>,
    shutdown: Shutdown,
}

impl Crew {
    fn new(team: Option<(Team, Lines)>) -> Self {
        let (waiting, lines) = team.unzip();
        let members = waiting.as_ref().map_or(0, Team::members);
        Self { waiting, members, lines, running: JoinSet::new(), shutdown: Shutdown::new() }
    }

    /// Starts them, once.
    fn start(&mut self) {
        if let Some(team) = self.waiting.take() {
            let shutdown = self.shutdown.clone();
            self.running.spawn(async move { team.run(&shutdown).await });
        }
    }

    /// The next line about them; for ever where there is none.
    async fn next(&mut self) -> String {
        loop {
            let line = async {
                match &mut self.lines {
                    Some(lines) => lines.recv().await,
                    None => pending().await,
                }
            };
            tokio::select! {
                line = line => match line {
                    Some(line) => return line,
                    None => self.lines = None,
                },
                // Those that ended well have heard that the session is over.
                Some(well) = self.running.join_next() => {
                    if well.is_ok_and(|well| well == self.members) {
                        continue;
                    }
                    return "no agent that was started here is left; `popkit agent run NAME -- \
                            COMMAND` starts one, `popkit power stop` ends the session".to_owned();
                }
            }
        }
    }

    /// Waits for their end, which they know of; after a while they are stopped.
    async fn end(&mut self, patience: Duration) {
        let all = async { while self.running.join_next().await.is_some() {} };
        if timeout(patience, all).await.is_err() {
            self.shutdown.drain();
            while self.running.join_next().await.is_some() {}
        }
    }
}
