//! The same plan again.

use super::Stage;

#[test]
fn what_is_done_is_not_done_again() {
    let plan = |exit: u8| {
        format!(
            r#"tasks = [
              {{ id = "a", command = "echo a >> log" }},
              {{ id = "b", command = "echo b >> log; test -e fixed", needs = ["a"] }},
              {{ id = "c", command = "echo c >> log; exit {exit}", needs = ["b"] }},
            ]"#
        )
    };
    let stage = Stage::new(&plan(0));
    assert_eq!(stage.run(&[]).code, Some(1));
    assert_eq!(stage.read("log"), "a\nb\n");
    stage.write("fixed", "");
    let ended = stage.run(&[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("trying again: b"), "{}", ended.stderr);
    assert_eq!(stage.read("log"), "a\nb\nb\nc\n");
    let ended = stage.run(&[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("3 tasks, 3 done before"), "{}", ended.stderr);
    assert_eq!(stage.read("log"), "a\nb\nb\nc\n");
}

#[test]
fn another_store_resumes_as_well() {
    let stage = Stage::new(r#"tasks = [{ id = "a", command = "echo a >> log" }]"#);
    for _ in 0..2 {
        let ended = stage.run(&["--store", "sqlite:other.db"]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    assert_eq!(stage.read("log"), "a\n");
    assert!(stage.path("other.db").exists() && !stage.path(".popkit/p/tasks.db").exists());
}
