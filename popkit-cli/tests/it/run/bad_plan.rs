//! Plans that are refused before anything starts.

use super::Stage;

fn refused(tasks: &str, args: &[&str]) -> String {
    let stage = Stage::new(tasks);
    let ended = stage.run(args);
    assert_eq!(ended.code, Some(65), "{}", ended.stderr);
    assert!(!stage.path(".popkit").exists(), "nothing was started");
    ended.stderr
}

#[test]
fn every_mistake_has_a_line() {
    let told = refused(
        r#"tasks = [
  { id = "a", comand = "true" },
  { id = "b", command = "touch b", needs = ["c"] },
]"#,
        &[],
    );
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 3, "{told}");
    assert!(lines[0].starts_with("p.toml:3:"), "{told}");
    assert!(
        told.contains(r#"unknown key "comand" in task "a" (did you mean "command"?)"#),
        "{told}"
    );
    assert_eq!(lines[2], "popkit: p.toml: 2 problems, nothing was started");
}

#[test]
fn what_the_machine_lacks_is_told() {
    let told =
        refused(r#"tasks = [{ id = "a", command = ["no-such-program-here"], dir = "." }]"#, &[]);
    assert_eq!(
        told,
        "p.toml:2:10: program \"no-such-program-here\" of task \"a\" is not on the PATH (install \
         it, or name its path)\npopkit: p.toml: 1 problem, nothing was started\n"
    );
}

#[test]
fn agents_that_are_left_must_do() {
    let told = refused(
        r#"
        agents = [{ name = "x", capabilities = ["one"] }, { name = "y", capabilities = ["two"] }]
        tasks = [{ id = "a", command = "true", capabilities = ["two"] }]"#,
        &["--agents", "1"],
    );
    assert_eq!(
        told,
        "p.toml: task \"a\": no agent takes tasks of kind command with two (--agents 1 leaves 1 of \
         the plan's out)\npopkit: p.toml: 1 problem, nothing was started\n"
    );
}

#[test]
fn a_missing_file_and_an_unknown_form_are_told() {
    let stage = Stage::new("");
    for (file, text) in [
        ("none.toml", "none.toml: cannot read the file"),
        ("p.ini", "p.ini: unknown extension (expected .toml, .yaml, .yml or .json)"),
    ] {
        let ended: super::stage::Ended = stage.popkit(&["run", file]).output().unwrap().into();
        assert_eq!(ended.code, Some(65), "{}", ended.stderr);
        assert!(ended.stderr.starts_with(text), "{}", ended.stderr);
    }
}
