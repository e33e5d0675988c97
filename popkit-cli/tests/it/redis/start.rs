//! A server of one's own: started, stopped, started again.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use popkit_testkit::{Child, RedisOptions, RedisServer, alive, wait_until};

use super::{LONG, Place, bin, server, told, well};
use crate::room::{Out, Room};

#[test]
fn a_life() {
    let place = Place::new();
    let room = &place.room;
    room.popkit(&["redis", "status"]).refused(1, &["not running", "popkit redis start"]);
    let out = place.start(&[]);
    assert_eq!(out.code, 0, "{out:?}");
    assert!(out.out.starts_with(&format!("Redis is ready at {}: ", place.url())), "{out:?}");
    assert!(out.err.contains(&format!("export POPKIT_URL={}", place.url())), "{out:?}");
    let page = well(room, &["redis", "status"]);
    assert!(page.contains("power-safe (appendonly yes, appendfsync always)"), "{page}");
    assert!(page.contains("eviction    noeviction") && !page.contains("note"), "{page}");
    let pid = place.pid();
    // Once more is nothing.
    let out = room.popkit(&["redis", "start"]);
    assert!(out.code == 0 && out.out.starts_with("Redis runs already"), "{out:?}");
    assert_eq!(place.pid(), pid);
    assert_eq!(room.popkit(&["redis", "test"]).code, 0);

    assert_eq!(place.cli(&["SET", "pop:kept", "yes"]), "OK");
    let out = room.popkit(&["redis", "restart"]);
    assert_eq!(out.code, 0, "{out:?}");
    assert_ne!(place.pid(), pid);
    wait_until(LONG, "the end of the first process", || !alive(pid));
    assert_eq!(place.cli(&["GET", "pop:kept"]), "yes");

    let pid = place.pid();
    let out = room.popkit(&["redis", "stop"]);
    assert_eq!((out.code, out.out.as_str()), (0, "Redis is stopped; its data stays\n"), "{out:?}");
    wait_until(LONG, "the end of the server", || !alive(pid));
    assert_eq!(room.popkit(&["redis", "status"]).code, 1);
    let out = room.popkit(&["redis", "stop"]);
    assert!(out.code == 0 && out.out.contains("nothing to stop"), "{out:?}");
    // The port is known from the last time.
    assert_eq!(room.popkit(&["redis", "start"]).code, 0);
    assert_eq!(place.cli(&["GET", "pop:kept"]), "yes");
}

#[test]
fn it_outlives_a_kill_with_all_its_data() {
    let place = Place::new();
    assert_eq!(place.start(&[]).code, 0);
    assert_eq!(place.cli(&["SET", "pop:kept", "yes"]), "OK");
    let pid = place.pid();
    let killed = Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
    assert!(killed.success());
    wait_until(LONG, "the end of the server", || !alive(pid));
    assert_eq!(place.room.popkit(&["redis", "status"]).code, 1);
    assert_eq!(place.room.popkit(&["redis", "start"]).code, 0);
    assert_eq!(place.cli(&["GET", "pop:kept"]), "yes");
}

#[test]
fn it_listens_to_this_machine_alone_and_its_files_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    assert_eq!(place.start(&[]).code, 0);
    let bound = place.cli(&["CONFIG", "GET", "bind"]);
    assert_eq!(bound, "bind\n127.0.0.1");
    for name in ["", "data", "redis.conf", "redis.log", "server.json"] {
        let mode = fs::metadata(place.file(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}: {mode:o}");
    }
    let ignored = fs::read_to_string(place.room.path().join(".popkit/.gitignore")).unwrap();
    assert_eq!(ignored, "*\n");
}

#[test]
fn a_port_that_is_taken_is_left_alone() {
    let place = Place::new();
    let foreign = server();
    let port = foreign.addr().port().to_string();
    let start = |port: &str| place.room.popkit(&["redis", "start", "--port", port]);
    let pid = foreign.pid().to_string();
    let words = [&*port, "not started from here", &pid, "--port N"];
    start(&port).refused(1, &words);
    assert!(foreign.is_running());
    let guarded = RedisServer::start(RedisOptions::default().password("hunter2"));
    start(&guarded.addr().port().to_string()).refused(1, &["one that wants a password"]);
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let number = other.local_addr().unwrap().port();
    let greeter = std::thread::spawn(move || {
        // One connection to see that somebody is there, one to talk.
        other.incoming().take(2).flatten().for_each(|mut link| {
            let _ = std::io::Write::write_all(&mut link, b"HTTP/1.0 400 Bad Request\r\n\r\n");
        });
    });
    start(&number.to_string()).refused(1, &["taken by a program that is no Redis"]);
    greeter.join().unwrap();
    assert!(!place.file("server.json").exists(), "nothing was started");
}

#[test]
fn one_that_runs_is_not_started_in_another_way() {
    let place = Place::new();
    assert_eq!(place.start(&[]).code, 0);
    for more in [&["--port", "1024"][..], &["--acl"], &["--docker"]] {
        let out = place.room.popkit(&[&["redis", "start"], more].concat());
        out.refused(64, &["runs already", "popkit redis stop"]);
    }
}

