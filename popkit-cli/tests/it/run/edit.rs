//! The plan again, with another text.

use super::Stage;

#[test]
fn the_failed_one_follows_its_new_text_and_so_does_what_waits() {
    let stage = Stage::new(
        r#"tasks = [
          { id = "a", command = "echo a >> log" },
          { id = "b", command = "exit 1", needs = ["a"] },
          { id = "c", command = "echo old >> log", needs = ["b"] },
        ]"#,
    );
    assert_eq!(stage.run(&[]).code, Some(1));
    stage.plan(
        r#"tasks = [
          { id = "a", command = "echo other >> log" },
          { id = "b", command = "echo b >> log", needs = ["a"] },
          { id = "c", command = "echo new >> log", needs = ["b"] },
        ]"#,
    );
    let ended = stage.run(&[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(stage.read("log"), "a\nb\nnew\n");
    let told = "changed since it ran (--fresh runs it again): a";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
}

#[test]
fn what_left_the_plan_unstarted_is_gone_and_what_came_runs() {
    let stage = Stage::new(
        r#"tasks = [
          { id = "a", command = "exit 1" },
          { id = "gone", command = "echo gone >> log", needs = ["a"] },
        ]"#,
    );
    assert_eq!(stage.run(&[]).code, Some(1));
    stage.plan(r#"tasks = [{ id = "new", command = "echo new >> log" }]"#);
    let ended = stage.run(&[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("no longer in the plan: gone"), "{}", ended.stderr);
    assert_eq!(stage.read("log"), "new\n");
    assert_eq!((stage.state("gone"), stage.state("a")), (String::new(), "failed".to_owned()));
}

#[test]
fn a_task_of_somebody_else_is_not_taken_over() {
    let stage = Stage::new(r#"tasks = [{ id = "a", command = "true" }]"#);
    assert_eq!(stage.run(&["--store", "sqlite:s.db"]).code, Some(0));
    stage.write("q.toml", "objective = 'q'\ntasks = [{ id = 'a', command = 'true' }]");
    let run = ["run", "q.toml", "--store", "sqlite:s.db"];
    let ended: super::stage::Ended = stage.popkit(&run).output().unwrap().into();
    assert_eq!(ended.code, Some(65), "{}", ended.stderr);
    assert!(ended.stderr.contains("task a is in the store already"), "{}", ended.stderr);
}
