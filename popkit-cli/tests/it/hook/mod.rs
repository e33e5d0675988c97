//! `popkit hook`, as Claude Code runs it: a process per event.

#![allow(clippy::needless_pass_by_value, reason = "values are made where they are given")]

mod guard;
mod inbox;
mod insight;
mod leave;
mod set_up;
mod start;
mod state;
mod trouble;
#[cfg(unix)]
mod wires;

use popkit_protocol::session::{BoundaryKind, ViolationAction};
use popkit_protocol::{Boundary, Codec, Json, Objective, RandomIds, Timestamp};
use popkit_store::{Document, SaveOptions, SqliteOptions, SqliteStore, StateKey, StateStore};
use serde_json::{Value, json};

use crate::room::{Out, Room};

/// A session of Claude Code in a project.
struct Host {
    room: Room,
    session: &'static str,
}

impl Host {
    /// In a project without a power session.
    fn new() -> Self {
        let mut room = Room::new();
        let root = room.path().to_str().unwrap().to_owned();
        room.set("CLAUDE_PROJECT_DIR", root);
        Self { room, session: "s-1" }
    }

    /// In a project with an active power session.
    fn active() -> Self {
        Self::active_with(|objective| objective)
    }

    fn active_with(set: impl FnOnce(Objective) -> Objective) -> Self {
        let host = Self::new();
        host.room.task(&["add", "a"]);
        host.save("objective", Document::text(objective(set)));
        host
    }

    /// Another session of Claude Code in the same project.
    fn beside(self, session: &'static str) -> Self {
        Self { session, ..self }
    }

    fn cwd(&self) -> String {
        self.room.path().to_str().unwrap().to_owned()
    }

    /// The object of an event, with these fields besides.
    fn input(&self, event: &str, more: Value) -> Value {
        let mut input = json!({
            "hook_event_name": event,
            "session_id": self.session,
            "transcript_path": "/dev/null",
            "cwd": self.cwd(),
        });
        let Value::Object(more) = more else { panic!("{more}") };
        input.as_object_mut().unwrap().extend(more);
        input
    }

    /// Runs `popkit hook EVENT` with it.
    fn run(&self, event: &str, more: Value) -> Out {
        self.feed(event, &self.input(event, more).to_string())
    }

    /// Runs it with this standard input, patient on a busy machine.
    fn feed(&self, event: &str, text: &str) -> Out {
        self.room.feed(&["hook", event, "--deadline", "60s"], text)
    }

    /// A tool was called: what the model is told, if anything.
    #[track_caller]
    fn used(&self, id: &str, tool: &str, input: Value, response: Value) -> Option<String> {
        let more = json!({"tool_name": tool, "tool_input": input, "tool_response": response, "tool_use_id": id});
        told(&self.run("PostToolUse", more), "PostToolUse")
    }

    /// So many calls that show nothing; what the model is told at the last one.
    #[track_caller]
    fn works(&self, ids: std::ops::RangeInclusive<u32>) -> Option<String> {
        let mut last = None;
        for id in ids {
            let input = json!({"file_path": format!("{}/src/parser/mod.rs", self.cwd())});
            last = self.used(&format!("t-{id}"), "Edit", input, json!({}));
        }
        last
    }

    /// A tool is about to write a file.
    fn writes(&self, file: &str) -> Out {
        self.calls("Write", json!({"file_path": file, "content": "x"}))
    }

    /// A tool is about to be called.
    fn calls(&self, tool: &str, input: Value) -> Out {
        self.run("PreToolUse", json!({"tool_name": tool, "tool_input": input}))
    }

    /// The messages on a channel.
    #[track_caller]
    fn said(&self, channel: &str) -> Vec<Value> {
        let out = self.room.popkit(&["--json", "watch", "--once", channel]);
        assert_eq!(out.code, 0, "{out:?}");
        out.lines().into_iter().map(|event| event["message"].clone()).collect()
    }

    fn agent(&self) -> String {
        let id = popkit_protocol::session::AgentIdentity::stable_id(self.session, None);
        id.unwrap().to_string()
    }

