//! Making a look at a plan.

use std::collections::BTreeSet;

use popkit_protocol::{Task, TaskId, Timestamp};

use super::{BlockerNote, PhaseProgress, PlanProgress, RunningTask};
use crate::agent::supervisor::Resolution;
use crate::agent::supervisor::blocker::Decided;
use crate::agent::supervisor::board::{Board, Standing, Standings};
use crate::plan::phase_of;

/// How far a plan is: a pure function of what is known. A dead letter that is about to be put
/// back has not ended, and is in nobody's way.
pub(in super::super) fn progress(
    board: &Board,
    standings: &Standings,
    phases: &[String],
    decided: &[Decided],
    at: Timestamp,
) -> PlanProgress {
    let mut whole = Share::default();
    let mut look = PlanProgress { at, ..PlanProgress::default() };
    let mut parts: Vec<(PhaseProgress, Share)> =
        phases.iter().map(|name| (PhaseProgress::new(name), Share::default())).collect();
    let put_back: BTreeSet<&TaskId> = decided
        .iter()
        .filter(|one| matches!(one.resolution, Some(Resolution::Requeue { .. })))
        .map(|one| one.blocker.task.id())
        .collect();
    for seen in board.own() {
        let id = seen.task.id();
        let standing = match standings.get(id) {
            None => continue,
            Some(Standing::Failed) if put_back.contains(id) => &Standing::Coming,
            Some(Standing::Blocked(root)) if put_back.contains(root) => &Standing::Coming,
            Some(standing) => standing,
        };
        let over = over(&seen.task, standing);
        whole.add(over);
        *place(&mut look, standing) += 1;
        if let (Standing::Running, Some(running)) = (standing, running(&seen.task)) {
            look.tasks.push(running);
        }
        let phase = phase_of(&seen.task.spec);
        if let Some((part, share)) = parts.iter_mut().find(|(p, _)| Some(p.name.as_str()) == phase)
        {
            share.add(over);
            part.done += usize::from(*standing == Standing::Done);
            part.ended += usize::from(standing.has_ended());
        }
    }
    look.total = whole.tasks;
    look.fraction = whole.fraction();
    let close = |(part, share): (PhaseProgress, Share)| PhaseProgress {
        total: share.tasks,
        fraction: share.fraction(),
        ..part
    };
    look.phases = parts.into_iter().map(close).collect();
    look.phase = look.phases.iter().position(|part| part.ended < part.total);
    look.blockers = decided.iter().map(note).collect();
    look
}

/// Tasks, and how much of them is over.
#[derive(Debug, Default)]
struct Share {
    tasks: usize,
    over: f64,
}

impl Share {
    fn add(&mut self, over: f64) {
        self.tasks += 1;
        self.over += over;
    }

    fn fraction(&self) -> f64 {
        if self.tasks == 0 { 1.0 } else { self.over / self.tasks as f64 }
    }
}

/// How much of a task is over. What runs is never wholly over, whatever it reports.
fn over(task: &Task, standing: &Standing) -> f64 {
    match (standing, &task.progress) {
        (standing, _) if standing.has_ended() => 1.0,
        (Standing::Running, Some(progress)) => progress.fraction.min(0.99),
        _ => 0.0,
    }
}

fn place<'p>(look: &'p mut PlanProgress, standing: &Standing) -> &'p mut usize {
    match standing {
        Standing::Running => &mut look.running,
        Standing::Coming => &mut look.coming,
        Standing::Done => &mut look.done,
        Standing::Failed => &mut look.failed,
        Standing::Cancelled => &mut look.cancelled,
        Standing::Skipped => &mut look.skipped,
        Standing::Waits => &mut look.waiting,
        Standing::Unserved | Standing::Blocked(_) => &mut look.blocked,
    }
}

fn running(task: &Task) -> Option<RunningTask> {
    let hold = task.hold.as_ref()?;
    Some(RunningTask {
        task: task.id().clone(),
        title: task.spec.title.clone(),
        agent: hold.agent.clone(),
        attempt: task.attempt,
        fraction: task.progress.as_ref().map(|progress| progress.fraction),
        note: task.progress.as_ref().map(|progress| progress.note.clone()).unwrap_or_default(),
    })
}

