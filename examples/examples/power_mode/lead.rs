//! The process that leads: the coordinator, and its children.

use std::path::Path;
use std::time::Duration;

use popkit_coordinator::Shutdown;
use popkit_coordinator::machine::{About, Event, Settings, Start};
use popkit_coordinator::runtime::{CoordinatorOptions, Ended, Reporter};
use popkit_protocol::{Clock as _, IdSource as _, Objective, RandomIds, SystemClock};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::script::{PHASES, TEAM};
use crate::session::{Failure, Stage, Team, replay, say};
use crate::{SESSION, agent, check, person};

/// The whole session takes a few seconds.
const DEADLINE: Duration = Duration::from_secs(100);

/// The agents: processes, or tasks of this one where they share its memory.
enum Crew {
    Processes(Team),
    Tasks(JoinSet<Result<(), Failure>>),
}

/// Plays the session here; in a folder of its own where nothing is named.
pub(crate) async fn lead(place: Option<&str>) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let here = folder.path().to_string_lossy();
    let play = play(place.unwrap_or(&here), folder.path());
    timeout(DEADLINE, play).await.map_err(|_| "the session does not end")?
}

async fn play(place: &str, folder: &Path) -> Result<(), Failure> {
    let stage = Stage::open(place, SESSION).await?;
    let record = folder.join("record.jsonl");
    let (told, events) = unbounded_channel();
    let reporter = Reporter::new(move |_, event: &Event| {
        // Nobody listens any more when the session is over.
        let _ = told.send(event.clone());
    });
    stage.clear().await?;
    let options = CoordinatorOptions::new(SESSION).with_record(&record);
    let coordinator = stage.coordinator(options.with_lease(Duration::from_secs(5)))?;
    let coordinator = coordinator.with_reporter(reporter);
    let session = coordinator.begin(start()).await?;
    let (mut crew, shutdown) = (None, Shutdown::new());
    let ended = tokio::select! {
        ended = coordinator.run(&shutdown) => ended?.ok_or("the session was left")?,
        told = follow(events, place, &stage, &mut crew) => {
            return Err(told.err().unwrap_or_else(|| "the coordinator is silent".into()));
        }
    };
    crew.ok_or("nobody has led")?.finish().await?;
    finish(&stage, &session, &ended, &record).await
}

fn start() -> Start {
    let now = SystemClock.now();
    let objective = Objective::new(&RandomIds, now, "Let people sign in by a link in a mail");
    let mut settings = Settings::default();
    settings.agents.wanted = 3;
    settings.agents.most = 3;
    settings.agents.period = Duration::from_secs(5);
    let seed = u64::try_from(RandomIds.draw() >> 80).unwrap_or_default();
    Start::new(objective.with_phases(PHASES), seed, now).with_settings(settings)
}

impl Crew {
    fn start(place: &str, stage: &Stage) -> Result<Self, Failure> {
        if place == "memory" {
            let mut tasks = JoinSet::new();
            for (name, _) in TEAM {
                let stage = stage.clone();
                tasks.spawn(async move { agent::work(&stage, name).await });
            }
            return Ok(Self::Tasks(tasks));
        }
        let mut team = Team::new(place);
        TEAM.iter().try_for_each(|(name, _)| team.start("agent", name))?;
        Ok(Self::Processes(team))
    }

    async fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Processes(team) => team.finish().await,
            Self::Tasks(tasks) => tasks.join_all().await.into_iter().collect(),
        }
    }
}

/// Tells what happens, starts the agents, and plays the person.
async fn follow(
    mut events: UnboundedReceiver<Event>,
    place: &str,
    stage: &Stage,
    crew: &mut Option<Crew>,
) -> Result<(), Failure> {
    while let Some(event) = events.recv().await {
        match event {
            // Somebody hears what agents say when they join.
            Event::Led { .. } if crew.is_none() => *crew = Some(Crew::start(place, stage)?),
            Event::AgentJoined { agent } => say(format!("{agent} has joined"))?,
            Event::BarrierReleased { barrier, arrived, .. } => {
                let arrived: Vec<_> = arrived.iter().map(|agent| agent.as_str()).collect();
                say(format!("barrier {barrier}: {} stand there", arrived.join(", ")))?;
            }
            Event::PhaseBegan { phase } => {
                let name = usize::try_from(phase).ok().and_then(|at| PHASES.get(at).copied());
                say(format!("phase {} begins", name.unwrap_or_default()))?;
            }
            Event::Asked { decision, about: About::Agent(_) } => {
                person::answer(stage, &decision).await?;
            }
            Event::AgentLost { agent } => return Err(format!("{agent} was lost").into()),
            _ => {}
        }
    }
    Ok(())
}

/// Checks what came out, and that the record gives the same.
async fn finish(stage: &Stage, session: &str, ended: &Ended, record: &Path) -> Result<(), Failure> {
    say(format!("outcome: {}", check::outcome(stage, session, ended).await?))?;
    say(format!("replay: {}", replay(stage, session, record).await?))?;
    Ok(stage.transport.close().await?)
}
