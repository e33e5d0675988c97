//! Connections for commands that block.

use std::time::Duration;

use popkit_protocol::OutcomeKind;
use popkit_redis::{Command, Dedicated, ErrorKind, Reply};
use popkit_testkit::{FaultProxy, RedisServer};
use tokio::time::Instant;

use crate::support::{config, connect, connect_soon, connect_with, server, set, soon, until_ok};

fn blpop(seconds: &str) -> Command {
    Command::new("BLPOP").args(["l", seconds])
}

/// Waits until so many clients of the server block.
async fn blocked(server: &RedisServer, clients: u32) {
    soon("a client that blocks", async {
        while server.info("blocked_clients").parse() != Ok(clients) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

async fn works(line: &mut Box<dyn Dedicated>) {
    until_ok("a call on the line", async || {
        line.execute(Command::new("PING"), Duration::ZERO).await
    })
    .await;
}

async fn pop(line: &mut Box<dyn Dedicated>) -> Option<String> {
    let answer = line.execute(blpop("10"), Duration::from_secs(10)).await.unwrap();
    let [_, item] = answer.into_tuple().ok()?;
    item.into_text().ok()
}

#[tokio::test]
async fn a_command_may_block_for_longer_than_other_calls_may_take() {
    let server = server();
    let redis = connect_with(config(&server.url()).timeout(Duration::from_millis(50))).await;
    let mut line = redis.dedicated().unwrap();
    let begun = Instant::now();
    let answer = line.execute(blpop("0.3"), Duration::from_millis(300)).await.unwrap();
    assert!(answer.is_nil() && begun.elapsed() >= Duration::from_millis(290));
    assert_eq!(line.connections(), 1);
}

#[tokio::test]
async fn what_blocks_holds_up_nobody_else() {
    let server = server();
    let redis = connect(&server.url()).await;
    let mut line = redis.dedicated().unwrap();
    let waiting = pop(&mut line);
    let push = async {
        blocked(&server, 1).await;
        redis.execute(set("a", "1")).await.unwrap();
        redis.execute(Command::new("RPUSH").args(["l", "x"])).await.unwrap();
    };
    let (item, ()) = soon("the item", async { tokio::join!(waiting, push) }).await;
    assert_eq!(item.as_deref(), Some("x"));
}

#[tokio::test]
async fn a_call_that_is_dropped_takes_its_connection_with_it() {
    let server = server();
    let redis = connect(&server.url()).await;
    let mut line = redis.dedicated().unwrap();
    let dropped = tokio::select! {
        _ = line.execute(blpop("10"), Duration::from_secs(10)) => false,
        () = blocked(&server, 1) => true,
    };
    assert!(dropped);
    blocked(&server, 0).await;
    redis.execute(Command::new("RPUSH").args(["l", "x"])).await.unwrap();
    assert_eq!(pop(&mut line).await.as_deref(), Some("x"), "nobody took it before");
    assert_eq!(line.connections(), 2);
}

#[tokio::test]
async fn dropping_the_line_closes_its_connection() {
    let server = server();
    let redis = connect(&server.url()).await;
    let mut line = redis.dedicated().unwrap();
    line.execute(Command::new("PING"), Duration::ZERO).await.unwrap();
    assert_eq!(server.info("connected_clients"), "3", "with the one that asks");
    drop(line);
    soon("the end of the connection", async {
        while server.info("connected_clients") != "2" {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_lost_connection_is_told_and_the_next_call_has_another() {
    let server = server();
    let redis = connect(&server.url()).await;
    let mut line = redis.dedicated().unwrap();
    let waiting = line.execute(blpop("10"), Duration::from_secs(10));
    let kill = async {
        blocked(&server, 1).await;
        server.kill_clients();
    };
    let (answer, ()) = soon("the end of the call", async { tokio::join!(waiting, kill) }).await;
    let error = answer.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, OutcomeKind::Unknown));
    let pong = line.execute(Command::new("PING"), Duration::ZERO).await.unwrap();
    assert_eq!(pong, Reply::Status("PONG".to_owned()));
    assert_eq!(line.connections(), 2);
}

#[tokio::test]
async fn a_silent_server_ends_a_block_in_time() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    let limits = config(&proxy.url()).connect_timeout(Duration::from_millis(200));
    let redis = connect_soon(limits.timeout(Duration::from_millis(50))).await;
    let mut line = redis.dedicated().unwrap();
    works(&mut line).await;
    proxy.black_hole();
    let begun = Instant::now();
    let error = soon("the end of the call", line.execute(blpop("0.1"), Duration::from_millis(100)))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, OutcomeKind::Unknown));
    assert!(begun.elapsed() >= Duration::from_millis(2090), "never less than the block and 2 s");
    let error = line.execute(Command::new("PING"), Duration::ZERO).await.unwrap_err();
    assert_eq!(error.outcome(), OutcomeKind::NotApplied, "{error}");
    proxy.heal();
    works(&mut line).await;
}

#[tokio::test]
async fn closing_the_handle_ends_what_blocks() {
    let server = server();
    let redis = connect(&server.url()).await;
    let mut line = redis.dedicated().unwrap();
    let waiting = line.execute(blpop("10"), Duration::from_secs(10));
    let close = async {
        blocked(&server, 1).await;
        redis.close().await.unwrap();
    };
    let (answer, ()) = soon("the end of the call", async { tokio::join!(waiting, close) }).await;
    assert_eq!(answer.unwrap_err().kind(), ErrorKind::Closed);
    let again = line.execute(Command::new("PING"), Duration::ZERO).await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Closed);
}
