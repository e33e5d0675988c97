//! What the machine makes of the file: each key moves its setting, and no other.

use popkit_coordinator::config::Config;
use popkit_coordinator::machine::{Machine, Settings, Start};
use popkit_coordinator::mode::{Mode, Tier};
use popkit_protocol::{Objective, RandomIds, Timestamp};
use serde_json::{Value, json};

use super::{clean, file};

fn settings(text: &str) -> Settings {
    clean(text).settings(Mode::File, None)
}

/// The settings as JSON, so that a test can name the one that moves.
fn as_json(settings: &Settings) -> Value {
    serde_json::to_value(settings).unwrap()
}

/// The paths at which two differ.
fn differences(a: &Value, b: &Value, path: &str, found: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) if !a.contains_key("nanos") => {
            for (key, value) in a {
                differences(value, &b[key], &format!("{path}/{key}"), found);
            }
        }
        _ if a != b => found.push(path.to_owned()),
        _ => {}
    }
}

#[test]
fn the_defaults_of_the_file_are_those_of_the_machine() {
    let config = Config::default();
    assert_eq!(config.settings(Mode::File, None), Settings::default());
    assert_eq!(config.settings(Mode::Redis, None), Settings::default());
    let mut native = Settings::default();
    native.agents.most = 5;
    assert_eq!(config.settings(Mode::Native, None), native);
    let mut upstash = Settings::default();
    upstash.agents.period = std::time::Duration::from_secs(60);
    assert_eq!(config.settings(Mode::Upstash, None), upstash);
}

