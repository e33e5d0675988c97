//! Which documents the users of the ACL file that the program installs may read and write.

#![allow(clippy::unwrap_used, reason = "helpers of tests: a panic is what a failure is")]

use popkit_protocol::{Namespace, SessionId};
use popkit_store::{
    Document, ErrorKind, RedisOptions, RedisStore, SaveOptions, StateKey, StateStore as _,
    StateStoreExt as _,
};
use popkit_testkit::{Aof, RedisOptions as ServerOptions, RedisServer};

/// Of all users.
pub(super) const PASSWORD: &str = "hunter2";

/// The sessions: the unnamed one, and one with a name.
const SESSIONS: [&str; 2] = ["", "team"];

/// By which people and coordinators decide, and what the coordinator alone says.
const DECIDED: [&str; 18] = [
    "decision:x",
    "leader",
    "leader:term",
    "session:snapshot",
    "session:snapshot:0:1",
    "objective",
    "coordinator:status",
    "completed:s",
    "journal",
    "dead",
    "human",
    "tasks:orphaned",
    "patterns",
    "patterns:p",
    "streams:ann:out",
    // Names that end as those of agents do.
    "decision:pop:inbox:ann",
    "decision:0123456789abcdef:pop:inbox:ann",
    // What nobody has thought of.
    "other",
];

/// What agents write, in any session. Places are kept for each session and, where the messages
/// lie elsewhere, for each such place.
const OF_AGENTS: [&str; 7] = [
    "state:a",
    "insights",
    "hook:a",
    "approval:x",
    "pop:inbox:ann",
    "pop:mirror:tasks",
    "0123456789abcdef:pop:inbox:ann",
];

/// What they write in the session that is called so.
const IN_TEAM: [&str; 3] =
    ["pop:{team}:inbox:ann", "pop:{team}:mirror:tasks", "0123456789abcdef:pop:{team}:inbox:ann"];

/// A server with these users.
pub(super) fn server() -> RedisServer {
    server_with(|users| users)
}

fn server_with(change: impl FnOnce(String) -> String) -> RedisServer {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../popkit-cli/assets/redis/users.acl");
    let users = std::fs::read_to_string(file).unwrap();
    let words = ["OPERATOR", "COORDINATOR", "AGENT", "OBSERVER"];
    let users = words.iter().fold(users, |text, name| {
        text.replace(&format!(">{name}_PASSWORD"), &format!(">{PASSWORD}"))
    });
    RedisServer::start(ServerOptions::default().aof(Aof::Off).acl_file(change(users)))
}

async fn open(server: &RedisServer, user: &str, session: &str) -> RedisStore {
    let url = server.url_as(user, Some(PASSWORD));
    let url = format!("{url}?timeout=20s&connect_timeout=20s");
    let options: RedisOptions = url.parse().unwrap();
    match session {
        "" => options.open().await.unwrap(),
        name => {
            options.namespace(Namespace::of(&SessionId::new(name).unwrap())).open().await.unwrap()
        }
    }
}

fn key(name: &str) -> StateKey {
    StateKey::new(name).unwrap()
}

fn any() -> SaveOptions {
    SaveOptions::default()
}

#[track_caller]
fn assert_denied<T: std::fmt::Debug>(answer: popkit_store::Result<T>, what: &str) {
    let error = answer.unwrap_err();
    assert_eq!((error.kind(), error.backend()), (ErrorKind::PermissionDenied, "redis"), "{what}");
    let text = error.to_string();
    assert!(text.contains("the Redis user may not "), "{what}: {text}");
    assert!(text.contains("ACL LOG") || text.contains("ACL SETUSER NAME ~"), "{what}: {text}");
    assert!(!text.contains('\n') && !text.contains(PASSWORD), "{what}: {text}");
}

#[tokio::test]
async fn an_agent_writes_nothing_that_people_and_coordinators_decide_by() {
    let server = server();
    for session in SESSIONS {
        let coordinator = open(&server, "coordinator", session).await;
        let agent = open(&server, "agent", session).await;
        for name in DECIDED {
            let what = format!("{session}: {name}");
            for opts in [any(), any().if_absent()] {
                assert_denied(agent.save(&key(name), Document::text("mine"), opts).await, &what);
            }
            assert_denied(agent.append(&key(name), "mine".into(), 9).await, &what);
            assert_eq!(coordinator.load(&key(name)).await.unwrap(), None, "{what}");
            let absent = any().if_absent();
            let ours = coordinator.save(&key(name), Document::text("ours"), absent).await.unwrap();
            for opts in [any().if_version(ours), any()] {
                assert_denied(agent.save(&key(name), Document::text("mine"), opts).await, &what);
            }
            assert_denied(agent.delete(&key(name), None).await, &what);
            let found = coordinator.load_text(&key(name)).await.unwrap().unwrap();
            assert_eq!(found.value, "ours", "{what}");
        }
    }
}

