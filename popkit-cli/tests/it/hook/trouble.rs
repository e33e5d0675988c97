//! What goes wrong: a denial where a guard is, and no hindrance elsewhere.

use std::io::Write as _;
use std::process::Stdio;

use popkit_store::Document;
use serde_json::json;

use super::{Host, denied, passed, silent};
use crate::room::Out;

#[test]
fn input_that_is_not_valid_is_denied_on_guarded_events_alone() {
    let host = Host::active();
    let good =
        host.input("PreToolUse", json!({"tool_name": "Write", "tool_input": {"file_path": "a"}}));
    let good = good.to_string();
    silent(&host.feed("PreToolUse", &good));
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for bad in [
        String::new(),
        "no JSON".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        format!("{good} {good}"),
        good.replace("\"tool_name\"", "\"tool_name\":1,\"tool_name\""),
        good.replace("\"Write\"", "7"),
        good.replace("{\"file_path\":\"a\"}", &deep),
        good.replace("{\"file_path\":\"a\"}", "\"a\""),
        good.replace("\"s-1\"", "\"\""),
    ] {
        assert_ne!(bad, good);
        denied(&host.feed("PreToolUse", &bad), &["denied, because the guard cannot tell"]);
        let elsewhere = bad.replace("PreToolUse", "PostToolUse");
        passed(&host.feed("PostToolUse", &elsewhere), &["popkit: "]);
    }
    let large = good.replace("\"a\"", &format!("\"{}\"", "a".repeat(9 << 20)));
    denied(&host.feed("PreToolUse", &large), &["8 MiB"]);
}

#[test]
fn an_event_that_is_not_the_one_of_the_command_line_is_denied_if_either_is_guarded() {
    let host = Host::active();
    let input = |event: &str| host.input(event, json!({"tool_name": "Write", "tool_input": {}}));
    for (line, told) in
        [("PreToolUse", "PostToolUse"), ("PreTooluse", "PreToolUse"), ("Stop", "PreToolUse")]
    {
        denied(&host.feed(line, &input(told).to_string()), &[line, told, "hooks.json"]);
    }
    passed(&host.feed("Stop", &input("SessionEnd").to_string()), &["Stop", "SessionEnd"]);
}

#[test]
fn what_takes_too_long_is_denied() {
    let host = Host::active();
    for (event, code) in [("PreToolUse", 2), ("PostToolUse", 0)] {
        // Standard input stays open: the object never ends.
        let mut command = host.room.command(&["hook", event, "--deadline", "100ms"]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut open = child.stdin.take().unwrap();
        open.write_all(b"{").unwrap();
        let out = Out::of(child);
        drop(open);
        assert_eq!((out.code, out.out.as_str()), (code, ""), "{out:?}");
        assert!(out.err.contains("no verdict within 100ms"), "{out:?}");
    }
}

#[test]
fn an_objective_that_nobody_can_read_guards_by_denying() {
    let host = Host::active();
    host.save("objective", Document::text(r#"{"boundaries": [{"type": "new_kind"}]}"#));
    denied(&host.writes("src/a.rs"), &["objective: "]);
    let out = host.run("UserPromptSubmit", json!({"prompt": "x"}));
    passed(&out, &["objective: "]);
}

#[test]
fn a_backend_that_cannot_be_reached_denies_and_hinders_nobody_else() {
    let mut host = Host::new();
    host.room.set("POPKIT_URL", "redis://127.0.0.1:1?connect_timeout=200ms&timeout=200ms");
    denied(&host.writes("src/a.rs"), &["127.0.0.1:1"]);
    let out = host.run("SessionStart", json!({"source": "startup"}));
    passed(&out, &["127.0.0.1:1"]);
    // What needs no backend is told all the same.
    super::verdict(&host.writes(".mcp.json"), "deny");
    silent(&host.run("Stop", json!({})));
}

#[test]
fn an_environment_that_makes_no_sense_denies_and_a_command_line_does_not() {
    let mut host = Host::new();
    host.room.set("POPKIT_URL", "bogus://x");
    denied(&host.writes("src/a.rs"), &["POPKIT_URL"]);
    passed(&host.run("PostToolUse", json!({})), &["POPKIT_URL"]);
    for args in [
        &["hook"][..],
        &["hook", "PreToolUse", "--nonsense"],
        &["hook", "PreToolUse", "--deadline", "soon"],
        &["hook", "PreToolUse", "--url", "bogus://x"],
    ] {
        let out = Host::new().room.popkit(args);
        assert_eq!((out.code, out.out.as_str()), (64, ""), "{out:?}");
    }
}

#[test]
fn several_sessions_guard_together_and_one_has_to_be_named_for_the_rest() {
    let host = Host::active();
    host.room.popkit(&["--plan", "other", "task", "add", "b"]);
    let other = host.room.path().join(".popkit/other/tasks.db");
    assert!(other.is_file());
    silent(&host.writes("src/a.rs"));
    std::fs::copy(host.room.state("tasks.db"), &other).unwrap();
    silent(&host.writes("src/a.rs"));
    super::verdict(&host.writes(".env"), "deny");
    let out = host.run("UserPromptSubmit", json!({"prompt": "x"}));
    passed(&out, &["several sessions are active: default, other", "--plan NAME"]);
}

#[test]
fn the_program_unwinds_so_that_a_panic_can_be_caught() {
    let manifest = include_str!("../../../../Cargo.toml");
    assert!(!manifest.contains("panic"), "no profile may abort on a panic: docs/hooks.md");
}
