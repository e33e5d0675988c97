//! Runs, tasks and messages on the service.

use std::fs;

use popkit_testkit::{Child, UpstashDouble, UpstashOptions, wait_until};

use super::{double, room, silent, well};
use crate::room::{Out, Room};

/// How long anything may take on a machine that is busy.
const LONG: std::time::Duration = std::time::Duration::from_secs(60);

const THREE: &str = r#"
objective = "test"
tasks = [
  { id = "a", command = "echo a >> log" }, { id = "b", command = "echo b >> log" },
  { id = "c", command = "echo c >> log", needs = ["a", "b"] },
]"#;

/// A room with a plan, whose tasks find the program as `$POPKIT`.
fn planned(double: &UpstashDouble, plan: &str) -> Room {
    let mut room = room(double);
    room.set("POPKIT", env!("CARGO_BIN_EXE_popkit"));
    room.set("PATH", std::env::var("PATH").unwrap());
    room.write("p.toml", plan);
    room
}

#[track_caller]
fn run(room: &Room, double: &UpstashDouble, args: &[&str]) -> Out {
    let out = room.popkit(&[&["run", "p.toml", "--agents", "2"], args].concat());
    assert_eq!(out.code, 0, "{out:?}");
    silent(&out, double);
    out
}

#[test]
fn everything_is_on_the_service_and_nothing_in_files() {
    let double = double(UpstashOptions::default());
    let room = planned(&double, THREE);
    let out = run(&room, &double, &["--url", "upstash:"]);
    assert!(out.err.contains("3 of 3 done"), "{out:?}");
    assert!(out.err.contains(&format!("{} promises ", double.url())), "{out:?}");
    let log = fs::read_to_string(room.path().join("log")).unwrap();
    assert_eq!(log.lines().count(), 3, "{log}");
    let status = well(&room, &double, &["status", "--url", "upstash:"]);
    assert!(status.starts_with(&format!("{}\n", double.url())), "{status}");
    assert!(status.contains("3 done"), "{status}");
    let told = well(&room, &double, &["watch", "--once", "results", "--url", "upstash:"]);
    assert_eq!(told.lines().count(), 3, "{told}");
    for name in ["p/tasks.db", "p/messages", "default"] {
        assert!(!room.path().join(".popkit").join(name).exists(), "{name}");
    }
    // Again: nothing is left to do.
    assert!(run(&room, &double, &["--url", "upstash:"]).err.contains("3 of 3 done"));
    let log = fs::read_to_string(room.path().join("log")).unwrap();
    assert_eq!(log.lines().count(), 3, "{log}");
}

#[test]
fn hints_are_told_where_they_are_asked_for() {
    let double = double(UpstashOptions::default());
    let room = planned(&double, THREE);
    let out = run(&room, &double, &["--url", "upstash:?sse=on"]);
    assert!(out.err.contains("3 of 3 done"), "{out:?}");
    assert!(double.counts().contains_key("publish"), "{:?}", double.counts());
}

#[test]
fn each_part_may_be_elsewhere() {
    let double = double(UpstashOptions::default());
    let room = planned(&double, THREE);
    run(&room, &double, &["--store", "upstash:"]);
    assert!(room.path().join(".popkit/p/messages").exists(), "messages in files");
    assert_eq!(double.redis().cli(&["EXISTS", "pop:stream:results"]), "0");
    double.redis().cli(&["FLUSHALL"]);
    run(&room, &double, &["--transport", "upstash:", "--fresh"]);
    assert!(room.path().join(".popkit/p/tasks.db").exists(), "tasks in a file");
    assert_eq!(double.redis().cli(&["EXISTS", "pop:{default.t}:tasks"]), "0");
    assert_eq!(double.redis().cli(&["EXISTS", "pop:stream:results"]), "1");
}

#[test]
fn a_task_finds_its_run_and_the_token_is_nowhere() {
    let double = double(UpstashOptions::default());
    let mut room = planned(
        &double,
        r#"
        objective = "test"
        [[tasks]]
        id = "a"
        command = '''
        set -e
        ps -o args= -p $PPID > shim
        "$POPKIT" task list --json > seen
        "$POPKIT" task progress 40% half
        "$POPKIT" send bob "hi"
        '''"#,
    );
    // The URL holds the token, and the two variables are not there.
    let url = double.url().replace("http://", &format!("http://:{}@", double.token()));
    room.set("UPSTASH_REDIS_REST_URL", "");
    room.set("UPSTASH_REDIS_REST_TOKEN", "");
    room.set("POPKIT_URL", url);
    let out = run(&room, &double, &["--session", "team", "--json"]);
    let store = format!(r#""store":"{}?session=team""#, double.url());
    assert!(out.out.contains(&store), "{out:?}");
    for name in ["seen", "shim"] {
        let text = fs::read_to_string(room.path().join(name)).unwrap();
        assert!(!text.contains(double.token()), "{text}");
    }
    let mail = well(&room, &double, &["inbox", "--agent", "bob", "--session", "team"]);
    assert!(mail.contains("hi"), "{mail}");
}

#[test]
fn two_machines_share_tasks_and_messages() {
    let double = double(UpstashOptions::default());
    let [one, two] = [(); 2].map(|()| {
        let mut room = room(&double);
        room.set("POPKIT_URL", "upstash:");
        room
    });
    one.task(&["add", "a", "--title", "first"]);
    let claimed = two.task(&["claim", "--agent", "ann"]);
    assert!(claimed.contains("first"), "{claimed}");
    one.popkit(&["task", "claim", "--agent", "bob"]).refused(75, &["nothing to claim"]);
    two.task(&["progress", "50%", "--agent", "ann"]);
    two.task(&["complete", "--agent", "ann"]);
    assert_eq!(one.state_of("a"), "done");
    let tokens = two.path().join(".popkit/default/leases");
    assert!(fs::read_dir(tokens).is_ok());
    well(&one, &double, &["send", "bob", "hello"]);
    assert!(well(&two, &double, &["inbox", "--agent", "bob"]).contains("hello"));
    assert_eq!(well(&one, &double, &["inbox", "--agent", "bob"]), "", "its place is there, too");
}

#[test]
fn who_waits_for_a_task_gets_it() {
    let double = double(UpstashOptions::default());
    let mut room = room(&double);
    room.set("POPKIT_URL", "upstash:?poll_least=50ms&poll_most=200ms");
    let mut wait =
        Child::spawn(&mut room.command(&["task", "claim", "--agent", "ann", "--wait", "10m"]));
    wait_until(LONG, "the wait", || double.counts().contains_key("xread"));
    room.task(&["add", "a"]);
    assert_eq!(wait.wait(LONG).code(), Some(0), "{}", wait.stderr());
    assert!(wait.stdout().contains('a'));
}

#[test]
fn a_run_ends_with_the_code_of_what_the_service_says() {
    let double = double(UpstashOptions::default());
    for (token, code) in [("hunter2", 77), (double.read_only_token(), 77)] {
        let mut room = planned(&double, THREE);
        room.set("UPSTASH_REDIS_REST_TOKEN", token);
        let out = room.popkit(&["run", "p.toml", "--url", "upstash:"]);
        assert_eq!(out.code, code, "{out:?}");
        assert!(out.err.contains("token"), "{out:?}");
        assert!(!format!("{out:?}").contains(token), "{out:?}");
    }
}
