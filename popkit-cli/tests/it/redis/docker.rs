//! Docker, in the form of a script that keeps what it was told: there is no daemon on the
//! machines that run these tests.

use std::fs;

use super::{bin, script};
use crate::room::Room;

/// A docker that does what it is told by its second argument, and keeps all of them.
fn room(fails: &str) -> Room {
    let mut room = Room::new();
    let bin = bin(&room);
    let log = room.path().join("docker.log");
    let text = format!(
        "echo \"$POPKIT_REDIS_PORT $*\" >> {}\n\
         case \"$*\" in *{fails}*) echo 'first line' >&2; echo 'no such thing.' >&2; exit 1;; esac\n\
         case \"$*\" in *logs*) echo 'Ready to accept connections';; esac",
        log.display()
    );
    script(&bin, "docker", &text);
    room.set("PATH", bin.to_str().unwrap());
    room
}

/// What docker was told, without the questions whether it is there.
fn told(room: &Room) -> Vec<String> {
    let log = fs::read_to_string(room.path().join("docker.log")).unwrap();
    let is_question = |line: &&str| line.contains("version");
    log.lines().filter(|line| !is_question(line)).map(str::to_owned).collect()
}

#[test]
fn the_compose_file_is_written_and_used() {
    let room = room("nothing");
    let out = room.popkit(&["redis", "start", "--port", "20999"]);
    assert_eq!(out.code, 0, "{out:?}");
    assert!(out.out.contains("redis://127.0.0.1:20999: in docker"), "{out:?}");
    let file = room.path().join(".popkit/redis/compose.yaml");
    assert!(fs::read_to_string(&file).unwrap().contains("image: redis:7-alpine"));
    assert_eq!(room.popkit(&["redis", "restart"]).code, 0);
    assert_eq!(room.popkit(&["redis", "debug", "--commander"]).code, 0);
    assert_eq!(room.popkit(&["redis", "stop"]).code, 0);
    let compose = format!("20999 compose --file {} ", file.display());
    let expected = [
        "up -d --wait redis",
        "stop --timeout 60",
        "up -d --wait redis",
        "--profile debug up -d --wait",
        "stop --timeout 60",
    ];
    assert_eq!(told(&room), expected.map(|rest| format!("{compose}{rest}")));
    // Nobody listens there: it is no server.
    room.popkit(&["redis", "status"]).refused(1, &["port 20999", "popkit redis start"]);
    let out = room.popkit(&["redis", "debug"]);
    assert!(out.code == 69 && out.out.contains("Ready to accept connections"), "{out:?}");
}

#[test]
fn what_docker_says_is_told_and_nothing_is_kept() {
    let room = room("'up -d'");
    let out = room.popkit(&["redis", "start"]);
    out.refused(1, &["docker could not start Redis: no such thing;", "--local"]);
    assert!(!room.path().join(".popkit/redis/server.json").exists());
}

#[test]
fn a_docker_that_cannot_be_used_is_passed_over() {
    let room = room("'version --format'");
    room.popkit(&["redis", "start", "--docker"])
        .refused(1, &["docker cannot be used: no such thing;", "--local"]);
    // Without either, what to install is told.
    room.popkit(&["redis", "start"]).refused(1, &["no redis-server", "install one"]);
}
