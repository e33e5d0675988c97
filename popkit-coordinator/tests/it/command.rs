//! Tasks as child processes, from the store to the store.

#![cfg(unix)]
// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::agent::command::{CommandAgent, CommandResult, CommandTask, Run};
use popkit_coordinator::process::ShimCommand;
use popkit_coordinator::{Shutdown, Worker};
use popkit_protocol::{
    AgentId, Json, Kinds, NewTask, Outcome, Profile, RandomIds, RetryPolicy, Task, TaskId,
    TaskKind, TaskState,
};
use popkit_store::{Beat, Claimant, Heartbeat, MemoryStore, TaskStore, TaskStoreExt as _};

const DEADLINE: Duration = Duration::from_secs(30);

fn agent(folder: &Path) -> CommandAgent {
    let shim = ShimCommand { program: crate::process::example(), args: vec!["__shim".into()] };
    CommandAgent::new(AgentId::new("runner-1").unwrap(), shim, folder.to_owned())
}

fn task(id: &str, run: Run) -> NewTask {
    task_of(id, &CommandTask::new(run))
}

fn task_of(id: &str, payload: &CommandTask) -> NewTask {
    NewTask::new(TaskId::new(id).unwrap(), TaskKind::new(payload.kind()).unwrap())
        .with_payload(Json::encode(payload).unwrap())
        .with_retry(RetryPolicy::never())
}

fn shell(script: &str) -> Run {
    Run::Shell(script.to_owned())
}

async fn until(
    store: &dyn TaskStore,
    id: &TaskId,
    wanted: impl Fn(&Task) -> bool + Send + Sync,
) -> Task {
    let poll = async {
        loop {
            let task = store.get(id).await.unwrap().unwrap();
            if wanted(&task) {
                return task;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(DEADLINE, poll).await.expect("the task got there")
}

/// Runs a worker with this agent beside `then`, and drains it afterwards.
async fn beside<T>(
    store: &Arc<dyn TaskStore>,
    agent: CommandAgent,
    then: impl Future<Output = T>,
) -> T {
    let shutdown = Shutdown::new();
    let worker = Worker::builder("runner-1")
        .kinds(["command", "prompt"])
        .lease(Duration::from_secs(1))
        .build(Arc::clone(store), Arc::new(agent))
        .unwrap();
    let (report, value) = tokio::join!(worker.run_until(&shutdown), async {
        let value = then.await;
        shutdown.drain();
        value
    });
    report.unwrap();
    value
}

/// Executes one task to its end.
async fn execute(agent: CommandAgent, new: NewTask) -> Task {
    let store: Arc<dyn TaskStore> = Arc::new(MemoryStore::new());
    let id = new.id.clone();
    store.insert(new).await.unwrap();
    beside(&store, agent, until(&*store, &id, |task| task.state.is_terminal())).await
}

fn result(task: &Task) -> CommandResult {
    task.result.as_ref().expect("a result").decode().unwrap()
}

#[tokio::test]
async fn a_child_gets_its_task_and_gives_a_result() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"
        read -r line
        printf '%s' "$line" | grep -q '"id":"t-1"' || exit 9
        [ "$POPKIT_TASK_ID/$POPKIT_ATTEMPT/$POPKIT_AGENT" = t-1/1/runner-1 ] || exit 8
        [ "$POPKIT_FENCE" -gt 0 ] || exit 7
        [ "$MINE$YOURS" = task-agent ] || exit 6
        printf '{"answer": 42}' > "$POPKIT_RESULT_FILE"
        echo out; echo err >&2; pwd
    "#;
    let env = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    };
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    let payload = CommandTask::new(shell(script))
        .with_env(env(&[("MINE", "task-")]))
        .with_dir(Some("sub".into()));
    let agent = agent(folder.path()).with_env(env(&[("MINE", "agent-"), ("YOURS", "agent")]));
    let task = execute(agent, task_of("t-1", &payload)).await;
    assert_eq!(task.state, TaskState::Done, "{:?}", task.errors);
    let result = result(&task);
    assert_eq!((result.exit, result.stderr.as_str()), (0, "err\n"));
    assert!(result.stdout.starts_with("out\n") && result.stdout.ends_with("/sub\n"), "{result:?}");
    assert_eq!(result.value.unwrap().as_str(), r#"{"answer": 42}"#);
}

#[tokio::test]
async fn a_failure_tells_how_and_what_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let run = shell("echo fine; echo 'no such thing' >&2; exit 3");
    let task = execute(agent(folder.path()), task("t", run)).await;
    assert_eq!(task.state, TaskState::Failed);
    let error = &task.errors.first().unwrap().failure;
    assert_eq!((error.kind.as_str(), error.text.as_str()), ("exit", "exit code 3\nno such thing"));
}

#[tokio::test]
async fn what_cannot_be_run_or_read_fails_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        (task("t", Run::Argv(vec!["popkit-no-such-program".into()])), "was not found"),
        (task("t", Run::Prompt("hello".into())), "no command for prompts"),
        (task("t", shell(&"#".repeat(130_000))), "has 130000 bytes; the limit is 122880"),
        (task("t", shell("echo nonsense > $POPKIT_RESULT_FILE")), "holds no JSON"),
        (task("t", shell("head -c 200000 /dev/zero > $POPKIT_RESULT_FILE")), "the limit is"),
        (
            task_of("t", &CommandTask::new(shell("true")).with_dir(Some("gone".into()))),
            "does not exist",
        ),
        (task("t", shell("true")).with_payload(Json::null()), "no command"),
    ];
    for (new, reason) in cases {
        let task = execute(agent(folder.path()), new).await;
        assert_eq!(task.state, TaskState::Failed);
        let text = &task.errors.first().unwrap().failure.text;
        assert!(text.contains(reason), "{text:?} does not say {reason:?}");
    }
}

