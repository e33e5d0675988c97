use std::collections::BTreeMap;

use popkit_protocol::{Kinds, Need, Outcome, Profile, RandomIds, TaskKind};
use popkit_store::{
    Action, ChangeRequest, Claimant, MemoryStore, TaskQuery, TaskStore, TaskStoreExt as _,
};

use super::super::apply;
use super::*;

const TAG: &str = "plan:p";

/// Tasks written as `id needs…`; a need may end in `!run`, `!cancel`, `!ignore`.
fn plan(lines: &[&str]) -> Vec<NewTask> {
    let new = |line: &&str| {
        let mut words = line.split(' ');
        let id = TaskId::new(words.next().unwrap()).unwrap();
        let needs = words.map(|word| {
            let (id, policy) = word.split_once('!').unwrap_or((word, ""));
            let policy = match policy {
                "run" => EdgePolicy::Run,
                "cancel" => EdgePolicy::Cancel,
                "ignore" => EdgePolicy::Ignore,
                _ => EdgePolicy::Block,
            };
            Need::new(TaskId::new(id).unwrap(), policy)
        });
        let kind = TaskKind::new("command").unwrap();
        NewTask::new(id, kind).with_needs(needs).with_tags([TAG])
    };
    lines.iter().map(new).collect()
}

/// The plan with another text for these tasks.
fn edited(mut plan: Vec<NewTask>, ids: &[&str]) -> Vec<NewTask> {
    for task in &mut plan {
        if ids.contains(&task.id.as_str()) {
            task.title = "edited".to_owned();
        }
    }
    plan
}

struct Stage {
    store: MemoryStore,
    claimant: Claimant,
}

impl Stage {
    async fn new(plan: Vec<NewTask>) -> Self {
        let store = MemoryStore::new();
        store.insert_many(plan).await.unwrap();
        let profile = Profile::new("a".try_into().unwrap(), Kinds::Any, []);
        Self { store, claimant: Claimant::new(&RandomIds, profile) }
    }

    /// Claims the next task and ends it like this.
    async fn end(&self, outcome: Outcome) -> String {
        let lease = self.store.claim(&self.claimant).await.unwrap().expect("one is ready");
        self.store.finish(&self.claimant, &lease, outcome).await.unwrap();
        lease.task.id().to_string()
    }

    async fn done(&self) -> String {
        self.end(Outcome::Done { result: None }).await
    }

    async fn fail(&self) -> String {
        self.end(Outcome::fail("no")).await
    }

    async fn stored(&self) -> Vec<Task> {
        self.store.query(TaskQuery::all()).await.unwrap().items
    }

    async fn decide(&self, plan: &[NewTask]) -> Decision {
        decide(&self.stored().await, plan, TAG)
    }

    /// Decides and applies, and answers with the states after it.
    async fn settle(&self, plan: &[NewTask]) -> BTreeMap<String, TaskState> {
        let decision = self.decide(plan).await;
        let now = popkit_protocol::Clock::now(&popkit_protocol::SystemClock);
        apply(&self.store, &decision, now).await.unwrap();
        let states = self.stored().await;
        let states = states.iter().map(|task| (task.id().to_string(), task.state)).collect();
        assert_eq!(
            self.decide(plan).await,
            Decision { changed: decision.changed, ..Decision::default() },
            "what was settled needs no more"
        );
        states
    }
}

fn names(ids: &[TaskId]) -> Vec<&str> {
    ids.iter().map(TaskId::as_str).collect()
}

#[tokio::test]
async fn a_new_plan_is_inserted_and_the_same_plan_changes_nothing() {
    let wanted = plan(&["a", "b a"]);
    let stage = Stage::new(Vec::new()).await;
    assert_eq!(stage.decide(&wanted).await.insert, wanted);
    stage.settle(&wanted).await;
    stage.done().await;
    assert_eq!(stage.decide(&wanted).await, Decision::default());
}

#[tokio::test]
async fn a_failed_task_is_requeued_and_what_it_blocked_stays() {
    let wanted = plan(&["a", "b a"]);
    let stage = Stage::new(wanted.clone()).await;
    stage.fail().await;
    let decision = stage.decide(&wanted).await;
    assert_eq!(names(&decision.requeue), ["a"]);
    assert_eq!(decision.remove, []);
    let states = stage.settle(&wanted).await;
    assert!(states.values().all(|state| *state == TaskState::Pending), "{states:?}");
    assert_eq!(stage.done().await, "a");
    assert_eq!(stage.done().await, "b");
}

#[tokio::test]
async fn a_failed_task_with_a_new_text_is_replaced_with_what_waits_for_it() {
    let old = plan(&["a", "b a"]);
    let stage = Stage::new(old.clone()).await;
    stage.fail().await;
    let wanted = edited(old, &["a"]);
    let decision = stage.decide(&wanted).await;
    assert_eq!(names(&decision.remove), ["b", "a"]);
    stage.settle(&wanted).await;
    assert_eq!(stage.stored().await.len(), 2);
    assert_eq!((stage.done().await, stage.done().await), ("a".to_owned(), "b".to_owned()));
}

