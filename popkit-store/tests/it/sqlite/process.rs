//! Several processes on one file.

#![cfg(unix)]

use std::collections::BTreeSet;
use std::env;
use std::process::Command;
use std::time::Duration;

use popkit_store::{CountQuery, SqliteOptions, TaskStore as _, TaskStoreExt as _};
use popkit_testkit::{Child, Scratch, scratch, wait_until};

use super::support::{agent, id, task, work_off};

const PATH: &str = "POPKIT_TEST_STORE";
const ROLE: &str = "POPKIT_TEST_ROLE";
const LONG: Duration = Duration::from_secs(60);

/// This very test binary, in the given role.
fn child(folder: &Scratch, role: &str) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["sqlite::process::child_of_another_test", "--exact", "--nocapture"]);
    command.env(PATH, folder.join("tasks.db")).env(ROLE, role);
    Child::spawn(&mut command)
}

/// Does nothing unless another test starts it.
#[tokio::test]
async fn child_of_another_test() {
    let (Some(path), Ok(role)) = (env::var_os(PATH), env::var(ROLE)) else { return };
    let store = SqliteOptions::new(path).open().await.unwrap();
    match role.as_str() {
        "insert" => {
            for n in 0.. {
                store.insert(task(&format!("t{n}"))).await.unwrap();
                println!("accepted t{n}.");
            }
        }
        _ => {
            let by = agent(&role);
            while let Some(task) = work_off(&store, &by).await.unwrap() {
                println!("done {task}.");
            }
        }
    }
    store.close().await.unwrap();
}

/// What a child says it did.
fn told<'a>(out: &'a str, verb: &str) -> Vec<&'a str> {
    let words = out.lines().filter_map(|line| line.split_once(verb));
    words.filter_map(|(_, rest)| rest.trim().strip_suffix('.')).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_task_is_done_once() {
    let folder = scratch();
    let store = SqliteOptions::new(folder.join("tasks.db")).open().await.unwrap();
    let batch = (0..600).map(|n| task(&format!("t{n}")));
    store.insert_many(batch.collect()).await.unwrap();
    let mut children: Vec<_> = ["a", "b", "c"].map(|role| child(&folder, role)).into();
    let mut all = Vec::new();
    for child in &mut children {
        assert!(child.wait(LONG).success(), "{}", child.stderr());
        let out = child.stdout();
        let mine = told(&out, "done ");
        eprintln!("one process did {} of 600", mine.len());
        all.extend(mine.into_iter().map(str::to_owned));
    }
    assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (600, 600));
    assert_eq!(store.counts(CountQuery::default()).await.unwrap().done, 600);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_process_loses_nothing_it_was_answered() {
    let folder = scratch();
    for round in 0..3 {
        let mut child = child(&folder, "insert");
        let mark = format!("accepted t{}.", 40 * (round + 1));
        child.wait_stdout(LONG, &mark);
        child.kill9();
        child.wait(LONG);
        let out = child.stdout();
        let store = SqliteOptions::new(folder.join("tasks.db")).open().await.unwrap();
        for name in told(&out, "accepted ") {
            assert!(store.get(&id(name)).await.unwrap().is_some(), "{name} was lost");
        }
        store.close().await.unwrap();
    }
}

/// Whoever is stopped in the middle keeps others from writing, not from reading; and they
/// go on when it does.
#[tokio::test(flavor = "multi_thread")]
async fn stopped_process_is_waited_for() {
    let folder = scratch();
    let store = SqliteOptions::new(folder.join("tasks.db"))
        .busy_timeout(Duration::from_millis(10))
        .open()
        .await
        .unwrap();
    let mut child = child(&folder, "insert");
    child.wait_stdout(LONG, "accepted t20.");
    child.stop();
    let _ = store.insert(task("mine")).await;
    assert!(store.get(&id("t20")).await.unwrap().is_some());
    child.kill9();
    child.wait(LONG);
    let again = || {
        let inserted = futures_done(store.insert(task("mine")));
        inserted.is_ok()
    };
    wait_until(LONG, "the turn to be free", again);
}

fn futures_done<T>(future: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future))
}
