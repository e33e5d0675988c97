//! Tests of one server, and of what becomes of it.

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::{Command, abort};
use std::time::Duration;

use super::*;
use crate::redis::DEADLINE;
use crate::{Aof, Child, alive, wait_until};

/// In the environment of a test that runs itself once more, to die with a server in hand.
const INNER: &str = "POPKIT_TESTKIT_ABORT";

fn plain() -> RedisServer {
    RedisServer::start(RedisOptions::default())
}

#[test]
fn two_servers_share_nothing() {
    let (one, other) = (plain(), plain());
    assert_ne!(one.addr(), other.addr());
    assert_eq!(one.url(), format!("redis://{}", one.addr()));
    one.cli(&["SET", "key", "1"]);
    assert_eq!(one.cli(&["GET", "key"]), "1");
    assert_eq!(other.cli(&["GET", "key"]), "(nil)");
}

#[test]
fn a_synced_file_survives_kills_and_stops_on_the_same_port() {
    for aof in [Aof::Always, Aof::EverySec] {
        let server = RedisServer::start(RedisOptions::default().aof(aof));
        let (addr, pid) = (server.addr(), server.pid());
        server.cli(&["SET", "key", "1"]);
        server.kill();
        assert!(!server.is_running() && !alive(pid), "{aof:?}");
        server.restart();
        assert_eq!(server.cli(&["INCR", "key"]), "2", "{aof:?}");
        server.stop();
        assert!(!server.is_running(), "{aof:?}");
        server.restart();
        assert_eq!(server.cli(&["INCR", "key"]), "3", "{aof:?}");
        server.restart();
        assert_eq!((server.cli(&["GET", "key"]).as_str(), server.addr()), ("3", addr), "{aof:?}");
        let policy = server.cli(&["CONFIG", "GET", "appendfsync"]);
        let expected = if aof == Aof::Always { "always" } else { "everysec" };
        assert_eq!(policy, format!("appendfsync\n{expected}"));
    }
}

#[test]
fn without_a_file_a_restarted_server_is_empty() {
    let server = plain();
    server.cli(&["SET", "key", "1"]);
    server.restart();
    assert_eq!(server.cli(&["DBSIZE"]), "0");
}

#[test]
fn a_paused_server_answers_once_it_is_resumed() {
    let server = plain();
    let mut stream = TcpStream::connect(server.addr()).unwrap();
    server.pause();
    assert!(server.is_running());
    stream.write_all(b"PING\r\n").unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let mut answer = [0; 7];
    assert!(stream.read(&mut answer).is_err());
    server.resume();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"+PONG\r\n");
    server.pause();
    server.restart();
    assert_eq!(server.cli(&["PING"]), "PONG");
}

#[test]
fn clients_and_scripts_can_be_taken_away() {
    let server = plain();
    let mut stream = TcpStream::connect(server.addr()).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(b"PING\r\n").unwrap();
    stream.read_exact(&mut [0; 7]).unwrap();
    let mut subscriber = TcpStream::connect(server.addr()).unwrap();
    subscriber.set_read_timeout(Some(DEADLINE)).unwrap();
    subscriber.write_all(b"SUBSCRIBE news\r\n").unwrap();
    subscriber.read_exact(&mut [0; 8]).unwrap();
    assert_eq!(server.kill_clients(), 2);
    assert!(matches!(stream.read(&mut [0; 8]), Ok(0) | Err(_)));
    assert!(subscriber.read_to_end(&mut Vec::new()).is_ok_and(|rest| rest < 64));

    let sha = server.cli(&["SCRIPT", "LOAD", "return 1"]);
    assert_eq!(server.cli(&["EVALSHA", &sha, "0"]), "1");
    server.flush_scripts();
    let refused = server.try_cli(&["EVALSHA", &sha, "0"]).unwrap_err();
    assert!(refused.starts_with("NOSCRIPT "), "{refused}");
}

#[test]
fn commands_are_counted() {
    let server = plain();
    server.cli(&["SET", "key", "1"]);
    server.reset_commandstats();
    for _ in 0..3 {
        server.cli(&["GET", "key"]);
    }
    server.cli(&["CLIENT", "ID"]);
    let stats = server.commandstats();
    let calls = |name| stats.get(name).copied();
    assert_eq!((calls("get"), calls("client|id"), calls("set")), (Some(3), Some(1), None));
}

