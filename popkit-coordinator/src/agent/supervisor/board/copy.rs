//! A copy of the tasks, kept by replaying events.

use std::collections::BTreeMap;
use std::sync::Arc;

use popkit_protocol::{Actor, Change, Json, Task, TaskEvent, TaskId};

/// The tasks of a plan, and those outside it that they wait for.
#[derive(Debug)]
pub(in super::super) struct Board {
    seen: BTreeMap<TaskId, Seen>,
    /// In whose name the supervisor changes tasks.
    name: String,
    removed: usize,
}

/// One task.
#[derive(Debug, Clone)]
pub(in super::super) struct Seen {
    /// The task, without its payload, result and checkpoint: ten thousand of them would fill
    /// the memory, and nothing is decided by them.
    pub(in super::super) task: Task,
    /// Whether it is of the plan.
    pub(in super::super) own: bool,
    /// How often the supervisor put it back since anybody else did.
    pub(in super::super) requeues: u32,
}

impl Board {
    /// Nothing yet.
    pub(in super::super) fn new(name: &str) -> Self {
        Self { seen: BTreeMap::new(), name: name.to_owned(), removed: 0 }
    }

    /// Adds a task as it is stored now.
    pub(in super::super) fn add(&mut self, task: Task, own: bool) {
        let id = task.id().clone();
        self.seen.insert(id, Seen { task: light(task), own, requeues: 0 });
    }

    /// Takes the next event; answers whether it changed anything. Events that the copy has
    /// already seen are no news, but for what only they tell.
    ///
    /// # Errors
    ///
    /// The task that an event does not fit: it has to be read again.
    pub(in super::super) fn take(&mut self, event: &TaskEvent) -> Result<bool, TaskId> {
        let Some(seen) = self.seen.get_mut(&event.task) else { return Ok(false) };
        if let Change::Requeued { by } = &event.change {
            let ours = *by == Actor::Operator(self.name.clone());
            seen.requeues = if ours { seen.requeues + 1 } else { 0 };
        }
        if let Change::Inserted { spec, score, open } = &event.change
            && event.at > seen.task.created_at
        {
            // It was removed, and somebody inserted it anew.
            let task = Task::inserted(Arc::clone(spec), *score, *open, event.at);
            *seen = Seen { task: light(task), own: seen.own, requeues: 0 };
            return Ok(true);
        }
        if event.number <= seen.task.revision {
            return Ok(false);
        }
        seen.task.apply(event).map_err(|_| event.task.clone())?;
        (seen.task.result, seen.task.checkpoint) = (None, None);
        Ok(true)
    }

    /// Puts a task that was read again in place of the copy; `None`: it was removed, which
    /// only befalls tasks that have ended.
    pub(in super::super) fn put(&mut self, id: &TaskId, task: Option<Task>) {
        match (self.seen.get_mut(id), task) {
            (Some(seen), Some(task)) => seen.task = light(task),
            (Some(seen), None) => {
                self.removed += usize::from(seen.own);
                self.seen.remove(id);
            }
            (None, _) => {}
        }
    }

    /// One task.
    pub(in super::super) fn get(&self, id: &TaskId) -> Option<&Seen> {
        self.seen.get(id)
    }

    /// All tasks, by id.
    pub(in super::super) fn all(&self) -> impl Iterator<Item = &Seen> {
        self.seen.values()
    }

    /// The tasks of the plan, by id.
    pub(in super::super) fn own(&self) -> impl Iterator<Item = &Seen> {
        self.all().filter(|seen| seen.own)
    }

    /// Tasks of the plan that were removed from the store.
    pub(in super::super) fn removed(&self) -> usize {
        self.removed
    }

