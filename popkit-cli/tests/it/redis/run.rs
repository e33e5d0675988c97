//! Runs on a server.

use std::fs;
use std::path::Path;

use popkit_testkit::{Aof, Child, RedisOptions, RedisServer, alive, wait_for, wait_until};

use super::{LONG, SECRET, server, well};
use crate::room::{Out, Room};

/// A room with this plan, whose tasks find the program as `$POPKIT`, and the server by the
/// environment.
fn room(server: &RedisServer, tasks: &str) -> Room {
    let mut room = Room::new();
    room.set("POPKIT", env!("CARGO_BIN_EXE_popkit"));
    room.set("PATH", std::env::var("PATH").unwrap());
    room.set("POPKIT_URL", server.url());
    room.write("p.toml", &format!("objective = \"test\"\n{tasks}"));
    room
}

#[track_caller]
fn run(room: &Room, args: &[&str]) -> Out {
    let out = room.popkit(&[&["run", "p.toml", "--agents", "2"], args].concat());
    assert_eq!(out.code, 0, "{out:?}");
    out
}

/// Starts a runner.
fn start(room: &Room, args: &[&str]) -> Child {
    Child::spawn(&mut room.command(&[&["run", "p.toml"], args].concat()))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Asserts that the history has one end of each task.
#[track_caller]
fn each_completed_once(room: &Room, ids: &[&str]) {
    for id in ids {
        let events = room.json(&["history", id]);
        let count = events.iter().filter(|event| event["event"] == "completed").count();
        assert_eq!(count, 1, "{id}: {events:?}");
    }
}

const THREE: &str = r#"tasks = [
  { id = "a", command = "echo a >> log" }, { id = "b", command = "echo b >> log" },
  { id = "c", command = "echo c >> log", needs = ["a", "b"] },
]"#;

#[test]
fn everything_is_on_the_server_and_nothing_in_files() {
    let server = server();
    let room = room(&server, THREE);
    let out = run(&room, &[]);
    assert!(out.err.contains("3 of 3 done"), "{out:?}");
    assert_eq!(read(&room.path().join("log")).lines().count(), 3);
    each_completed_once(&room, &["a", "b", "c"]);
    let status = well(&room, &["status"]);
    assert!(status.starts_with(&format!("{}/0\n", server.url())), "{status}");
    assert!(status.contains("3 done"), "{status}");
    // Not the place of a run around it, but what a person set.
    assert_eq!(well(&room, &["task", "list", "--all", "--plan", "p"]).lines().count(), 4);
    let told = well(&room, &["watch", "--once", "results"]);
    assert_eq!(told.lines().count(), 3, "{told}");
    for name in ["p/tasks.db", "p/messages", "default"] {
        assert!(!room.path().join(".popkit").join(name).exists(), "{name}");
    }
    // Again: nothing is left to do.
    assert!(run(&room, &[]).err.contains("3 of 3 done"));
    assert_eq!(read(&room.path().join("log")).lines().count(), 3);
    assert_eq!(server.cli(&["HLEN", "pop:{default.t}:park"]), "0", "nobody stays parked");
}

#[test]
fn a_weaker_server_is_announced_once_by_the_run_alone() {
    for (aof, class) in [(Aof::EverySec, "crash-safe"), (Aof::Off, "process")] {
        let server = RedisServer::start(RedisOptions::default().aof(aof));
        let room = room(&server, THREE);
        let out = run(&room, &[]);
        let told = format!("/0 promises {class}, no more; popkit doctor says why");
        assert_eq!(out.err.matches(&told).count(), 1, "{out:?}");
        assert!(!out.err.contains("WARN"), "{out:?}");
        let out = room.popkit(&["task", "list", "--all"]);
        assert_eq!((out.code, out.err.as_str()), (0, ""), "{out:?}");
    }
}

#[test]
fn each_part_may_be_elsewhere() {
    let server = server();
    let (mut room, url) = (room(&server, THREE), server.url());
    room.set("POPKIT_URL", "");
    run(&room, &["--store", &url]);
    assert!(room.path().join(".popkit/p/messages").exists(), "messages in files");
    assert_eq!(server.cli(&["EXISTS", "pop:stream:results"]), "0");
    server.cli(&["FLUSHALL"]);
    run(&room, &["--transport", &url, "--fresh"]);
    assert!(room.path().join(".popkit/p/tasks.db").exists(), "tasks in a file");
    assert_eq!(server.cli(&["EXISTS", "pop:{default.t}:tasks"]), "0");
    assert_eq!(server.cli(&["EXISTS", "pop:stream:results"]), "1");
    // The option of one part wins over the URL of both.
    let list = well(&room, &["task", "list", "--url", &url, "--store", "memory:"]);
    assert_eq!(list, "");
}

