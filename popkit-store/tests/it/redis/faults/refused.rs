//! What cannot be opened or done is told in one line, with its mend and without secrets.

use popkit_protocol::RandomIds;
use popkit_store::{Error, ErrorKind, RedisOptions, TaskStore as _, TaskStoreExt as _};
use popkit_testkit::{RedisOptions as ServerOptions, RedisServer};

use super::support::{
    claim, done, finish, hold, id, open, options, park, server, state, story, task, until_ok,
    woken, worker,
};

const SECRET: &str = "hunter2";

async fn refused(options: RedisOptions) -> Error {
    match options.clone().open().await {
        Ok(_) => panic!("{options:?} was accepted"),
        Err(error) => error,
    }
}

#[track_caller]
fn assert_told(error: &Error, kind: ErrorKind, operation: &str, says: &str) {
    assert_eq!((error.kind(), error.backend()), (kind, "redis"), "{error}");
    assert_eq!(error.operation(), operation, "{error}");
    assert!(error.to_string().contains(says), "no {says:?} in: {error}");
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
    assert!(!format!("{error} {error:?} {error:#?}").contains(SECRET), "{error:?}");
}

#[tokio::test]
async fn a_wrong_password_is_told() {
    let server = RedisServer::start(ServerOptions::default().password("other"));
    let says = [
        (format!("redis://{}", server.addr()), "wants a password"),
        (server.url_as("", Some(SECRET)), "refused the user or password"),
        (server.url_as("nobody", Some(SECRET)), "refused the user or password"),
    ];
    for (url, says) in says {
        assert_told(&refused(options(&url)).await, ErrorKind::Unauthenticated, "open", says);
    }
    open(&server.url()).await;
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_told() {
    let server = server();
    let error = refused(options(&format!("{}/99", server.url()))).await;
    assert_told(&error, ErrorKind::InvalidConfig, "open", "no database 99");
    let one = open(&format!("{}/1", server.url())).await;
    one.insert(task("a")).await.unwrap();
    assert_eq!(state(&open(&server.url()).await, "a").await, None, "databases are apart");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told() {
    let server = server();
    let url = server.url_as("", Some(SECRET));
    server.kill();
    let error = refused(options(&url)).await;
    assert_told(&error, ErrorKind::Unavailable, "open", "connection refused; is the server");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_server_that_throws_data_away_is_refused() {
    let evicting = ServerOptions::default().arg("maxmemory-policy", "allkeys-lru");
    let server = RedisServer::start(evicting.password(SECRET));
    let error = refused(options(&server.url())).await;
    let says = "maxmemory-policy allkeys-lru); set it: CONFIG SET maxmemory-policy noeviction";
    assert_told(&error, ErrorKind::InvalidConfig, "open", says);
    options(&format!("{}?allow_eviction=true", server.url())).open().await.unwrap();
    server.cli(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    open(&server.url()).await;
}

#[tokio::test]
async fn a_server_that_is_full_takes_no_tasks_and_keeps_what_it_has() {
    let server = server();
    let store = open(&server.url()).await;
    let who = worker("w");
    store.insert(task("a")).await.unwrap();
    let lease = hold(&store, &who).await;
    server.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    let unique = || task("b").with_unique("k".try_into().unwrap());
    let error = store.insert(unique()).await.unwrap_err();
    assert_told(&error, ErrorKind::Full, "insert", "maxmemory");
    let end = who.step(&RandomIds).with_finish(lease.token.clone(), done());
    // Ending a task needs room too, or makes some: it happens as a whole or not at all.
    match store.step(end.clone()).await {
        Ok(reply) => assert!(reply.finished[0].is_accepted(), "{reply:?}"),
        Err(error) => assert_told(&error, ErrorKind::Full, "step", "maxmemory"),
    }
    assert_eq!(state(&store, "b").await, None);
    server.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    assert!(store.insert(unique()).await.unwrap().is_created(), "nothing is left of the first try");
    assert!(store.step(end).await.unwrap().finished[0].is_accepted());
    assert_eq!(story(&store, "a").await, ["inserted", "claimed", "completed"]);
    assert_eq!(hold(&store, &who).await.token.task, id("b"));
}

/// A user of the tasks and nothing else, with further rules.
fn agent(rules: &str) -> RedisServer {
    let user = format!("user agent on >{SECRET} ~pop:* &pop:* +@all -@admin -@dangerous {rules}");
    RedisServer::start(ServerOptions::default().acl_file(user))
}

#[tokio::test]
async fn a_right_that_the_user_lacks_is_told_when_the_store_is_opened() {
    for (rules, says) in [
        ("-evalsha", "may not run EVALSHA; allow it: ACL SETUSER NAME +evalsha"),
        ("-eval", "may not run EVAL; allow it: ACL SETUSER NAME +eval"),
        // Called in the middle of scripts, or by those who wait.
        ("-zadd", "may not run ZADD; allow it: ACL SETUSER NAME +zadd"),
        ("-pexpireat", "may not run PEXPIREAT; allow it: ACL SETUSER NAME +pexpireat"),
        ("-blpop", "may not run BLPOP; allow it: ACL SETUSER NAME +blpop"),
        ("resetkeys ~other:*", "may not use key pop:{default.t}:tasks with "),
        (
            "resetkeys ~pop:{default.t}:t*",
            "may not use key pop:{default.t}:q:0000 with DEL; allow it: ACL SETUSER NAME \
             ~pop:{default.t}:*",
        ),
        (
            "resetkeys ~pop:{default.t}:[^i]*",
            "may not use key pop:{default.t}:in:0 with DEL; allow it: ACL SETUSER NAME \
             ~pop:{default.t}:*",
        ),
        ("resetkeys %R~pop:*", "may not use key pop:{default.t}:tasks with "),
    ] {
        let server = agent(rules);
        let url = server.url_as("agent", Some(SECRET));
        let error = refused(options(&url)).await;
        assert_told(&error, ErrorKind::PermissionDenied, "open", says);
        assert_eq!(server.cli(&["DBSIZE"]), "0");
        // Once it has the right, it works.
        server.cli(&["ACL", "SETUSER", "agent", "+@all", "~pop:*"]);
        let store = open(&url).await;
        store.insert(task("a")).await.unwrap();
        hold(&store, &worker("w")).await;
    }
}

#[tokio::test]
async fn a_user_with_the_rights_that_are_asked_for_and_no_others_can_work() {
    // The keys of the tasks alone: documents are refused by their own keys.
    let server = agent("resetkeys ~pop:{default.t}:* -@all +hello +evalsha");
    let url = server.url_as("agent", Some(SECRET));
    let mut asked = Vec::new();
    let store = loop {
        match options(&url).open().await {
            Ok(store) => break store,
            Err(error) => {
                let (_, rule) = error.message().rsplit_once(' ').expect("the rule is last");
                assert!(rule.starts_with('+') && !asked.contains(&rule.to_owned()), "{error}");
                server.cli(&["ACL", "SETUSER", "agent", rule]);
                asked.push(rule.to_owned());
            }
        }
    };
    store.insert_many(vec![task("a"), task("b").with_needs([id("a")])]).await.unwrap();
    let who = worker("w");
    for name in ["a", "b"] {
        let lease = hold(&store, &who).await;
        assert_eq!(lease.token.task, id(name));
        assert!(finish(&store, &who, &lease).await.is_accepted());
    }
    let mut waiting = park(&server, &store, 1).await;
    store.insert(task("c")).await.unwrap();
    woken(&store, &mut waiting).await;
}

#[tokio::test]
async fn a_right_that_the_user_loses_is_told_by_the_next_call() {
    for (rules, says) in [
        (&["-evalsha"][..], "may not run EVALSHA; allow it: ACL SETUSER NAME +evalsha"),
        (&["resetkeys", "~other:*"], "may not use key pop:{default.t}:"),
        (&["-hmget"], "the Redis user may not do what a script does; ACL LOG shows"),
    ] {
        let server = agent("");
        let store = open(&server.url_as("agent", Some(SECRET))).await;
        server.cli(&[&["ACL", "SETUSER", "agent"], rules].concat());
        let error = store.insert(task("a")).await.unwrap_err();
        assert_told(&error, ErrorKind::PermissionDenied, "insert", says);
        let error = store.step(claim(&worker("w"), 1)).await.unwrap_err();
        assert_told(&error, ErrorKind::PermissionDenied, "step", says);
        // Once it has the right again, the same handle works.
        server.cli(&["ACL", "SETUSER", "agent", "+@all", "~pop:*"]);
        until_ok("an insert", async || store.insert(task("a")).await).await;
        hold(&store, &worker("w")).await;
    }
}

#[tokio::test]
async fn a_user_who_may_not_read_the_settings_gets_no_promise_of_durability() {
    let server = agent("");
    let store = open(&server.url_as("agent", Some(SECRET))).await;
    assert_eq!(store.capabilities().durability, popkit_store::Durability::Process);
    store.insert(task("a")).await.unwrap();
    hold(&store, &worker("w")).await;
}

#[cfg(feature = "redis-tls")]
#[tokio::test]
async fn plain_and_secure_do_not_mix() {
    let secure = RedisServer::start(ServerOptions::default().tls().password(SECRET));
    let plain = format!("redis://:{SECRET}@{}?connect_timeout=500ms", secure.addr());
    assert_told(&refused(options(&plain)).await, ErrorKind::Unavailable, "open", "rediss://");
    let server = server();
    let url = format!("rediss://:{SECRET}@{}?connect_timeout=500ms", server.addr());
    assert_told(&refused(options(&url)).await, ErrorKind::Unavailable, "open", "TLS");
    // The system does not know the authority of this test.
    let error = refused(options(&secure.url())).await;
    assert_told(&error, ErrorKind::InvalidConfig, "open", "certificate");
}

#[cfg(not(all(feature = "redis-tls", feature = "redis-cluster", feature = "redis-sentinel")))]
#[tokio::test]
async fn what_was_not_built_in_is_named() {
    for (scheme, feature) in [
        ("rediss", cfg!(feature = "redis-tls")),
        ("redis+cluster", cfg!(feature = "redis-cluster")),
        ("redis+sentinel", cfg!(feature = "redis-sentinel")),
    ] {
        if !feature {
            let error = refused(options(&format!("{scheme}://:{SECRET}@localhost/0"))).await;
            let says = "build it with the feature redis-";
            assert_told(&error, ErrorKind::InvalidConfig, "open", says);
        }
    }
}
