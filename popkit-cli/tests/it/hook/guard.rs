//! PreToolUse.

use popkit_protocol::session::{BoundaryKind, ViolationAction};
use popkit_store::Document;
use serde_json::json;

use super::{Host, boundary, silent, verdict};

#[test]
fn p20_protected_paths_are_denied_however_they_are_written() {
    let host = Host::active();
    let cwd = host.cwd();
    for file in [
        "config/.env",
        "/x/.env",
        "secrets/a",
        ".git/config",
        "node_modules/a",
        "credentials/k",
        "prod.config.js",
        "src/auth/../../.env",
        &format!("{cwd}/src/.ENV.local"),
    ] {
        let reason = verdict(&host.writes(file), "deny");
        assert!(reason.contains("is protected by "), "{reason}");
    }
    for file in ["src/main.rs", &format!("{cwd}/docs/a.md")] {
        silent(&host.writes(file));
    }
    verdict(&host.calls("NotebookEdit", json!({"notebook_path": "secrets/a.ipynb"})), "deny");
    verdict(&host.calls("Edit", json!({"old_string": "a"})), "deny");
    silent(&host.calls("Read", json!({"file_path": ".env"})));
}

#[test]
fn without_a_session_only_what_is_always_protected_is() {
    let host = Host::new();
    for file in [".popkit/default/tasks.db", ".claude/settings.json", ".mcp.json", ".git/hooks/x"] {
        verdict(&host.writes(file), "deny");
    }
    for file in [".env", "src/main.rs"] {
        silent(&host.writes(file));
    }
    silent(&host.calls("Bash", json!({"command": "rm -rf /"})));
    assert!(!host.room.path().join(".popkit").exists(), "to look makes nothing");
    // A plan's tasks are no session.
    host.room.task(&["add", "a"]);
    silent(&host.writes(".env"));
}

