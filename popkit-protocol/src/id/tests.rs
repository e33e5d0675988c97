use proptest::prelude::*;

use super::*;

#[test]
fn ids_follow_the_grammar() {
    for good in ["a", "T-1", "task-0b7e", "a.b_c-d", "9", &"x".repeat(128)] {
        assert_eq!(TaskId::new(good).unwrap().as_str(), good);
    }
    for bad in [
        "",
        ".a",
        "-a",
        "a.",
        "a b",
        "a/b",
        "a:b",
        "ü",
        "Coordinator",
        "HUMAN",
        "nul",
        "COM1",
        "lpt9.txt",
        "con.d",
        &"x".repeat(129),
    ] {
        assert!(TaskId::new(bad).is_err(), "{bad:?} was accepted");
    }
    assert!(TaskId::new("com10").is_ok(), "com10 is no device");
}

#[test]
fn labels_are_lower_case() {
    for good in ["build", "lang:rust", "review.pr@2", "a/b", "0"] {
        assert!(TaskKind::new(good).is_ok(), "{good:?}");
        assert!(Capability::new(good).is_ok(), "{good:?}");
    }
    for bad in ["", "Build", ":a", "a b", "a,b", "a;b", "a=b"] {
        assert!(TaskKind::new(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn sessions_are_no_channels() {
    assert!(SessionId::new("team-a").is_ok());
    for bad in ["team.a", "tasks", "Heartbeat", "memory"] {
        assert!(SessionId::new(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn the_error_is_one_line_and_short() {
    let error = TaskId::new("bad\nname".repeat(50)).unwrap_err().to_string();
    assert!(!error.contains('\n'));
    assert!(error.len() < 250, "{error}");
}

proptest! {
    #[test]
    fn no_text_panics(text in ".*") {
        let _ = TaskId::new(&text);
        let _ = SessionId::new(&text);
        let _ = TaskKind::new(&text);
        let _ = UniqueKey::new(&text);
    }

    #[test]
    fn file_names_stay_apart_when_case_is_ignored(
        a in "[A-Za-z0-9][A-Za-z0-9._-]{0,12}",
        b in "[A-Za-z0-9][A-Za-z0-9._-]{0,12}",
    ) {
        let same = file_name(&a).eq_ignore_ascii_case(&file_name(&b));
        prop_assert_eq!(same, a == b);
    }
}
