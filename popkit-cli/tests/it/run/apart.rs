//! Plans that must not take each other's tasks for their own.

use std::fs;

use super::Stage;
use super::stage::Ended;

const A: &str = r#"tasks = [{ id = "a", command = "echo a >> log" }]"#;

fn run(stage: &Stage, args: &[&str]) -> Ended {
    stage.popkit(&[&["run"], args].concat()).output().unwrap().into()
}

#[test]
fn two_plans_of_one_name_do_not_share_a_state() {
    let stage = Stage::new(A);
    fs::create_dir_all(stage.path("sub")).unwrap();
    stage.write("sub/p.toml", "objective = 'o'\ntasks = [{ id = 'a', command = 'touch other' }]");
    let state = ["--state-dir", "state"];
    assert_eq!(stage.run(&state).code, Some(0));
    let second = run(&stage, &["sub/p.toml", "--state-dir", "state"]);
    assert_eq!(second.code, Some(65), "{}", second.stderr);
    let told = second.stderr.contains("state p belongs to ") && second.stderr.contains("p.toml: ");
    assert!(told, "{}", second.stderr);
    assert_eq!(stage.run(&state).code, Some(0), "the owner goes on");
    fs::remove_file(stage.path("p.toml")).unwrap();
    let moved = run(&stage, &["sub/p.toml", "--state-dir", "state"]);
    assert_eq!(moved.code, Some(0), "{}", moved.stderr);
}

#[test]
fn in_a_shared_store_each_plan_runs_its_own_tasks() {
    let stage = Stage::new(r#"tasks = [{ id = "a", command = "exit 1" }]"#);
    let store = ["--store", "sqlite:s.db"];
    assert_eq!(stage.run(&store).code, Some(1));
    // Open again, and nobody at work on it.
    let requeue = ["task", "requeue", "a", "--store", "sqlite:s.db"];
    let requeued: Ended = stage.popkit(&requeue).output().unwrap().into();
    assert_eq!(requeued.code, Some(0), "{}", requeued.stderr);
    stage.write("q.toml", "objective = 'q'\ntasks = [{ id = 'b', command = 'sleep 0.5' }]");
    let other = run(&stage, &["q.toml", "--store", "sqlite:s.db", "--agents", "2"]);
    assert_eq!(other.code, Some(0), "{}", other.stderr);
    let list = ["task", "list", "--json", "--store", "sqlite:s.db"];
    let list: Ended = stage.popkit(&list).output().unwrap().into();
    let a = list.stdout.lines().find(|line| line.contains(r#""id":"a""#)).unwrap();
    assert!(a.contains(r#""state":"pending""#), "{a}");
}

#[test]
fn a_folder_may_have_the_characters_of_a_url() {
    let stage =
        Stage::new("tasks = [{ id = 'a', command = '\"$POPKIT\" task list --json > seen' }]");
    let args = ["run", "p.toml", "--state-dir", "what?100%25#"];
    let mut command = stage.popkit(&args);
    let ended: Ended = command.env("POPKIT", env!("CARGO_BIN_EXE_popkit")).output().unwrap().into();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(stage.read("seen").contains(r#""id":"a""#), "the task found the store of its run");
    assert!(stage.path("what?100%25#/p/tasks.db").exists());
}

#[test]
fn the_option_for_tasks_is_refused() {
    let stage = Stage::new(A);
    let ended = stage.run(&["--plan", "other"]);
    assert_eq!(ended.code, Some(64), "{}", ended.stderr);
    assert_eq!(stage.read("log"), "");
}
