//! What cannot be begun.

use super::Scene;

#[test]
fn all_mistakes_of_a_configuration_are_told_at_once() {
    let scene = Scene::new();
    let text =
        "{\n  \"limits\": { \"max_runtime_minutes\": 0 },\n  \"native\": { \"enabled\": 1 }\n}";
    scene.room.write(".claude/popkit/config.json", text);
    let out = scene.power(&["start", "x", "--", "true"]);
    assert_eq!(out.code, 65, "{out:?}");
    for word in [
        "config.json:2:38: limits.max_runtime_minutes: found 0",
        "config.json:3:26: native.enabled",
        "popkit: ",
        "has 2 mistakes",
    ] {
        assert!(out.err.contains(word), "{word} is missing in {out:?}");
    }
    assert!(!scene.room.path().join(".popkit").exists());
}

#[test]
fn what_is_odd_about_a_configuration_is_told_and_it_counts() {
    let scene = Scene::new();
    let text = r#"{ "colour": 1, "phases": { "default_phases": ["a"] },
        "channels": { "prefix": "team" }, "native": { "plan_mode": { "enabled": false } } }"#;
    scene.room.write("my.json", text);
    let child = scene.run(&["x", "--config", "my.json", "--agents", "1"], "true", 0);
    for told in
        ["colour: unknown", "native.plan_mode.enabled: unsupported", "channels.prefix has no"]
    {
        assert!(child.stderr().contains(told), "{told}: {}", child.stderr());
    }
    assert_eq!(scene.status()["phases"], serde_json::json!(["a"]));
}

#[test]
fn a_mode_that_cannot_be_had_is_told_with_the_reason() {
    let scene = Scene::new();
    let out = scene.power(&["start", "x", "--mode", "upstash", "--", "true"]);
    out.refused(69, &["mode upstash", "UPSTASH_REDIS_REST_URL"]);
    let out = scene.power(&["start", "x", "--mode", "nativ", "--", "true"]);
    assert!(out.code == 64 && out.err.contains("did you mean \"native\""), "{out:?}");
    let out = scene.popkit(&["--store", "sqlite:a.db", "power", "start", "x", "--mode", "redis"]);
    out.refused(64, &["--mode redis is not what sqlite:"]);
    let out = scene.popkit(&["--store", "memory:", "power", "start", "x", "--", "true"]);
    out.refused(64, &["one process alone"]);
}

#[test]
fn a_tier_limits_the_agents() {
    let scene = Scene::new();
    let args = ["x", "--tier", "free", "--mode", "file", "--agents", "3", "--phases", "a"];
    let child = scene.run(&args, "true", 0);
    let says = "agents: 2 of the 3 that are asked for, by tier_limits.free.max_agents";
    assert!(child.stderr().contains(says), "{}", child.stderr());
}

#[test]
fn what_makes_no_sense_is_refused() {
    let scene = Scene::new();
    scene.power(&["start"]).refused(64, &["what is to be reached?", "--resume"]);
    let out = scene.power(&["start", "--resume", "--mode", "file"]);
    assert!(out.code == 65 && out.err.contains("no session to go on with"), "{out:?}");
    let out = scene.popkit(&["--plan", "p", "power", "status"]);
    out.refused(64, &["--session"]);
    scene.power(&["replay", "none.jsonl"]).refused(65, &["none.jsonl"]);
    scene.room.write("bad.jsonl", "{}\n");
    scene.power(&["replay", "bad.jsonl"]).refused(65, &["bad.jsonl:1"]);
}