#[test]
fn passwords_are_asked_for() {
    let server = RedisServer::start(RedisOptions::default().password("two words"));
    assert_eq!(server.url(), format!("redis://:two%20words@{}", server.addr()));
    let via = SocketAddr::from(([127, 0, 0, 1], 9));
    assert_eq!(server.url_via(via), "redis://:two%20words@127.0.0.1:9");
    assert_eq!(server.cli(&["ACL", "WHOAMI"]), "default");
    let mut stream = UnixStream::connect(server.socket()).unwrap();
    stream.write_all(b"PING\r\n").unwrap();
    let mut answer = [0; 8];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"-NOAUTH ");
}

#[test]
fn users_have_the_rights_of_the_acl_file() {
    let users = "user ada on >secret ~pop:* +get\nuser default off";
    let server = RedisServer::start(RedisOptions::default().acl_file(users));
    assert_eq!(server.cli(&["ACL", "DRYRUN", "ada", "GET", "pop:x"]), "OK");
    assert_ne!(server.cli(&["ACL", "DRYRUN", "ada", "SET", "pop:x", "1"]), "OK");
    assert_ne!(server.cli(&["ACL", "DRYRUN", "ada", "GET", "other"]), "OK");
    let url = server.url_as("ada", Some("secret"));
    assert_eq!(url, format!("redis://ada:secret@{}", server.addr()));
    server.restart();
    assert_eq!(server.cli(&["ACL", "USERS"]), "ada\ndefault\npopkit-testkit");
}

#[test]
fn a_unix_socket_serves_without_a_port() {
    let server = RedisServer::start(RedisOptions::default().unix_socket());
    assert_eq!(server.url(), format!("redis+unix://{}", server.socket().display()));
    assert_eq!(server.cli(&["CONFIG", "GET", "port"]), "port\n0");
    assert_eq!(server.ca_file(), None);
}

#[test]
fn tls_is_all_that_the_port_speaks() {
    let server = RedisServer::start(RedisOptions::default().tls());
    assert_eq!(server.url(), format!("rediss://{}", server.addr()));
    assert_eq!(server.cli(&["CONFIG", "GET", "port"]), "port\n0");
    let authority = server.ca_file().unwrap().display().to_string();
    let connect = format!("127.0.0.1:{}", server.addr().port());
    let mut client = Child::spawn(Command::new("openssl").args([
        "s_client",
        "-connect",
        &connect,
        "-CAfile",
        &authority,
        "-verify_return_error",
        "-verify_ip",
        "127.0.0.1",
    ]));
    assert!(client.wait(DEADLINE).success(), "{}", client.stderr());
    server.restart();
    assert_eq!(server.cli(&["PING"]), "PONG");
}

#[test]
fn further_settings_win() {
    let options = RedisOptions::default()
        .arg("maxmemory-policy", "allkeys-lru")
        .arg("save", "900 1 300 10")
        .arg("save", "60 5");
    let server = RedisServer::start(options);
    let policy = server.cli(&["CONFIG", "GET", "maxmemory-policy"]);
    assert_eq!(policy, "maxmemory-policy\nallkeys-lru");
    assert_eq!(server.cli(&["CONFIG", "GET", "save"]), "save\n900 1 300 10 60 5");
}

#[test]
#[should_panic(expected = "Bad directive or wrong number of arguments")]
fn a_server_that_does_not_start_says_why() {
    let _ = RedisServer::start(RedisOptions::default().arg("popkit-no-such-setting", "1"));
}

#[test]
#[should_panic(expected = "refuses SET: ERR wrong number of arguments")]
fn an_error_fails_the_test_that_does_not_expect_it() {
    plain().cli(&["SET", "key"]);
}

#[test]
fn drop_ends_the_server_and_removes_its_folder() {
    let server = plain();
    let (pid, folder) = (server.pid(), server.folder().to_path_buf());
    assert!(server.log().contains("Ready to accept connections"));
    server.pause();
    drop(server);
    assert!(!alive(pid));
    assert!(!folder.exists());
}

/// The test runs itself again in a process that dies without running a destructor.
#[test]
fn a_server_ends_with_its_test_process() {
    if let Some(path) = env::var_os(INNER) {
        let server = plain();
        server.pause();
        let left = format!("{}\n{}", server.pid(), server.folder().display());
        fs::write(path, left).unwrap();
        abort();
    }
    let folder = scratch();
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "redis::server::handle::tests::a_server_ends_with_its_test_process"]);
    let mut inner = Child::spawn(command.env(INNER, folder.join("left")));
    assert!(!inner.wait(DEADLINE).success());
    let left = fs::read_to_string(folder.join("left")).unwrap();
    let (pid, files) = left.split_once('\n').unwrap();
    let pid = pid.parse().unwrap();
    wait_until(DEADLINE, "the end of the server", || !alive(pid));
    fs::remove_dir_all(files).unwrap();
}
