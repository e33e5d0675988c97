//! Cases with several handles at once. Races of processes are a test of each backend.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use popkit_protocol::{Failure, Lease, NewTask, Outcome, RandomIds, TaskState, UniqueKey};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::harness::Harness;
use super::stage::{Stage, at_most, id, kind, outcomes, task, worker};
use crate::{
    Action, ChangeRequest, Claimant, Document, ErrorKind, Finished, InsertOptions, Inserted,
    SaveOptions, StateKey, StateStore, TaskStore,
};

const DONE: Outcome = Outcome::Done { result: None };
/// Racers per race.
const RACERS: usize = 6;

type Both = (Arc<dyn TaskStore>, Arc<dyn StateStore>);

/// Lets one racer per handle go at the same moment; answers with what they bring, in the
/// order of the racers.
async fn race<T, F>(stage: &Stage<'_>, racer: impl Fn(usize, Both) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let gate = Arc::new(Barrier::new(RACERS));
    let mut set = JoinSet::new();
    for (number, handle) in stage.handles(RACERS).await.into_iter().enumerate() {
        let running = racer(number, (handle.tasks, handle.documents));
        let gate = Arc::clone(&gate);
        set.spawn(async move {
            gate.wait().await;
            (number, running.await)
        });
    }
    let mut ended: Vec<(usize, T)> = set.join_all().await;
    ended.sort_by_key(|(number, _)| *number);
    ended.into_iter().map(|(_, brought)| brought).collect()
}

async fn claim(tasks: &dyn TaskStore, who: &Claimant, max: usize) -> Vec<Lease> {
    let request = who.step(&RandomIds).with_claim(who.wants(max, &RandomIds));
    tasks.step(request).await.expect("answered").leases
}

async fn finish(
    tasks: &dyn TaskStore,
    who: &Claimant,
    lease: &Lease,
    outcome: Outcome,
) -> Finished {
    let request = who.step(&RandomIds).with_finish(lease.token.clone(), outcome);
    tasks.step(request).await.expect("answered").finished.remove(0)
}

/// Between a claim and its end no other claim of the task succeeds: each of many tasks goes
/// to one of many racers, and all of them go.
pub async fn one_winner(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let of = |i: usize| NewTask::new(id(&format!("t{i}")), kind(&format!("k{}", i % 3)));
    stage.insert((0..150).map(of)).await;
    let brought = race(&stage, |number, (tasks, _)| async move {
        let who = worker(&format!("w{number}"));
        let mut mine = Vec::new();
        loop {
            let leases = claim(&*tasks, &who, 1 + number % 3).await;
            if leases.is_empty() {
                return mine;
            }
            mine.extend(leases.into_iter().map(|lease| lease.task.id().clone()));
        }
    })
    .await;
    let all: Vec<_> = brought.into_iter().flatten().collect();
    let once: BTreeSet<_> = all.iter().cloned().collect();
    assert_eq!((all.len(), once.len()), (150, 150), "each task went to one racer");
    assert_eq!(stage.counts().await.assigned, 150);
    stage.audit().await;
}

/// Whatever racers do to their tasks, each task ends once and the log tells it all.
pub async fn mixed_work(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.insert((0..60).map(|i| task(&format!("t{i}")))).await;
    let brought = race(&stage, |number, (tasks, _)| async move {
        let who = worker(&format!("w{number}"));
        let mut done = 0;
        for round in 0_usize.. {
            let leases = claim(&*tasks, &who, 2).await;
            if leases.is_empty() {
                break;
            }
            for (i, lease) in leases.iter().enumerate() {
                let error = Failure::new("error", "again");
                let outcome = match (round + i + number) % 4 {
                    0 => Outcome::Release,
                    1 => Outcome::Retry { delay: Some(Duration::ZERO), error },
                    _ => DONE,
                };
                let answer = finish(&*tasks, &who, lease, outcome).await;
                assert!(answer.is_accepted(), "nobody else holds it: {answer:?}");
                done += u64::from(answer == Finished::Accepted(TaskState::Done));
            }
        }
        done
    })
    .await;
    // A racer may leave while another still holds tasks that it gives back.
    let who = worker("last");
    let mut done: u64 = brought.into_iter().sum();
    while let Some(lease) = stage.claim(&who, 1).await.pop() {
        stage.end(&who, &lease, DONE).await;
        done += 1;
    }
    let counts = stage.counts().await;
    assert_eq!((counts.done, counts.done + counts.failed), (done, 60));
    stage.audit().await;
}

