//! Processes that are killed.

use popkit_testkit::{Child, alive, wait_until};

use super::scene::{UNTIL_GO, heard, kill9};
use super::{LONG, Scene};

const ARGS: [&str; 5] = ["Tidy it", "--phases", "one,two", "--agents", "2"];

/// A session whose agents are at work in phase one.
fn at_work(scene: &Scene) -> Child {
    let child = scene.start(&ARGS, UNTIL_GO);
    for agent in ["agent-1", "agent-2"] {
        scene.wait_file(&format!("at-one-{agent}"));
    }
    child
}

#[test]
fn a_session_whose_coordinator_was_killed_is_completed_by_the_next() {
    let scene = Scene::new();
    let mut child = at_work(&scene);
    let agents = ["agent-1", "agent-2"].map(|agent| scene.process_of(agent).parse().unwrap());
    child.kill9();
    child.wait(LONG);
    wait_until(LONG, "the end of its agents", || agents.iter().all(|pid| !alive(*pid)));
    let status = scene.status();
    assert_eq!((&status["is_over"], &status["phase"]), (&false.into(), &"one".into()));
    scene.room.write("go", "");
    let next = scene.run(&["--resume", "--agents", "2"], UNTIL_GO, 0);
    assert!(next.stderr().contains("going on with session"), "{}", next.stderr());
    assert!(next.stdout().contains("phases     one, two"), "{}", next.stdout());
    assert_eq!(scene.status()["id"], status["id"]);
}

#[test]
fn the_same_objective_goes_on_and_another_does_not() {
    let scene = Scene::new();
    let mut first = at_work(&scene);
    let out = scene.power(&["start", "Another thing", "--", "true"]);
    assert_eq!(out.code, 75, "{out:?}");
    for word in ["is not over here: Tidy it", "--resume", "power stop", "--session NAME"] {
        assert!(out.err.contains(word), "{word} is missing in {out:?}");
    }
    // The same one stands by, and may go without a trace.
    let mut second = scene.start(&ARGS, "true");
    heard(&second, "stands by");
    second.interrupt();
    assert_eq!(second.wait(LONG).code(), Some(130), "{}", second.stderr());
    assert!(second.stderr().contains("the session is not over"), "{}", second.stderr());
    assert_eq!(scene.status()["is_over"], false);
    // It takes over from one that is killed.
    let mut third = scene.start(&ARGS, UNTIL_GO);
    heard(&third, "stands by");
    first.kill9();
    heard(&third, "this coordinator leads");
    scene.room.write("go", "");
    assert_eq!(third.wait(LONG).code(), Some(0), "{}", third.stderr());
}

#[test]
fn an_agent_that_was_killed_is_started_again() {
    let scene = Scene::new();
    let mut child = at_work(&scene);
    let killed = scene.process_of("agent-1");
    kill9(&killed);
    heard(&child, "agent-1 is started again");
    scene.room.write("go", "");
    assert_eq!(child.wait(LONG).code(), Some(0), "{}", child.stderr());
    assert!(child.stderr().contains("agent-1 ended badly"), "{}", child.stderr());
    assert!(child.stdout().contains("phases     one, two"), "{}", child.stdout());
}