    fn save(&self, name: &str, document: Document) {
        within(async {
            let store = self.store().await;
            store.save(&key(name), document, SaveOptions::default()).await.unwrap();
            popkit_store::TaskStore::close(&store).await.unwrap();
        });
    }

    fn load(&self, name: &str) -> Option<Document> {
        within(async {
            let store = self.store().await;
            let found = store.load(&key(name)).await.unwrap();
            popkit_store::TaskStore::close(&store).await.unwrap();
            found.map(|found| found.value)
        })
    }

    /// A field of the agent's state, as JSON.
    fn field(&self, name: &str) -> Value {
        let Some(Document::Map(fields)) = self.load(&format!("state:{}", self.agent())) else {
            panic!("there is no state of {}", self.agent())
        };
        serde_json::from_slice(&fields[name]).unwrap()
    }

    async fn store(&self) -> SqliteStore {
        SqliteOptions::new(self.room.state("tasks.db")).open().await.unwrap()
    }
}

fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn key(name: &str) -> StateKey {
    StateKey::new(name).unwrap()
}

/// An objective as it is stored.
fn objective(set: impl FnOnce(Objective) -> Objective) -> String {
    let objective = Objective::new(&RandomIds, Timestamp::EPOCH, "tidy the parser");
    let objective = set(objective.with_phases(["explore", "design"]));
    Codec::default().to_json(&objective).unwrap().as_str().to_owned()
}

fn boundary(kind: BoundaryKind, value: &str, action: ViolationAction) -> Boundary {
    Boundary::new(kind, "the limit", Json::from_text(value).unwrap(), action)
}

/// What the model is told: the only thing that is answered, and in the documented place.
#[track_caller]
fn told(out: &Out, event: &str) -> Option<String> {
    assert_eq!((out.code, out.err.as_str()), (0, ""), "{out:?}");
    if out.out.is_empty() {
        return None;
    }
    let answer: Value = serde_json::from_str(&out.out).unwrap();
    let text = answer["hookSpecificOutput"]["additionalContext"].as_str().unwrap().to_owned();
    let expected =
        json!({"hookSpecificOutput": {"hookEventName": event, "additionalContext": text}});
    assert_eq!(answer, expected, "and nothing else");
    assert!(text.chars().count() < 10_000);
    Some(text)
}

/// Asserts that nothing was said, and nothing went wrong.
#[track_caller]
fn silent(out: &Out) {
    assert_eq!((out.code, out.out.as_str(), out.err.as_str()), (0, "", ""), "{out:?}");
}

/// Asserts a verdict in the documented form, and gives its reason.
#[track_caller]
fn verdict(out: &Out, word: &str) -> String {
    assert_eq!((out.code, out.err.as_str()), (0, ""), "{out:?}");
    let answer: Value = serde_json::from_str(&out.out).unwrap();
    let specific = &answer["hookSpecificOutput"];
    assert_eq!(specific["hookEventName"], "PreToolUse");
    assert_eq!(specific["permissionDecision"], word, "{out:?}");
    assert_eq!(answer.as_object().unwrap().len(), 1);
    specific["permissionDecisionReason"].as_str().unwrap().to_owned()
}

/// Asserts the other form: exit code 2, and one line on standard error.
#[track_caller]
fn denied(out: &Out, words: &[&str]) {
    assert_eq!((out.code, out.out.as_str()), (2, ""), "{out:?}");
    assert_eq!(out.err.lines().count(), 1, "{out:?}");
    for word in words {
        assert!(out.err.contains(word), "{word:?} is missing in {out:?}");
    }
}

/// Asserts that nobody was hindered, and one line says why nothing was done.
#[track_caller]
fn passed(out: &Out, words: &[&str]) {
    assert_eq!((out.code, out.out.as_str()), (0, ""), "{out:?}");
    assert_eq!(out.err.lines().count(), 1, "{out:?}");
    for word in words {
        assert!(out.err.contains(word), "{word:?} is missing in {out:?}");
    }
}
