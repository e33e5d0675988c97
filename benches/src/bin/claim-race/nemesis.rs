//! Kills processes, stops them for longer than their lease, cuts them off, and kills the server.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use popkit_protocol::{Clock as _, HolderId, SystemClock, Timestamp};
use popkit_store::{CountQuery, TaskStore};
use popkit_testkit::Child;
use tokio::time::Instant;

use crate::arena::Arena;
use crate::worker::Line;
use crate::{Args, Dice, Failure};

/// A process that was killed or stopped, and when, by the wall clock.
#[derive(Debug)]
pub(crate) struct Scar {
    pub(crate) holder: HolderId,
    pub(crate) at: Timestamp,
    pub(crate) zombie: bool,
}

struct Racer {
    number: usize,
    life: usize,
    child: Child,
    history: PathBuf,
    stopped: Option<Stop>,
}

struct Stop {
    since: Instant,
    at: Timestamp,
    /// Tasks done when the store last moved, and when that was.
    moved: (u64, Instant),
}

/// A stop that halts everybody hit the process inside a transaction of a store whose writers
/// take turns. That is no zombie but a hung disk; it is ended early and tried again.
const HALTED: Duration = Duration::from_millis(400);

/// Runs the race to its end: every task done, every process gone.
pub(crate) async fn run(
    store: &dyn TaskStore,
    args: &Args,
    arena: &mut Arena,
    folder: &Path,
) -> Result<Vec<Scar>, Failure> {
    let mut racers = Vec::new();
    for number in 0..args.workers {
        racers.push(spawn(args, arena, folder, number, 0)?);
    }
    let mut nemesis = Nemesis { args, dice: Dice(args.seed.wrapping_add(99)), scars: Vec::new() };
    let begun = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(10)).await;
        arena.mend();
        restart(&mut racers, args, arena, folder)?;
        if arena.is_down() {
            continue;
        }
        let counts = store.counts(CountQuery::default()).await?;
        wake(&mut racers, args, counts.done, &mut nemesis.scars)?;
        if counts.open() == 0 && racers.iter().all(|racer| racer.stopped.is_none()) {
            break;
        }
        if begun.elapsed() > Duration::from_secs(args.limit_s) {
            return Err(format!("{} tasks are open after {} s", counts.open(), args.limit_s).into());
        }
        nemesis.cut(arena, counts.done);
        nemesis.hit(&mut racers, counts.done)?;
    }
    finish(racers)?;
    Ok(nemesis.scars)
}

struct Nemesis<'a> {
    args: &'a Args,
    dice: Dice,
    scars: Vec<Scar>,
}

impl Nemesis<'_> {
    /// Whether it is time for one more: they are spread over the first nine tenths of the work,
    /// so that the end is quiet.
    fn wants(&self, done: u64, count: usize, of: usize) -> bool {
        count < of && done * 10 * (of as u64 + 1) >= self.args.tasks * 9 * (count as u64 + 1)
    }

    /// Kills the server, or resets connections.
    fn cut(&mut self, arena: &mut Arena, done: u64) {
        if self.wants(done, arena.outages().len(), self.args.server_kills) {
            arena.kill(&mut self.dice);
        } else if self.wants(done, arena.resets(), self.args.resets) {
            let victim = self.dice.below(self.args.workers as u64);
            arena.reset(usize::try_from(victim).unwrap_or_default(), &mut self.dice);
        }
    }

    /// Kills or stops a process.
    fn hit(&mut self, racers: &mut [Racer], done: u64) -> Result<(), Failure> {
        let zombies = self.scars.iter().filter(|scar| scar.zombie).count();
        let kills = self.scars.len() - zombies;
        let stopped = racers.iter().filter(|racer| racer.stopped.is_some()).count();
        let most = 1 + racers.len() / 4;
        let victim = usize::try_from(self.dice.below(racers.len() as u64))?;
        let Some(racer) = racers.get_mut(victim).filter(|racer| racer.stopped.is_none()) else {
            return Ok(());
        };
        if self.wants(done, kills, self.args.kills) {
            let Some(holder) = holder(&racer.history)? else { return Ok(()) };
            let at = SystemClock.now();
            racer.child.kill9();
            self.scars.push(Scar { holder, at, zombie: false });
        } else if stopped < most && self.wants(done, zombies + stopped, self.args.zombies) {
            let now = Instant::now();
            let at = SystemClock.now();
            racer.child.stop();
            racer.stopped = Some(Stop { since: now, at, moved: (done, now) });
        }
        Ok(())
    }
}

fn spawn(
    args: &Args,
    arena: &Arena,
    folder: &Path,
    number: usize,
    life: usize,
) -> Result<Racer, Failure> {
    let history = folder.join(format!("w{number}-{life}.jsonl"));
    File::create(&history)?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["--store", &arena.url_of(number)])
        .args(["--lease-ms", &args.lease_ms.to_string()])
        .args(["--work-ms", &args.work_ms.to_string()])
        .args(["--seed", &args.seed.to_string()])
        .args(["--worker", &number.to_string()])
        .arg("--history")
        .arg(&history);
    Ok(Racer { number, life, child: Child::spawn(&mut command), history, stopped: None })
}

/// Resumes who was stopped for long enough, who is a zombie then, or halts everybody.
fn wake(
    racers: &mut [Racer],
    args: &Args,
    done: u64,
    scars: &mut Vec<Scar>,
) -> Result<(), Failure> {
    for racer in racers {
        let Some(stop) = &mut racer.stopped else { continue };
        if done > stop.moved.0 {
            stop.moved = (done, Instant::now());
        }
        let halted = stop.moved.1.elapsed() > HALTED && done < args.tasks * 9 / 10;
        // Two looks take a lease and a third; twice the lease is past that.
        let long_enough = stop.since.elapsed() > args.lease() * 2;
        if !halted && !long_enough {
            continue;
        }
        if !halted && let Some(holder) = holder(&racer.history)? {
            scars.push(Scar { holder, at: stop.at, zombie: true });
        }
        racer.child.cont();
        racer.stopped = None;
    }
    Ok(())
}

/// Starts anew whoever ended.
fn restart(racers: &mut [Racer], args: &Args, arena: &Arena, folder: &Path) -> Result<(), Failure> {
    for racer in racers {
        let Some(status) = racer.child.try_wait() else { continue };
        if status.code().is_some_and(|code| code != 0) {
            return Err(format!("worker {} failed: {}", racer.number, racer.child.stderr()).into());
        }
        *racer = spawn(args, arena, folder, racer.number, racer.life + 1)?;
    }
    Ok(())
}

fn finish(racers: Vec<Racer>) -> Result<(), Failure> {
    for mut racer in racers {
        let status = racer.child.wait(Duration::from_secs(30));
        if status.code().is_some_and(|code| code != 0) {
            return Err(format!("worker {} failed: {}", racer.number, racer.child.stderr()).into());
        }
    }
    Ok(())
}

fn holder(history: &Path) -> Result<Option<HolderId>, Failure> {
    let text = std::fs::read_to_string(history)?;
    let Some(first) = text.lines().next().filter(|_| text.contains('\n')) else { return Ok(None) };
    match serde_json::from_str(first)? {
        Line::Started { holder } => Ok(Some(holder)),
        other => Err(format!("{} begins with {other:?}", history.display()).into()),
    }
}
