//! `popkit power init`.

use serde_json::Value;

use crate::room::{Out, Room};

const CONFIG: &str = ".claude/popkit/config.json";
const SETTINGS: &str = ".claude/settings.json";

fn init(room: &Room, args: &[&str]) -> Out {
    room.popkit(&[&["power", "init"], args].concat())
}

fn json(room: &Room, file: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(room.path().join(file)).unwrap()).unwrap()
}

#[test]
fn a_configuration_and_its_schema_are_written_once() {
    let room = Room::new();
    std::fs::create_dir(room.path().join("inner")).unwrap();
    let mut command = room.command(&["power", "init"]);
    let out = Out::of(command.current_dir(room.path().join("inner")).spawn().unwrap());
    assert_eq!(out.code, 0, "{out:?}");
    assert_eq!(json(&room, CONFIG)["$schema"], "config.schema.json");
    assert!(json(&room, ".claude/popkit/config.schema.json")["properties"]["limits"].is_object());
    assert!(!room.path().join(SETTINGS).exists());
    let out = init(&room, &[]);
    assert_eq!(out.out.lines().filter(|line| line.ends_with("up to date")).count(), 2, "{out:?}");
}

#[test]
fn another_configuration_is_kept_unless_it_is_forced() {
    let room = Room::new();
    room.write(CONFIG, "{\"limits\": {\"max_runtime_minutes\": 90}}");
    let out = init(&room, &[]);
    assert!(out.code == 0 && out.out.contains("config.json: kept"), "{out:?}");
    assert_eq!(json(&room, CONFIG)["limits"]["max_runtime_minutes"], 90);
    let out = room.popkit(&["--json", "power", "init", "--force"]);
    assert_eq!((&out.lines()[0]["did"], out.code), (&"written".into(), 0), "{out:?}");
    assert_ne!(json(&room, CONFIG)["limits"]["max_runtime_minutes"], 90);
}

#[test]
fn hooks_join_the_settings_and_deny_what_must_be_denied() {
    let room = Room::new();
    room.write(SETTINGS, r#"{"model": "opus", "hooks": {"Stop": [{"hooks": [{"type": "command", "command": "bell"}]}]}}"#);
    let out = init(&room, &["--hooks"]);
    assert!(out.code == 0 && out.out.contains("hooks put in"), "{out:?}");
    let settings = json(&room, SETTINGS);
    assert_eq!(
        (&settings["model"], &settings["hooks"]["Stop"][0]["hooks"][0]["command"]),
        (&"opus".into(), &"bell".into())
    );
    assert_eq!(settings["hooks"]["PreToolUse"][0]["hooks"][0]["args"][1], "PreToolUse");
    let before = std::fs::read(room.path().join(SETTINGS)).unwrap();
    assert!(init(&room, &["--hooks"]).out.contains("hooks are up to date"));
    let out = init(&room, &["--verify"]);
    assert_eq!(out.code, 0, "{out:?}");
    assert!(
        out.out.contains("config.json: right") && out.out.contains("denies what must be denied")
    );
    assert_eq!(std::fs::read(room.path().join(SETTINGS)).unwrap(), before, "nothing was written");
}

#[test]
fn a_hook_that_denies_nothing_is_found_out() {
    let room = Room::new();
    init(&room, &[]);
    let verify = || init(&room, &["--verify"]);
    let out = verify();
    assert!(out.code == 1 && out.err.contains("no hook of popkit"), "{out:?}");
    let settings = |command: &str| {
        let hook = format!(r#"{{"type": "command", "command": "{command}"}}"#);
        room.write(SETTINGS, &format!(r#"{{"hooks": {{"PreToolUse": [{{"hooks": [{hook}]}}]}}}}"#));
    };
    settings("true popkit hook PreToolUse");
    let out = verify();
    assert!(out.code == 1 && out.err.contains("did NOT deny"), "{out:?}");
    settings("/none/popkit hook PreToolUse");
    let out = verify();
    assert!(out.code == 1 && out.err.contains("did NOT deny"), "{out:?}");
    init(&room, &["--hooks"]);
    let mut all = json(&room, SETTINGS);
    assert_eq!(verify().code, 0);
    let local = ".claude/settings.local.json";
    room.write(local, r#"{"disableAllHooks": true}"#);
    let out = verify();
    assert!(out.code == 1 && out.err.contains("disableAllHooks"), "{out:?}");
    room.write(local, "{}");
    all["hooks"]["PreToolUse"][0]["matcher"] = "Bash".into();
    room.write(SETTINGS, &all.to_string());
    let out = verify();
    assert!(out.code == 1 && out.err.contains("matcher"), "{out:?}");
    room.write(SETTINGS, "{");
    assert_eq!(verify().code, 65);
    assert_eq!(init(&room, &["--hooks"]).code, 65);
    assert_eq!(std::fs::read_to_string(room.path().join(SETTINGS)).unwrap(), "{");
}

#[test]
fn what_is_odd_or_wrong_in_a_configuration_is_said() {
    let room = Room::new();
    let out = init(&room, &["--verify"]);
    assert!(out.code == 65 && out.err.contains("`popkit power init` writes one"), "{out:?}");
    init(&room, &["--hooks"]);
    room.write(CONFIG, "{\"limts\": {}}");
    let out = init(&room, &["--verify"]);
    assert_eq!(out.code, 0, "{out:?}");
    assert!(out.err.contains("limts") && out.out.contains("right, with 1 warning"), "{out:?}");
    room.write(CONFIG, "{\"limits\": {\"max_runtime_minutes\": 0}}");
    let out = init(&room, &["--verify"]);
    assert_eq!(out.code, 65, "{out:?}");
    assert!(out.err.contains("config.json:1:") && out.err.contains("1 mistake"), "{out:?}");
    assert_eq!(init(&room, &["--verify", "--force"]).code, 64);
}

#[test]
fn an_agent_sets_nothing_up() {
    let mut room = Room::new();
    room.set("CLAUDECODE", "1".to_owned());
    let out = init(&room, &["--hooks", "--force"]);
    assert!(out.code != 0 && out.err.contains("CLAUDECODE"), "{out:?}");
    assert!(!room.path().join(".claude").exists());
    assert!(init(&room, &["--verify"]).err.contains("no configuration yet"), "to look is free");
}