#[test]
fn a_task_finds_its_run_and_no_password_shows() {
    let server = RedisServer::start(RedisOptions::default().aof(Aof::Always).password(SECRET));
    let mut room = room(
        &server,
        r#"
        success = ['"$POPKIT" task show a --json > criterion']
        [[tasks]]
        id = "a"
        command = '''
        set -e
        ps -o args= -p $PPID > shim
        "$POPKIT" task list --json > seen
        "$POPKIT" task progress 40% half
        "$POPKIT" send bob "hi"
        "$POPKIT" task add more --kind command --payload '{"run":{"shell":"touch added"}}'
        '''"#,
    );
    let url = server.url_as("", Some(SECRET));
    room.set("POPKIT_URL", url.as_str());
    let out = run(&room, &["--session", "team", "--json"]);
    assert!(!format!("{out:?}").contains(SECRET), "{out:?}");
    let store = format!("redis://{}/0?session=team", server.addr());
    assert!(out.out.contains(&format!("\"store\":\"{store}\"")), "{out:?}");
    let path = |name: &str| room.path().join(name);
    assert!(read(&path("seen")).contains(r#""id":"a""#), "{}", read(&path("seen")));
    assert!(read(&path("criterion")).contains(r#""state":"done""#));
    assert!(path("added").exists());
    let shim = read(&path("shim"));
    assert!(shim.contains("__shim") && !shim.contains(SECRET), "{shim}");
    let mail = well(&room, &["inbox", "--agent", "bob", "--session", "team"]);
    assert!(mail.contains("hi"), "{mail}");
    assert_eq!(well(&room, &["task", "list"]), "", "the unnamed session has none of it");
    for file in walk(room.path()) {
        assert!(!read(&file).contains(SECRET), "{}", file.display());
    }
}

/// All files in a folder.
fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn sessions_on_one_server_do_not_meet() {
    let server = server();
    let room = room(&server, THREE);
    for session in ["red", "blue"] {
        run(&room, &["--session", session]);
    }
    assert_eq!(read(&room.path().join("log")).lines().count(), 6, "each ran its own");
    let counts = well(&room, &["--json", "task", "counts", "--session", "red"]);
    assert!(counts.contains(r#""done":3"#), "{counts}");
    // The session may be named by the URL, too.
    let url = format!("{}?session=blue", server.url());
    let counts = well(&room, &["--json", "task", "counts", "--url", &url]);
    assert!(counts.contains(r#""done":3"#), "{counts}");
    let told = well(&room, &["watch", "--once", "results", "--url", &url]);
    assert_eq!(told.lines().count(), 3, "{told}");
    let out = room.popkit(&["task", "list", "--session", "red", "--url", &url]);
    out.refused(64, &["which one?"]);
}

/// Tasks that can only be done where two agents work at once, whoever they are.
fn meeting(folder: &Path) -> String {
    let meet = |own: &str, other: &str| {
        let at = folder.display();
        format!(
            "echo {own} >> {at}/log; touch {at}/{own}; i=0; while ! test -e {at}/{other}; do \
             i=$((i+1)); test $i -lt 3000 || exit 1; sleep 0.02; done"
        )
    };
    format!(
        r#"tasks = [{{ id = "a", command = "{}" }}, {{ id = "b", command = "{}" }}]"#,
        meet("a", "b"),
        meet("b", "a"),
    )
}

#[test]
fn two_runners_of_one_plan_share_its_tasks() {
    let (server, meeting_point) = (server(), Room::new());
    let rooms = [(); 2].map(|()| room(&server, &meeting(meeting_point.path())));
    // At the same time: both find an empty store.
    let mut runs = rooms.each_ref().map(|room| start(room, &["--agents", "1"]));
    for run in &mut runs {
        assert_eq!(run.wait(LONG).code(), Some(0), "{}", run.stderr());
        assert!(run.stderr().contains("2 of 2 done"), "{}", run.stderr());
    }
    assert_eq!(read(&meeting_point.path().join("log")).lines().count(), 2, "each was done once");
    each_completed_once(&rooms[0], &["a", "b"]);
}

#[test]
fn what_a_killed_runner_held_is_finished_by_another() {
    let (server, shared) = (server(), Room::new());
    let at = shared.path().display();
    let plan = format!(
        r#"tasks = [
          {{ id = "a", command = "echo $$ >> {at}/pids; test -e {at}/go || exec sleep 600" }},
          {{ id = "b", command = "true", needs = ["a"] }},
        ]"#
    );
    let [one, two] = [(); 2].map(|()| room(&server, &plan));
    let args = ["--agents", "1", "--lease", "1s"];
    let mut first = start(&one, &args);
    let pid = wait_for(LONG, "the task", || read(&shared.path().join("pids")).trim().parse().ok());
    let mut second = start(&two, &args);
    wait_until(LONG, "the second runner", || !second.stderr().is_empty());
    shared.write("go", "");
    first.kill9();
    first.wait(LONG);
    assert_eq!(second.wait(LONG).code(), Some(0), "{}", second.stderr());
    assert!(!alive(pid), "no child is left");
    each_completed_once(&two, &["a", "b"]);
    assert_eq!(read(&shared.path().join("pids")).lines().count(), 2);
}

#[test]
fn a_run_goes_on_after_the_server_was_killed_and_came_back() {
    let server = server();
    let room = room(
        &server,
        r#"tasks = [
          { id = "a", command = "echo a >> log; touch here; while ! test -e go; do sleep 0.02; done" },
          { id = "b", command = "echo b >> log", needs = ["a"] },
          { id = "c", command = "echo c >> log", needs = ["b"] },
        ]"#,
    );
    let mut run = start(&room, &["--agents", "2", "--lease", "30s"]);
    wait_until(LONG, "the task", || room.path().join("here").exists());
    server.kill();
    room.write("go", "");
    server.restart();
    assert_eq!(run.wait(LONG).code(), Some(0), "{}", run.stderr());
    assert!(run.stderr().contains("3 of 3 done"), "{}", run.stderr());
    assert_eq!(read(&room.path().join("log")), "a\nb\nc\n");
    each_completed_once(&room, &["a", "b", "c"]);
    let results = well(&room, &["watch", "--once", "--json", "results"]);
    let messages = results.lines().filter(|line| line.contains(r#""event":"message""#)).count();
    assert_eq!(messages, 3, "{results}");
}

#[test]
fn an_interrupted_run_leaves_nothing_held_and_nobody_parked() {
    let server = server();
    let room = room(
        &server,
        r#"tasks = [
          { id = "a", command = "echo $$ > a.pid; exec sleep 600" },
          { id = "b", command = "true", needs = ["a"] },
        ]"#,
    );
    let mut run = start(&room, &["--agents", "3", "--grace", "100ms"]);
    let pid = wait_for(LONG, "the task", || read(&room.path().join("a.pid")).trim().parse().ok());
    let parked = || server.cli(&["HLEN", "pop:{default.t}:park"]);
    wait_until(LONG, "the others to wait", || parked() == "2");
    run.interrupt();
    assert_eq!(run.wait(LONG).code(), Some(130), "{}", run.stderr());
    assert!(!alive(pid));
    assert_eq!(parked(), "0");
    for task in room.json(&["list"]) {
        assert_eq!(task["state"], "pending", "{task}");
    }
}

#[test]
fn a_server_that_cannot_be_used_is_one_line() {
    let secret = RedisServer::start(RedisOptions::default().aof(Aof::Always).password(SECRET));
    let evicting = RedisOptions::default().aof(Aof::Always);
    let evicting = RedisServer::start(evicting.arg("maxmemory-policy", "allkeys-lru"));
    let gone = server();
    gone.stop();
    let wrong = format!("redis://:{SECRET}x@{}", secret.addr());
    for (url, code, words) in [
        (wrong, 77, &["refused the user or password"][..]),
        (secret.url_as("", None), 77, &["wants a password"]),
        (evicting.url(), 64, &["allkeys-lru", "CONFIG SET maxmemory-policy noeviction"]),
        (gone.url(), 69, &["connection refused", "is the server running there?"]),
        (format!("{}/99", gone.url()), 69, &["connection refused"]),
        ("postgres://bob:hunter2@x".to_owned(), 64, &["--url", "no backend for \"postgres\""]),
        (format!("redis://:{SECRET}@redis.example.org"), 64, &["--url", "unencrypted"]),
    ] {
        let room = room(&gone, THREE);
        for args in [&["run", "p.toml"][..], &["task", "list"], &["inbox", "--agent", "a"]] {
            let out = room.popkit(&[args, &["--url", &url]].concat());
            out.refused(code, words);
            assert!(!out.err.contains(SECRET), "{out:?}");
        }
        assert!(!room.path().join("log").exists());
    }
}
