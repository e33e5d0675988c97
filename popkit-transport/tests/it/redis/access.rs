//! Who may do what, and servers that are not taken.

use popkit_protocol::{Namespace, Topic};
use popkit_testkit::{RedisOptions, RedisServer};
use popkit_transport::{
    Error, ErrorKind, LatestKey, OutcomeKind, Publish, PublishOptions, Transport as _,
    TransportExt as _,
};

use super::support::{line, open, options, results, soon};

async fn refused(url: &str) -> Error {
    match popkit_transport::open(url).await {
        Ok(_) => panic!("{url} was accepted"),
        Err(error) => error,
    }
}

fn is_one_line_without(error: &Error, secret: &str) {
    let shown = format!("{error}");
    assert!(!shown.contains('\n') && !shown.contains(secret), "{shown}");
    assert!(!format!("{error:?}").contains(secret), "{error:?}");
}

#[tokio::test]
async fn a_server_that_throws_messages_away_is_refused_with_the_mend() {
    let evicting = RedisOptions::default().arg("maxmemory-policy", "allkeys-lru");
    let server = RedisServer::start(evicting);
    let error = refused(&server.url()).await;
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    let shown = error.to_string();
    assert!(shown.contains("CONFIG SET maxmemory-policy noeviction"), "{shown}");
    assert!(shown.starts_with("open: "), "{shown}");
    let transport = open(&format!("{}?allow_eviction=true", server.url())).await;
    transport.publish(&results(), "x").await.unwrap();
    server.cli(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    open(&server.url()).await.ping().await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_one_line_and_is_not_shown() {
    let server = RedisServer::start(RedisOptions::default().password("right"));
    for url in [server.url_as("", Some("hunter2")), server.url_as("bob", Some("hunter2"))] {
        let error = refused(&url).await;
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
        is_one_line_without(&error, "hunter2");
    }
    let pong = open(&server.url()).await.ping().await.unwrap();
    assert!(pong.detail.starts_with("Redis ") && !pong.detail.contains("right"), "{pong:?}");
}

#[tokio::test]
async fn a_user_without_the_right_is_told_which_one() {
    let users = "user reader on >hunter2 ~pop:* resetchannels +@read +@connection +info +config|get \
                 +xinfo|stream\nuser nobody on >hunter2 ~other:* &* +@all";
    let server = RedisServer::start(RedisOptions::default().acl_file(users));
    open(&server.url()).await.publish(&results(), "1").await.unwrap();

    let observer = open(&server.url_as("reader", Some("hunter2"))).await;
    let mut reader = observer.replay(&[results()]).await.unwrap();
    assert_eq!(line(&mut reader).await, "1", "reading needs no right to write");
    let error = observer.publish(&results(), "2").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert_eq!(error.outcome(), OutcomeKind::NotApplied, "{error}");
    assert!(error.to_string().contains("evalsha"), "{error}");
    is_one_line_without(&error, "hunter2");

    let nobody = open(&server.url_as("nobody", Some("hunter2"))).await;
    for error in [
        nobody.publish(&results(), "3").await.unwrap_err(),
        nobody.replay(&[results()]).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        is_one_line_without(&error, "hunter2");
    }
    assert_eq!(server.cli(&["XLEN", "pop:stream:results"]), "1");
}

#[tokio::test]
async fn the_rights_that_are_documented_are_enough() {
    let connect = "+ping +hello +info +config|get +role +eval +evalsha +xinfo|stream +multi +exec";
    let read = "+hmget +exists +xread +xrange +hgetall";
    let publish =
        "+hget +time +xadd +xtrim +xrevrange +hset +incr +incrby +set +pexpire +persist +publish";
    let bridge = "+subscribe +psubscribe";
    let to = "~pop:* resetchannels &pop:* &tasks:*";
    let users = format!(
        "user reader on >pw {to} -@all {connect} {read}\n\
         user agent on >pw {to} -@all {connect} {read} {publish}\n\
         user bridge on >pw {to} -@all {connect} {read} {publish} {bridge}"
    );
    let server = RedisServer::start(RedisOptions::default().acl_file(users));
    let more = "keep_messages=1000&keep_bytes=16384&keep_age=1h";
    let as_user = async |user| open(&format!("{}?{more}", server.url_as(user, Some("pw")))).await;
    let (observer, agent, importer) =
        (as_user("reader").await, as_user("agent").await, as_user("bridge").await);

    let mut reader = observer.subscribe(&[results()]).await.unwrap();
    agent.publish(&results(), "1").await.unwrap();
    assert_eq!(line(&mut reader).await, "1");
    let batch = (2..=60_u64).map(|number| Publish::new(results(), format!("{number:0>500}")));
    assert!(agent.publish_batch(batch.collect()).await.unwrap().iter().all(Result::is_ok));
    let latest = PublishOptions::default().latest(LatestKey::new("agent-1").unwrap());
    agent.publish_opts(&results(), "alive".into(), latest).await.unwrap();
    server.cli(&["XADD", "pop:stream:results", "32503680000000-0", "x", "y"]);
    agent.publish(&results(), "behind it").await.unwrap();
    let unbounded = format!("{}?keep_age=0s", server.url_as("agent", Some("pw")));
    open(&unbounded).await.publish(&results(), "no age").await.unwrap();

    let bridge = importer.bridge(&Namespace::unnamed());
    let import = async {
        soon("an import", async {
            while bridge.counts().imported == 0 {
                if bridge.counts().leads {
                    server.cli(&["PUBLISH", "pop:results", "theirs"]);
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        })
        .await;
    };
    tokio::select! {
        ended = bridge.run() => panic!("{ended:?}"),
        () = import => {}
    }
}

/// The agent of the ACL file that the program installs, in the unnamed session and in another.
#[tokio::test]
async fn the_agent_of_the_acl_file_speaks_and_listens_on_every_channel() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../popkit-cli/assets/redis/users.acl");
    let users = std::fs::read_to_string(file).unwrap().replace(">AGENT_PASSWORD", ">pw");
    let server = RedisServer::start(RedisOptions::default().acl_file(users));
    let more = "keep_messages=1000&keep_bytes=16384&keep_age=1h";
    let agent = open(&format!("{}?{more}", server.url_as("agent", Some("pw")))).await;
    let team = Namespace::of(&"team".parse().unwrap());
    for session in [Namespace::unnamed(), team] {
        let ann = Topic::Agent("ann".parse().unwrap());
        for topic in Topic::WELL_KNOWN.iter().chain(&Topic::TASKS).chain([&ann]) {
            let channel = session.channel(topic);
            let mut reader = agent.subscribe(std::slice::from_ref(&channel)).await.unwrap();
            agent.publish(&channel, "1").await.unwrap_or_else(|e| panic!("{channel}: {e}"));
            assert_eq!(line(&mut reader).await, "1", "{channel}");
            let batch = (2..=60_u64).map(|n| Publish::new(channel.clone(), format!("{n:0>500}")));
            let answers = agent.publish_batch(batch.collect()).await.unwrap();
            assert!(answers.iter().all(Result::is_ok), "{channel}: {answers:?}");
            let latest = PublishOptions::default().latest(LatestKey::new("ann").unwrap());
            agent.publish_opts(&channel, "alive".into(), latest).await.unwrap();
        }
    }
    let denied = agent.publish(&"other".parse().unwrap(), "x").await.unwrap_err();
    assert_eq!(denied.kind(), ErrorKind::PermissionDenied, "{denied}");
    is_one_line_without(&denied, "pw");
}

#[tokio::test]
async fn a_reader_whose_rights_are_taken_away_is_told() {
    let users = "user ada on >pw ~pop:* &pop:* +@all";
    let server = RedisServer::start(RedisOptions::default().acl_file(users));
    let transport = open(&server.url_as("ada", Some("pw"))).await;
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    transport.publish(&results(), "1").await.unwrap();
    assert_eq!(line(&mut reader).await, "1");
    server.cli(&["ACL", "SETUSER", "ada", "-xread"]);
    transport.publish(&results(), "2").await.unwrap();
    let told = async {
        loop {
            match reader.next().await {
                Some(Err(error)) => return error,
                // What it was waiting for already may still come.
                other => assert!(matches!(other, Some(Ok(_))), "{other:?}"),
            }
        }
    };
    let error = soon("the error", told).await;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    server.cli(&["ACL", "SETUSER", "ada", "+xread"]);
    transport.publish(&results(), "3").await.unwrap();
    let mut told = Vec::new();
    while told.last().is_none_or(|last| last != "3") {
        told.push(line(&mut reader).await);
    }
}

#[tokio::test]
async fn a_full_server_says_so_and_takes_messages_again_when_there_is_room() {
    let server = RedisServer::start(RedisOptions::default());
    let transport = open(&server.url()).await;
    transport.publish(&results(), "1").await.unwrap();
    server.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    let error = transport.publish(&results(), "2").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Full, OutcomeKind::NotApplied));
    server.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(transport.publish(&results(), "2").await.unwrap().stamp.sequence, 2);
}

#[tokio::test]
async fn an_address_where_nobody_is_and_a_wrong_option_are_one_line() {
    let server = RedisServer::start(RedisOptions::default());
    let url = server.url();
    drop(server);
    let error = refused(&url).await;
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, OutcomeKind::NotApplied));
    is_one_line_without(&error, "hunter2");
    let error = refused(&format!("{url}?keep_bytes=7")).await;
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(options(&format!("{url}?keep_bytes=70000")).open().await.is_err());
}
