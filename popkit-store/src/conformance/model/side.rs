//! One of the stores that are compared: it performs calls and tells the answers in a form
//! that does not depend on how it counts.

use std::collections::HashMap;
use std::fmt::Debug;

use popkit_protocol::{Cursor, Fence, HolderId, LeaseToken, Score, Task};

use super::call::Call;
use crate::conformance::stage::id;
use crate::{
    Beat, ChangeRequest, CountQuery, Heartbeat, HistoryQuery, InsertOptions, PageRequest, Result,
    StepReply, StepRequest, TaskQuery, TaskStore,
};

#[derive(Debug)]
pub(super) struct Side<'a> {
    tasks: &'a dyn TaskStore,
    /// Every lease it ever gave, under this side's fences.
    given: Vec<LeaseToken>,
    last: HashMap<(HolderId, u32), StepRequest>,
}

/// The answer, or the kind of the error: texts may differ.
fn told<T: Debug>(answer: Result<T>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => format!("error: {:?}", error.kind()),
    }
}

/// A task without the numbers that stores choose for themselves.
fn plain(mut task: Task) -> Task {
    task.score = Score::default();
    task.fence = Fence::NONE;
    if let Some(hold) = &mut task.hold {
        hold.fence = Fence::NONE;
    }
    if let Some(end) = &mut task.last_end {
        end.fence = Fence::NONE;
    }
    task
}

impl<'a> Side<'a> {
    pub(super) fn new(tasks: &'a dyn TaskStore) -> Self {
        Self { tasks, given: Vec::new(), last: HashMap::new() }
    }

    /// A lease that was given, the newest first.
    fn pick(&self, pick: usize) -> Option<LeaseToken> {
        let back = pick.checked_rem(self.given.len())?;
        self.given.iter().rev().nth(back).cloned()
    }

    pub(super) async fn perform(&mut self, call: &Call) -> String {
        match call {
            Call::Insert(batch) => {
                told(self.tasks.insert_opts(batch.clone(), InsertOptions::default()).await)
            }
            Call::Step(request, ends, lost) => {
                let picked = ends.iter().filter_map(|(pick, how)| Some((self.pick(*pick)?, how)));
                let request = picked.fold(request.clone(), |request, (token, how)| {
                    request.with_finish(token, how.clone())
                });
                self.last.insert((request.holder, request.slot), request.clone());
                let mut answer = self.step(request.clone()).await;
                if *lost {
                    answer.push_str(&self.step(request).await);
                }
                answer
            }
            Call::Repeat(who, slot) => match self.last.get(&(who.holder, *slot)).cloned() {
                Some(request) => self.step(request).await,
                None => String::new(),
            },
            Call::Beat { who, picks, progress, checkpoint } => {
                let mut beat = Heartbeat::new(who.holder, who.lease);
                for token in picks.iter().filter_map(|pick| self.pick(*pick)) {
                    let mut one = Beat::new(token);
                    one.progress.clone_from(progress);
                    one.checkpoint.clone_from(checkpoint);
                    beat = beat.with(one);
                }
                told(self.tasks.heartbeat(beat).await)
            }
            Call::Change { task, action, stale } => {
                let mut request = ChangeRequest::new(id(task), action.clone(), "tester");
                if *stale {
                    request = request.at_revision(1);
                }
                told(self.tasks.change(request).await.map(plain))
            }
            Call::Prune(query) => told(self.tasks.prune(query.clone()).await),
            Call::Rule(lane, rule) => told(self.tasks.set_lane(lane.clone(), *rule).await),
        }
    }

    async fn step(&mut self, request: StepRequest) -> String {
        let reply = self.tasks.step(request).await;
        told(reply.map(|StepReply { finished, leases, next_due }| {
            let mut claimed = Vec::new();
            for lease in leases {
                if !self.given.contains(&lease.token) {
                    self.given.push(lease.token.clone());
                }
                claimed.push((lease.token.claim, lease.remaining, plain(lease.task)));
            }
            (finished, claimed, next_due)
        }))
    }

    /// All that can be read, a line per task, count and event.
    pub(super) async fn dump(&self) -> Vec<String> {
        let query = TaskQuery::all().page(PageRequest::first(1000));
        let tasks = self.tasks.query(query).await.expect("the tasks can be read").items;
        let mut lines: Vec<String> =
            tasks.into_iter().map(|task| format!("{:?}", plain(task))).collect();
        let mut counts =
            self.tasks.counts(CountQuery::default().with_lanes()).await.expect("counted");
        counts.lanes.retain(|lane| lane.open > 0);
        counts.lanes.sort_by(|a, b| a.requirement.cmp(&b.requirement));
        lines.push(format!("{counts:?}"));
        let lanes = self.tasks.lanes().await.expect("the lanes can be read");
        lines.extend(lanes.iter().map(|lane| format!("{lane:?}")));
        let mut query = HistoryQuery::after(Cursor::START);
        loop {
            let page = self.tasks.history(query.clone()).await.expect("the log can be read");
            lines.extend(page.items.iter().map(|event| {
                format!("{} {} {} {}", event.task, event.number, event.at, event.change.name())
            }));
            let Some(next) = page.next else { return lines };
            query.page = query.page.after(next);
        }
    }
}
