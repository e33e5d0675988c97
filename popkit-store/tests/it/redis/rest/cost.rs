//! What calls cost: the commands that the service bills, as they are documented.

use popkit_protocol::{NewTask, Outcome, RandomIds};
use popkit_store::{
    Beat, CountQuery, Document, Heartbeat, RedisStore, SaveOptions, StateKey, StateStore as _,
    TaskQuery, TaskStore as _, TaskStoreExt as _, Waiter, WakeReason,
};
use popkit_testkit::UpstashDouble;

use super::support::{options, plain, url};
use crate::redis::faults::support::{
    HOUR, Waiting, claim, done, hold, spawn_waiter, task, until, worker,
};

/// The lines of the table of costs.
fn documented() -> Vec<(String, u64)> {
    let text = include_str!("../../../../src/backend/redis/mod.rs");
    let table = text.split("/// | Call | Commands |").nth(1).expect("the table");
    let lines = table.lines().skip(2).map_while(|line| line.strip_prefix("/// | "));
    lines
        .map(|line| {
            let mut cells = line.trim_end_matches(" |").rsplitn(2, " | ");
            let commands = cells.next().unwrap().parse().unwrap();
            (cells.next().unwrap().to_owned(), commands)
        })
        .collect()
}

/// What was measured.
struct Bill {
    double: UpstashDouble,
    url: String,
    store: RedisStore,
    lines: Vec<(String, u64)>,
    /// All that was billed before the last call that was measured.
    before: u64,
}

impl Bill {
    /// With a store that polls once in an hour, and that has called each script before.
    async fn begin() -> Self {
        let double = UpstashDouble::start(plain()).await;
        let url = url(&double).replace("poll_most=50ms", "poll_most=1h");
        let store = options(&url).open().await.unwrap();
        let mut bill = Self { double, url, store, lines: Vec::new(), before: 0 };
        bill.all().await;
        bill.lines.clear();
        bill
    }

    async fn of<T>(&mut self, what: &str, call: impl Future<Output = T>) -> T {
        self.before += self.double.commands();
        self.double.reset_counts();
        let answer = call.await;
        self.lines.push((what.to_owned(), self.commands()));
        answer
    }

    /// Without polls, which somebody who has just left may have begun.
    fn commands(&self) -> u64 {
        let polls = self.double.counts().get("xread").copied().unwrap_or_default();
        self.double.commands() - polls
    }

    async fn all(&mut self) {
        self.tasks().await;
        self.waiting().await;
        self.documents().await;
    }

    async fn tasks(&mut self) {
        let (store, who) = (self.store.clone(), worker("w"));
        let id = |n: usize| format!("{}-{n}", who.holder);
        let one = |n| store.insert(task(&id(n)));
        self.of("`insert` of one task into an empty lane", one(0)).await.unwrap();
        self.of("`insert` of one task behind others", one(1)).await.unwrap();
        let many: Vec<NewTask> = (2..12).map(|n| task(&id(n))).collect();
        let many = store.insert_many(many);
        self.of("`insert` of 10 tasks behind others", many).await.unwrap();

        let first = store.step(claim(&who, 1));
        let reply = self.of("`step` that claims 1 task, the slot's first", first).await.unwrap();
        let eight = store.step(claim(&who, 8));
        let reply_8 = self.of("`step` that claims 8 tasks", eight).await.unwrap();
        assert_eq!((reply.leases.len(), reply_8.leases.len()), (1, 8));
        let mut lease = reply.leases[0].clone();
        for (what, outcome) in [
            ("`step` that completes 1 task and claims 1", done()),
            (
                "`step` that completes 1 task with a result and claims 1",
                Outcome::done("a result").unwrap(),
            ),
        ] {
            let step = who.step(&RandomIds).with_finish(lease.token.clone(), outcome);
            let step = store.step(step.with_claim(who.wants(1, &RandomIds)));
            lease = self.of(what, step).await.unwrap().leases.pop().unwrap();
        }
        let step = who.step(&RandomIds).with_finish(lease.token.clone(), done());
        self.of("`step` that completes 1 task", store.step(step)).await.unwrap();
        hold(&store, &who).await;
        let step = store.step(claim(&who, 1));
        let reply = self.of("`step` that finds nothing", step).await.unwrap();
        assert!(reply.leases.is_empty());
        let beat = Heartbeat::new(who.holder, who.lease);
        let beat =
            reply_8.leases.iter().fold(beat, |beat, one| beat.with(Beat::new(one.token.clone())));
        let beat = store.heartbeat(beat);
        let reply = self.of("`heartbeat` for any number of tasks", beat).await.unwrap();
        assert_eq!(reply.renewed.len(), 8);
    }

    /// Handles that know the lanes and nothing else.
    async fn waiting(&mut self) {
        let first = self.another().await;
        let second = self.another().await;
        let mut waiting = Waiting::new();
        self.double.reset_counts();
        spawn_waiter(&mut waiting, &first, worker("w"));
        let polled = || self.double.counts().contains_key("xread");
        until("a poll", async || polled()).await;
        // Whoever comes later is looked for by the same look, and polled for by the same poll.
        spawn_waiter(&mut waiting, &first, worker("v"));
        let look = self.commands();
        self.double.reset_counts();
        until("more polls", async || polled()).await;
        let poll = 1 + self.commands();
        drop(waiting);

        let who = worker("w");
        self.store.insert(task(&who.holder.to_string())).await.unwrap();
        let wait = Waiter::new(who.holder, 0, who.wants(1, &RandomIds), HOUR);
        self.lines.push(("`wait`, the look".to_owned(), look));
        let wake = self.of("`wait`, the look at 1 lane that is ready", second.wait(wait));
        let wake = wake.await.unwrap();
        assert_eq!((wake.reason, wake.leases.len()), (WakeReason::Ready, 0));
        self.lines.push(("`wait`, a poll of all who wait".to_owned(), poll));
        hold(&self.store, &who).await;
    }

    async fn another(&self) -> RedisStore {
        let store = options(&self.url).open().await.unwrap();
        assert!(store.step(claim(&worker("x"), 1)).await.unwrap().leases.is_empty());
        store
    }

    async fn documents(&mut self) {
        let store = self.store.clone();
        let page = store.query(TaskQuery::all()).await.unwrap();
        let task = page.items[0].id().clone();
        self.of("`get` of 1 task", store.get(&task)).await.unwrap();
        self.of("`counts`", store.counts(CountQuery::default())).await.unwrap();
        let key = StateKey::new("k").unwrap();
        let save = store.save(&key, Document::text("x"), SaveOptions::default());
        self.of("`save` of a text", save).await.unwrap();
        self.of("`load` of a text", store.load(&key)).await.unwrap();
    }
}

#[tokio::test]
async fn the_store_knows_about_what_the_service_bills() {
    let mut bill = Bill::begin().await;
    for _ in 0..5 {
        bill.double.reset_counts();
        bill.before = 0;
        let before = bill.store.billed();
        bill.tasks().await;
        let told = bill.store.billed() - before;
        let billed = bill.before + bill.double.commands();
        assert!(told.abs_diff(billed) * 10 <= billed, "{told} for {billed}");
    }
}

#[tokio::test]
async fn every_call_costs_what_is_documented() {
    let mut bill = Bill::begin().await;
    bill.all().await;
    assert_eq!(bill.lines, documented());
}
