//! Retry over fault: thousands of random tasks, with answers lost on the way.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use popkit_protocol::{
    Change, Clock, Lease, NewTask, Outcome, Priority, Progress, RetryPolicy, SequentialIds, Task,
    TaskId, TaskState, Timestamp,
};
use popkit_store::layer::{
    Fault, FaultOptions, FaultRates, Operation, Retry, RetryOptions, Timeout,
};
use popkit_store::{
    Beat, Claimant, Finished, Heartbeat, MemoryOptions, MemoryStore, PageRequest, TaskQuery,
    TaskStore, TaskStoreExt as _, Waiter,
};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::ledger::Ledger;
use super::support::{RuntimeClock, id, task, worker};

const PRODUCERS: u64 = 10;
const EACH: u64 = 500;
const WORKERS: u64 = 12;
const LEASE: Duration = Duration::from_secs(2);

type Stack = Retry<Timeout<Fault<MemoryStore>>>;

/// Random numbers by an xorshift generator, one per actor.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

struct Storm {
    store: Stack,
    clock: Arc<RuntimeClock>,
    ids: SequentialIds,
    ledger: Ledger,
    all_inserted: AtomicBool,
}

impl Storm {
    fn start(seed: u64) -> Arc<Self> {
        let clock = RuntimeClock::new();
        let memory = MemoryOptions::default().clock(Arc::clone(&clock) as _).open();
        let rates = FaultRates::default().fail(0.1).lose(0.2).twice(0.05);
        let rates = rates.delay(0.1).delay_reply(0.1).longest(Duration::from_millis(1500));
        let waits = FaultRates::default().fail(0.2);
        let options = FaultOptions::seeded(seed)
            .every(rates)
            .on(Operation::Wait, waits)
            // The answer to the second of two inserts is "duplicate", and rightly so.
            .on(Operation::Insert, rates.twice(0.0));
        // Shorter than the longest delays: deadlines cut calls before and after they happen.
        let timed = Timeout::new(Fault::with_options(memory, options), Duration::from_secs(1));
        let options = RetryOptions::default().max_tries(50).deadline(Duration::from_secs(3600));
        let store = Retry::with_options(timed, options.max_delay(LEASE / 4).seed(seed));
        Arc::new(Self {
            store,
            clock,
            ids: SequentialIds::default(),
            ledger: Ledger::default(),
            all_inserted: AtomicBool::new(false),
        })
    }

