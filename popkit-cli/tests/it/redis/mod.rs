//! `backend`, `redis` and `doctor`, against real servers.

mod acl;
mod backend;
mod desk;
mod docker;
mod doctor;
mod embedded;
mod monitor;
mod refuse;
mod run;
mod start;
mod topology;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use popkit_testkit::{Aof, RedisOptions, RedisServer};

use crate::room::{Out, Room};

/// How long anything may take on a machine that is busy.
const LONG: Duration = Duration::from_secs(60);
/// A password that must not show anywhere.
const SECRET: &str = "hunter2";

/// A server as popkit wants it.
fn server() -> RedisServer {
    RedisServer::start(RedisOptions::default().aof(Aof::Always))
}

/// Runs `popkit ARGS`, which must end well, and gives standard output.
#[track_caller]
fn well(room: &Room, args: &[&str]) -> String {
    let out = room.popkit(args);
    assert_eq!(out.code, 0, "{args:?}: {out:?}");
    out.out
}

/// Asserts that a check is told with these words, and begins so.
#[track_caller]
fn told(out: &Out, verdict: &str, name: &str, words: &[&str]) {
    let begin = format!("{verdict:<5} {name:<12} ");
    let mut lines = out.out.lines().filter(|line| line.starts_with(&begin));
    let found = lines.any(|line| words.iter().all(|word| line.contains(word)));
    assert!(found, "no {begin:?} with {words:?} in\n{}{}", out.out, out.err);
}

/// A program of this machine.
fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{name} is not in PATH: run `cargo xtask setup`"))
}

/// A folder with a Redis of its own, which is stopped when it goes.
struct Place {
    room: Room,
    /// Holds the port, and nothing else.
    reserved: RedisServer,
}

impl Place {
    /// Nothing runs yet. Only redis-server is in PATH: docker would be taken first.
    fn new() -> Self {
        let reserved = RedisServer::start(RedisOptions::default());
        reserved.stop();
        let mut room = Room::new();
        let bin = bin(&room);
        symlink(program("redis-server"), bin.join("redis-server")).unwrap();
        room.set("PATH", bin.to_str().unwrap());
        Self { room, reserved }
    }

    fn port(&self) -> String {
        self.reserved.addr().port().to_string()
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port())
    }

    /// Starts it at its port.
    #[track_caller]
    fn start(&self, more: &[&str]) -> Out {
        let port = self.port();
        self.room.popkit(&[&["redis", "start", "--port", &*port], more].concat())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.room.path().join(".popkit/redis").join(name)
    }

    /// The process that runs.
    fn pid(&self) -> u32 {
        fs::read_to_string(self.file("redis.pid")).unwrap().trim().parse().unwrap()
    }

    /// Asks the server by redis-cli.
    #[track_caller]
    fn cli(&self, args: &[&str]) -> String {
        cli(&self.port(), args)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let out = self.room.popkit(&["redis", "stop"]);
        if !std::thread::panicking() {
            assert_eq!(out.code, 0, "{out:?}");
        }
    }
}

/// An empty folder for programs.
fn bin(room: &Room) -> PathBuf {
    let bin = room.path().join("bin");
    fs::create_dir(&bin).unwrap();
    bin
}

/// A program that is a shell script.
fn script(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// What redis-cli prints.
#[track_caller]
fn cli(port: &str, args: &[&str]) -> String {
    let mut command = std::process::Command::new(program("redis-cli"));
    let out = command.args(["-p", port]).args(args).output().unwrap();
    assert!(out.status.success(), "{args:?}: {out:?}");
    String::from_utf8(out.stdout).unwrap().trim_end().to_owned()
}
