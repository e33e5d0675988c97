//! A runner that is killed.

use popkit_testkit::{alive, wait_until};

use super::Stage;
use super::stage::LONG;

#[test]
fn no_child_is_left_and_the_next_run_completes_everything_once() {
    let stage = Stage::new(
        r#"tasks = [
          { id = "first", command = "echo first >> log" },
          { id = "a", command = "echo $$ > a.pid; test -e go || sleep 600; echo a >> log", needs = ["first"] },
          { id = "b", command = "echo $$ > b.pid; test -e go || sleep 600; echo b >> log", needs = ["first"] },
          { id = "last", command = "echo last >> log", needs = ["a", "b"] },
          { id = "mend", command = "touch mended", needs = [{ task = "a", on_failure = "run" }] },
        ]"#,
    );
    let args = ["--agents", "2", "--lease", "1s"];
    let mut run = stage.start(&args);
    let pids = ["a.pid", "b.pid"].map(|name| stage.pid(name));
    run.kill9();
    run.wait(LONG);
    wait_until(LONG, "the end of the children", || pids.iter().all(|pid| !alive(*pid)));
    stage.write("go", "");
    let ended = stage.run(&args);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("waiting for 2 tasks of an earlier run"), "{}", ended.stderr);
    let log = stage.read("log");
    let mut lines: Vec<&str> = log.lines().collect();
    assert_eq!((lines.first(), lines.last()), (Some(&"first"), Some(&"last")));
    lines.sort_unstable();
    assert_eq!(lines, ["a", "b", "first", "last"]);
    for id in ["first", "a", "b", "last"] {
        assert_eq!(stage.count(id, "completed"), 1, "{id}");
    }
    assert!(!stage.path("mended").exists(), "a was tried again, not given up");
}

#[test]
fn its_tasks_follow_a_text_that_changed_meanwhile() {
    let stage = Stage::new(r#"tasks = [{ id = "a", command = "echo $$ > a.pid; sleep 600" }]"#);
    let mut run = stage.start(&["--lease", "500ms"]);
    stage.pid("a.pid");
    run.kill9();
    run.wait(LONG);
    stage.plan(r#"tasks = [{ id = "a", command = "touch new" }]"#);
    let ended = stage.run(&["--lease", "500ms"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(stage.path("new").exists());
}
