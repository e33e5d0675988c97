//! A goal becomes tasks; three agents claim and execute them at the same time; what happens
//! is reported live from the history. Dependants become ready as their parents finish.
//!
//! Run it: `cargo run -p popkit-examples --example basic_demo`. It prints a line per event,
//! such as `outline     claimed by writer-1`, and ends with `6 done, 0 open`.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use popkit_coordinator::{Agent, Shutdown, TaskContext, Worker};
use popkit_protocol::{Change, Cursor, NewTask, Outcome, TaskId};
use popkit_store::{CountQuery, HistoryQuery, MemoryStore, TaskStore, TaskStoreExt as _};

type Failure = Box<dyn std::error::Error>;

/// The plan for the goal: what, of which kind, after what.
fn plan(goal: &str) -> Result<Vec<NewTask>, Failure> {
    let steps: [(&str, &str, &[&str]); 6] = [
        ("read-notes", "research", &[]),
        ("read-issues", "research", &[]),
        ("outline", "write", &["read-notes", "read-issues"]),
        ("draft", "write", &["outline"]),
        ("check-facts", "research", &["draft"]),
        ("publish", "write", &["draft", "check-facts"]),
    ];
    let tasks = steps.map(|(id, kind, needs)| {
        let needs = needs.iter().copied().map(TaskId::new).collect::<Result<Vec<_>, _>>()?;
        let task = NewTask::new(id.try_into()?, kind.try_into()?);
        Ok(task.with_title(format!("{id} for: {goal}")).with_needs(needs))
    });
    tasks.into_iter().collect()
}

/// Stands for a model, a script, a service.
struct Apprentice;

#[async_trait]
impl Agent for Apprentice {
    async fn execute(&self, cx: &TaskContext) -> Outcome {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let result = format!("{} is finished", cx.id());
        Outcome::done(&result).unwrap_or_else(|e| Outcome::fail(e.to_string()))
    }
}

/// Prints events until every task has ended.
async fn report(store: &dyn TaskStore) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    let mut seen = Cursor::START;
    loop {
        for event in store.history(HistoryQuery::after(seen)).await?.items {
            seen = event.cursor;
            let what = match &event.change {
                Change::Inserted { open: 0, .. } => "inserted, ready".to_owned(),
                Change::Inserted { open, .. } => format!("inserted, waits for {open}"),
                Change::Claimed { agent, .. } => format!("claimed by {agent}"),
                Change::ParentEnded { parent, open: 0 } => format!("ready: {parent} was the last"),
                other => other.name().to_owned(),
            };
            writeln!(out, "{:<12}{what}", event.task)?;
        }
        let counts = store.counts(CountQuery::default()).await?;
        if counts.open() == 0 {
            writeln!(out, "{} done, {} open", counts.done, counts.open())?;
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let store: Arc<dyn TaskStore> = Arc::new(MemoryStore::new());
    store.insert_many(plan("a travel guide")?).await?;

    let shutdown = Shutdown::new();
    let worker = |name: &str, kinds: &[&str]| {
        Worker::builder(name).kinds(kinds).build(Arc::clone(&store), Arc::new(Apprentice))
    };
    let team = [
        worker("reader-1", &["research"])?,
        worker("reader-2", &["research"])?,
        worker("writer-1", &["write"])?,
    ];
    let [a, b, c] = &team;
    let reported = async {
        let result = report(&*store).await;
        shutdown.drain();
        result
    };
    let (a, b, c, reported) = tokio::join!(
        a.run_until(&shutdown),
        b.run_until(&shutdown),
        c.run_until(&shutdown),
        reported
    );
    a?;
    b?;
    c?;
    reported
}
