//! Users, passwords and access rules.

use popkit_redis::{Command, ErrorKind, Invocation, Protocol, Script, server_error};
use popkit_testkit::{RedisOptions, RedisServer};

use crate::support::{config, connect, connect_with, get, refused, server, set, value};

const PASSWORD: &str = "hunter2";

#[tokio::test]
async fn the_password_of_the_default_user_is_used() {
    let server = RedisServer::start(RedisOptions::default().password(PASSWORD));
    for protocol in [Protocol::Resp2, Protocol::Resp3] {
        let redis = connect_with(config(&server.url()).protocol(protocol)).await;
        redis.ping().await.unwrap();
        let open = format!("redis://{}", server.addr());
        for (config, says) in [
            (config(&open), "wants a password"),
            (config(&open).db(3), "wants a password"),
            (config(&open).password("wrong"), "user"),
            (config(&open).user("nobody").password(PASSWORD), "user"),
        ] {
            let error = refused(config.protocol(protocol)).await;
            assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
            assert!(error.message().contains(says), "{error}");
            assert!(!format!("{error:?}").contains(PASSWORD), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_password_that_nobody_wants_is_told() {
    let server = server();
    // Over RESP3 such a server takes any password.
    let error = refused(config(&server.url()).password(PASSWORD)).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
    assert!(!format!("{error:?}").contains(PASSWORD), "{error:?}");
}

#[tokio::test]
async fn a_database_that_is_forbidden_is_not_one_that_is_missing() {
    let rules = "user ann on >hunter2 ~* &* +@all -select";
    let server = RedisServer::start(RedisOptions::default().acl_file(rules));
    for protocol in [Protocol::Resp2, Protocol::Resp3] {
        let ann = config(&server.url_as("ann", Some(PASSWORD))).db(3).protocol(protocol);
        let error = refused(ann).await;
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        assert!(error.message().contains("ACL SETUSER NAME +select"), "{error}");
    }
}

/// An agent as the documentation's access rules have it, in short.
fn agent() -> RedisServer {
    let rules = "user agent on >hunter2 ~pop:* &pop:* +@all -@admin -@dangerous -script -config";
    RedisServer::start(RedisOptions::default().acl_file(rules))
}

#[tokio::test]
async fn what_a_user_may_not_do_is_named_with_its_mend() {
    let server = agent();
    let redis = connect(&server.url_as("agent", Some(PASSWORD))).await;
    redis.execute(set("pop:a", "1")).await.unwrap();
    for (command, says) in [
        (
            Command::new("CONFIG").args(["GET", "maxmemory"]),
            "may not run CONFIG GET; allow it: ACL SETUSER NAME +config|get",
        ),
        (set("other", "1"), "may not use key other with SET"),
        (Command::new("PUBLISH").args(["other", "x"]), "may not use channel other with PUBLISH"),
        (Command::new("FLUSHALL"), "may not run FLUSHALL"),
    ] {
        let error = redis.execute(command).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        assert!(error.message().contains(says), "{error}");
        assert_eq!(server_error(&error).unwrap().code(), "NOPERM");
    }
    assert_eq!(value(&redis, "pop:a").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn scripts_work_for_a_user_who_may_not_load_them() {
    static BUMP: Script = Script::new("bump", "return redis.call('INCR', KEYS[1])");
    static STRAY: Script = Script::new("stray", "return redis.call('INCR', 'other')");
    let server = agent();
    let redis = connect(&server.url_as("agent", Some(PASSWORD))).await;
    for expected in [1, 2] {
        let answer = redis.eval(&BUMP, Invocation::new().key("pop:n")).await.unwrap();
        assert_eq!(answer.into_int().unwrap(), expected);
    }
    let error = redis.eval(&STRAY, Invocation::new().key("pop:n")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
}

#[tokio::test]
async fn a_user_who_may_not_ask_leaves_gaps_in_what_is_known() {
    let server = agent();
    let redis = connect(&server.url_as("agent", Some(PASSWORD))).await;
    let identity = redis.identity("pop:a").await.unwrap();
    assert_eq!(identity.run_id, None);
    assert!(identity.version.is_some() && identity.role.is_some());
    let settings = redis.settings("pop:a").await.unwrap();
    assert_eq!(settings.durability(), None);
    assert!(settings.remarks().iter().any(|remark| remark.contains("unverified")));
}

#[tokio::test]
async fn a_user_without_rights_is_told_at_the_first_call() {
    let rules = "user nobody on >hunter2 -@all +hello";
    let server = RedisServer::start(RedisOptions::default().acl_file(rules));
    let redis = connect(&server.url_as("nobody", Some(PASSWORD))).await;
    let error = redis.execute(get("pop:a")).await.unwrap_err();
    assert!(error.message().contains("may not run GET"), "{error}");
}

#[tokio::test]
async fn no_password_shows_in_anything_that_can_be_printed() {
    let server = RedisServer::start(RedisOptions::default().password(PASSWORD));
    let config = config(&server.url());
    let redis = connect_with(config.clone().client_name("popkit")).await;
    let mut line = redis.dedicated().unwrap();
    line.execute(get("a"), std::time::Duration::ZERO).await.unwrap();
    let listener = redis.subscribe(popkit_redis::Topics::channels(["a"])).await.unwrap();
    let secret = set("a", PASSWORD);
    let unknown = Command::new("NOSUCH").args(["AUTH", PASSWORD]);
    let error = redis.execute(unknown).await.unwrap_err();
    let printed = [
        format!("{config} {config:?} {config:#?}"),
        format!("{redis:?} {redis:#?} {line:?} {listener:#?} {secret:?}"),
        format!("{error} {error:?} {:?}", server_error(&error)),
    ];
    assert!(error.message().contains("does not know a command"), "{error}");
    for text in printed {
        assert!(!text.contains(PASSWORD), "{text}");
    }
}