    fn memory(&self) -> &MemoryStore {
        self.store.inner().inner().inner()
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn produce(self: Arc<Self>, number: u64, mut dice: Dice) {
        let name = |n: u64| format!("p{number}-t{n}");
        let mut next = 0;
        while next < EACH {
            let end = EACH.min(next + 1 + dice.below(40));
            let batch = (next..end).map(|n| {
                let new: NewTask = task(&name(n))
                    .with_priority(Priority::raw(u8::try_from(dice.below(10)).unwrap()))
                    .with_retry(RetryPolicy::attempts(1000))
                    .with_max_abandons(1000);
                let needs = (n > 0 && dice.chance(20)).then(|| id(&name(dice.below(n))));
                new.with_needs(needs)
            });
            let answers = self.store.insert_many(batch.collect()).await.unwrap();
            for answer in answers {
                assert!(answer.is_created(), "{answer:?}");
                self.ledger.created(answer.id());
            }
            next = end;
            sleep(Duration::from_millis(dice.below(500))).await;
        }
    }

    async fn work(self: Arc<Self>, number: u64, mut dice: Dice) {
        let mut who = worker(&format!("w{number}")).with_lease(LEASE);
        let mut held: Vec<Lease> = Vec::new();
        loop {
            let finishes = std::mem::take(&mut held);
            held = self.step(&who, &finishes, &mut dice).await;
            if held.is_empty() && finishes.is_empty() {
                if self.is_over().await {
                    return;
                }
                let claim = who.wants(1, &self.ids);
                let waiter = Waiter::new(who.holder, 0, claim, Duration::from_secs(1));
                self.store.wait(waiter).await.unwrap();
                continue;
            }
            match dice.below(100) {
                // It crashes, and comes back as somebody else.
                0..3 => {
                    for lease in held.drain(..) {
                        self.ledger.given_up(&lease.token, self.now());
                    }
                    who = worker(&format!("w{number}")).with_lease(LEASE);
                }
                // It hangs, and finds its leases gone.
                3..6 => sleep(LEASE * 3).await,
                6..40 => self.beat(&who, &held).await,
                _ => sleep(Duration::from_millis(dice.below(300))).await,
            }
        }
    }

    async fn step(&self, who: &Claimant, finishes: &[Lease], dice: &mut Dice) -> Vec<Lease> {
        let mut request = who.step(&self.ids);
        let wanted = usize::try_from(1 + dice.below(8)).unwrap();
        request = request.with_claim(who.wants(wanted, &self.ids));
        for lease in finishes {
            let outcome = match dice.below(100) {
                0..5 => Outcome::retry("bad luck"),
                5..10 => Outcome::Release,
                10..15 => Outcome::Snooze { delay: Duration::from_secs(1) },
                _ => Outcome::Done { result: None },
            };
            request = request.with_finish(lease.token.clone(), outcome);
        }
        let asked = self.now();
        for lease in finishes {
            self.ledger.given_up(&lease.token, asked);
        }
        let reply = self.store.step(request).await.unwrap();
        for (lease, finished) in finishes.iter().zip(reply.finished) {
            match finished {
                Finished::Accepted(TaskState::Done) => self.ledger.done(&lease.token),
                Finished::Accepted(_) => {}
                _ => self.ledger.lost(),
            }
        }
        for lease in &reply.leases {
            self.ledger.claimed(lease, asked);
        }
        reply.leases
    }

    async fn beat(&self, who: &Claimant, held: &[Lease]) {
        let beat = |lease: &Lease| {
            Beat::new(lease.token.clone()).with_progress(Progress::new(0.5, "on it"))
        };
        let beats = held.iter().map(beat).fold(Heartbeat::new(who.holder, LEASE), Heartbeat::with);
        let asked = self.now();
        let reply = self.store.heartbeat(beats).await.unwrap();
        for (task, _) in &reply.renewed {
            let lease = held.iter().find(|lease| lease.token.task == *task).unwrap();
            self.ledger.renewed(&lease.token, asked, LEASE);
        }
    }

    async fn is_over(&self) -> bool {
        self.all_inserted.load(Ordering::Acquire)
            && self.store.counts(Default::default()).await.unwrap().open() == 0
    }

    /// All tasks, straight from the backend.
    async fn tasks(&self) -> Vec<Task> {
        let mut page = PageRequest::first(1000);
        let mut tasks = Vec::new();
        loop {
            let found = self.memory().query(TaskQuery::all().page(page)).await.unwrap();
            tasks.extend(found.items);
            let Some(next) = found.next else { return tasks };
            page = page.after(next);
        }
    }

    async fn check(&self) {
        let tasks = self.tasks().await;
        assert_eq!(tasks.len() as u64, PRODUCERS * EACH, "none lost, none made up");
        let names: HashSet<TaskId> = tasks.iter().map(|task| task.id().clone()).collect();
        self.ledger.check(&names);
        for task in tasks {
            assert_eq!(task.state, TaskState::Done, "{task:?}");
            let events = self.memory().events_of(task.id()).await.unwrap();
            let done = events.iter().filter(|e| matches!(e.change, Change::Completed { .. }));
            assert_eq!(done.count(), 1, "{}: {events:?}", task.id());
            // Replaying walks the one transition function: a claim of a held task fails it.
            let replayed = Task::replay(&events).unwrap().unwrap();
            assert_eq!(replayed.replayable(), task.replayable());
        }
    }
}

async fn storm(seed: u64) {
    println!("seed {seed}");
    let began = Instant::now();
    let storm = Storm::start(seed);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ seed);
    let (mut producers, mut workers) = (JoinSet::new(), JoinSet::new());
    for number in 0..PRODUCERS {
        producers.spawn(Arc::clone(&storm).produce(number, Dice(1 + dice.below(u64::MAX - 1))));
    }
    for number in 0..WORKERS {
        workers.spawn(Arc::clone(&storm).work(number, Dice(1 + dice.below(u64::MAX - 1))));
    }
    while let Some(ended) = producers.join_next().await {
        ended.unwrap();
    }
    storm.all_inserted.store(true, Ordering::Release);
    while let Some(ended) = workers.join_next().await {
        ended.unwrap();
    }
    storm.check().await;
    let injected = storm.store.inner().inner().injected();
    println!("{injected:?}, {} late, {:?} of virtual time", storm.ledger.losses(), began.elapsed());
    // A storm in which nothing went wrong would prove nothing.
    assert!(injected.lost > 100 && injected.failed > 100 && injected.doubled > 20, "{injected:?}");
    assert!(storm.ledger.losses() > 10, "leases ran out and came too late");
}

#[tokio::test(start_paused = true)]
async fn five_thousand_tasks_with_lost_answers_are_each_done_once() {
    storm(1).await;
}

#[tokio::test(start_paused = true)]
async fn another_five_thousand() {
    storm(2).await;
}
