//! What is gone, and how readers are told.

use popkit_testkit::{RedisOptions, RedisServer, wait_for};
use popkit_transport::{Cursor, RedisTransport, Transport as _, TransportExt as _};

use super::support::{DEADLINE, event, line, lines, open, results};

async fn opened(options: &str) -> (RedisServer, RedisTransport) {
    let server = RedisServer::start(RedisOptions::default());
    let transport = open(&format!("{}{options}", server.url())).await;
    (server, transport)
}

async fn publish(transport: &RedisTransport, numbers: std::ops::RangeInclusive<u64>) {
    for number in numbers {
        transport.publish(&results(), number.to_string()).await.unwrap();
    }
}

async fn resume(transport: &RedisTransport, cursor: &Cursor) -> popkit_transport::Subscription {
    transport.resume(&[results()], cursor.clone()).await.unwrap()
}

/// Reads on; the cursor after the first three messages.
async fn read_three(transport: &RedisTransport) -> Cursor {
    let mut reader = transport.replay(&[results()]).await.unwrap();
    assert_eq!(lines(&mut reader, 3).await, ["1", "2", "3"]);
    reader.cursor()
}

#[tokio::test]
async fn a_log_that_was_deleted_is_another_one() {
    for delete in [&["FLUSHALL"][..], &["DEL", "pop:stream:results"]] {
        let (server, transport) = opened("").await;
        publish(&transport, 1..=5).await;
        let cursor = read_three(&transport).await;
        let mut live = transport.subscribe(&[results()]).await.unwrap();
        server.cli(delete);
        publish(&transport, 6..=7).await;
        assert_eq!(lines(&mut live, 3).await, ["reset", "6", "7"], "{delete:?}");
        let mut late = resume(&transport, &cursor).await;
        assert_eq!(lines(&mut late, 3).await, ["reset", "6", "7"], "{delete:?}");
        let mut next = resume(&transport, &late.cursor()).await;
        publish(&transport, 8..=8).await;
        assert_eq!(line(&mut next).await, "8", "told once");
    }
}

#[tokio::test]
async fn what_was_trimmed_unread_is_a_gap_of_that_many() {
    let (server, transport) = opened("").await;
    publish(&transport, 1..=5).await;
    let cursor = read_three(&transport).await;
    publish(&transport, 6..=9).await;
    server.cli(&["XTRIM", "pop:stream:results", "MAXLEN", "2"]);
    let mut late = resume(&transport, &cursor).await;
    assert_eq!(lines(&mut late, 3).await, ["-4 retention", "8", "9"]);
    // Nothing is there, and nobody publishes.
    publish(&transport, 10..=11).await;
    server.cli(&["XTRIM", "pop:stream:results", "MAXLEN", "0"]);
    let mut late = resume(&transport, &cursor).await;
    assert_eq!(line(&mut late).await, "-8 retention");
    publish(&transport, 12..=13).await;
    assert_eq!(line(&mut late).await, "12");
    let mut next = resume(&transport, &late.cursor()).await;
    assert_eq!(line(&mut next).await, "13");
    let mut first = transport.replay(&[results()]).await.unwrap();
    assert_eq!(lines(&mut first, 3).await, ["-11 retention", "12", "13"]);
}

#[tokio::test]
async fn a_message_that_was_taken_out_of_the_middle_is_a_gap() {
    let (server, transport) = opened("").await;
    publish(&transport, 1..=2).await;
    let third = transport.publish(&results(), "3").await.unwrap().position;
    publish(&transport, 4..=5).await;
    let id = third.as_str().split_once('.').unwrap().1;
    assert_eq!(server.cli(&["XDEL", "pop:stream:results", id]), "1");
    let mut reader = transport.replay(&[results()]).await.unwrap();
    assert_eq!(lines(&mut reader, 5).await, ["1", "2", "-1 retention", "4", "5"]);
}