#[tokio::test]
async fn an_edge_that_was_followed_is_drawn_anew() {
    let wanted = plan(&["a", "mend a!run", "log a!ignore", "stop a!cancel"]);
    let stage = Stage::new(wanted.clone()).await;
    stage.fail().await;
    let states = stage.settle(&wanted).await;
    assert!(states.values().all(|state| *state == TaskState::Pending), "{states:?}");
    assert_eq!(stage.done().await, "a");
    // Only now do the others know how it ended.
    let rest = [stage.done().await, stage.done().await];
    assert_eq!(rest, ["log", "stop"]);
    let states = stage.settle(&wanted).await;
    assert_eq!(states["mend"], TaskState::Cancelled, "it had nothing to mend, and stays so");
}

#[tokio::test]
async fn tasks_that_did_not_start_follow_the_text_and_finished_ones_stay() {
    let old = plan(&["a", "b a", "c b", "d"]);
    let stage = Stage::new(old.clone()).await;
    assert_eq!(stage.done().await, "a");
    let wanted = edited(old, &["a", "b"]);
    let decision = stage.decide(&wanted).await;
    assert_eq!(names(&decision.changed), ["a"]);
    assert_eq!(names(&decision.remove), ["c", "b"], "c waits for the new b");
    stage.settle(&wanted).await;
    let b = stage.store.get(&TaskId::new("b").unwrap()).await.unwrap().unwrap();
    assert_eq!((b.spec.title.as_str(), b.state), ("edited", TaskState::Pending));
    let a = stage.store.get(&TaskId::new("a").unwrap()).await.unwrap().unwrap();
    assert_eq!((a.spec.title.as_str(), a.state), ("", TaskState::Done));
}

#[tokio::test]
async fn what_left_the_plan_goes_unless_it_ran_or_is_not_the_plans() {
    let stage = Stage::new(plan(&["a", "b", "c b"])).await;
    let by_hand = NewTask::new(TaskId::new("own").unwrap(), TaskKind::new("command").unwrap());
    stage.store.insert(by_hand).await.unwrap();
    assert_eq!(stage.done().await, "a");
    let states = stage.settle(&plan(&["n"])).await;
    let left: Vec<&str> = states.keys().map(String::as_str).collect();
    assert_eq!(left, ["a", "n", "own"]);
    let taken = stage.decide(&plan(&["n", "own"])).await;
    assert_eq!(names(&taken.foreign), ["own"]);
}

#[tokio::test]
async fn a_cancelled_task_comes_back_and_a_paused_one_stays_paused() {
    let old = plan(&["a", "b"]);
    let stage = Stage::new(old.clone()).await;
    let [a, b] = ["a", "b"].map(|id| TaskId::new(id).unwrap());
    stage.store.cancel(&a, "me", None).await.unwrap();
    let pause = ChangeRequest::new(b.clone(), Action::Pause { reason: None }, "me");
    stage.store.change(pause).await.unwrap();
    let wanted = edited(old, &["b"]);
    assert_eq!(names(&stage.decide(&wanted).await.changed), ["b"]);
    let states = stage.settle(&wanted).await;
    assert_eq!((states["a"], states["b"]), (TaskState::Pending, TaskState::Paused));
    let b = stage.store.get(&b).await.unwrap().unwrap();
    assert_eq!(b.spec.title, "", "replaced, it could start before it is paused again");
}

#[tokio::test]
async fn what_a_paused_task_needs_is_kept_with_it() {
    let old = plan(&["a", "b a"]);
    let stage = Stage::new(old.clone()).await;
    let b = TaskId::new("b").unwrap();
    let pause = ChangeRequest::new(b, Action::Pause { reason: None }, "me");
    stage.store.change(pause).await.unwrap();
    stage.fail().await;
    let wanted = edited(old, &["a"]);
    let decision = stage.decide(&wanted).await;
    assert_eq!((names(&decision.requeue), names(&decision.changed)), (vec!["a"], vec!["a"]));
    let states = stage.settle(&wanted).await;
    assert_eq!((states["a"], states["b"]), (TaskState::Pending, TaskState::Paused));
}

#[tokio::test]
async fn held_tasks_are_left_alone() {
    let old = plan(&["a", "b a"]);
    let stage = Stage::new(old.clone()).await;
    stage.store.claim(&stage.claimant).await.unwrap().unwrap();
    let decision = stage.decide(&edited(old, &["a"])).await;
    assert_eq!(names(&decision.changed), ["a"]);
    assert_eq!((decision.remove, decision.insert), (vec![], vec![]));
}

#[tokio::test]
async fn a_new_early_task_changes_nothing_that_has_run() {
    let stage = Stage::new(plan(&["a", "b a"])).await;
    stage.done().await;
    stage.done().await;
    let decision = stage.decide(&plan(&["a", "new", "b a new"])).await;
    assert_eq!((names(&decision.changed), decision.insert.len()), (Vec::<&str>::new(), 1));
}