#[test]
fn p22_the_boundaries_that_are_stored_guard_the_call() {
    let host = Host::active_with(|objective| {
        objective.with_boundaries([
            boundary(BoundaryKind::FilePattern, r#"["src/**"]"#, ViolationAction::Block),
            boundary(BoundaryKind::HumanGate, r#"["src/auth/**"]"#, ViolationAction::HumanRequired),
            boundary(BoundaryKind::ToolRestriction, r#""!PowerShell""#, ViolationAction::Block),
            boundary(BoundaryKind::HumanGate, r#""Bash""#, ViolationAction::Alert),
        ])
    });
    silent(&host.writes("src/a.rs"));
    let reason = verdict(&host.writes("docs/a.md"), "deny");
    assert!(reason.contains("docs/a.md") && reason.contains("the limit"), "{reason}");
    verdict(&host.writes("src/auth/login.rs"), "ask");
    verdict(&host.calls("PowerShell", json!({"command": "ls"})), "deny");
    // Recorded, and nobody is in the way.
    silent(&host.calls("Bash", json!({"command": "ls"})));
    let alerts = host.said("coordinator");
    let reasons: Vec<&str> =
        alerts.iter().map(|alert| alert["payload"]["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons.len(), 4, "{reasons:?}");
    assert!(reasons[3].contains("a person must allow Bash"), "{reasons:?}");
    assert!(alerts.iter().all(|alert| alert["from"] == host.agent().as_str()));
}

#[test]
fn an_unconventional_approach_is_recorded_and_nobody_is_in_the_way() {
    let host = Host::active_with(|objective| objective);
    silent(&host.calls("Bash", json!({"command": "cargo test"})));
    silent(&host.calls("Bash", json!({"command": "git rm a_test.rs # delete it and we pass"})));
    let alerts = host.said("coordinator");
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    let reason = alerts[0]["payload"]["reason"].as_str().unwrap();
    assert_eq!(reason, "one line of a call of Bash has delete, test, pass");
    // By the project's own words.
    let patterns = json!({"guardrails": {"unconventional_patterns":
        [{"description": "pushes by force", "keywords": ["push", "--force"]}]}});
    host.room.write(".claude/popkit/config.json", &patterns.to_string());
    silent(&host.calls("Bash", json!({"command": "git rm a_test.rs # delete it and we pass"})));
    silent(&host.calls("Bash", json!({"command": "git push --force"})));
    let alerts = host.said("coordinator");
    assert_eq!(alerts.len(), 2, "{alerts:?}");
    assert_eq!(alerts[1]["payload"]["description"], "pushes by force");
}

#[test]
fn boundaries_as_the_originals_write_them_guard_too() {
    let host = Host::active();
    let text = r#"{"id": "ab12cd34", "description": "x", "success_criteria": [], "boundaries": [
        {"type": "tool_restriction", "description": "no shell", "value": ["Write", "Edit"],
         "enforced": true, "violation_action": "block"},
        {"type": "time_limit", "description": "Max 30 minutes", "value": 1800, "enforced": true,
         "violation_action": "human_required"}],
        "phases": ["explore"], "current_phase": 0, "created_at": "2026-11-20T23:06:03.062177"}"#;
    host.save("objective", Document::text(text));
    let reason = verdict(&host.calls("Bash", json!({"command": "ls"})), "deny");
    assert!(reason.contains("no shell"), "{reason}");
    silent(&host.writes("a.rs"));
}

#[test]
fn the_configuration_says_what_is_protected_and_no_agent_changes_it() {
    let host = Host::active();
    let file = ".claude/popkit/config.json";
    let text = r#"{"version": "2.0.0", "guardrails": {"protected_paths": ["generated/**"]}}"#;
    host.room.write(file, text);
    verdict(&host.writes("src/generated/a.rs"), "deny");
    silent(&host.writes(".env"));
    verdict(&host.writes(file), "deny");
    host.room.write(file, "{");
    super::denied(&host.writes("src/a.rs"), &["config.json"]);
    // Without a session it says nothing.
    let other = Host::new();
    other.room.write(file, "{");
    silent(&other.writes("src/a.rs"));
}

#[test]
fn where_the_agent_goes_changes_nothing() {
    let host = Host::active();
    std::fs::create_dir_all(host.room.path().join("secrets/.git")).unwrap();
    let mut input = host.input("PreToolUse", json!({}));
    input["cwd"] = format!("{}/secrets", host.cwd()).into();
    input["tool_name"] = "Write".into();
    for (file, is_denied) in [("a", true), ("../src/a.rs", false), ("../../x/.popkit/a", true)] {
        input["tool_input"] = json!({"file_path": file});
        let text = input.to_string();
        let mut command = host.room.command(&["hook", "PreToolUse", "--deadline", "60s"]);
        command.current_dir(host.room.path().join("secrets")).stdin(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
        let out = crate::room::Out::of(child);
        if is_denied {
            verdict(&out, "deny");
        } else {
            silent(&out);
        }
    }
}

#[test]
fn the_state_is_protected_wherever_it_is() {
    let mut host = Host::new();
    let state = tempfile::tempdir().unwrap();
    let file = state.path().join("default/tasks.db");
    silent(&host.writes(file.to_str().unwrap()));
    host.room.set("POPKIT_STATE_DIR", state.path().to_str().unwrap().to_owned());
    verdict(&host.writes(file.to_str().unwrap()), "deny");
    silent(&host.writes("src/a.rs"));
    let moved = json!({"source": ".claude", "destination": "x"});
    verdict(&host.calls("mcp__disk__move_file", moved), "deny");
}

#[cfg(unix)]
#[test]
fn a_configuration_that_nobody_can_read_is_not_none() {
    let host = Host::active();
    let folder = host.room.path().join(".claude");
    std::os::unix::fs::symlink("gone", &folder).unwrap();
    super::denied(&host.writes("src/a.rs"), &[".claude"]);
    std::fs::remove_file(&folder).unwrap();
    silent(&host.writes("src/a.rs"));
    std::fs::create_dir_all(folder.join("popkit")).unwrap();
    std::os::unix::fs::symlink("gone.json", folder.join("popkit/config.json")).unwrap();
    super::denied(&host.writes("src/a.rs"), &["config.json"]);
}

#[cfg(unix)]
#[test]
fn links_lead_nobody_around_the_guard() {
    let host = Host::active();
    std::fs::create_dir(host.room.path().join("secrets")).unwrap();
    std::os::unix::fs::symlink("secrets", host.room.path().join("open")).unwrap();
    std::os::unix::fs::symlink(".env", host.room.path().join("notes.md")).unwrap();
    for file in ["open/a", "notes.md"] {
        verdict(&host.writes(file), "deny");
    }
}
