//! A session on a server that `popkit power start` has chosen.

use popkit_testkit::{Aof, Child, RedisOptions, RedisServer};

use super::scene::{UNTIL_GO, heard};
use super::{LONG, Scene};

/// Starts a session where the environment has a server, and waits until its agent works.
fn on(scene: &Scene, url: &str, args: &[&str]) -> Child {
    let start = ["power", "start", "--period", "1s", "--lease", "1s"];
    let command = ["--agents", "1", "--", "sh", "-c", UNTIL_GO];
    let words = [&start[..], args, &command].concat();
    let child = Child::spawn(scene.room.command(&words).env("REDIS_URL", url));
    scene.wait_file("at-one-agent-1");
    child
}

#[test]
fn the_other_commands_of_the_project_find_it_until_it_is_over() {
    let options = RedisOptions::default().aof(Aof::Always).password("hunter2");
    let server = RedisServer::start(options);
    let url = format!("redis://:hunter2@{}", server.addr());
    let scene = Scene::new();
    let args = ["x", "--phases", "one", "--mode", "redis"];
    let mut child = on(&scene, &url, &args);
    let file = scene.room.path().join(".popkit/power/place.json");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let status = scene.status();
    assert_eq!(status["objective"], "x");
    assert!(status["place"].as_str().unwrap().starts_with("redis://"), "{status}");
    assert!(!status.to_string().contains("hunter2"), "{status}");
    let agents = scene.popkit(&["agent", "list"]);
    assert!(agents.out.contains("agent-1"), "{agents:?}");
    // What is named wins.
    let here = scene.popkit(&["--store", "sqlite:here.db", "power", "status"]);
    assert!(here.out.contains("no session here"), "{here:?}");

    // A coordinator that was killed is followed by one there, whatever the environment says.
    child.kill9();
    child.wait(LONG);
    let resume = ["power", "start", "--resume", "--period", "1s", "--lease", "1s"];
    let mut child = Child::spawn(&mut scene.room.command(&resume));
    heard(&child, "a session of this project is there: redis://");
    heard(&child, "agent-1 was started anew");
    let out = scene.power(&["stop"]);
    assert_eq!(out.code, 0, "{out:?}");
    child.wait(LONG);
    assert!(!file.exists());
    let out = scene.power(&["status"]);
    assert!(out.out.contains("no session here (") && !out.out.contains("redis"), "{out:?}");
}

#[test]
fn what_is_damaged_is_refused_and_not_shown() {
    let scene = Scene::new();
    scene.room.write(".popkit/power/place.json", "{\"store\": \"redis://:hunter2@x\"}");
    let out = scene.power(&["status"]);
    out.refused(65, &["place.json", "--url"]);
    assert!(!out.err.contains("hunter2"), "{out:?}");
}