    /// Parents that are named and not on the board.
    pub(in super::super) fn missing(&self) -> Vec<TaskId> {
        let needs = self.seen.values().flat_map(|seen| &seen.task.spec.needs);
        let missing = needs.filter(|need| !self.seen.contains_key(&need.task));
        let mut ids: Vec<TaskId> = missing.map(|need| need.task.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

fn light(mut task: Task) -> Task {
    if !task.spec.payload.is_null() {
        Arc::make_mut(&mut task.spec).payload = Json::null();
    }
    (task.result, task.checkpoint) = (None, None);
    task
}

#[cfg(test)]
mod tests {
    use popkit_protocol::TaskState;

    use super::super::stage::{Script, task};
    use super::*;

    #[test]
    fn events_that_were_seen_are_no_news() {
        let script = Script::new([task("a", &[])]).claim("a").done("a");
        let mut board = Board::new("supervisor");
        board.add(script.get("a").clone(), true);
        for event in script.events() {
            assert_eq!(board.take(event), Ok(false));
        }
        assert_eq!(board.get(&"a".try_into().unwrap()).unwrap().task, *script.get("a"));
    }

    #[test]
    fn replaying_gives_the_stored_task() {
        let script = Script::new([task("a", &[]), task("b", &["a"])]).claim("a").done("a");
        let mut board = Board::new("supervisor");
        for id in ["a", "b"] {
            board.add(script.first(id), true);
        }
        let news = script.events().iter().filter(|event| board.take(event).unwrap()).count();
        assert_eq!(news, 3, "claimed, completed, and the parent's end");
        for id in ["a", "b"] {
            let id = TaskId::new(id).unwrap();
            assert_eq!(board.get(&id).unwrap().task, *script.get(id.as_str()));
        }
    }

    #[test]
    fn bodies_are_not_kept() {
        let body = Json::encode(&"x".repeat(1000)).unwrap();
        let script = Script::new([task("a", &[]).with_payload(body)]).claim("a");
        let mut board = Board::new("supervisor");
        board.add(script.first("a"), true);
        let script = script.done_with("a", &"y".repeat(1000));
        script.events().iter().for_each(|event| drop(board.take(event)));
        let kept = &board.get(&"a".try_into().unwrap()).unwrap().task;
        assert_eq!((kept.state, kept.revision), (TaskState::Done, 3));
        assert_eq!((kept.result.clone(), kept.spec.payload.clone()), (None, Json::null()));
        assert!(script.get("a").result.is_some());
    }

    #[test]
    fn an_event_that_does_not_fit_asks_for_its_task() {
        let script = Script::new([task("a", &[])]).claim("a").done("a");
        let mut board = Board::new("supervisor");
        board.add(script.first("a"), true);
        let last = script.events().last().unwrap();
        let id = TaskId::new("a").unwrap();
        assert_eq!(board.take(last), Err(id.clone()));
        board.put(&id, Some(script.get("a").clone()));
        assert_eq!(board.take(last), Ok(false));
        board.put(&id, None);
        assert_eq!((board.own().count(), board.removed()), (0, 1));
    }

    #[test]
    fn own_requeues_are_counted_until_somebody_else_requeues() {
        let mut script = Script::new([task("a", &[])]);
        for by in ["supervisor", "supervisor"] {
            script = script.claim("a").fail("a").requeue("a", by);
        }
        let count = |script: &Script| {
            let mut board = Board::new("supervisor");
            board.add(script.get("a").clone(), true);
            script.events().iter().for_each(|event| drop(board.take(event)));
            board.get(&"a".try_into().unwrap()).unwrap().requeues
        };
        assert_eq!(count(&script), 2);
        let script = script.claim("a").fail("a").requeue("a", "anna");
        assert_eq!(count(&script), 0);
        assert_eq!(script.get("a").state, TaskState::Pending);
    }

    #[test]
    fn missing_parents_are_named_once() {
        let mut board = Board::new("supervisor");
        let script = Script::new([task("x", &[]), task("a", &["x"]), task("b", &["x", "a"])]);
        board.add(script.first("a"), true);
        board.add(script.first("b"), true);
        assert_eq!(board.missing(), ["x".try_into().unwrap()]);
    }
}
