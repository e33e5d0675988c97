//! What is read, changes nothing, and is reported.

use super::{clean, warned};

#[test]
fn unknown_keys_are_reported_with_the_nearest_name() {
    let text = r#"{
  "limit": {},
  "limits": { "max_tool_cals_per_agent": 5, "colour": "red" },
  "native": { "plan_mode": { "timeout_second": 1 } },
  "heartbeat_seconds": 20
}"#;
    assert_eq!(
        warned(text),
        [
            "config.json:2:3: limit: unknown key, it has no effect (did you mean limits?)",
            "config.json:3:15: limits.max_tool_cals_per_agent: unknown key, it has no effect (did \
             you mean limits.max_tool_calls_per_agent?)",
            "config.json:3:45: limits.colour: unknown key, it has no effect (known here: \
             max_insights_per_pull, max_parallel_agents, max_tool_calls_per_agent, \
             max_runtime_minutes, max_retries_on_failure, max_orphaned_task_age_seconds)",
            "config.json:4:30: native.plan_mode.timeout_second: unknown key, it has no effect (did \
             you mean native.plan_mode.timeout_seconds?)",
            "config.json:5:3: heartbeat_seconds: unknown key, it has no effect (did you mean \
             intervals.heartbeat_seconds?)",
        ]
    );
}

#[test]
fn a_key_cannot_write_to_the_terminal() {
    let shown = warned(r#"{"a\u001b[31m\nb": 1}"#);
    assert_eq!(shown.len(), 1);
    assert!(!shown[0].contains(char::is_control), "{shown:?}");
}

#[test]
fn what_popkit_has_not_is_reported_as_unsupported() {
    let text = r#"{
  "cloud": {
    "use_workflows": false, "api_url": "https://example.com", "sync_on_result": false,
    "sync_on_phase_change": false
  },
  "consensus": { "threshold": 0.9 },
  "native": { "plan_mode": { "enabled": false, "timeout_seconds": 7, "notes": "ours" } }
}"#;
    let shown = warned(text);
    assert_eq!(shown.len(), 7, "{shown:?}");
    for key in ["enabled", "timeout_seconds"] {
        let says = format!("native.plan_mode.{key}: unsupported, it has no effect: the agent's");
        assert!(shown.iter().any(|line| line.contains(&says)), "{key}: {shown:?}");
    }
    for key in ["use_workflows", "api_url", "sync_on_result", "sync_on_phase_change"] {
        let says = format!("cloud.{key}: unsupported, it has no effect: popkit has no hosted");
        assert!(shown.iter().any(|line| line.contains(&says)), "{key}: {shown:?}");
    }
    let says = "config.json:6:31: consensus.threshold: unsupported";
    assert!(shown.iter().any(|line| line.starts_with(says)), "{shown:?}");
}

#[test]
fn names_that_are_nearly_known_are_reported() {
    let text = r#"{"guardrails": {"human_required_actions": ["rename_databases", "push_to_mein"]},
        "phases": {"documentation_barrier": {"checks": ["claude_md_update", "spelling"]}}}"#;
    let shown = warned(text);
    assert_eq!(shown.len(), 3, "{shown:?}");
    assert!(
        shown[0].contains("\"push_to_mein\" is taken as it is (did you mean \"push_to_main\"?)")
    );
    assert!(shown[1].contains("no check that popkit makes (did you mean \"claude_md_updated\"?)"));
    assert!(shown[2].ends_with("\"spelling\" is no check that popkit makes"), "{shown:?}");
}

#[test]
fn comments_are_no_keys() {
    clean("{\n// a line\n\"limits\": { /* a block */ \"max_runtime_minutes\": 5 }\n}");
}