#[tokio::test]
async fn what_an_agent_tries_does_not_end_the_term_of_a_leader() {
    let server = server();
    for session in SESSIONS {
        let coordinator = open(&server, "coordinator", session).await;
        let agent = open(&server, "agent", session).await;
        let term = coordinator.save_text(&key("leader:term"), "ours").await.unwrap();
        let mine = || Document::text("mine");
        assert_denied(agent.save(&key("leader:term"), mine(), any()).await, session);
        let guarded = || any().guard(key("leader:term"), term);
        // Refused as a whole, because of the guard.
        assert_denied(agent.save(&key("state:a"), mine(), guarded()).await, session);
        assert_denied(agent.save(&key("session:snapshot"), mine(), guarded()).await, session);
        assert_eq!(coordinator.load(&key("session:snapshot")).await.unwrap(), None, "{session}");
        coordinator.save(&key("objective"), Document::text("o"), guarded()).await.unwrap();
    }
}

#[tokio::test]
async fn an_agent_reads_them_but_for_the_term() {
    let server = server();
    for session in SESSIONS {
        let coordinator = open(&server, "coordinator", session).await;
        let agent = open(&server, "agent", session).await;
        for name in DECIDED {
            coordinator.save_text(&key(name), name).await.unwrap();
            if name == "leader:term" {
                assert_denied(agent.load(&key(name)).await, session);
                continue;
            }
            let found = agent.load_text(&key(name)).await.unwrap().unwrap();
            assert_eq!(found.value, name, "{session}");
        }
        let page = agent.list("session:", None, 9).await.unwrap();
        assert_eq!(page.items.len(), 2, "{session}");
        // As another program writes it, which has no version yet.
        let prefix = if session.is_empty() { String::new() } else { format!("{{{session}}}:") };
        server.cli(&["SET", &format!("pop:{prefix}objective"), "theirs"]);
        let found = agent.load_text(&key("objective")).await.unwrap().unwrap();
        assert_eq!(found.value, "theirs", "{session}");
    }
}

#[tokio::test]
async fn an_agent_writes_what_agents_need() {
    let server = server();
    for session in SESSIONS {
        let coordinator = open(&server, "coordinator", session).await;
        let agent = open(&server, "agent", session).await;
        let in_team: &[&str] = if session == "team" { &IN_TEAM } else { &[] };
        for name in OF_AGENTS.iter().chain(in_team) {
            let made = agent.save(&key(name), Document::text("1"), any().if_absent()).await;
            let made = made.unwrap_or_else(|error| panic!("{session}: {name}: {error}"));
            let found = coordinator.load(&key(name)).await.unwrap().unwrap();
            assert_eq!(found.version, made, "{session}: {name}");
            agent.save(&key(name), Document::text("2"), any().if_version(made)).await.unwrap();
            assert!(agent.delete(&key(name), None).await.unwrap(), "{session}: {name}");
            agent.append(&key(name), "3".into(), 9).await.unwrap();
            let found = agent.load(&key(name)).await.unwrap().unwrap();
            assert_eq!(found.value, Document::List(vec!["3".into()]), "{session}: {name}");
        }
        for family in ["state:", "approval:", "pop:inbox:"] {
            let page = agent.list(family, None, 9).await.unwrap();
            assert_eq!(page.items.len(), 1, "{session}: {family}");
        }
    }
}

#[tokio::test]
async fn with_the_name_of_a_session_in_the_rules_an_agent_is_one_of_that_session_alone() {
    let named = |users: String| users.replace("{*}", "{team}").replace("{*.t}", "{team.t}");
    let server = server_with(named);
    let agent = open(&server, "agent", "team").await;
    for name in OF_AGENTS.iter().chain(&IN_TEAM) {
        agent.save_text(&key(name), "x").await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    // A name that `*` would stand for.
    assert_denied(agent.save_text(&key("decision:x}:state:a"), "x").await, "decision");
    let url = format!("{}?session=other", server.url_as("agent", Some(PASSWORD)));
    assert_denied(popkit_store::open(&url).await, "the tasks of another session");
}
