//! Starts the processes, kills some, starts them anew, and sees the race to its end.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use popkit_benches::Failure;
use popkit_benches::peer::Peer;
use popkit_protocol::layer::SplitMix64;
use tokio::time::{Instant, sleep};

use crate::job::Job;
use crate::journal::Tail;
use crate::server::Server;
use crate::trail::{self, Line};
use crate::{Args, reader};

/// Between two looks at the race.
const LOOK: Duration = Duration::from_millis(3);

/// What a process is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    Publisher,
    Reader,
}

/// What was done to the processes.
#[derive(Debug, Default)]
pub(crate) struct Raced {
    pub(crate) publishers_killed: u64,
    pub(crate) readers_killed: u64,
    pub(crate) server_kills: u64,
    pub(crate) resets: u64,
    /// For how long a reader was away.
    pub(crate) reader_down: Duration,
    /// From the first publisher's start to the last one's end.
    pub(crate) published_in: Duration,
}

/// Whether the last kill was made.
pub(crate) fn is_calm(job: &Job) -> bool {
    flag(job, "calm").exists()
}

/// Whether nothing more will be published.
pub(crate) fn is_published(job: &Job) -> bool {
    flag(job, "published").exists()
}

fn flag(job: &Job, name: &str) -> PathBuf {
    job.folder().join(name)
}

fn raise(job: &Job, name: &str) -> Result<(), Failure> {
    Ok(std::fs::write(flag(job, name), "")?)
}

struct Racer {
    role: Role,
    number: u64,
    peer: Peer,
    /// Where its journal ended when this life began.
    born: u64,
    journal: PathBuf,
    is_done: bool,
}

struct Nemesis<'a> {
    job: &'a Job,
    args: &'a Args,
    racers: Vec<Racer>,
    /// The publishers' journals, and how much they were answered in all.
    tails: Vec<Tail>,
    acked: u64,
    /// What may be published before the last kill.
    early: u64,
    dice: SplitMix64,
    raced: Raced,
    server: Option<Server>,
    /// Since when the first reader is away.
    away: Option<Instant>,
}

/// Runs the race until everybody has ended by themselves.
pub(crate) async fn run(job: &Job, args: &Args, server: Option<Server>) -> Result<Raced, Failure> {
    if std::fs::exists(flag(job, "published"))? {
        let folder = job.folder().display();
        return Err(format!("{folder} holds an earlier race; name an empty folder").into());
    }
    let tails = (0..job.publishers).map(|number| Tail::new(trail::journal(job, number)));
    let early = |publisher| job.channels_of(publisher).map(move |at| job.early(publisher, at));
    let mut nemesis = Nemesis {
        job,
        args,
        racers: Vec::new(),
        tails: tails.collect(),
        acked: 0,
        early: (0..job.publishers).flat_map(early).sum(),
        dice: SplitMix64::new(args.seed.wrapping_add(99)),
        raced: Raced::default(),
        server,
        away: None,
    };
    for number in (0..job.readers).chain([job.slow_reader()]) {
        nemesis.start(Role::Reader, number)?;
    }
    // Who reads from now on must be there first.
    while !nemesis.racers.iter().all(Racer::has_begun) {
        nemesis.reap()?;
        sleep(LOOK).await;
    }
    let begun = Instant::now();
    for number in 0..=job.tight_publisher() {
        nemesis.start(Role::Publisher, number)?;
    }
    let mut late = false;
    while !nemesis.is_over(Role::Publisher) {
        sleep(LOOK).await;
        nemesis.look()?;
        if !late && nemesis.acked * 2 >= job.messages {
            nemesis.start(Role::Reader, job.late_reader())?;
            late = true;
        }
    }
    nemesis.raced.published_in = begun.elapsed();
    raise(job, "published")?;
    while !nemesis.is_over(Role::Reader) {
        sleep(LOOK).await;
        nemesis.bring_back()?;
        nemesis.reap()?;
    }
    if let Some(server) = nemesis.server {
        (nemesis.raced.server_kills, nemesis.raced.resets) = (server.kills, server.resets);
    }
    Ok(nemesis.raced)
}

impl Racer {
    /// Whether this life has written down that it began.
    fn has_begun(&self) -> bool {
        length(&self.journal) > self.born
    }
}

fn length(journal: &PathBuf) -> u64 {
    // One that is not there yet is empty.
    std::fs::metadata(journal).map_or(0, |found| found.len())
}

