//! Coming to a server, or being told why not.

use std::time::Duration;

use popkit_protocol::OutcomeKind;
use popkit_redis::{Command, ErrorKind, Protocol, RedisConfig};
use popkit_testkit::{FaultProxy, RedisOptions, RedisReplica, RedisServer};

use crate::support::{config, connect, connect_with, refused, server, set, value};

#[tokio::test]
async fn both_protocols_work_over_tcp_and_unix_sockets() {
    let tcp = server();
    let unix = RedisServer::start(RedisOptions::default().unix_socket());
    for url in [tcp.url(), unix.url()] {
        for protocol in [Protocol::Resp2, Protocol::Resp3] {
            let redis = connect_with(config(&url).protocol(protocol)).await;
            redis.execute(set("a", "1")).await.unwrap();
            assert_eq!(value(&redis, "a").await.as_deref(), Some("1"));
            let map = Command::new("HGETALL").arg("none");
            assert!(redis.execute(map).await.unwrap().into_map().unwrap().is_empty());
            redis.ping().await.unwrap();
        }
    }
}

#[tokio::test]
async fn the_database_of_the_url_is_used() {
    let server = server();
    let redis = connect(&format!("{}/3", server.url().trim_end_matches('/'))).await;
    redis.execute(set("a", "1")).await.unwrap();
    let other = connect(&server.url()).await;
    assert_eq!(value(&other, "a").await, None);
}

#[tokio::test]
async fn the_name_of_the_client_is_shown() {
    let server = server();
    let _redis = connect_with(config(&server.url()).client_name("popkit-test")).await;
    assert!(server.cli(&["CLIENT", "LIST"]).contains("name=popkit-test"));
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_told() {
    let server = server();
    for protocol in [Protocol::Resp2, Protocol::Resp3] {
        let error = refused(config(&server.url()).db(99).protocol(protocol)).await;
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        assert!(error.message().contains("no database 99"), "{error}");
    }
}

#[tokio::test]
async fn where_nothing_listens_nothing_is_applied() {
    let server = server();
    let (url, socket) = (server.url(), server.socket());
    server.kill();
    let error = refused(config(&url)).await;
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, OutcomeKind::NotApplied));
    assert!(error.message().contains("connection refused; is the server running"), "{error}");
    drop(server);
    let error = refused(RedisConfig::unix(socket)).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("with this socket?"), "{error}");
    let error = refused(config("redis://does-not-exist.invalid?insecure=true")).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("cannot find the host"), "{error}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    proxy.black_hole();
    let silent = config(&proxy.url()).connect_timeout(Duration::from_millis(200));
    let error = refused(silent).await;
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, OutcomeKind::NotApplied));
    assert!(error.message().contains("within 200ms"), "{error}");
    proxy.refuse();
    let error = refused(config(&proxy.url())).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("closed the connection at once"), "{error}");
}

#[tokio::test]
async fn what_is_no_redis_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let talker = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 16]);
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let error = refused(RedisConfig::tcp("127.0.0.1", port)).await;
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    assert!(error.message().contains("does not speak the Redis protocol"), "{error}");
    talker.join().unwrap();
}

#[tokio::test]
async fn a_server_in_protected_mode_is_told() {
    // As Redis does it to whoever comes from another machine: it says why, and hangs up.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::Write as _;
        for stream in listener.incoming() {
            let line = b"-DENIED Redis is running in protected mode because it is enabled.\r\n";
            let _ = stream.unwrap().write_all(line);
        }
    });
    for protocol in [Protocol::Resp2, Protocol::Resp3] {
        let error = refused(RedisConfig::tcp("127.0.0.1", port).protocol(protocol)).await;
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        assert!(error.message().contains("in protected mode"), "{error}");
        assert_eq!(error.outcome(), OutcomeKind::NotApplied);
    }
}

#[tokio::test]
async fn a_replica_is_no_primary() {
    let pair = RedisReplica::start(RedisOptions::default());
    let error = refused(config(&pair.replica().url())).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("is a replica and takes no writes"), "{error}");
}

#[tokio::test]
async fn a_server_without_room_for_another_client_is_told() {
    let server = RedisServer::start(RedisOptions::default().arg("maxclients", "1"));
    let _first = connect(&server.url()).await;
    let error = refused(config(&server.url())).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.message().contains("takes no more connections (maxclients)"), "{error}");
}
