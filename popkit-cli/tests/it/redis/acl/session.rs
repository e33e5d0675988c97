//! A power session led as the coordinator, with agents who have the rights of an agent.

use popkit_protocol::{Codec, Json, Objective, RandomIds, Timestamp};
use popkit_testkit::{Child, RedisServer, wait_for, wait_until};
use serde_json::json;

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
    let question = wait_for(LONG, "the question", || {
        let out = site.popkit("agent", &["--json", "pending"]);
        assert_eq!(out.code, 0, "{out:?}");
        out.lines().into_iter().next()
    });
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
