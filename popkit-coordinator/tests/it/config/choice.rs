//! What others than the machine make of the file.

use std::time::Duration;

use popkit_coordinator::mode::{Mode, Tier, Version};
use popkit_protocol::session::PatternOutcome;
use popkit_protocol::{Pattern, SessionId, Timestamp, Topic};

use super::{SHIPPED, clean, refused};

/// P23: the originals' file says `redis` where their code knows `upstash`, so neither was ever
/// chosen. Both names are modes here, and `redis` alone means both.
#[test]
fn p23_the_names_of_modes_agree() {
    use Mode::{File, Native, Redis, Upstash};
    assert_eq!(clean(SHIPPED).wanted(None).order(), [Native, Upstash, Redis, File]);
    for (priority, order) in [
        (r#"["upstash", "file"]"#, vec![Upstash, File]),
        (r#"["redis", "upstash"]"#, vec![Redis, Upstash]),
        (r#"["redis"]"#, vec![Upstash, Redis]),
    ] {
        let config = clean(&format!(r#"{{"mode_priority": {priority}}}"#));
        assert_eq!(config.wanted(None).order(), order, "{priority}");
    }
    let tier = clean(r#"{"tier_limits": {"free": {"mode": "upstash"}}}"#).wanted(Some(Tier::Free));
    assert_eq!(tier.tier.unwrap().mode, Upstash);
    let error = refused(r#"{"mode_priority": ["upstach"]}"#);
    assert!(error.ends_with("(did you mean \"upstash\"?)"), "{error}");
    for name in ["document", "documentation"] {
        let phases = format!(r#"{{"phases": {{"default_phases": ["design", "{name}"]}}}}"#);
        assert_eq!(clean(&phases).phases.default_phases, ["design", name]);
    }
}

#[test]
fn the_choice_of_a_mode_is_told_the_limits() {
    let text = r#"{
        "native": {"enabled": false, "min_claude_code_version": "2.1.0", "max_parallel_agents": 3},
        "limits": {"max_parallel_agents": 4},
        "tier_limits": {"pro": {"mode": "redis", "max_agents": 7, "redis_fallback": false}}
    }"#;
    let wanted = clean(text).wanted(Some(Tier::Pro));
    assert!(!wanted.native.enabled);
    assert_eq!(wanted.native.version, Version::new(2, 1, 0));
    assert_eq!((wanted.native.agents, wanted.most), (3, 4));
    let tier = wanted.tier.unwrap();
    assert_eq!((tier.mode, tier.agents, tier.redis), (Mode::Redis, 7, false));
    assert_eq!(clean(text).wanted(None).tier, None);
}

#[test]
fn the_block_redis_is_a_url() {
    assert_eq!(
        clean(SHIPPED).redis.url(),
        "redis://localhost:16379/0?timeout=5s&retry_on_timeout=true&health_check_interval=30s"
    );
    let text = r#"{"redis": {
        "host": "::1", "port": 1, "db": 2, "password": "a/b@c:d%", "socket_timeout": null,
        "retry_on_timeout": false, "health_check_interval": 0
    }}"#;
    assert_eq!(
        clean(text).redis.url(),
        "redis://:a%2Fb%40c%3Ad%25@[::1]:1/2?retry_on_timeout=false&health_check_interval=0s"
    );
}

#[test]
fn the_prefix_renames_every_channel() {
    let config = clean(r#"{"channels": {"prefix": "crew"}}"#);
    let unnamed = config.namespace(None).unwrap();
    assert_eq!(unnamed.channel(&Topic::Human).as_str(), config.channels.human);
    assert_eq!(config.channels.human, "crew:human");
    let team = config.namespace(Some(&SessionId::new("team").unwrap())).unwrap();
    assert_eq!(team.channel(&Topic::Human).as_str(), "crew:{team}:human");
    for (topic, name) in [
        (Topic::Broadcast, &config.channels.broadcast),
        (Topic::Heartbeat, &config.channels.heartbeat),
        (Topic::Results, &config.channels.results),
        (Topic::Insights, &config.channels.insights),
        (Topic::Coordinator, &config.channels.coordinator),
    ] {
        assert_eq!(unnamed.channel(&topic).as_str(), name);
    }
}

#[test]
fn unanimous_actions_need_a_person_too() {
    let actions =
        clean(r#"{"guardrails": {"human_required_actions": ["push_to_main", "push_changes"]}}"#);
    assert_eq!(
        actions.human_actions(),
        ["push_to_main", "push_changes", "delete_files", "modify_security"]
    );
}

#[test]
fn what_looks_like_cheating_has_all_the_words() {
    let rails = clean("{}").guardrails;
    let found =
        |text: &str| rails.unconventional(text).first().map(|found| found.description.clone());
    assert_eq!(found("Bypass the AUTH check"), Some("goes around the authentication".to_owned()));
    assert!(found("delete the test so that all pass").unwrap().starts_with("deletes a test"));
    assert_eq!(found("delete the test"), None);
    assert_eq!(found(""), None);
}

#[test]
fn a_session_begins_with_what_was_learned_only_where_it_is_shared() {
    let pattern = |approach: &str, sure: f64| {
        Pattern::new(Timestamp::EPOCH, approach, "", PatternOutcome::Failure).with_confidence(sure)
    };
    let stored = vec![pattern("a", 0.79), pattern("b", 0.8), pattern("c", 1.0)];
    let carried = |learning: &str| {
        let config = clean(&format!(r#"{{"learning": {{{learning}}}}}"#));
        let carried = config.learning.carried(stored.clone());
        carried.iter().map(|pattern| pattern.approach.clone()).collect::<Vec<_>>()
    };
    let shared = r#""share_patterns_across_sessions": true"#;
    assert_eq!(carried(shared), ["b", "c"]);
    assert_eq!(carried(&format!(r#"{shared}, "success_pattern_threshold": 0.9"#)), ["c"]);
    assert_eq!(carried(&format!(r#"{shared}, "store_patterns": false"#)), [] as [&str; 0]);
    assert_eq!(carried(&format!(r#"{shared}, "enabled": false"#)), [] as [&str; 0]);
    assert_eq!(carried(""), [] as [&str; 0]);
}

#[test]
fn times_come_as_spans() {
    let config = clean(
        r#"{"native": {"poll_interval_ms": 50},
            "intervals": {"message_ttl_seconds": 3}}"#,
    );
    assert_eq!(config.native.poll_interval(), Duration::from_millis(50));
    assert_eq!(config.intervals.message_ttl(), Duration::from_secs(3));
}