#[test]
fn what_keeps_it_from_starting_is_told_from_its_log() {
    let place = Place::new();
    place.room.write(".popkit/redis/local.conf", "bogus-setting yes\n");
    let out = place.start(&[]);
    assert_eq!(out.code, 1, "{out:?}");
    assert!(out.err.contains("ended at once") && out.err.contains("redis.log"), "{out:?}");
    assert!(out.err.contains("Bad directive"), "{out:?}");
    // Settings of one's own win, and the mend mends it.
    place.room.write(".popkit/redis/local.conf", "maxmemory 64mb\n");
    assert_eq!(place.start(&[]).code, 0);
    assert_eq!(place.cli(&["CONFIG", "GET", "maxmemory"]), "maxmemory\n67108864");
}

#[test]
fn two_starts_at_once_make_one_server() {
    let place = Place::new();
    let port = place.port();
    let start = || place.room.spawn(&["redis", "start", "--port", &*port]);
    let children = [start(), start(), start()];
    let ended = children.map(Out::of);
    assert!(ended.iter().any(|out| out.code == 0), "{ended:?}");
    for out in &ended {
        assert!(out.code == 0 || (out.code == 75 && out.err.contains("try again")), "{out:?}");
    }
    assert_eq!(place.room.popkit(&["redis", "status"]).code, 0);
}

#[test]
fn without_any_program_the_command_that_installs_one_is_told() {
    let mut room = Room::new();
    let bin = bin(&room);
    room.set("PATH", bin.to_str().unwrap());
    let out = room.popkit(&["redis", "start"]);
    out.refused(1, &["no redis-server and no docker", "install one: Redis 7.0 or later"]);
    super::script(&bin, "apt-get", "exit 1");
    let out = room.popkit(&["redis", "start"]);
    out.refused(1, &["install one: sudo apt-get install redis-server"]);
    super::script(&bin, "redis-server", "echo 'Redis server v=6.2.14 sha=0:0 bits=64'");
    room.popkit(&["redis", "start"]).refused(1, &["is 6.2.14, older than 7.0", "apt-get install"]);
}

#[test]
fn debug_shows_log_figures_and_clients_also_of_one_that_is_down() {
    let place = Place::new();
    let room = &place.room;
    room.popkit(&["redis", "debug"]).refused(1, &["no Redis was started from here"]);
    assert_eq!(place.start(&[]).code, 0);
    let mut listener = Child::spawn(Command::new(super::program("redis-cli")).args([
        "-p",
        &*place.port(),
        "SUBSCRIBE",
        "pop:results",
    ]));
    listener.wait_stdout(LONG, "pop:results");
    let page = well(room, &["redis", "debug"]);
    for part in
        ["log\n", "Ready to accept", "\ninfo\n", "aof_enabled: 1", "\nclients\n", "user=default"]
    {
        assert!(page.contains(part), "{part:?} is missing in\n{page}");
    }
    assert!(page.contains("channels\n  pop:results"), "{page}");
    room.popkit(&["redis", "debug", "--commander"]).refused(64, &["is a container"]);
    assert_eq!(room.popkit(&["redis", "stop"]).code, 0);
    let out = room.popkit(&["redis", "debug"]);
    assert_eq!(out.code, 69, "{out:?}");
    assert!(out.out.contains("ready to exit") && out.err.contains("refused"), "{out:?}");
}

#[test]
fn with_users_nobody_else_is_let_in_and_passwords_stay() {
    let place = Place::new();
    let room = &place.room;
    let out = place.start(&["--acl"]);
    assert_eq!(out.code, 0, "{out:?}");
    let urls = fs::read_to_string(place.file("urls")).unwrap();
    let secret = urls.lines().next().unwrap().split([':', '@']).nth(2).unwrap().to_owned();
    assert!(secret.len() == 32 && !format!("{out:?}").contains(&secret), "{out:?}");
    assert_eq!(room.popkit(&["redis", "status"]).code, 0);
    let url = |name: &str| {
        urls.lines().find_map(|line| line.strip_prefix(&format!("{name}_URL="))).unwrap()
    };
    for (name, code) in [("COORDINATOR", 0), ("AGENT", 0), ("OBSERVER", 77)] {
        let out = room.popkit(&["backend", "test", "--url", url(name)]);
        assert_eq!(out.code, code, "{name}: {out:?}");
    }
    room.popkit(&["backend", "ping", "--url", &place.url()]).refused(77, &["wants a password"]);
    // What scripts have written is read again too, although the default user, as whom the server
    // reads its files, is shut out.
    let agent = ["--url", url("AGENT")];
    for command in [&["send", "ann", "keep me"][..], &["task", "add", "a"]] {
        let out = room.popkit(&[command, &agent].concat());
        assert_eq!(out.code, 0, "{out:?}");
    }
    let out = room.popkit(&["redis", "restart"]);
    assert_eq!(out.code, 0, "{out:?}");
    assert_eq!(fs::read_to_string(place.file("urls")).unwrap(), urls);
    let out = room.popkit(&[&["task", "list", "--json"][..], &agent].concat());
    assert!(out.out.contains("\"a\""), "{out:?}");
    let out = room.popkit(&[&["inbox", "--agent", "ann"][..], &agent].concat());
    assert!(out.out.contains("keep me"), "{out:?}");
    let out = room.popkit(&["doctor"]);
    assert_eq!(out.code, 0, "{out:?}");
    told(&out, "ok", "rights", &["all that an agent needs"]);
}
