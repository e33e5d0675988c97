//! What must hold at any time, whatever was done before.

use std::collections::{BTreeMap, HashMap};

use popkit_protocol::{Change, Cursor, Fence, Task, TaskEvent};

use super::stage::Stage;
use crate::engine::Stand;
use crate::{CountQuery, HistoryQuery, LaneCount, LaneStatus, PageRequest, TaskCounts, TaskQuery};

/// What a store has at a moment.
struct Rest {
    tasks: Vec<Task>,
    log: Vec<TaskEvent>,
    counts: TaskCounts,
    lanes: Vec<LaneStatus>,
}

impl Stage<'_> {
    /// Every task, in the order of insertion.
    pub async fn all_tasks(&self) -> Vec<Task> {
        let mut query = TaskQuery::all().page(PageRequest::first(500));
        let mut all = Vec::new();
        loop {
            let page = self.tasks.query(query.clone()).await.expect("the tasks can be read");
            all.extend(page.items);
            let Some(next) = page.next else { return all };
            query.page = query.page.after(next);
        }
    }

    /// Every event, in the order of the log.
    pub async fn all_events(&self) -> Vec<TaskEvent> {
        let mut query = HistoryQuery::after(Cursor::START);
        let mut all = Vec::new();
        loop {
            let page = self.tasks.history(query.clone()).await.expect("the log can be read");
            all.extend(page.items);
            let Some(next) = page.next else { return all };
            query.page = query.page.after(next);
        }
    }

    /// The counts, with lanes.
    pub async fn counts(&self) -> TaskCounts {
        let query = CountQuery::default().with_lanes();
        self.tasks.counts(query).await.expect("the counts can be read")
    }

    /// Checks what must always hold: the log replays into the records, fences grow, a task
    /// ends once, the counts are those of the tasks, the lanes are those of the tasks and
    /// those with a rule.
    pub async fn audit(&self) {
        let Rest { tasks, log, counts, lanes } = self.at_rest().await;
        check_cursors(&log);
        let mut by_task: HashMap<&str, Vec<&TaskEvent>> = HashMap::new();
        for event in &log {
            by_task.entry(event.task.as_str()).or_default().push(event);
        }
        for task in &tasks {
            let events = by_task.remove(task.id().as_str()).unwrap_or_default();
            check_task(task, &events);
        }
        assert!(by_task.is_empty(), "events of tasks that are not there: {:?}", by_task.keys());
        check_counts(&tasks, counts);
        check_lanes(&tasks, lanes);
    }

    /// Everything of one moment. What waiters that were dropped leave to do is done
    /// in the background.
    async fn at_rest(&self) -> Rest {
        for _ in 0..1000 {
            let log = self.all_events().await;
            let (tasks, counts) = (self.all_tasks().await, self.counts().await);
            let lanes = self.lanes().await;
            let last = log.last().map_or(Cursor::START, |event| event.cursor);
            let later = self.tasks.history(HistoryQuery::after(last)).await;
            if later.expect("the log can be read").items.is_empty() {
                return Rest { tasks, log, counts, lanes };
            }
        }
        panic!("the store does not come to rest");
    }
}

fn check_cursors(log: &[TaskEvent]) {
    for pair in log.windows(2) {
        let [one, next] = pair else { continue };
        assert!(one.cursor < next.cursor, "cursors grow: {} then {}", one.cursor, next.cursor);
        assert!(one.at <= next.at, "the store's time never goes back in its log");
    }
}

/// The events of one task replay into its record, and tell a possible life.
pub(super) fn check_task(task: &Task, events: &[&TaskEvent]) {
    let id = task.id();
    let numbers: Vec<u64> = events.iter().map(|event| event.number).collect();
    let expected: Vec<u64> = (1..=task.revision).collect();
    assert_eq!(numbers, expected, "the events of {id} are gapless up to its revision");
    let replayed = Task::replay(events.iter().copied());
    let replayed = replayed.unwrap_or_else(|e| panic!("the events of {id} do not replay: {e}"));
    let replayed = replayed.unwrap_or_else(|| panic!("{id} has no events"));
    assert_eq!(
        replayed.replayable(),
        task.clone().replayable(),
        "the events of {id} replay into its record"
    );
    let mut last = Fence::NONE;
    for event in events {
        if let Change::Claimed { fence, .. } = &event.change {
            assert!(*fence > last, "the fences of {id} grow: {last} then {fence}");
            last = *fence;
        }
    }
    let requeued = events.iter().filter(|e| e.change.name() == "requeued").count();
    let ends = |event: &&&TaskEvent| {
        matches!(event.change.name(), "completed" | "failed" | "cancelled" | "approved")
    };
    let reviewed = events.iter().filter(|e| e.change.name() == "rejected").count();
    let most = 1 + requeued + reviewed + usize::from(task.spec.review);
    assert!(events.iter().filter(ends).count() <= most, "{id} ends once");
    assert_eq!(task.hold.is_some(), held(task), "only a task at work is held: {id}");
}

fn held(task: &Task) -> bool {
    use popkit_protocol::TaskState as S;
    match task.state {
        S::Assigned | S::Active => true,
        S::Paused => task.hold.is_some(),
        _ => false,
    }
}

fn check_counts(tasks: &[Task], mut found: TaskCounts) {
    let mut counted = TaskCounts::default();
    let mut lanes = BTreeMap::new();
    for task in tasks {
        *counted.at(Stand::of(task).place) += 1;
        if !task.state.is_terminal() {
            let lane = lanes.entry(task.spec.requirement()).or_insert((0, 0));
            lane.0 += u64::from(task.is_ready());
            lane.1 += 1;
        }
    }
    found.lanes.retain(|lane| lane.open > 0);
    found.lanes.sort_by(|a, b| a.requirement.cmp(&b.requirement));
    counted.lanes = lanes
        .into_iter()
        .map(|(requirement, (ready, open))| LaneCount::new(requirement, ready, open))
        .collect();
    assert_eq!(found, counted, "the counts are those of the tasks");
}

fn check_lanes(tasks: &[Task], found: Vec<LaneStatus>) {
    let mut counted: BTreeMap<_, (u64, u64, u64)> = BTreeMap::new();
    for task in tasks.iter().filter(|task| !task.state.is_terminal()) {
        let lane = counted.entry(task.spec.requirement()).or_default();
        lane.0 += u64::from(task.is_ready());
        lane.1 += u64::from(task.hold.is_some());
        lane.2 += 1;
    }
    assert!(found.is_sorted_by(|a, b| a.requirement < b.requirement), "in order: {found:?}");
    for lane in found {
        assert!(lane.is_used(), "{} is not worth listing", lane.requirement);
        let (ready, held, open) = counted.remove(&lane.requirement).unwrap_or_default();
        let expected = LaneStatus::new(lane.requirement.clone(), lane.rule);
        assert_eq!(lane, expected.counted(ready, held, open), "the lanes are those of the tasks");
    }
    assert!(counted.is_empty(), "lanes that are not listed: {counted:?}");
}
