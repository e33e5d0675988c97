//! A session in a room, with its coordinator.

use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::Shutdown;
use popkit_coordinator::machine::{End, Input, Settings, Start};
use popkit_coordinator::runtime::{Coordinator, CoordinatorOptions, Ended, RuntimeError};
use popkit_protocol::{Clock as _, Objective, RandomIds, SystemClock};
use popkit_store::{Document, SaveOptions, StateKey, StateStore};
use popkit_testkit::{Child, wait_for};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::LONG;
use crate::room::{Out, Room};

/// A session, and the folder in which `popkit` finds it.
pub(crate) struct Stage {
    pub(crate) room: Room,
    documents: Arc<dyn StateStore>,
    coordinator: Arc<Coordinator>,
    runtime: Runtime,
    shutdown: Shutdown,
    running: Option<JoinHandle<Result<Option<Ended>, RuntimeError>>>,
}

impl Stage {
    /// A session of these phases that begins with one agent.
    pub(crate) fn of(phases: &[&str]) -> Self {
        Self::with(phases, |_| {})
    }

    pub(crate) fn with(phases: &[&str], set: impl FnOnce(&mut Settings)) -> Self {
        let mut stage = Self::idle();
        let now = SystemClock.now();
        let objective = Objective::new(&RandomIds, now, "tidy the parser");
        let mut settings = Settings::default();
        settings.agents.period = Duration::from_secs(1);
        set(&mut settings);
        let seed = now.as_micros() & 0xffff_ffff;
        let start = Start::new(objective.with_phases(phases.iter().copied()), seed, now);
        let coordinator = Arc::clone(&stage.coordinator);
        stage.runtime.block_on(coordinator.begin(start.with_settings(settings))).unwrap();
        let shutdown = stage.shutdown.clone();
        stage.running = Some(stage.runtime.spawn(async move { coordinator.run(&shutdown).await }));
        stage.until("coordinator:status", "updated_at");
        stage
    }

    /// The place of a session that nobody has begun.
    pub(crate) fn idle() -> Self {
        let room = Room::new();
        let folder = room.path().join(".popkit/power");
        std::fs::create_dir_all(&folder).unwrap();
        let runtime = Runtime::new().unwrap();
        let (store, transport) = runtime.block_on(async {
            let url = format!("sqlite:{}", folder.join("tasks.db").display());
            let store = popkit_store::open(&url).await.unwrap();
            let url = format!("file:{}", folder.join("messages").display());
            (store, popkit_transport::open(&url).await.unwrap())
        });
        let documents = store.documents;
        let options = CoordinatorOptions::new("test").with_lease(Duration::from_secs(2));
        let coordinator = Coordinator::new(Arc::clone(&documents), transport, options).unwrap();
        let (coordinator, shutdown) = (Arc::new(coordinator), Shutdown::new());
        Self { room, documents, coordinator, runtime, shutdown, running: None }
    }

    /// The coordinator goes; the session is not over.
    pub(crate) fn leave_alone(&mut self) {
        self.shutdown.drain();
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running).unwrap().unwrap();
        }
    }

    /// Somebody stops the session.
    pub(crate) fn stop(&self) {
        self.runtime.block_on(self.coordinator.tell(Input::Stop { by: None }));
    }

    /// How it ended.
    pub(crate) fn end(&mut self) -> End {
        let running = self.running.take().unwrap();
        let ended = self.runtime.block_on(async { tokio::time::timeout(LONG, running).await });
        ended.unwrap().unwrap().unwrap().unwrap().end
    }

    pub(crate) fn save(&self, name: &str, text: &str) {
        let (key, document) = (StateKey::new(name).unwrap(), Document::text(text.to_owned()));
        let saved = self.documents.save(&key, document, SaveOptions::default());
        self.runtime.block_on(saved).unwrap();
    }

    pub(crate) fn save_map(&self, name: &str, fields: &[(&str, &str)]) {
        let field = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned().into());
        let document = Document::Map(fields.iter().map(field).collect());
        let key = StateKey::new(name).unwrap();
        self.runtime.block_on(self.documents.save(&key, document, SaveOptions::default())).unwrap();
    }

    /// A document as text, a line for each of its items.
    pub(crate) fn document(&self, name: &str) -> Option<String> {
        let found = self.runtime.block_on(self.documents.load(&StateKey::new(name).unwrap()));
        let text = |bytes: &bytes::Bytes| String::from_utf8(bytes.to_vec()).unwrap();
        Some(match found.unwrap()?.value {
            Document::Text(bytes) => text(&bytes),
            Document::List(items) => items.iter().map(text).collect::<Vec<_>>().join("\n"),
            Document::Map(fields) => {
                let line =
                    |(name, value): (&String, &bytes::Bytes)| format!("{name}={}", text(value));
                fields.iter().map(line).collect::<Vec<_>>().join("\n")
            }
            _ => unreachable!("a document has one of three shapes"),
        })
    }

    /// Waits until a document says this.
    #[track_caller]
    pub(crate) fn until(&self, name: &str, says: &str) -> String {
        wait_for(LONG, &format!("{name} to say {says}"), || {
            self.document(name).filter(|text| text.contains(says))
        })
    }

    /// Starts `popkit ARGS` in an agent's command.
    pub(crate) fn spawn_as(&self, agent: &str, args: &[&str]) -> Child {
        Child::spawn(self.room.command(args).env("POPKIT_AGENT", agent))
    }

    /// Runs it to its end.
    #[track_caller]
    pub(crate) fn run_as(&self, agent: &str, args: &[&str]) -> Out {
        finish(self.spawn_as(agent, args))
    }

    /// Runs `popkit ARGS` as a person does, at a terminal.
    #[track_caller]
    pub(crate) fn type_in(&self, args: &[&str]) -> Out {
        finish(Child::on_terminal(&mut self.room.command(args)))
    }

    /// The questions that are open, once there are so many.
    #[track_caller]
    pub(crate) fn questions(&self, count: usize) -> Vec<Value> {
        wait_for(LONG, &format!("{count} questions"), || {
            let out = self.room.popkit(&["--json", "pending"]);
            assert_eq!(out.code, 0, "{out:?}");
            Some(out.lines()).filter(|all| all.len() == count)
        })
    }
}

/// How a program ended.
#[track_caller]
pub(crate) fn finish(mut child: Child) -> Out {
    let status = child.wait(LONG);
    let code = status.code().expect("the program was killed");
    Out { code, out: child.stdout(), err: child.stderr() }
}