/// A key, its value, the setting that moves, its value; `9s` are seconds.
const MOVES: &[(&str, &str, &str, &str)] = &[
    ("intervals.heartbeat_seconds", "20", "/agents/period", "20s"),
    ("intervals.agent_timeout_seconds", "31", "/agents/misses", "2"),
    ("intervals.sync_timeout_seconds", "200", "/barriers/timeout", "200s"),
    ("intervals.insight_ttl_seconds", "7", "/insights/ttl", "7s"),
    ("limits.max_insights_per_pull", "9", "/insights/pull", "9"),
    ("limits.max_parallel_agents", "9", "/agents/most", "9"),
    ("limits.max_tool_calls_per_agent", "9", "/limits/tool_calls", "9"),
    ("limits.max_runtime_minutes", "2", "/limits/runtime", "120s"),
    ("limits.max_orphaned_task_age_seconds", "9", "/tasks/age", "9s"),
    ("guardrails.drift_detection.enabled", "false", "/drift/enabled", "false"),
    (
        "guardrails.drift_detection.file_scope_enforcement",
        r#""block""#,
        "/drift/files",
        r#""block""#,
    ),
    ("guardrails.drift_detection.file_scope_enforcement", r#""off""#, "/drift/files", r#""off""#),
    ("guardrails.drift_detection.silent_agent_threshold_seconds", "9", "/drift/silence", "9s"),
    ("guardrails.drift_detection.tool_call_overdue_threshold", "9", "/drift/tool_calls", "9"),
    ("failover.heartbeat_miss_threshold", "2", "/agents/misses", "2"),
    ("failover.auto_reassign_orphaned", "false", "/tasks/reassign", "false"),
    ("failover.preserve_context_on_reassign", "false", "/tasks/keep_context", "false"),
    ("failover.max_reassign_attempts", "9", "/tasks/attempts", "9"),
    ("insights.auto_share_discoveries", "false", "/insights/share", "false"),
    ("insights.relevance_matching.min_tag_overlap", "2", "/insights/overlap", "2"),
    ("insights.relevance_matching.boost_same_phase", "false", "/insights/boost", "false"),
    ("insights.deduplication.similarity_threshold", "0.9", "/insights/similarity_percent", "90"),
    ("phases.sync_between_phases", "false", "/phases/sync", "false"),
    ("phases.allow_phase_skip", "true", "/phases/skip", "true"),
    ("phases.phase_timeout_multiplier", "2.25", "/phases/multiplier_percent", "225"),
    ("phases.documentation_barrier.enabled", "false", "/documentation/enabled", "false"),
    ("phases.documentation_barrier.required_agent", r#""x""#, "/documentation/agent", r#""x""#),
    ("phases.documentation_barrier.timeout_seconds", "9", "/documentation/timeout", "9s"),
    ("phases.documentation_barrier.checks", "[]", "/documentation/checks", "[]"),
    ("coordinator.human_escalation_enabled", "false", "/escalations/enabled", "false"),
    ("learning.enabled", "false", "/patterns/enabled", "false"),
    ("learning.pattern_retention_hours", "2", "/patterns/retention", "7200s"),
    ("streaming.broadcast_chunks", "true", "/streams/broadcast", "true"),
];

#[test]
fn each_key_moves_its_setting_and_no_other() {
    for (key, value, setting, expected) in MOVES {
        let (before, after) =
            (as_json(&Settings::default()), as_json(&settings(&file(key, value))));
        let mut moved = Vec::new();
        differences(&before, &after, "", &mut moved);
        assert_eq!(moved, [*setting], "{key}");
        let expected = match expected.strip_suffix('s').and_then(|text| text.parse::<u64>().ok()) {
            Some(n) => json!({ "secs": n, "nanos": 0 }),
            None => serde_json::from_str(expected).unwrap(),
        };
        assert_eq!(after.pointer(setting), Some(&expected), "{key}");
    }
}

#[test]
fn without_failover_a_person_decides() {
    let mut moved = Vec::new();
    let off = as_json(&settings(r#"{"failover":{"enabled":false}}"#));
    differences(&as_json(&Settings::default()), &off, "", &mut moved);
    assert_eq!(moved, ["/barriers/policy", "/tasks/reassign"]);
    assert_eq!(off["barriers"]["policy"], "hold");
}

#[test]
fn native_mode_has_limits_of_its_own() {
    let text = r#"{"native":{"max_parallel_agents":4,"sync_timeout_seconds":20}}"#;
    let native = clean(text).settings(Mode::Native, None);
    assert_eq!((native.agents.most, native.barriers.timeout.as_secs()), (4, 20));
    assert_eq!(native.barriers.resend.as_secs(), 5, "a short barrier asks again in time");
    assert_eq!(settings(text), Settings::default());
}

#[test]
fn a_tier_limits_agents_and_what_it_has_not() {
    let of = |text: &str, tier| clean(text).settings(Mode::Redis, Some(tier));
    let free = of("{}", Tier::Free);
    assert_eq!((free.agents.most, free.phases.sync, free.insights.share), (2, false, true));
    let premium = of("{}", Tier::Premium);
    assert_eq!((premium.agents.most, premium.phases.sync, premium.insights.share), (5, true, true));
    assert_eq!(of("{}", Tier::Pro).agents.most, 6, "limits.max_parallel_agents is the least");
    let bare = of(r#"{"tier_limits":{"free":{"features":[]}}}"#, Tier::Premium);
    assert!(!bare.insights.share && bare.phases.sync);
}

#[test]
fn fewer_heartbeats_on_upstash_make_nobody_late() {
    let upstash = |text: &str| clean(text).settings(Mode::Upstash, None).agents;
    assert_eq!((upstash("{}").period.as_secs(), upstash("{}").misses), (60, 3));
    let rare = upstash(r#"{"intervals":{"heartbeat_seconds":90,"agent_timeout_seconds":600}}"#);
    assert_eq!((rare.period.as_secs(), rare.misses), (90, 3));
}

#[test]
fn only_the_shipped_similarity_means_equal_texts() {
    let percent = |threshold: &str| {
        let text =
            format!(r#"{{"insights":{{"deduplication":{{"similarity_threshold":{threshold}}}}}}}"#);
        settings(&text).insights.similarity_percent
    };
    let all = ["0.8", "0.80", "0.81", "0.79", "1", "0.1"].map(percent);
    assert_eq!(all, [100, 100, 81, 79, 100, 10]);
}

/// The least and the most that the file takes are settings that the machine takes.
#[test]
fn the_machine_takes_whatever_the_file_takes() {
    let least = r#"{
        "native": {"max_parallel_agents": 1, "sync_timeout_seconds": 1},
        "tier_limits": {"free": {"max_agents": 1}},
        "intervals": {"heartbeat_seconds": 1, "agent_timeout_seconds": 2,
            "sync_timeout_seconds": 1, "insight_ttl_seconds": 1},
        "limits": {"max_insights_per_pull": 0, "max_parallel_agents": 1,
            "max_tool_calls_per_agent": 1, "max_runtime_minutes": 1},
        "failover": {"heartbeat_miss_threshold": 2, "max_reassign_attempts": 0},
        "phases": {"phase_timeout_multiplier": 0.1,
            "documentation_barrier": {"timeout_seconds": 1}}
    }"#;
    let most = r#"{
        "native": {"max_parallel_agents": 256, "sync_timeout_seconds": 86400},
        "intervals": {"heartbeat_seconds": 3600, "agent_timeout_seconds": 86400,
            "sync_timeout_seconds": 86400, "insight_ttl_seconds": 31536000},
        "limits": {"max_parallel_agents": 256, "max_tool_calls_per_agent": 1000000000,
            "max_runtime_minutes": 525600},
        "failover": {"heartbeat_miss_threshold": 100, "max_reassign_attempts": 100},
        "phases": {"phase_timeout_multiplier": 100},
        "learning": {"pattern_retention_hours": 87600}
    }"#;
    for text in [least, most] {
        for mode in Mode::ALL {
            for tier in [None, Some(Tier::Free), Some(Tier::Pro)] {
                let settings = clean(text).settings(mode, tier);
                let objective = Objective::new(&RandomIds, Timestamp::EPOCH, "tidy up");
                let start = Start::new(objective, 1, Timestamp::EPOCH).with_settings(settings);
                Machine::new(start).unwrap_or_else(|error| panic!("{mode}: {error}"));
            }
        }
    }
}
