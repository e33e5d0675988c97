//! A team on Upstash, over HTTPS: tasks are added, a worker finishes them and says so on a
//! channel, a reader hears it; then what was billed.
//!
//! Run it: `cargo run -p popkit-examples --example upstash_rest`. With `UPSTASH_REDIS_REST_URL`
//! and `UPSTASH_REDIS_REST_TOKEN` set it uses that database, and some 160 commands of it; else a
//! double of the service over a `redis-server` of this machine, and says so. It prints
//!
//! ```text
//! no UPSTASH_REDIS_REST_URL: this is a double of the service, on this machine
//! writer-1: draft is finished
//! writer-1: review is finished
//! writer-1: publish is finished
//! 3 done, 0 open; 142 commands, as far as it is known here
//! ```

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use popkit_coordinator::{Agent, Shutdown, TaskContext, Worker};
use popkit_protocol::{Channel, Namespace, NewTask, Outcome, SessionId, TaskId, Topic};
use popkit_redis::{Redis, RestConfig};
use popkit_store::{CountQuery, Opened, TaskStoreExt as _};
use popkit_testkit::{UpstashDouble, UpstashOptions};
use popkit_transport::{Event, Transport, TransportExt as _};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Stands for a model, a script, a service.
struct Writer(Arc<dyn Transport>, Channel);

#[async_trait]
impl Agent for Writer {
    async fn execute(&self, cx: &TaskContext) -> Outcome {
        match self.0.publish(&self.1, format!("writer-1: {} is finished", cx.id())).await {
            Ok(_) => Outcome::done("fine").unwrap_or_else(|e| Outcome::fail(e.to_string())),
            Err(error) => Outcome::retry(error.to_string()),
        }
    }
}

async fn team(url: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    let team = SessionId::new(format!("example-{}", std::process::id()))?;
    let Opened { tasks, .. } = popkit_store::open(&format!("{url}&session={team}")).await?;
    let transport = popkit_transport::open(&format!("{url}&keep_age=1h")).await?;
    let channel = Namespace::of(&team).channel(&Topic::Results);
    let mut reader = transport.subscribe(std::slice::from_ref(&channel)).await?;
    let mut before: Vec<TaskId> = Vec::new();
    for id in ["draft", "review", "publish"] {
        let task = NewTask::new(id.try_into()?, "write".try_into()?).with_needs(before);
        before = vec![task.id.clone()];
        tasks.insert(task).await?;
    }
    let writer = Writer(Arc::clone(&transport), channel);
    // Each renewal is billed: a long lease, unless others must take over soon.
    let worker = Worker::builder("writer-1").kinds(["write"]).lease(Duration::from_secs(60));
    let worker = worker.build(Arc::clone(&tasks), Arc::new(writer))?;
    let shutdown = Shutdown::new();
    let (worked, heard) = tokio::join!(worker.run_until(&shutdown), async {
        for _ in 0..3 {
            if let Some(Event::Message(told)) = reader.next_within(Duration::from_secs(60)).await? {
                writeln!(out, "{}", String::from_utf8_lossy(&told.payload))?;
            }
        }
        shutdown.drain();
        Ok::<(), Failure>(())
    });
    worked?;
    heard?;
    let counts = tasks.counts(CountQuery::default()).await?;
    // Handles with one configuration share what they count.
    let billed = Redis::connect_rest(RestConfig::from_url(url)?).await?.counters().billed();
    let (done, open) = (counts.done, counts.open());
    Ok(writeln!(out, "{done} done, {open} open; {billed} commands, as far as it is known here")?)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    if std::env::var("UPSTASH_REDIS_REST_URL").is_ok_and(|url| !url.is_empty()) {
        return team("upstash:?timeout=20s").await;
    }
    let mut out = std::io::stdout();
    writeln!(out, "no UPSTASH_REDIS_REST_URL: this is a double of the service, on this machine")?;
    let double = UpstashDouble::start(UpstashOptions::default()).await;
    team(&format!("http://:{}@{}?timeout=20s", double.token(), double.addr())).await
}