impl Nemesis<'_> {
    fn start(&mut self, role: Role, number: u64) -> Result<(), Failure> {
        let racer = self.spawn(role, number)?;
        self.racers.push(racer);
        Ok(())
    }

    fn spawn(&self, role: Role, number: u64) -> Result<Racer, Failure> {
        let (job, args) = (self.job, self.args);
        let journal = match role {
            Role::Publisher => trail::journal(job, number),
            Role::Reader => reader::journal(job, number),
        };
        let role_name = role.to_possible_value();
        let role_name = role_name.as_ref().map_or("", |value| value.get_name());
        let mut arguments = vec![format!("--dir={}", job.folder().display())];
        arguments.push(format!("--transport={}", job.url()));
        arguments.extend(args.tight.iter().map(|url| format!("--tight={url}")));
        let sizes = [
            ("run", job.run.clone()),
            ("role", role_name.to_owned()),
            ("number", number.to_string()),
            ("publishers", job.publishers.to_string()),
            ("readers", job.readers.to_string()),
            ("channels", job.channels().len().to_string()),
            ("messages", job.messages.to_string()),
            ("keep", job.keep.to_string()),
            ("seed", job.seed.to_string()),
        ];
        arguments.extend(sizes.map(|(name, value)| format!("--{name}={value}")));
        let born = length(&journal);
        Ok(Racer { role, number, peer: Peer::start(arguments)?, born, journal, is_done: false })
    }

    fn is_over(&self, role: Role) -> bool {
        let is_back = role == Role::Publisher || self.away.is_none();
        is_back && self.racers.iter().all(|racer| racer.role != role || racer.is_done)
    }

    /// Notices who has ended. Nobody may fail.
    fn reap(&mut self) -> Result<(), Failure> {
        for racer in self.racers.iter_mut().filter(|racer| !racer.is_done) {
            let Some(status) = racer.peer.ended()? else { continue };
            if !status.success() {
                let (role, number) = (racer.role, racer.number);
                return Err(format!("{role:?} {number} failed: {status}").into());
            }
            racer.is_done = true;
        }
        Ok(())
    }

    fn look(&mut self) -> Result<(), Failure> {
        self.reap()?;
        self.bring_back()?;
        for tail in &mut self.tails {
            self.acked += tail.more::<Line>()?.iter().map(Line::acked).sum::<u64>();
        }
        let (kills, of) =
            (self.raced.publishers_killed + self.raced.readers_killed, self.args.kills);
        // Spread over what may be published before the last kill, so that the end is quiet.
        let is_due = |done: u64, of: u64| self.acked * (of + 1) >= self.early * (done + 1);
        let (reset, kill) = match &self.server {
            Some(server) => (
                server.resets < self.args.resets && is_due(server.resets, self.args.resets),
                server.kills < self.args.server_kills
                    && is_due(server.kills, self.args.server_kills),
            ),
            None => (false, false),
        };
        let leave = self.is_to_leave() && is_due(0, 2);
        if kills < of && is_due(kills, of) {
            self.kill()?;
        }
        if leave {
            self.send_away()?;
        }
        if let Some(server) = &mut self.server {
            if reset {
                server.reset();
            }
            if kill {
                server.kill(&mut self.dice);
            }
        }
        if self.is_through() && !is_calm(self.job) {
            raise(self.job, "calm")?;
        }
        Ok(())
    }

    /// Whether everything that is to be done to the processes was done.
    fn is_through(&self) -> bool {
        let kills = self.raced.publishers_killed + self.raced.readers_killed;
        let args = self.args;
        let (resets, server_kills) =
            self.server.as_ref().map_or((0, 0), |server| (server.resets, server.kills));
        kills >= args.kills
            && resets >= args.resets
            && server_kills >= args.server_kills
            && !self.is_to_leave()
    }

    /// Whether a reader is still to go away.
    fn is_to_leave(&self) -> bool {
        self.args.reader_down_s > 0 && self.away.is_none() && self.raced.reader_down.is_zero()
    }

    /// Kills the first reader, and starts it again much later.
    fn send_away(&mut self) -> Result<(), Failure> {
        let is_first = |racer: &Racer| racer.role == Role::Reader && racer.number == 0;
        if let Some(place) = self.racers.iter().position(is_first) {
            self.racers.remove(place).peer.kill()?;
            self.away = Some(Instant::now());
        }
        Ok(())
    }

    /// Starts again whose time has come.
    fn bring_back(&mut self) -> Result<(), Failure> {
        if let Some(server) = &mut self.server {
            server.mend();
        }
        let limit = Duration::from_secs(self.args.reader_down_s);
        if let Some(since) = self.away
            && since.elapsed() >= limit
        {
            self.raced.reader_down = since.elapsed();
            self.away = None;
            self.start(Role::Reader, 0)?;
        }
        Ok(())
    }

    /// Kills somebody who is at work, and starts it again; nobody, where nobody is.
    fn kill(&mut self) -> Result<(), Failure> {
        let tight = self.job.tight_publisher();
        let victims: Vec<usize> = (0..)
            .zip(&self.racers)
            .filter(|(_, racer)| !racer.is_done && racer.has_begun())
            .filter(|(_, racer)| racer.role == Role::Reader || racer.number != tight)
            .map(|(place, _)| place)
            .collect();
        let chosen = usize::try_from(self.dice.draw() % (victims.len().max(1) as u64))?;
        let Some(victim) = victims.get(chosen).and_then(|place| self.racers.get_mut(*place)) else {
            return Ok(());
        };
        victim.peer.kill()?;
        let (role, number) = (victim.role, victim.number);
        let again = self.spawn(role, number)?;
        if let Some(racer) = self.racers.iter_mut().find(|r| r.role == role && r.number == number) {
            *racer = again;
        }
        match role {
            Role::Publisher => self.raced.publishers_killed += 1,
            Role::Reader => self.raced.readers_killed += 1,
        }
        Ok(())
    }
}
