//! What is refused, and how that is said.

use popkit_coordinator::config::Config;

use super::{file, parse, refused};

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let text = r#"{
  "version": "3.0.0",
  "mode_priority": ["native", "rediss"],
  "limits": { "max_runtime_minutes": "long", "max_parallel_agents": 0 },
  "intervals": 5,
  "redis": { "port": 65536, "socket_timeout": -1 },
  "limits": {}
}"#;
    let expected = "\
config.json:2:14: version: found 3.0.0, popkit reads 2.0.0; `popkit power init` writes one
config.json:3:31: mode_priority[1]: found the string \"rediss\", expected \"native\", \"upstash\", \
\"redis\", \"file\" (did you mean \"redis\"?)
config.json:4:38: limits.max_runtime_minutes: found the string \"long\", expected an integer from 1 \
to 525600
config.json:4:69: limits.max_parallel_agents: found 0, expected 1 to 256
config.json:5:16: intervals: found the number 5, expected an object
config.json:6:22: redis.port: found the number 65536, expected an integer from 1 to 65535
config.json:6:47: redis.socket_timeout: found -1, expected seconds from 0.001 to 3600, or null
config.json:7:3: limits: the key comes twice; leave out one";
    assert_eq!(refused(text), expected);
}

/// What popkit cannot honour: a key, its value, what is said.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "native.plan_mode.auto_approve_on_timeout",
        "true",
        "1:51: native.plan_mode.auto_approve_on_timeout: it can only be false: in popkit a \
         question that nobody answers in time is answered with no",
    ),
    ("cloud.fallback_to_local", "false", "it can only be true: popkit has no hosted service"),
    ("insights.relevance_matching.enabled", "false", "only to those whose work it concerns"),
    ("insights.deduplication.enabled", "false", "set similarity_threshold to 1.0"),
    ("coordinator.aggregate_results", "false", "are what the next one begins with"),
    ("coordinator.smart_agent_selection", "false", "the live agent that has the least"),
    (
        "coordinator.mode",
        r#""passive""#,
        "found the string \"passive\", expected \"active\": the first coordinator of a session \
         leads, any other stands by",
    ),
    (
        "coordinator.conflict_resolution",
        r#""last_wins""#,
        "expected \"first_wins\": whoever claims",
    ),
    ("output.checkin_style", r#""plain""#, "there is no other style of check-ins"),
    ("output.result_style", r#""plain""#, "there is no other style of results"),
];

#[test]
fn what_popkit_cannot_honour_is_refused_with_the_reason() {
    for (key, value, says) in REFUSED {
        let error = refused(&file(key, value));
        assert!(error.contains(says), "{key}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

/// What nobody can: a key, its value, what is said.
const WRONG: &[(&str, &str, &str)] = &[
    ("channels.prefix", r#""a b""#, "channels.prefix: "),
    (
        "channels",
        r#"{"prefix": "team", "human": "pop:human"}"#,
        "leave it out or write \"team:human\"; channels.prefix renames all",
    ),
    ("channels.broadcast", r#""my:own""#, "leave it out or write \"pop:broadcast\""),
    (
        "intervals.heartbeat_seconds",
        "40",
        "1:35: intervals.heartbeat_seconds: an agent would be lost after 60 s of silence and \
         speaks every 40 s; set agent_timeout_seconds to 80 or more",
    ),
    ("intervals.agent_timeout_seconds", "29", "set agent_timeout_seconds to 30 or more"),
    ("failover.heartbeat_miss_threshold", "1", "found 1, expected 2 to 100"),
    ("phases.default_phases", r#"["a", "a"]"#, "a comes twice; leave out one"),
    ("phases.default_phases", r#"["document", "documentation"]"#, "are one phase; leave out one"),
    ("phases.default_phases", r#"["a\nb"]"#, "no name of a phase"),
    ("phases.documentation_barrier.required_agent", r#""coordinator""#, "required_agent: "),
    ("guardrails.protected_paths", r#"["a["]"#, "is no pattern of protected paths"),
    ("guardrails.human_required_actions", r#"["Push to main"]"#, "expected names as push_to_main"),
    ("guardrails.unconventional_patterns", r#"[{"description": "x"}]"#, "item 0 has no keywords"),
    ("guardrails.drift_detection.file_scope_enforcement", r#""blok""#, "did you mean \"block\"?"),
    ("tier_limits.pro.features", r#"["sync_bariers"]"#, "tier_limits.pro.features[0]: "),
    ("tier_limits.pro.mode", r#""cloud""#, "expected \"native\", \"upstash\", \"redis\", \"file\""),
    ("native.insights_file_path", r#""../x.json""#, "expected a file in the project"),
    ("native.min_claude_code_version", r#""new""#, "\"new\" is no version; write three numbers"),
    ("redis.host", r#""localhost:6379""#, "without a port; for a whole URL use POPKIT_URL"),
    ("redis.health_check_interval", "1000000000.0", "expected 0 to 86400"),
    ("mode_priority", "[]", "no mode is left"),
    ("limits.max_runtime_minutes", "30.5", "found the number 30.5, expected an integer"),
    ("limits.max_runtime_minutes", "-1", "found the number -1, expected an integer from 1"),
    ("output", "null", "output: found null, expected an object"),
    ("insights.deduplication.similarity_threshold", "8", "found 8, expected 0.1 to 1"),
];

#[test]
fn values_that_cannot_work_are_refused_with_the_mend() {
    for (key, value, says) in WRONG {
        let error = refused(&file(key, value));
        assert!(error.contains(says), "{key}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn what_is_no_json_says_where() {
    for (text, says) in [
        ("", "config.json:1:1: the file is empty; `popkit power init` writes one"),
        ("[]", "config.json:1:1: found a list, expected an object"),
        ("{\n \"limits\": {,}\n}", "config.json:2:13: this is not JSON: "),
        ("{\"a\": 1,}", "this is not JSON: trailing commas are not allowed"),
        ("{'a': 1}", "this is not JSON: "),
    ] {
        let error = refused(text);
        assert!(error.contains(says), "{text}: {error}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(refused(&deep).contains("this is not JSON"));
    assert!(refused(&" ".repeat(1_048_577)).contains("larger than 1 MiB"));
}

#[test]
fn a_password_is_shown_nowhere() {
    for text in [
        r#"{"redis":{"password":["hunter2"]}}"#,
        r#"{"redis":{"password":"hunter2","port":0}}"#,
        r#"{"redis":{"password":{"hunter2":1}}}"#,
    ] {
        let error = parse(text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
    let (config, _) = parse(r#"{"redis":{"password":"hunter2"}}"#).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn a_file_of_mistakes_shows_the_first_hundred() {
    let items = vec!["1"; 150].join(",");
    let error = parse(&format!(r#"{{"mode_priority":[{items}]}}"#)).unwrap_err();
    assert_eq!(error.mistakes().len(), 100);
    assert!(error.to_string().ends_with("\nconfig.json: and 50 mistakes more"), "{error}");
}

#[test]
fn a_file_that_is_not_there_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.json");
    let error = Config::load(&file).unwrap_err();
    assert_eq!(error.file(), file);
    assert!(error.to_string().contains("config.json:1:1: cannot read the file: "), "{error}");
    std::fs::write(&file, b"{\"description\": \"\xff\"}").unwrap();
    assert!(Config::load(&file).unwrap_err().to_string().contains("save the file as UTF-8"));
    std::fs::write(&file, Config::example()).unwrap();
    assert_eq!(Config::load(&file).unwrap(), (Config::default(), Vec::new()));
}

#[test]
fn a_mode_must_be_left() {
    let error = refused(r#"{"mode_priority":["native"],"native":{"enabled":false}}"#);
    assert!(
        error.contains("mode_priority: no mode is left, as native.enabled is false"),
        "{error}"
    );
}

#[test]
fn the_files_of_native_mode_are_two_and_nobody_else_s() {
    let text = r#"{"native": {"insights_file_path": "a/B", "state_file_path": "./a//b"}}"#;
    let said = refused(text);
    assert!(said.contains("native.state_file_path: ") && said.contains("name two files"), "{said}");
    let text = r#"{"native": {"insights_file_path": ".claude/popkit/power-state.json"}}"#;
    assert!(refused(text).contains("native.insights_file_path: "));
    let said = refused(r#"{"native": {"state_file_path": ".git/config"}}"#);
    assert!(said.contains("protected by .git/config"), "{said}");
}
