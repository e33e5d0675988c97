//! Sessions that are gone on with without the command of their agents.

use std::path::{Path, PathBuf};

use popkit_testkit::{Aof, Child, RedisOptions, RedisServer, alive, wait_until};

use super::scene::heard;
use super::{LONG, Scene};

const ARGS: [&str; 5] = ["Tidy it", "--phases", "one,two", "--agents", "2"];
const RESUME: [&str; 5] = ["power", "start", "--resume", "--lease", "1s"];
/// An agent that works until the file `go` is there, and leaves something behind.
const SCRIPT: &str = "touch at-$POPKIT_PHASE-$POPKIT_AGENT; while ! test -e go; do sleep 0.1; \
                      done; touch made-$POPKIT_PHASE-$POPKIT_AGENT";
const OTHER: &str = "touch other-$POPKIT_PHASE-$POPKIT_AGENT; while ! test -e go; do sleep 0.1; \
                     done; touch made-$POPKIT_PHASE-$POPKIT_AGENT";

fn file(scene: &Scene) -> PathBuf {
    scene.room.path().join(".popkit/power/agents.json")
}

/// Kills a coordinator whose agents have these names, and waits until they are gone, too.
fn kill(scene: &Scene, mut child: Child, agents: &[&str]) {
    let agents: Vec<u32> =
        agents.iter().map(|agent| scene.process_of(agent).parse().unwrap()).collect();
    child.kill9();
    child.wait(LONG);
    wait_until(LONG, "the end of its agents", || agents.iter().all(|pid| !alive(*pid)));
}

/// A session whose agents are at work in phase one, and that nobody leads any more.
fn cut_off(scene: &Scene) {
    let child = scene.start(&ARGS, SCRIPT);
    let agents = ["agent-1", "agent-2"];
    for agent in agents {
        scene.wait_file(&format!("at-one-{agent}"));
    }
    kill(scene, child, &agents);
}

/// `popkit power start --resume MORE` in this folder.
fn resume(scene: &Scene, folder: &Path, more: &[&str]) -> Child {
    let words = [&RESUME[..], more].concat();
    Child::spawn(scene.room.command(&words).current_dir(folder))
}

/// Waits for the end of a session that must be completed with all that its agents make.
#[track_caller]
fn completes(scene: &Scene, mut child: Child, agents: &[&str]) {
    scene.room.write("go", "");
    let status = child.wait(LONG);
    let (out, told) = (child.stdout(), child.stderr());
    assert_eq!(status.code(), Some(0), "{out}\n{told}");
    assert!(out.contains(": completed") && out.contains("phases     one, two"), "{out}");
    for phase in ["one", "two"] {
        for agent in agents {
            let made = format!("made-{phase}-{agent}");
            assert!(scene.room.path().join(&made).exists(), "{made} is missing: {told}");
        }
    }
    assert!(!file(scene).exists(), "{told}");
}