fn note(decided: &Decided) -> BlockerNote {
    let blocker = &decided.blocker;
    BlockerNote {
        task: blocker.task.id().clone(),
        title: blocker.task.spec.title.clone(),
        cause: blocker.cause,
        error: blocker.last_error(),
        dependants: blocker.dependants.clone(),
        resolution: decided.resolution,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::agent::supervisor::StandardPolicy;
    use crate::agent::supervisor::blocker::{Decisions, blockers};
    use crate::agent::supervisor::board::stage::{Script, task};

    fn look(script: &Script, phases: &[&str]) -> PlanProgress {
        let phases: Vec<String> = phases.iter().map(|name| (*name).to_owned()).collect();
        let at = Timestamp::EPOCH;
        progress(&script.board(&["x"]), &script.standings(None), &phases, &[], at)
    }

    #[test]
    fn what_runs_counts_by_what_it_reports() {
        let tasks = ["a", "b", "c", "d"].map(|id| task(id, &[]));
        let script = Script::new(tasks).claim("a").done("a").claim("b").progress("b", 0.5, "half");
        let now = look(&script, &[]);
        assert_eq!((now.total, now.done, now.running, now.coming), (4, 1, 1, 2));
        assert_eq!((now.fraction, now.percent(), now.phase), (0.375, 37, None));
        let running = &now.tasks[0];
        assert_eq!((running.task.as_str(), running.agent.as_str()), ("b", "worker"));
        assert_eq!((running.fraction, running.note.as_str()), (Some(0.5), "half"));
    }

    #[test]
    fn a_task_that_reports_its_end_is_not_over_before_it_ends() {
        let script = Script::new([task("a", &[])]).claim("a").progress("a", 1.0, "");
        assert_eq!(look(&script, &[]).percent(), 99);
        assert_eq!(look(&script.done("a"), &[]).percent(), 100);
    }

    #[test]
    fn phases_are_counted_each_for_itself() {
        let of = |id: &str, phase: &str| task(id, &[]).with_tags([format!("phase:{phase}")]);
        let tasks = [of("a", "one"), of("b", "one"), of("c", "two")];
        let script = Script::new(tasks).claim("a").done("a").claim("b").fatal("b");
        let now = look(&script, &["one", "empty", "two"]);
        let counts: Vec<_> = now.phases.iter().map(|p| (p.total, p.done, p.ended)).collect();
        assert_eq!(counts, [(2, 1, 2), (0, 0, 0), (1, 0, 0)]);
        assert_eq!((now.phases[1].fraction, now.phase), (1.0, Some(2)));
        assert_eq!(look(&script.claim("c").done("c"), &["one", "empty", "two"]).phase, None);
    }

    #[test]
    fn what_is_not_of_the_plan_is_not_counted() {
        let script = Script::new([task("x", &[]), task("a", &["x"])]).claim("x").fatal("x");
        let now = look(&script, &[]);
        assert_eq!((now.total, now.blocked, now.failed), (1, 1, 0));
    }

    #[test]
    fn a_dead_letter_that_is_put_back_has_not_ended() {
        let tasks = [task("a", &[]), task("b", &["a"])];
        let script = Script::new(tasks).claim("a").fail("a");
        let (board, standings) = (script.board(&[]), script.standings(None));
        let found = blockers(&board, &standings);
        let (policy, now) = (StandardPolicy::default(), (Timestamp::EPOCH, Duration::ZERO));
        let decided = Decisions::default().decide(found, &policy, now);
        let look = progress(&board, &standings, &[], &decided, Timestamp::EPOCH);
        assert_eq!((look.failed, look.blocked, look.coming), (0, 0, 2));
        assert_eq!((look.fraction, look.blockers.len()), (0.0, 1));
    }

    #[test]
    fn an_empty_plan_is_over() {
        assert_eq!(look(&Script::new([]), &[]).percent(), 100);
    }
}