/// Of different ends of one lease, told at once, one is accepted.
pub async fn one_ending(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    for round in 0..10 {
        let lease = stage.hold(&who, task(&format!("t{round}"))).await;
        let answers = race(&stage, |number, (tasks, _)| {
            let (who, lease) = (who.clone(), lease.clone());
            async move {
                let outcome = outcomes().into_iter().nth(number).expect("an outcome");
                finish(&*tasks, &who, &lease, outcome).await
            }
        })
        .await;
        let accepted = answers.iter().filter(|answer| answer.is_accepted()).count();
        assert_eq!(accepted, 1, "{answers:?}");
        let left = stage.get(lease.token.task.as_str()).await;
        if !left.state.is_terminal() {
            stage.change(left.id().as_str(), Action::Cancel { reason: None }).await;
        }
    }
    stage.audit().await;
}

/// Of several inserts of one id, or one unique key, one is accepted.
pub async fn same_task_inserted(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    for round in 0..10 {
        let answers = race(&stage, |number, (tasks, _)| async move {
            let key = UniqueKey::new(format!("k{round}")).expect("a key");
            let own = task(&format!("own-{round}-{number}")).with_unique(key);
            let batch = vec![task(&format!("same-{round}")), own];
            tasks.insert_opts(batch, InsertOptions::default()).await.expect("answered")
        })
        .await;
        for place in 0..2 {
            let given: Vec<&Inserted> = answers.iter().map(|answer| &answer[place]).collect();
            assert_eq!(given.iter().filter(|answer| answer.is_created()).count(), 1, "{given:?}");
            let ids: BTreeSet<_> = given.iter().map(|answer| answer.id()).collect();
            assert_eq!(ids.len(), 1, "the others name the one that is there: {given:?}");
        }
    }
    assert_eq!(stage.all_tasks().await.len(), 20);
    stage.audit().await;
}

/// A step that is sent twice at once happens once, and both get the same answer.
pub async fn same_step_twice(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert((0..40).map(|i| task(&format!("t{i}")))).await;
    for round in 1..=10 {
        let request = who.step(&RandomIds).with_claim(who.wants(2, &RandomIds));
        let answers = race(&stage, |_, (tasks, _)| {
            let request = request.clone();
            async move { tasks.step(request).await.expect("answered").leases }
        })
        .await;
        let tokens = |leases: &[Lease]| -> Vec<_> {
            leases.iter().map(|lease| lease.token.clone()).collect()
        };
        let first = tokens(&answers[0]);
        assert_eq!(first.len(), 2);
        assert!(answers.iter().all(|answer| tokens(answer) == first));
        assert_eq!(stage.counts().await.assigned, 2 * round, "it happened once");
    }
    stage.audit().await;
}

