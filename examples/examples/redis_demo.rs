//! A team on a Redis server: this process inserts a plan; three processes claim and finish its
//! tasks, and tell each other over a channel, as this process hears. Kill a worker while it
//! runs: its task goes to another once its lease of 3 s has ended.
//!
//! Get a server with `popkit redis start`, then run it:
//! `cargo run -p popkit-examples --example redis_demo -- --url redis://localhost:16379`. Without
//! `--url`, `REDIS_URL` counts. It prints
//!
//! ```text
//! reader-1: read-notes is finished
//! …
//! publish     done "writer-1"
//! 6 done, 0 open
//! ```
//!
//! It works in the session `redis-demo`, and clears away what an earlier run has left there.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use popkit_coordinator::{Agent, Shutdown, TaskContext, Worker};
use popkit_protocol::{
    Channel, Clock as _, Namespace, NewTask, Outcome, SessionId, SystemClock, TaskId, Topic,
};
use popkit_store::{
    CountQuery, PruneQuery, RedisOptions, RedisStore, TaskStore as _, TaskStoreExt as _,
};
use popkit_transport::{Event, RedisTransport, RedisTransportOptions, TransportExt as _};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What to do, of which kind, after what.
const PLAN: [(&str, &str, &[&str]); 6] = [
    ("read-notes", "research", &[]),
    ("read-issues", "research", &[]),
    ("outline", "write", &["read-notes", "read-issues"]),
    ("draft", "write", &["outline"]),
    ("check-facts", "research", &["draft"]),
    ("publish", "write", &["draft", "check-facts"]),
];
const TEAM: [(&str, &str); 3] =
    [("reader-1", "research"), ("reader-2", "research"), ("writer-1", "write")];

/// Both halves of the server: tasks and messages.
struct Team {
    store: RedisStore,
    transport: RedisTransport,
    channel: Channel,
}

impl Team {
    async fn join(url: &str) -> Result<Self, Failure> {
        let session = Namespace::of(&SessionId::new("redis-demo")?);
        let channel = session.channel(&Topic::Results);
        let store = url.parse::<RedisOptions>()?.namespace(session).open().await?;
        let transport = url.parse::<RedisTransportOptions>()?.open().await?;
        Ok(Self { store, transport, channel })
    }
}

/// Stands for a model, a script, a service.
struct Apprentice {
    name: String,
    team: Team,
}

#[async_trait]
impl Agent for Apprentice {
    async fn execute(&self, cx: &TaskContext) -> Outcome {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let Team { transport, channel, .. } = &self.team;
        let told = transport.publish(channel, format!("{}: {} is finished", self.name, cx.id()));
        match told.await {
            Ok(_) => Outcome::done(&self.name).unwrap_or_else(|e| Outcome::fail(e.to_string())),
            Err(error) => Outcome::retry(error.to_string()),
        }
    }
}

/// A worker process. It works until its standard input ends, which is when its parent does.
async fn work(url: &str, name: &str, kind: &str) -> Result<(), Failure> {
    let team = Team::join(url).await?;
    let store = team.store.clone();
    let apprentice = Apprentice { name: name.to_owned(), team };
    let builder = Worker::builder(name).kinds([kind]).lease(Duration::from_secs(3));
    let worker = builder.build(Arc::new(store.clone()), Arc::new(apprentice))?;
    let shutdown = Shutdown::new();
    let end = shutdown.clone();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        end.drain();
    });
    worker.run_until(&shutdown).await?;
    Ok(store.close().await?)
}

fn start(url: &str, (name, kind): (&str, &str)) -> Result<Child, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    Ok(command.args(["--url", url, "--worker", name, kind]).stdin(Stdio::piped()).spawn()?)
}

/// Inserts the plan, and hears of it until all is done.
async fn lead(url: &str) -> Result<(), Failure> {
    let Team { store, transport, channel } = Team::join(url).await?;
    let mut out = std::io::stdout();
    store.prune(PruneQuery::before(SystemClock.now())).await?;
    let tasks = PLAN.map(|(id, kind, needs)| {
        let needs = needs.iter().copied().map(TaskId::new).collect::<Result<Vec<_>, _>>()?;
        Ok(NewTask::new(id.try_into()?, kind.try_into()?).with_needs(needs))
    });
    store.insert_many(tasks.into_iter().collect::<Result<_, Failure>>()?).await?;
    let mut reader = transport.subscribe(&[channel]).await?;
    let mut team = Vec::new();
    for member in TEAM {
        team.push(start(url, member)?);
    }
    loop {
        match reader.next_within(Duration::from_millis(500)).await? {
            Some(Event::Message(message)) => {
                writeln!(out, "{}", String::from_utf8_lossy(&message.payload))?;
            }
            None if store.counts(CountQuery::default()).await?.open() == 0 => break,
            _ => {}
        }
    }
    for member in &mut team {
        drop(member.stdin.take());
        member.wait()?;
    }
    let ids = PLAN.map(|(id, ..)| TaskId::new(id)).into_iter().collect::<Result<Vec<_>, _>>()?;
    for task in store.get_many(&ids).await?.into_iter().flatten() {
        let by = task.result.as_ref().map_or("", |json| json.as_str());
        writeln!(out, "{:<12}{} {by}", task.spec.id, task.state)?;
    }
    let counts = store.counts(CountQuery::default()).await?;
    writeln!(out, "{} done, {} open", counts.done, counts.open())?;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    let default =
        std::env::var("REDIS_URL").unwrap_or_else(|_| "redis://localhost:16379".to_owned());
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let ended = match arguments.as_slice() {
        [] => lead(&default).await,
        ["--url", url] => lead(url).await,
        ["--url", url, "--worker", name, kind] => work(url, name, kind).await,
        _ => Err("usage: redis_demo [--url redis://HOST:PORT]".into()),
    };
    let Err(error) = ended else { return ExitCode::SUCCESS };
    let hint = "get a server with `popkit redis start`, name it with --url or REDIS_URL";
    let _ = writeln!(std::io::stderr(), "redis_demo: {error}; {hint}");
    ExitCode::FAILURE
}