/// Lets the first attempt store this checkpoint and the second execute this script.
async fn resumed(folder: &Path, checkpoint: &str, script: &str) -> Task {
    let store: Arc<dyn TaskStore> = Arc::new(MemoryStore::new());
    let id = TaskId::new("t").unwrap();
    store.insert(task("t", shell(script))).await.unwrap();
    let kinds = Kinds::Only([TaskKind::new("command").unwrap()].into());
    let profile = Profile::new(AgentId::new("first").unwrap(), kinds, []);
    let claimant = Claimant::new(&RandomIds, profile);
    let wanted = claimant.wants(1, &RandomIds);
    let reply = store.step(claimant.step(&RandomIds).with_claim(wanted)).await.unwrap();
    let token = reply.leases.first().unwrap().token.clone();
    let beat = Beat::new(token.clone()).with_checkpoint(Json::encode(checkpoint).unwrap());
    let beat = Heartbeat::new(claimant.holder, claimant.lease).with(beat);
    store.heartbeat(beat).await.unwrap();
    let give_back = claimant.step(&RandomIds).with_finish(token, Outcome::Release);
    store.step(give_back).await.unwrap();
    beside(&store, agent(folder), until(&*store, &id, |task| task.state.is_terminal())).await
}

#[tokio::test]
async fn a_checkpoint_of_any_size_reaches_the_next_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let small = r#"[ "$POPKIT_CHECKPOINT" = '"so far"' ] && [ "$(cat "$POPKIT_CHECKPOINT_FILE")" = '"so far"' ]"#;
    let task = resumed(folder.path(), "so far", small).await;
    assert_eq!(task.state, TaskState::Done, "{:?}", task.errors);

    // More than Linux takes in one variable.
    let large = r#"[ -z "${POPKIT_CHECKPOINT+set}" ] && wc -c < "$POPKIT_CHECKPOINT_FILE""#;
    let task = resumed(folder.path(), &"x".repeat(250_000), large).await;
    assert_eq!(task.state, TaskState::Done, "{:?}", task.errors);
    assert_eq!(result(&task).stdout.trim(), "250002");
}

#[tokio::test]
async fn a_timeout_stops_the_child_and_is_called_so() {
    let folder = tempfile::tempdir().unwrap();
    let run = shell("echo $$ > pid; exec sleep 1000");
    let new = task("t", run).with_timeout(Duration::from_millis(300));
    let task = execute(agent(folder.path()), new).await;
    assert_eq!(task.errors.first().unwrap().failure.kind, "timeout");
    ended(folder.path());
}

#[tokio::test]
async fn cancelling_the_task_stops_the_child() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn TaskStore> = Arc::new(MemoryStore::new());
    store.insert(task("t", shell("echo $$ > pid; exec sleep 1000"))).await.unwrap();
    let id = TaskId::new("t").unwrap();
    let pid = folder.path().join("pid");
    beside(&store, agent(folder.path()), async {
        eventually(|| std::fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n'))).await;
        store.cancel(&id, "test", None).await.unwrap();
        eventually(|| !popkit_testkit::alive(read_pid(&pid))).await;
    })
    .await;
    assert_eq!(store.get(&id).await.unwrap().unwrap().state, TaskState::Cancelled);
}

#[tokio::test]
async fn try_again_later_counts_no_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn TaskStore> = Arc::new(MemoryStore::new());
    store.insert(task("t", shell("exit 75"))).await.unwrap();
    let id = TaskId::new("t").unwrap();
    let back = until(&*store, &id, |task| task.due_at.is_some());
    let task = beside(&store, agent(folder.path()), back).await;
    assert_eq!((task.state, task.attempt, task.errors.len()), (TaskState::Pending, 0, 0));
}

#[tokio::test]
async fn endless_output_is_cut_in_the_middle_and_made_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let script = r"printf 'first\033[31m\n'; yes | head -c 3000000; echo last";
    let task = execute(agent(folder.path()), task("t", shell(script))).await;
    let stdout = result(&task).stdout;
    assert!(stdout.len() < 20_000, "{}", stdout.len());
    assert!(stdout.starts_with("first\u{fffd}[31m\n") && stdout.ends_with("last\n"));
    assert!(stdout.contains("bytes left out"));
}

fn read_pid(path: &Path) -> u32 {
    std::fs::read_to_string(path).unwrap().trim().parse().unwrap()
}

fn ended(folder: &Path) {
    let pid = read_pid(&folder.join("pid"));
    popkit_testkit::wait_until(DEADLINE, "the child to end", || !popkit_testkit::alive(pid));
}

/// Polls without blocking the runtime that the worker runs on.
async fn eventually(condition: impl Fn() -> bool + Send + Sync) {
    let poll = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(DEADLINE, poll).await.expect("in time");
}
