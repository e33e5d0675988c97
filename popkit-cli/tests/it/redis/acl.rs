//! The users of the ACL file: what each may do, and what it may not.

mod session;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use popkit_redis::{Command, ErrorKind, Invocation, Redis, RedisConfig, Script, Topics};
use popkit_testkit::{Aof, RedisOptions, RedisServer};

use super::{SECRET, told};
use crate::room::Room;

/// A server with the users as they are shipped, all with one password.
fn server() -> RedisServer {
    let users = include_str!("../../../assets/redis/users.acl");
    let words = ["OPERATOR", "COORDINATOR", "AGENT", "OBSERVER"];
    let users = words.iter().fold(users.to_owned(), |text, name| {
        text.replace(&format!(">{name}_PASSWORD"), &format!(">{SECRET}"))
    });
    assert!(!users.contains("_PASSWORD"), "{users}");
    RedisServer::start(RedisOptions::default().aof(Aof::Always).acl_file(users))
}

fn command(line: &'static str) -> Command {
    let mut words = line.split(' ');
    Command::new(words.next().unwrap()).args(words)
}

async fn connect(server: &RedisServer, user: &str) -> Redis {
    let config: RedisConfig = server.url_as(user, Some(SECRET)).parse().unwrap();
    Redis::connect(config).await.unwrap()
}

static OVERWRITE: Script = Script::new("overwrite", "redis.call('SET', KEYS[1], 'mine')");

/// What nobody of the three may do: the whole of the server, and what is not popkit's.
const FORBIDDEN: [&str; 15] = [
    "FLUSHALL",
    "FLUSHDB",
    "KEYS *",
    "SHUTDOWN",
    "CONFIG SET maxmemory 1",
    "CONFIG REWRITE",
    "ACL LIST",
    "CLIENT LIST",
    "CLIENT KILL TYPE normal",
    "SCRIPT FLUSH",
    "REPLICAOF NO ONE",
    "SAVE",
    "SLOWLOG GET",
    "GET other",
    "XRANGE other - +",
];

