//! What is refused, and how that is said.

use popkit_coordinator::config::Config;

use super::{parse, refused};

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

/// Each says what was wrong, where, and what to do.
#[test]
fn what_popkit_cannot_honour_is_refused_with_the_reason() {
    for (text, says) in [
        (
            r#"{"native":{"plan_mode":{"auto_approve_on_timeout":true}}}"#,
            "1:49: native.plan_mode.auto_approve_on_timeout: it can only be false: in popkit a question that nobody answers in time is answered with no",
        ),
        (
            r#"{"cloud":{"fallback_to_local":false}}"#,
            "it can only be true: popkit has no hosted service",
        ),
        (
            r#"{"insights":{"relevance_matching":{"enabled":false}}}"#,
            "only to those whose work it concerns",
        ),
        (r#"{"insights":{"deduplication":{"enabled":false}}}"#, "set similarity_threshold to 1.0"),
        (r#"{"coordinator":{"aggregate_results":false}}"#, "are what the next one begins with"),
        (r#"{"coordinator":{"smart_agent_selection":false}}"#, "the live agent that has the least"),
        (
            r#"{"coordinator":{"mode":"passive"}}"#,
            "found the string \"passive\", expected \"active\": the first coordinator of a session leads, any other stands by",
        ),
        (
            r#"{"coordinator":{"conflict_resolution":"last_wins"}}"#,
            "expected \"first_wins\": whoever claims",
        ),
        (r#"{"output":{"checkin_style":"plain"}}"#, "there is no other style of check-ins"),
        (r#"{"output":{"result_style":"plain"}}"#, "there is no other style of results"),
    ] {
        let error = refused(text);
        assert!(error.contains(says), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn values_that_cannot_work_are_refused_with_the_mend() {
    for (text, says) in [
        (r#"{"channels":{"prefix":"a b"}}"#, "channels.prefix: "),
        (
            r#"{"channels":{"prefix":"team","human":"pop:human"}}"#,
            "leave it out or write \"team:human\"; channels.prefix renames all",
        ),
        (r#"{"channels":{"broadcast":"my:own"}}"#, "leave it out or write \"pop:broadcast\""),
        (
            r#"{"intervals":{"heartbeat_seconds":40}}"#,
            "1:35: intervals.heartbeat_seconds: an agent would be lost after 60 s of silence and speaks every 40 s; set agent_timeout_seconds to 80 or more",
        ),
        (
            r#"{"intervals":{"agent_timeout_seconds":29}}"#,
            "set agent_timeout_seconds to 30 or more",
        ),
        (r#"{"failover":{"heartbeat_miss_threshold":1}}"#, "found 1, expected 2 to 100"),
        (r#"{"phases":{"default_phases":["a","a"]}}"#, "a comes twice; leave out one"),
        (
            r#"{"phases":{"default_phases":["document","documentation"]}}"#,
            "are one phase; leave out one",
        ),
        (r#"{"phases":{"default_phases":["a\nb"]}}"#, "no name of a phase"),
        (
            r#"{"phases":{"documentation_barrier":{"required_agent":"coordinator"}}}"#,
            "required_agent: ",
        ),
        (r#"{"guardrails":{"protected_paths":["a["]}}"#, "is no pattern of protected paths"),
        (
            r#"{"guardrails":{"human_required_actions":["Push to main"]}}"#,
            "expected names as push_to_main",
        ),
        (
            r#"{"guardrails":{"unconventional_patterns":[{"description":"x"}]}}"#,
            "item 0 has no keywords",
        ),
        (
            r#"{"guardrails":{"drift_detection":{"file_scope_enforcement":"blok"}}}"#,
            "did you mean \"block\"?",
        ),
        (
            r#"{"tier_limits":{"pro":{"features":["sync_bariers"]}}}"#,
            "tier_limits.pro.features[0]: ",
        ),
        (
            r#"{"tier_limits":{"pro":{"mode":"cloud"}}}"#,
            "expected \"native\", \"upstash\", \"redis\", \"file\"",
        ),
        (r#"{"native":{"insights_file_path":"../x.json"}}"#, "expected a file in the project"),
        (
            r#"{"native":{"min_claude_code_version":"new"}}"#,
            "\"new\" is no version; write three numbers",
        ),
        (
            r#"{"redis":{"host":"localhost:6379"}}"#,
            "without a port; for a whole URL use POPKIT_URL",
        ),
        (r#"{"redis":{"health_check_interval":1e9}}"#, "expected 0 to 86400"),
        (r#"{"mode_priority":[]}"#, "no mode is left"),
        (r#"{"mode_priority":["native"],"native":{"enabled":false}}"#, "native.enabled is false"),
        (
            r#"{"limits":{"max_runtime_minutes":30.5}}"#,
            "found the number 30.5, expected an integer",
        ),
        (
            r#"{"limits":{"max_runtime_minutes":-1}}"#,
            "found the number -1, expected an integer from 1",
        ),
        (r#"{"output":null}"#, "output: found null, expected an object"),
        (
            r#"{"insights":{"deduplication":{"similarity_threshold":8}}}"#,
            "found 8, expected 0.1 to 1",
        ),
    ] {
        let error = refused(text);
        assert!(error.contains(says), "{text}: {error}");
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
