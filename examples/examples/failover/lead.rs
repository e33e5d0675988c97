//! The process that begins the session, kills, and looks on: it leads nothing itself.

use std::path::Path;
use std::time::Duration;

use popkit_coordinator::machine::{Event, Settings, Start};
use popkit_protocol::{Clock as _, IdSource as _, Objective, RandomIds, SystemClock};
use tokio::time::timeout;

use crate::session::{Failure, Stage, Team, journal, replay, say};
use crate::{PHASES, RECORD, SESSION, TEAM, VICTIM, check, options};

/// The whole session takes some 15 seconds.
const DEADLINE: Duration = Duration::from_secs(100);
/// How often the journal is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Plays the session here; in a folder of its own where nothing is named.
pub(crate) async fn lead(place: Option<&str>) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let here = folder.path().to_string_lossy();
    let play = play(place.unwrap_or(&here), folder.path());
    timeout(DEADLINE, play).await.map_err(|_| "the session does not end")?
}

async fn play(place: &str, folder: &Path) -> Result<(), Failure> {
    let stage = Stage::open(place, SESSION).await?;
    stage.clear().await?;
    let record = folder.join("record.jsonl");
    let session = stage.coordinator(options("nobody", &record))?.begin(start()).await?;
    let mut team = Team::new(place);
    team.variables.push((RECORD.to_owned(), record.to_string_lossy().into_owned()));
    team.start("coordinator", "a")?;
    stage.until("leader", "\"name\":\"a\"").await?;
    team.start("coordinator", "b")?;
    TEAM.iter().try_for_each(|name| team.start("agent", name))?;

    let mut story = Story { stage: &stage, session: &session, told: 0 };
    story.until("all but one stand at the barrier", everybody_waits).await?;
    kill(&mut team, "a").await?;
    kill(&mut team, VICTIM.0).await?;
    say(format!("coordinator a and agent {} are killed", VICTIM.0))?;
    story.until("the end", |events| matches!(events.last(), Some(Event::Ended { .. }))).await?;
    team.finish().await?;
    say(format!("outcome: {}", check::outcome(&stage, &session).await?))?;
    say(format!("replay: {}", replay(&stage, &session, &record).await?))?;
    Ok(stage.transport.close().await?)
}

fn start() -> Start {
    let now = SystemClock.now();
    let objective = Objective::new(&RandomIds, now, "Ship the release").with_phases(PHASES);
    let mut settings = Settings::default();
    settings.agents.wanted = 3;
    settings.agents.period = Duration::from_secs(1);
    // An agent on a machine that is busy shall not be taken for lost.
    settings.agents.misses = 8;
    let seed = u64::try_from(RandomIds.draw() >> 80).unwrap_or_default();
    Start::new(objective, seed, now).with_settings(settings)
}

async fn kill(team: &mut Team, name: &str) -> Result<(), Failure> {
    let at = team.members.iter().position(|(member, _)| member == name);
    let (_, mut member) = team.members.remove(at.ok_or_else(|| format!("there is no {name}"))?);
    Ok(member.kill().await?)
}

/// All but the victim stand at its barrier.
fn everybody_waits(events: &[Event]) -> bool {
    let stands = |event: &&Event| matches!(event, Event::BarrierReached { barrier, .. } if barrier == VICTIM.1);
    events.iter().filter(stands).count() == TEAM.len() - 1
}

/// What is told of the journal.
struct Story<'s> {
    stage: &'s Stage,
    session: &'s str,
    told: usize,
}

impl Story<'_> {
    /// Tells what happens until this has happened.
    async fn until(&mut self, what: &str, is_it: fn(&[Event]) -> bool) -> Result<(), Failure> {
        let look = async {
            loop {
                let events = journal(self.stage, self.session).await?;
                for event in events.iter().skip(self.told) {
                    tell(event)?;
                }
                self.told = events.len();
                if is_it(&events) {
                    return Ok(());
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        timeout(DEADLINE / 2, look).await.map_err(|_| format!("waited for {what} in vain"))?
    }
}

fn tell(event: &Event) -> Result<(), Failure> {
    match event {
        Event::Led { epoch } => say(format!("a coordinator leads, in epoch {epoch}")),
        Event::AgentLost { agent } => say(format!("{agent} is lost")),
        Event::BarrierShrunk { barrier, agent, why } => {
            say(format!("barrier {barrier}: {agent} is not waited for any more ({why:?})"))
        }
        Event::BarrierReleased { barrier, arrived, .. } => {
            let arrived: Vec<_> = arrived.iter().map(|agent| agent.as_str()).collect();
            say(format!("barrier {barrier}: released, {} stand there", arrived.join(", ")))
        }
        Event::PhaseBegan { phase } => {
            let name = usize::try_from(*phase).ok().and_then(|at| PHASES.get(at).copied());
            say(format!("phase {} begins", name.unwrap_or_default()))
        }
        _ => Ok(()),
    }
}
