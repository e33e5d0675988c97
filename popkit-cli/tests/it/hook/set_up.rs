//! The configuration for Claude Code.

use serde_json::Value;

use super::Host;

#[test]
fn p13_the_timeouts_of_the_configuration_are_seconds_and_above_the_deadline() {
    let host = Host::new();
    let out = host.room.popkit(&["hook", "--config"]);
    assert_eq!((out.code, out.err.as_str()), (0, ""), "{out:?}");
    let config: Value = serde_json::from_str(&out.out).unwrap();
    let hooks = config["hooks"].as_object().unwrap();
    let mut events: Vec<&str> = hooks.keys().map(String::as_str).collect();
    events.sort_unstable();
    assert_eq!(
        events,
        [
            "PostToolUse",
            "PreToolUse",
            "SessionEnd",
            "SessionStart",
            "SubagentStop",
            "UserPromptSubmit"
        ]
    );
    for (event, groups) in hooks {
        let hook = &groups[0]["hooks"][0];
        assert_eq!(hook["timeout"].as_u64(), Some(10), "{event}");
        let program = hook["command"].as_str().unwrap();
        assert!(std::path::Path::new(program).is_absolute(), "{program}");
        assert_eq!(hook["args"][1], event.as_str());
    }
    let help = host.room.popkit(&["hook", "--help"]).out;
    assert!(help.contains("[default: 5s"), "well below 10 s: {help}");
}

#[test]
fn what_the_configuration_runs_denies_what_must_be_denied() {
    let host = Host::new();
    let out = host.room.popkit(&["hook", "--config"]);
    let config: Value = serde_json::from_str(&out.out).unwrap();
    let hook = &config["hooks"]["PreToolUse"][0]["hooks"][0];
    let args: Vec<&str> =
        hook["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()).collect();
    assert_eq!(args, ["hook", "PreToolUse"]);
    super::verdict(&host.writes(".claude/settings.local.json"), "deny");
}
