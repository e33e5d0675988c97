//! How quick a Redis server is for a team: from publishing a message to its reader having it,
//! claiming, completing and claiming the next in one step, and telling how far a task is. What
//! is timed is the delivery, not that somebody was answered.
//!
//! Get a server with `popkit redis start`, then run it:
//! `cargo run --release -p popkit-examples --example redis_latency_test -- --url URL`; without
//! `--url`, `REDIS_URL` counts. `--count N` asks for so many of each (1000). It prints
//!
//! ```text
//!                       p50 µs    p99 µs
//! publish to receive     171.2     402.9
//! claim                  101.3     230.0
//! complete + claim       112.6     241.7
//! status update           83.8     198.1
//! ```
//!
//! It works in the session `redis-latency-test`, and clears away the tasks of it.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use popkit_protocol::{
    AgentId, Clock as _, IdSource as _, Kinds, Namespace, NewTask, Outcome, Profile, Progress,
    RandomIds, SessionId, SystemClock, Topic,
};
use popkit_store::{
    Beat, Claimant, Heartbeat, PruneQuery, RedisOptions, TaskStore as _, TaskStoreExt as _,
};
use popkit_transport::{Event, RedisTransportOptions, TransportExt as _};
use tokio::time::Instant;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How long a message is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// Tasks that are inserted, or cleared away, in one call.
const BATCH: usize = 1000;

fn session() -> Result<Namespace, Failure> {
    Ok(Namespace::of(&SessionId::new("redis-latency-test")?))
}

fn print(what: &str, mut times: Vec<Duration>) -> Result<(), Failure> {
    // The first tenth has warmed up and does not count.
    times.drain(..times.len() / 11);
    times.sort();
    let at = |share: usize| {
        let time = times.get(times.len() * share / 100).copied().unwrap_or_default();
        time.as_secs_f64() * 1e6
    };
    Ok(writeln!(std::io::stdout(), "{what:<20}{:>9.1}{:>10.1}", at(50), at(99))?)
}

/// From the call of publish to the message in the hands of a reader with a connection of its
/// own.
async fn messages(url: &str, count: usize) -> Result<(), Failure> {
    let channel = session()?.channel(&Topic::Insights);
    let sender = url.parse::<RedisTransportOptions>()?.open().await?;
    let receiver = url.parse::<RedisTransportOptions>()?.open().await?;
    let mut reader = receiver.subscribe(std::slice::from_ref(&channel)).await?;
    let mut times = Vec::new();
    for number in 0..count {
        let text = format!("insight {number}");
        let begun = Instant::now();
        let publish = sender.publish(&channel, text.clone());
        let receive = async { (reader.next_within(PATIENCE).await, begun.elapsed()) };
        let (published, (event, took)) = tokio::join!(publish, receive);
        published?;
        match event? {
            Some(Event::Message(message)) if message.payload == text => times.push(took),
            other => return Err(format!("{text} is due, not {other:?}").into()),
        }
    }
    print("publish to receive", times)
}

/// What an agent does with its tasks.
async fn tasks(url: &str, count: usize) -> Result<(), Failure> {
    let store = url.parse::<RedisOptions>()?.namespace(session()?).open().await?;
    let mut left = count * 2;
    while left > 0 {
        let batch = left.min(BATCH);
        let new = || Ok(NewTask::new(RandomIds.task_id(), "measure".try_into()?));
        store.insert_many((0..batch).map(|_| new()).collect::<Result<_, Failure>>()?).await?;
        left -= batch;
    }
    let agent = Claimant::new(&RandomIds, Profile::new(AgentId::new("tester")?, Kinds::Any, []));
    let (mut claims, mut steps, mut updates) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        let begun = Instant::now();
        let lease = store.claim(&agent).await?.ok_or("nothing to claim")?;
        claims.push(begun.elapsed());

        let progress = Beat::new(lease.token.clone()).with_progress(Progress::new(0.5, "half"));
        let begun = Instant::now();
        store.heartbeat(Heartbeat::new(agent.holder, agent.lease).with(progress)).await?;
        updates.push(begun.elapsed());

        let done = || Outcome::Done { result: None };
        let begun = Instant::now();
        let next = store.finish_and_claim(&agent, &lease, done(), 1).await?;
        steps.push(begun.elapsed());
        store.finish(&agent, next.first().ok_or("nothing to claim")?, done()).await?;
    }
    while store.prune(PruneQuery::before(SystemClock.now())).await? > 0 {}
    print("claim", claims)?;
    print("complete + claim", steps)?;
    print("status update", updates)
}

async fn run(url: &str, count: usize) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{:<20}{:>9}{:>10}", "", "p50 µs", "p99 µs")?;
    // A tenth more warms up.
    messages(url, count + count / 10).await?;
    tasks(url, count + count / 10).await
}

/// What follows this name among the arguments.
fn option(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let url = option("--url").or_else(|| std::env::var("REDIS_URL").ok());
    let url = url.as_deref().unwrap_or("redis://localhost:16379");
    let ended = match option("--count").as_deref().unwrap_or("1000").parse() {
        Ok(count) => run(url, count).await,
        Err(error) => Err(format!("--count: {error}").into()),
    };
    let Err(error) = ended else { return ExitCode::SUCCESS };
    let hint = "get a server with `popkit redis start`, name it with --url or REDIS_URL";
    let _ = writeln!(std::io::stderr(), "redis_latency_test: {error}; {hint}");
    ExitCode::FAILURE
}
