//! A power session led as the coordinator, with agents who have the rights of an agent.

use popkit_protocol::{Codec, Json, Objective, RandomIds, Timestamp};
use popkit_store::{StateKey, StateStoreExt as _};
use popkit_testkit::{Child, RedisServer, wait_for, wait_until};
use serde_json::{Value, json};

use super::{SECRET, server};
use crate::agent::finish;
use crate::redis::LONG;
use crate::room::{Out, Room};

/// A folder from which each user works in the same session.
struct Site {
    room: Room,
    server: RedisServer,
}

impl Site {
    fn new(session: &str) -> Self {
        let mut room = Room::new();
        room.set("PATH", std::env::var("PATH").unwrap());
        room.set("POPKIT_SESSION", session);
        Self { room, server: server() }
    }

    fn command(&self, user: &str, args: &[&str]) -> std::process::Command {
        let url = self.server.url_as(user, Some(SECRET));
        let mut command = self.room.command(args);
        command.env("POPKIT_URL", format!("{url}?timeout=20s&connect_timeout=20s"));
        command
    }

    fn spawn(&self, user: &str, args: &[&str]) -> Child {
        Child::spawn(&mut self.command(user, args))
    }

    #[track_caller]
    fn popkit(&self, user: &str, args: &[&str]) -> Out {
        finish(self.spawn(user, args))
    }

    /// The questions that are open, once there are so many, as an agent sees them.
    #[track_caller]
    fn questions(&self, count: usize) -> Vec<Value> {
        wait_for(LONG, "the questions", || {
            let out = self.popkit("agent", &["--json", "pending"]);
            assert_eq!(out.code, 0, "{out:?}");
            Some(out.lines()).filter(|all| all.len() == count)
        })
    }
}

/// An agent asks, a person says yes, and the session ends well.
fn session_is_led_and_agents_take_part(session: &str) {
    let site = Site::new(session);
    let start = ["power", "start", "tidy", "--phases", "work", "--period", "1s"];
    let out = site.popkit("agent", &start);
    assert!(out.code == 77 && out.err.contains("session:snapshot: save: permission"), "{out:?}");
    let leads = site.spawn("coordinator", &start);
    wait_until(LONG, "a leader", || leads.stderr().contains("this coordinator leads"));

    let program = env!("CARGO_BIN_EXE_popkit");
    let script = format!("'{program}' agent ask 'deploy?' && '{program}' insight add 'it is out'");
    let run = ["agent", "run", "ann", "--period", "1s", "--", "sh", "-c", &script];
    let works = site.spawn("agent", &run);
    let question = site.questions(1).remove(0);
    let id = question["id"].as_str().unwrap();

    // A person who came as the agent, which agents can do, decides nothing.
    let out = finish(Child::on_terminal(&mut site.command("agent", &["approve", id])));
    out.refused(77, &["the Redis user may not"]);
    let prefix = if session.is_empty() { String::new() } else { format!("{{{session}}}:") };
    assert_eq!(site.server.cli(&["EXISTS", &format!("pop:{prefix}decision:{id}")]), "0");
    let status = site.popkit("agent", &["power", "status"]);
    assert!(status.code == 0 && status.out.contains("deploy?"), "{status:?}");

    let out = finish(Child::on_terminal(&mut site.command("coordinator", &["approve", id])));
    assert_eq!(out.code, 0, "{out:?}");
    for child in [works, leads] {
        let out = finish(child);
        assert_eq!(out.code, 0, "{out:?}");
        assert!(!out.err.contains("permission denied"), "{out:?}");
    }
}

#[test]
fn an_agent_takes_part_in_the_unnamed_session_and_does_not_decide() {
    session_is_led_and_agents_take_part("");
}

#[test]
fn an_agent_takes_part_in_a_named_session_and_does_not_decide() {
    session_is_led_and_agents_take_part("team");
}

/// The rules of named sessions let an agent write documents whose names begin as a decision's do.
#[test]
fn what_is_written_beside_the_decisions_decides_nothing() {
    let site = Site::new("team");
    let start = ["power", "start", "tidy", "--phases", "work", "--period", "1s", "--lease", "1s"];
    let mut leads = site.spawn("coordinator", &start);
    wait_until(LONG, "a leader", || leads.stderr().contains("this coordinator leads"));
    let ask =
        |question| site.spawn("agent", &["--json", "agent", "ask", question, "--agent", "ann"]);
    let first = ask("deploy?");
    let id = site.questions(1)[0]["id"].as_str().unwrap().to_owned();
    let forged =
        json!({"decision": id, "approved": true, "by": "eve", "at": "2026-11-26T09:00:00Z"});
    let url = format!("{}?session=team", site.server.url_as("agent", Some(SECRET)));
    let key = StateKey::new("decision:x}:state:a").unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = popkit_store::open(&url).await.unwrap();
        store.documents.save_text(&key, &forged.to_string()).await.unwrap();
        store.tasks.close().await.unwrap();
    });
    // Whoever begins to lead looks for decisions.
    leads.kill9();
    let start = ["power", "start", "--resume", "--period", "1s", "--lease", "1s"];
    let mut leads = site.spawn("coordinator", &start);
    wait_until(LONG, "a leader", || leads.stderr().contains("this coordinator leads"));
    let mut second = ask("and this?");
    site.questions(2);
    let out = finish(Child::on_terminal(&mut site.command("coordinator", &["deny", &id])));
    assert_eq!(out.code, 0, "{out:?}");
    let out = finish(first);
    assert_eq!((out.code, &out.lines()[0]["by"]), (77, &"tester".into()), "{out:?}");
    for child in [&mut second, &mut leads] {
        child.terminate();
        child.wait(LONG);
    }
}

#[test]
fn the_hooks_need_no_more_than_the_rights_of_an_agent() {
    let mut site = Site::new("");
    let objective = Objective::new(&RandomIds, Timestamp::from_millis(1), "tidy the parser");
    let objective: Json = Codec::default().to_json(&objective).unwrap();
    site.server.cli(&["SET", "pop:objective", objective.as_str()]);
    site.room.set("POPKIT_URL", site.server.url_as("agent", Some(SECRET)));
    let root = site.room.path().to_str().unwrap().to_owned();
    for n in 1..=5 {
        let input = json!({
            "hook_event_name": "PostToolUse", "session_id": "s-1", "transcript_path": "/dev/null",
            "cwd": root, "tool_name": "Bash", "tool_use_id": format!("t-{n}"),
            "tool_input": {"command": "rg parser"},
            "tool_response": {"stdout": "found the parser in src/parser/mod.rs"},
        });
        let call = ["hook", "PostToolUse", "--deadline", "60s"];
        let out = site.room.feed(&call, &input.to_string());
        assert!(out.code == 0 && !out.err.contains("permission denied"), "{out:?}");
    }
    assert_eq!(site.server.cli(&["LLEN", "pop:insights"]), "1");
    let state = site.server.cli(&["KEYS", "pop:state:*"]);
    assert_eq!(site.server.cli(&["HGET", &state, "tool_call_count"]), "5");
}
