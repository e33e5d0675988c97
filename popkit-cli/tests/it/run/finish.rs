//! A run to its end, good or bad.

use super::Stage;

const THREE: &str = r#"
success = ["test -e a.out"]
tasks = [
  { id = "a", command = "echo a >> log; touch a.out" },
  { id = "b", command = "echo b >> log", needs = ["a"] },
  { id = "c", command = ["sh", "-c", "echo c >> log"], needs = ["b"] },
]
"#;

#[test]
fn everything_done_is_zero() {
    let stage = Stage::new(THREE);
    let ended = stage.run(&[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(stage.read("log"), "a\nb\nc\n");
    assert_eq!(ended.stdout, "");
    assert!(ended.stderr.contains("3 of 3 done"), "{}", ended.stderr);
    assert!(ended.stderr.contains("criterion test -e a.out: holds"), "{}", ended.stderr);
    assert!(ended.stderr.contains(": a > b > c"), "{}", ended.stderr);
}

#[test]
fn a_failed_task_is_told_with_its_last_lines_and_what_it_blocks() {
    let stage = Stage::new(
        r#"
        success = ["touch looked"]
        tasks = [
          { id = "bad", command = "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i; done; exit 3" },
          { id = "b", command = "true", needs = ["bad"] },
          { id = "c", command = "true", needs = ["b"] },
          { id = "d", command = "true", needs = ["c"] },
          { id = "free", command = "touch free" },
        ]"#,
    );
    let ended = stage.run(&["--quiet"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    for part in [
        "failed after",
        "exit code 3",
        "| line 12",
        "task bad failed: exit code 3",
        "3 tasks blocked by failed task bad",
    ] {
        assert!(ended.stderr.contains(part), "{part}\n{}", ended.stderr);
    }
    assert!(!ended.stderr.contains("| line 2\n"), "{}", ended.stderr);
    assert!(stage.path("free").exists(), "what is not behind it runs");
    assert!(!stage.path("looked").exists(), "criteria are for finished work");
}

#[test]
fn a_criterion_that_does_not_hold_is_one() {
    let stage = Stage::new(
        r#"
        success = [{ name = "magic", command = "echo none here >&2; exit 4" }]
        tasks = [{ id = "a", command = "true" }]"#,
    );
    let ended = stage.run(&[]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(
        ended.stderr.contains(r#"criterion "magic" does not hold: exit code 4"#),
        "{}",
        ended.stderr
    );
}

#[test]
fn attempts_are_made_as_often_as_the_plan_says() {
    let stage = Stage::new(
        r#"
        [[tasks]]
        id = "third-time"
        command = "echo $POPKIT_ATTEMPT >> log; test $POPKIT_ATTEMPT = 3"
        retries = { max = 4, backoff = "fixed", delay = "10ms" }
        "#,
    );
    let ended = stage.run(&[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(stage.read("log"), "1\n2\n3\n");
    assert!(ended.stderr.contains("attempt 2 failed"), "{}", ended.stderr);
}

#[test]
fn a_task_is_stopped_at_its_timeout() {
    let stage = Stage::new(
        r#"tasks = [{ id = "slow", command = "echo $$ > pid; echo so far; exec sleep 600", timeout = "300ms" }]"#,
    );
    let ended = stage.run(&[]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("timeout: stopped after"), "{}", ended.stderr);
    assert!(ended.stderr.contains("| so far"), "{}", ended.stderr);
    assert!(!popkit_testkit::alive(stage.pid("pid")));
}

#[test]
fn a_repair_that_was_not_needed_is_no_failure() {
    let stage = Stage::new(
        r#"tasks = [
          { id = "a", command = "true" },
          { id = "mend", command = "touch mended", needs = [{ task = "a", on_failure = "run" }] },
        ]"#,
    );
    let ended = stage.run(&[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("1 of 2 done, 1 skipped"), "{}", ended.stderr);
}

#[test]
fn a_task_sees_its_run_and_may_add_to_it() {
    let popkit = env!("CARGO_BIN_EXE_popkit");
    let stage = Stage::new(&format!(
        r#"
        [[tasks]]
        id = "a"
        command = '''
        set -e
        cd /
        "{popkit}" task list --json > "$OLDPWD/seen"
        "{popkit}" task add more --kind command --payload '{{"run":{{"shell":"touch added"}}}}'
        '''"#
    ));
    let ended = stage.run(&[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let seen = stage.read("seen");
    assert!(seen.contains(r#""id":"a""#) && seen.contains(r#""state":"assigned""#), "{seen}");
    assert!(ended.stderr.contains("2 of 2 done"), "{}", ended.stderr);
    assert!(stage.path("added").exists());
}

#[test]
fn a_run_within_a_run_keeps_its_tasks_apart() {
    let popkit = env!("CARGO_BIN_EXE_popkit");
    let stage = Stage::new(&format!(
        r#"tasks = [{{ id = "a", command = "'{popkit}' run inner.toml && echo outer >> log" }}]"#
    ));
    stage.write(
        "inner.toml",
        "objective='i'\ntasks = [{ id = 'a', command = 'echo inner >> log' }]",
    );
    let ended = stage.run(&[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(stage.read("log"), "inner\nouter\n");
}

#[test]
fn the_report_is_written_in_the_form_its_name_says() {
    let stage = Stage::new(THREE);
    assert_eq!(stage.run(&["--report", "r.md"]).code, Some(0));
    assert!(stage.read("r.md").starts_with("# p: done\n"), "{}", stage.read("r.md"));
    assert_eq!(stage.run(&["--report", "r.json"]).code, Some(0));
    let report: serde_json::Value = serde_json::from_str(&stage.read("r.json")).unwrap();
    assert_eq!((&report["outcome"], &report["counts"]["done_before"]), (&"done".into(), &3.into()));
    let ended = stage.run(&["--report", "r.txt"]);
    assert_eq!(ended.code, Some(64), "{}", ended.stderr);
}

#[test]
fn agents_work_at_once() {
    // Each of the two waits for the other.
    let meet = |own: &str, other: &str| {
        format!(
            "touch {own}; i=0; while ! test -e {other}; do i=$((i+1)); test $i -lt 500 || exit 1; sleep 0.02; done"
        )
    };
    let stage = Stage::new(&format!(
        r#"tasks = [{{ id = "a", command = "{}" }}, {{ id = "b", command = "{}" }}]"#,
        meet("a.here", "b.here"),
        meet("b.here", "a.here"),
    ));
    let ended = stage.run(&["--agents", "2"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}