#[tokio::test]
async fn bytes_are_bounded_whatever_the_sizes() {
    let (server, transport) = opened("?keep_bytes=65536&keep_age=0s").await;
    for number in 0..400_u64 {
        let size = if number % 50 == 0 { 20_000 } else { 300 };
        let text = format!("{number:0>size$}");
        transport.publish(&results(), text).await.unwrap();
    }
    let mut reader = transport.replay(&[results()]).await.unwrap();
    let gap = line(&mut reader).await;
    let missed: u64 = gap.strip_prefix('-').unwrap().split(' ').next().unwrap().parse().unwrap();
    let (mut bytes, mut next) = (0, missed);
    while next < 400 {
        let text = line(&mut reader).await;
        assert_eq!(text.trim_start_matches('0').parse::<u64>().unwrap_or_default(), next);
        (bytes, next) = (bytes + text.len(), next + 1);
    }
    assert!((40_000..80_000).contains(&bytes), "{bytes} bytes of {missed} and more");
    let length: u64 = server.cli(&["XLEN", "pop:stream:results"]).parse().unwrap();
    assert_eq!(length, 400 - missed);
}

#[tokio::test]
async fn old_messages_go_and_a_log_that_nobody_writes_to_goes_as_a_whole() {
    let (server, transport) = opened("?keep_age=400ms").await;
    publish(&transport, 1..=5).await;
    let cursor = read_three(&transport).await;
    let unread = transport.subscribe(&[results()]).await.unwrap().cursor();
    wait_for(DEADLINE, "the end of the log", || {
        (server.cli(&["EXISTS", "pop:stream:results"]) == "0").then_some(())
    });
    // Which log it was is known for a while.
    let mut late = resume(&transport, &cursor).await;
    let mut caught_up = resume(&transport, &unread).await;
    if server.cli(&["EXISTS", "pop:stream:results~head"]) == "1" {
        assert_eq!(line(&mut late).await, "-2 retention");
        publish(&transport, 6..=6).await;
        assert_eq!(line(&mut caught_up).await, "6", "nothing of it was missed");
        assert_eq!(line(&mut late).await, "6");
    }
}

#[tokio::test]
async fn a_server_that_lost_its_end_is_told_and_nothing_is_told_twice() {
    let (server, transport) = opened("").await;
    publish(&transport, 1..=5).await;
    let mut live = transport.replay(&[results()]).await.unwrap();
    server.cli(&["SAVE"]);
    publish(&transport, 6..=8).await;
    assert_eq!(lines(&mut live, 8).await, ["1", "2", "3", "4", "5", "6", "7", "8"]);
    server.kill();
    server.restart();
    let mut resumed = resume(&transport, &live.cursor()).await;
    assert_eq!(line(&mut resumed).await, "-? damage");
    publish(&transport, 9..=9).await;
    assert_eq!(line(&mut resumed).await, "9", "what it had is recognised");
    let told = lines(&mut live, 2).await;
    assert!(told == ["-? damage", "9"], "{told:?}");
    let mut late = transport.replay(&[results()]).await.unwrap();
    let told = lines(&mut late, 7).await;
    assert_eq!(told, ["1", "2", "3", "4", "5", "-3 sequence", "9"], "the loss shows");
}

#[tokio::test]
async fn entries_of_others_in_the_stream_disturb_nobody() {
    let (server, transport) = opened("").await;
    let mut live = transport.subscribe(&[results()]).await.unwrap();
    publish(&transport, 1..=2).await;
    server.cli(&["XADD", "pop:stream:results", "*", "m", "foreign"]);
    server.cli(&["XADD", "pop:stream:results", "*", "x", "no message"]);
    let far = format!("{}-7", 32_503_680_000_000_u64);
    server.cli(&["XADD", "pop:stream:results", &far, "m", "far"]);
    publish(&transport, 3..=4).await;
    assert_eq!(lines(&mut live, 6).await, ["1", "2", "foreign", "far", "3", "4"]);
    let message = event(&mut transport.replay(&[results()]).await.unwrap()).await;
    assert!(message.into_message().unwrap().stamp.is_some());
}

#[tokio::test]
async fn a_key_that_holds_something_else_is_damage_and_is_left_alone() {
    let (server, transport) = opened("").await;
    server.cli(&["SET", "pop:stream:results", "mine"]);
    let error = transport.publish(&results(), "x").await.unwrap_err();
    assert_eq!(error.kind(), popkit_transport::ErrorKind::Corrupt, "{error}");
    let error = transport.replay(&[results()]).await.unwrap_err();
    assert_eq!(error.kind(), popkit_transport::ErrorKind::Corrupt, "{error}");
    assert_eq!(server.cli(&["GET", "pop:stream:results"]), "mine");
    transport.close().await.unwrap();
}
