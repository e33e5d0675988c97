//! `popkit power stop`, and Ctrl-C.

use popkit_testkit::{Child, alive, wait_until};

use super::scene::UNTIL_GO;
use super::{LONG, Scene};

/// A session whose agent is at work, and its process.
fn at_work(scene: &Scene) -> (Child, u32) {
    let child = scene.start(&["x", "--phases", "one", "--agents", "1"], UNTIL_GO);
    scene.wait_file("at-one-agent-1");
    (child, scene.process_of("agent-1").parse().unwrap())
}

#[test]
fn p7_stop_ends_the_session_and_its_agents() {
    let scene = Scene::new();
    let (mut child, agent) = at_work(&scene);
    let out = scene.power(&["stop"]);
    assert_eq!(out.code, 0, "{out:?}");
    assert!(out.out.contains("is over: stopped"), "{out:?}");
    assert_eq!(child.wait(LONG).code(), Some(1), "{}", child.stderr());
    assert!(child.stdout().contains(": stopped"), "{}", child.stdout());
    wait_until(LONG, "the end of the agent", || !alive(agent));
    let again = scene.power(&["stop"]);
    again.refused(1, &["no session runs here"]);
}

#[test]
fn stop_need_not_wait() {
    let scene = Scene::new();
    let (mut child, _) = at_work(&scene);
    let out = scene.power(&["stop", "--no-wait"]);
    assert!(out.code == 0 && out.out.contains("is told to stop"), "{out:?}");
    assert_eq!(child.wait(LONG).code(), Some(1), "{}", child.stderr());
}

#[test]
fn a_session_that_nobody_leads_is_stopped_all_the_same() {
    let scene = Scene::new();
    let (mut child, _) = at_work(&scene);
    child.kill9();
    child.wait(LONG);
    let out = scene.power(&["stop", "--json"]);
    assert_eq!(out.code, 0, "{out:?}");
    assert!(out.lines()[0]["end"].get("stopped").is_some(), "{out:?}");
    assert_eq!(scene.status()["is_over"], true);
}

#[test]
fn ctrl_c_ends_the_session_gracefully() {
    let scene = Scene::new();
    let (mut child, agent) = at_work(&scene);
    child.interrupt();
    assert_eq!(child.wait(LONG).code(), Some(130), "{}", child.stderr());
    assert!(child.stdout().contains("stopped by human"), "{}", child.stdout());
    wait_until(LONG, "the end of the agent", || !alive(agent));
    assert_eq!(scene.status()["is_over"], true);
}

#[test]
fn agents_stop_no_session() {
    for name in ["POPKIT_AGENT", "POPKIT_TASK_ID", "CLAUDECODE"] {
        let mut scene = Scene::new();
        scene.room.set(name, "x");
        scene.power(&["stop"]).refused(77, &["not for agents", name, "terminal"]);
    }
}

#[test]
fn ctrl_c_after_the_end_does_not_wait_for_agents() {
    let scene = Scene::new();
    let script = format!("trap '' TERM; {UNTIL_GO}; sleep 600");
    let mut child = scene.start(&["x", "--phases", "one", "--agents", "1"], &script);
    scene.wait_file("at-one-agent-1");
    assert_eq!(scene.power(&["stop", "--no-wait"]).code, 0);
    wait_until(LONG, "the end of the session", || scene.status()["is_over"] == true);
    child.interrupt();
    assert_eq!(child.wait(LONG).code(), Some(130), "{}", child.stderr());
}