/// Of several changes at one revision one is made; the others conflict.
pub async fn same_revision(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.insert([task("a")]).await;
    for _ in 0..10 {
        let revision = stage.get("a").await.revision;
        let answers = race(&stage, |number, (tasks, _)| async move {
            let level = u8::try_from(number).expect("few racers");
            let priority = popkit_protocol::Priority::raw(level);
            let action = Action::Reprioritise { priority };
            let request = ChangeRequest::new(id("a"), action, format!("racer {number}"));
            tasks.change(request.at_revision(revision)).await.map_err(|error| error.kind())
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        let conflict = |kind: &ErrorKind| *kind == ErrorKind::Conflict;
        assert!(answers.iter().filter_map(|answer| answer.as_ref().err()).all(conflict));
    }
    stage.audit().await;
}

/// Never are more leases of a lane held than its limit says, whoever claims and finishes, and
/// all its tasks are done in the end.
pub async fn limit_holds(h: &dyn Harness) {
    const TASKS: usize = 60;
    let stage = Stage::new(h).await;
    stage.set_lane("work", at_most(3)).await;
    stage.insert((0..TASKS).map(|i| task(&format!("t{i}")))).await;
    let (held, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    race(&stage, |number, (tasks, _)| {
        let (held, done) = (Arc::clone(&held), Arc::clone(&done));
        async move {
            let who = worker(&format!("w{number}"));
            let mut mine: Vec<Lease> = Vec::new();
            while done.load(Ordering::SeqCst) < TASKS {
                let mut request = who.step(&RandomIds).with_claim(who.wants(2, &RandomIds));
                for lease in mine.drain(..) {
                    request = request.with_finish(lease.token, DONE);
                }
                // Counted out before it ends and in after it began: never more than there are.
                held.fetch_sub(request.finish.len(), Ordering::SeqCst);
                let reply = tasks.step(request).await.expect("answered");
                assert!(reply.finished.iter().all(Finished::is_accepted), "{:?}", reply.finished);
                done.fetch_add(reply.finished.len(), Ordering::SeqCst);
                mine = reply.leases;
                let now = held.fetch_add(mine.len(), Ordering::SeqCst) + mine.len();
                assert!(now <= 3, "{now} leases are held");
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
    assert_eq!(stage.counts().await.done, u64::try_from(TASKS).expect("few"));
    stage.audit().await;
}

/// Parents that end at once release their dependant once.
pub async fn parents_end_together(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    for round in 0..5 {
        let parents: Vec<String> = (0..RACERS).map(|i| format!("p{round}-{i}")).collect();
        stage.insert(parents.iter().map(|name| task(name))).await;
        let child = format!("c{round}");
        stage.insert([task(&child).with_needs(parents.iter().map(|name| id(name)))]).await;
        let leases = stage.claim(&who, RACERS).await;
        race(&stage, |number, (tasks, _)| {
            let (who, lease) = (who.clone(), leases[number].clone());
            async move { assert!(finish(&*tasks, &who, &lease, DONE).await.is_accepted()) }
        })
        .await;
        let lease = stage.claim_one(&who).await;
        assert_eq!(lease.task.id().as_str(), child);
        stage.end(&who, &lease, DONE).await;
    }
    stage.audit().await;
}

/// Counters that are read, raised and saved over their version lose no count.
pub async fn counters_lose_nothing(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let key = StateKey::new("counter").expect("a key");
    race(&stage, |_, (_, documents)| {
        let key = key.clone();
        async move {
            for _ in 0..15 {
                while !raise(&*documents, &key).await {}
            }
        }
    })
    .await;
    let last = stage.documents.load(&key).await.expect("read").expect("there");
    assert_eq!(last.value, Document::text((15 * RACERS).to_string()));
}

/// One try to raise a counter; whether nobody else came in between.
async fn raise(documents: &dyn StateStore, key: &StateKey) -> bool {
    let (how, count) = match documents.load(key).await.expect("read") {
        None => (SaveOptions::default().if_absent(), 0),
        Some(found) => {
            let Document::Text(text) = found.value else { panic!("a counter is text") };
            let count: usize = String::from_utf8_lossy(&text).parse().expect("a number");
            (SaveOptions::default().if_version(found.version), count)
        }
    };
    // Somebody else gets the chance to come in between.
    tokio::task::yield_now().await;
    match documents.save(key, Document::text((count + 1).to_string()), how).await {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::Conflict => false,
        Err(error) => panic!("{error}"),
    }
}

/// Items appended at once are all kept, each racer's in its order.
pub async fn appends_lose_nothing(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let key = StateKey::new("list").expect("a key");
    race(&stage, |number, (_, documents)| {
        let key = key.clone();
        async move {
            for i in 0..15 {
                let item = Bytes::from(format!("{number} {i:02}"));
                documents.append(&key, item, 1000).await.expect("appended");
            }
        }
    })
    .await;
    let kept = stage.documents.load(&key).await.expect("read").expect("there").value;
    let Document::List(items) = kept else { panic!("a list") };
    assert_eq!(items.len(), 15 * RACERS);
    let mut by_racer: BTreeMap<u8, Vec<&Bytes>> = BTreeMap::new();
    for item in &items {
        by_racer.entry(item[0]).or_default().push(item);
    }
    for items in by_racer.values() {
        assert!(items.is_sorted_by(|newer, older| newer > older), "newest first: {items:?}");
    }
}