#[test]
fn the_agents_go_on_too_in_their_folder() {
    let scene = Scene::new();
    cut_off(&scene);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(file(&scene).metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let below = scene.room.path().join("below");
    std::fs::create_dir(&below).unwrap();
    let child = resume(&scene, &below, &[]);
    heard(&child, "agents: 2, with the command of the start, in /");
    heard(&child, ": sh -c touch at-$POPKIT_PHASE");
    completes(&scene, child, &["agent-1", "agent-2"]);
    assert_eq!(std::fs::read_dir(&below).unwrap().count(), 0, "they work where they worked");
}

#[test]
fn the_same_objective_takes_the_agents_too_and_their_number_may_change() {
    let scene = Scene::new();
    cut_off(&scene);
    let again = ["power", "start", "Tidy it", "--lease", "1s", "--agents", "1"];
    let child = Child::spawn(scene.room.command(&again).env("REDIS_URL", "redis://127.0.0.1:1"));
    heard(&child, "agents: 1, with the command of the start: sh -c touch");
    completes(&scene, child, &["agent-1"]);
}

#[test]
fn another_command_counts_from_then_on() {
    let scene = Scene::new();
    cut_off(&scene);
    let other = ["--period", "1s", "--agents", "1", "--", "sh", "-c", OTHER];
    let child = resume(&scene, scene.room.path(), &other);
    scene.wait_file("other-one-agent-1");
    kill(&scene, child, &["agent-1"]);
    let child = resume(&scene, scene.room.path(), &[]);
    heard(&child, "agents: 1, with the command of the start: sh -c touch other-");
    completes(&scene, child, &["agent-1"]);
}

#[test]
fn what_is_damaged_is_refused_with_its_mend_until_a_command_is_given() {
    let scene = Scene::new();
    cut_off(&scene);
    for text in ["", "{\"format\": 1", "{\"format\": 2, \"session\": \"x\"}", "\u{0}"] {
        std::fs::write(file(&scene), text).unwrap();
        scene.power(&["start", "--resume"]).refused(65, &["agents.json is damaged", "-- COMMAND"]);
    }
    assert_eq!(scene.status()["is_over"], false);
    let child = resume(
        &scene,
        scene.room.path(),
        &["--period", "1s", "--agents", "1", "--", "sh", "-c", SCRIPT],
    );
    completes(&scene, child, &["agent-1"]);
}

#[test]
fn a_file_that_cannot_be_written_is_no_more_than_a_warning() {
    let scene = Scene::new();
    scene.room.write(".popkit/power/agents.json/in-the-way", "");
    let child = scene.run(&["x", "--phases", "a", "--agents", "1"], "true", 0);
    let told = child.stderr();
    let warning = "--resume` will need the COMMAND of the agents: cannot write";
    assert_eq!(told.matches(warning).count(), 1, "{told}");
}

#[test]
fn a_session_without_a_command_stays_without() {
    let scene = Scene::new();
    let start = ["power", "start", "x", "--mode", "file", "--phases", "a", "--period", "1s"];
    let mut child = Child::spawn(scene.room.command(&start).args(["--lease", "1s"]));
    heard(&child, "this coordinator leads");
    assert!(!child.stderr().contains("once that leads"), "{}", child.stderr());
    child.kill9();
    child.wait(LONG);
    assert!(!file(&scene).exists());
    let mut child = resume(&scene, scene.room.path(), &["--mode", "file"]);
    heard(&child, "this coordinator leads");
    for way in ["`popkit agent run NAME", "`popkit power start --resume --agents N -- COMMAND`"] {
        assert!(child.stderr().contains(way), "{way}: {}", child.stderr());
    }
    let out = scene.power(&["stop"]);
    assert_eq!(out.code, 0, "{out:?}");
    child.wait(LONG);
}

#[test]
fn a_session_that_is_stopped_leaves_no_command_behind() {
    let scene = Scene::new();
    cut_off(&scene);
    let out = scene.power(&["stop"]);
    assert_eq!(out.code, 0, "{out:?}");
    assert!(!file(&scene).exists());
    let out = scene.power(&["start", "--resume", "--mode", "file"]);
    assert!(out.code == 65 && out.err.contains("no session to go on with"), "{out:?}");
}

#[test]
fn on_a_server_the_agents_go_on_where_they_were_started() {
    let server = RedisServer::start(RedisOptions::default().aof(Aof::Always));
    let scene = Scene::new();
    let start = ["power", "start", "--period", "1s", "--lease", "1s", "--mode", "redis"];
    let words = [&start[..], &ARGS, &["--", "sh", "-c", SCRIPT]].concat();
    let url = format!("redis://{}", server.addr());
    let child = Child::spawn(scene.room.command(&words).env("REDIS_URL", &url));
    scene.wait_file("at-one-agent-1");
    scene.wait_file("at-one-agent-2");
    kill(&scene, child, &["agent-1", "agent-2"]);

    // Another machine has no such file.
    let elsewhere = Scene::new();
    let mut child = resume(&elsewhere, elsewhere.room.path(), &["--url", &url]);
    heard(&child, "this coordinator leads");
    assert!(child.stderr().contains("or is started by `popkit power start --resume --agents N"));
    child.kill9();
    child.wait(LONG);

    let child = resume(&scene, scene.room.path(), &[]);
    heard(&child, "a session of this project is there: redis://");
    heard(&child, "agents: 2, with the command of the start: sh -c touch");
    completes(&scene, child, &["agent-1", "agent-2"]);
}