#[tokio::test]
async fn what_is_forbidden_to_all_three_fails_in_one_line() {
    let server = server();
    for user in ["coordinator", "agent", "observer"] {
        let redis = connect(&server, user).await;
        for line in FORBIDDEN {
            let error = redis.execute(command(line)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{user}: {line}: {error}");
            let text = error.to_string();
            assert!(text.contains("allow it: ACL SETUSER NAME "), "{user}: {line}: {text}");
            assert!(!text.contains('\n') && !text.contains(SECRET), "{text}");
        }
        assert!(redis.subscribe(Topics::channels(["other"])).await.is_err(), "{user}");
    }
    assert!(server.is_running());
}

#[tokio::test]
async fn an_observer_reads_and_listens_and_changes_nothing() {
    let server = server();
    server.cli(&["HSET", "pop:state:ann", "progress", "0.5"]);
    server.cli(&["XADD", "pop:stream:results", "*", "m", "hello"]);
    server.cli(&["LPUSH", "pop:insights", "{}"]);
    let redis = connect(&server, "observer").await;
    for line in [
        "HGETALL pop:state:ann",
        "XRANGE pop:stream:results - +",
        "XREAD COUNT 1 STREAMS pop:stream:results 0",
        "XINFO STREAM pop:stream:results",
        "LRANGE pop:insights 0 -1",
        "SCAN 0 MATCH pop:state:*",
        "TYPE pop:insights",
        "INFO",
        "TIME",
        "PUBSUB CHANNELS",
    ] {
        redis.execute(command(line)).await.unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    let topics = Topics::channels(["pop:results", "tasks:new"]).pattern("pop:*");
    redis.subscribe(topics).await.unwrap();
    for line in [
        "SET pop:a 1",
        "HSET pop:state:ann progress 1",
        "DEL pop:state:ann",
        "XADD pop:stream:results * m x",
        "XTRIM pop:stream:results MAXLEN 0",
        "LPUSH pop:insights x",
        "EXPIRE pop:insights 1",
        "PUBLISH pop:results x",
        "EVALSHA 0000000000000000000000000000000000000000 0",
        "CONFIG GET maxmemory-policy",
    ] {
        let error = redis.execute(command(line)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{line}: {error}");
    }
    assert_eq!(server.cli(&["HGET", "pop:state:ann", "progress"]), "0.5");
}

#[tokio::test]
async fn only_the_coordinator_reads_settings_which_may_hold_secrets() {
    let server = server();
    let ask = || command("CONFIG GET appendfsync");
    connect(&server, "coordinator").await.execute(ask()).await.unwrap();
    let error = connect(&server, "agent").await.execute(ask()).await.unwrap_err();
    assert!(error.to_string().contains("may not run CONFIG GET"), "{error}");
}

#[tokio::test]
async fn an_agent_reads_everything_and_writes_what_agents_need_alone() {
    let server = server();
    let redis = connect(&server, "agent").await;
    for prefix in ["pop:", "pop:{team}:", "pop:{default}:"] {
        for name in ["decision:x", "leader", "leader:term", "session:snapshot", "objective"] {
            let key = format!("{prefix}{name}");
            server.cli(&["SET", &key, "ours"]);
            let command = |words: &[&'static str]| {
                let (name, more) = words.split_first().unwrap();
                Command::new(name).arg(&*key).args(more.iter().copied())
            };
            for words in [
                &["SET", "mine"][..],
                &["SETRANGE", "0", "m"],
                &["HSET", "f", "mine"],
                &["LPUSH", "mine"],
                &["DEL"],
                &["UNLINK"],
                &["PEXPIRE", "1"],
                &["PERSIST"],
            ] {
                let error = redis.execute(command(words)).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{key}: {words:?}");
                assert!(error.to_string().contains(&key), "{error}");
            }
            // A script has no more rights than who calls it.
            let call = Invocation::new().key(&*key);
            let error = redis.eval(&OVERWRITE, call).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{key}: {error}");
            let found = redis.execute(command(&["GET"])).await.unwrap();
            assert_eq!(found.into_text().unwrap(), "ours", "{key}");
        }
        for name in ["state:a", "hook:a", "approval:x", "insights", "stream:x", "~revisions"] {
            let key = format!("{prefix}{name}");
            let set = Command::new("SET").arg(&*key).arg("mine");
            redis.execute(set).await.unwrap_or_else(|error| panic!("{key}: {error}"));
        }
    }
}

#[test]
fn the_coordinator_can_do_all_that_popkit_does_and_an_agent_what_agents_do() {
    let server = server();
    let room = Room::new();
    let [coordinator, agent] =
        ["coordinator", "agent"].map(|user| server.url_as(user, Some(SECRET)));
    for url in [&coordinator, &agent] {
        for session in [&[][..], &["--session", "team"]] {
            let out = room.popkit(&[&["backend", "test", "--url", url], session].concat());
            assert_eq!(out.code, 0, "{url}: {out:?}");
            let out = room.popkit(&[&["doctor", "--url", url], session].concat());
            assert_eq!(out.code, 0, "{url}: {out:?}");
            told(&out, "ok", "rights", &["all that an agent needs"]);
        }
    }
    for session in ["", "team"] {
        let room = planned(session);
        for url in [&coordinator, &agent] {
            let out = room.popkit(&["run", "p.toml", "--agents", "2", "--url", url]);
            assert_eq!(out.code, 0, "{url}: {out:?}");
            assert!(!out.err.contains("permission denied"), "{url}: {out:?}");
            works(&room, url);
        }
    }
    let out = room.popkit(&["doctor", "--url", &server.url_as("observer", Some(SECRET))]);
    assert_eq!(out.code, 1, "{out:?}");
    told(&out, "FAIL", "rights", &["+evalsha"]);
}

/// A room with a plan of this session.
fn planned(session: &str) -> Room {
    let mut room = Room::new();
    room.set("PATH", std::env::var("PATH").unwrap());
    room.set("POPKIT_SESSION", session);
    let tasks = "[{ id = 'a', command = 'true' }, { id = 'b', command = 'true', needs = ['a'] }]";
    room.write("p.toml", &format!("objective = 'o'\ntasks = {tasks}"));
    room
}

/// Uses the commands about tasks, messages and the session.
#[track_caller]
fn works(room: &Room, url: &str) {
    for args in [
        &["status"][..],
        &["power", "status"],
        &["pending"],
        &["agent", "list"],
        &["insight", "list"],
        &["task", "list"],
        &["task", "history"],
        &["task", "counts", "--lanes"],
        &["task", "prune", "--older-than", "0s"],
        &["send", "ann", "hello"],
        &["inbox", "--agent", "ann"],
        &["watch", "--once"],
    ] {
        let out = room.popkit(&[args, &["--url", url]].concat());
        assert_eq!(out.code, 0, "{url}: {args:?}: {out:?}");
    }
}

#[test]
fn the_default_user_is_shut_out() {
    let server = server();
    let out = Room::new().popkit(&["backend", "ping", "--url", &server.url()]);
    out.refused(77, &["wants a password"]);
}

/// Every command that a script of the store or the transport calls: `call('HGET'`.
fn called(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            called(&path, found);
        } else if path.extension().is_some_and(|end| end == "lua") {
            let text = fs::read_to_string(&path).unwrap();
            let words = text.split("('").skip(1).filter_map(|rest| rest.split('\'').next());
            let is_command =
                |word: &&str| word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_uppercase());
            found.extend(words.filter(is_command).map(str::to_lowercase));
        }
    }
}

#[test]
fn an_agent_may_run_every_command_of_the_scripts() {
    let users = include_str!("../../../assets/redis/users.acl");
    let agent = users.lines().find(|line| line.starts_with("user agent ")).unwrap();
    let rules: BTreeSet<&str> = agent.split(' ').collect();
    let mut commands = BTreeSet::new();
    for part in ["popkit-store/src", "popkit-transport/src"] {
        called(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(part), &mut commands);
    }
    assert!(commands.contains("hget"), "scripts were found: {commands:?}");
    for name in commands {
        let rule = format!("+{name}");
        let is_allowed =
            rules.iter().any(|one| *one == rule || one.starts_with(&format!("{rule}|")));
        assert!(is_allowed, "a script calls {name}: give users.acl {rule}");
    }
}
