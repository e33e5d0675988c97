//! Exit codes and errors.

use crate::room::Room;

#[test]
fn the_table_of_exit_codes() {
    let room = Room::new();
    room.task(&["add", "a"]);
    room.task(&["add", "b", "--backlog"]);
    for (code, args) in [
        (0, &["--help"][..]),
        (0, &["--version"]),
        (0, &["task", "list"]),
        (1, &["task", "approve", "a"]),
        (64, &[]),
        (64, &["bogus"]),
        (64, &["task", "list", "--state", "bogus"]),
        (64, &["--store", "bogus:", "task", "list"]),
        (64, &["--store", "no-url", "task", "list"]),
        (65, &["task", "show", "nobody"]),
        (65, &["task", "add", "c", "--payload", "{"]),
        (75, &["task", "claim", "--agent", "bob", "--kinds", "other"]),
        (77, &["task", "complete", "--agent", "bob"]),
    ] {
        let out = room.popkit(args);
        assert_eq!(out.code, code, "{args:?}: {out:?}");
    }
}

#[test]
fn help_documents_the_codes_and_hides_the_shim() {
    let room = Room::new();
    let help = room.popkit(&["--help"]).out;
    for code in ["0    done", "64 ", "65 ", "69 ", "75 ", "77 ", "130 "] {
        assert!(help.contains(code), "{code} is missing in\n{help}");
    }
    assert!(!help.contains("__shim"));
    // Started by hand it does nothing: there is no runner at the other end.
    let out = room.popkit(&["__shim"]);
    assert_ne!(out.code, 0);
    assert!(!out.err.contains("Usage"), "{out:?}");
    assert_eq!(room.popkit(&["task", "__shim"]).code, 64);
}

#[test]
fn errors_are_json_too_where_json_was_asked_for() {
    let room = Room::new();
    room.task(&["add", "a"]);
    let out = room.popkit(&["--json", "task", "show", "nobody"]);
    let (human, json) = out.err.trim_end().split_once('\n').unwrap();
    assert!(human.starts_with("popkit: there is no task nobody"), "{out:?}");
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!((&json["v"], &json["error"]["code"]), (&1.into(), &65.into()));
    assert_eq!(human, format!("popkit: {}", json["error"]["message"].as_str().unwrap()));

    let out = room.popkit(&["--json", "bogus"]);
    assert!(out.err.contains(r#"{"v":1,"error":{"code":64,"message":"unrecognized"#), "{out:?}");
}

#[test]
fn the_log_is_quiet_until_asked() {
    let room = Room::new();
    let out = room.popkit(&["task", "add", "a"]);
    assert_eq!((out.out.as_str(), out.err.as_str()), ("a\n", ""));
    let out = room.popkit(&["task", "list", "--color", "always"]);
    assert!(!out.out.contains('\u{1b}') && out.err.is_empty(), "{out:?}");
}
