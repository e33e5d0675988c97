//! Names of channels: whatever is allowed is a channel of its own.

use popkit_protocol::Channel;

use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, channel, once, texts};
use crate::{Cursor, ErrorKind};

/// Names that a file system, a server or an escape could take for one another.
fn alike() -> Vec<Channel> {
    let names = [
        "a",
        "A",
        "a:b",
        "a:B",
        "a:b:c",
        "a.b",
        "a_b",
        "a-b",
        "a/b",
        "a@b",
        "a+b",
        "a+b+",
        "a/",
        "a//b",
        "a/../b",
        "a/./b",
        "a.",
        "a..",
        "a:",
        "a::b",
        "ab",
        "0",
        "00",
        "a+3ab",
        "a_3ab",
        "a-3ab",
        "nul",
        "NUL",
        "con.log",
        "lock",
        "a.tmp",
        "a.log",
        "latest",
        "a/latest",
        "pop:results",
        "pop:{results}",
        "pop:{team}:results",
        "pop:{team.t}:results",
        "tasks:new",
        "Tasks:New",
        "x{}",
        "x{",
        "x}",
        "popkit",
        "state",
        "cursor",
        "a--b",
        "a__b",
    ];
    // As long as can be, with the difference at the very end; and a foreign program's spelling.
    let longest =
        |end: &str| format!("{}{end}", "n".repeat(popkit_protocol::channel::MAX_LEN - end.len()));
    let deep = format!("d{}", "/d".repeat(199));
    let long = [longest("x"), longest("y"), longest("X"), longest(":x"), deep];
    names.iter().map(|name| channel(name)).chain(long.iter().map(|name| channel(name))).collect()
}

/// Every name is a channel of its own, however like another it looks: what is published in
/// one is read in that one alone.
pub async fn foreign_ones_stay_apart(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lanes = alike();
    let mut readers = Vec::new();
    for lane in &lanes {
        readers.push(stage.listen(lane).await);
    }
    for lane in &lanes {
        stage.publish(lane, lane.as_str().to_owned()).await;
    }
    for (lane, reader) in lanes.iter().zip(&mut readers) {
        let told = reader.message().await;
        assert_eq!(told.channel, *lane);
        assert_eq!(told.payload, lane.as_str(), "read in {lane}");
    }
    for (lane, reader) in lanes.iter().zip(&mut readers) {
        assert!(reader.glance().await.is_none(), "{lane} has a message of another channel");
    }
}

/// The same for another handle that reads them all at once.
pub async fn foreign_ones_are_found_again(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let lanes = alike();
    for lane in &lanes {
        stage.publish(lane, lane.as_str().to_owned()).await;
    }
    let other = stage.other().await;
    let told = other.read(&lanes, once()).await.rest().await;
    for event in &told {
        let name = event.channel().clone();
        let message = event.clone().into_message().expect("messages only");
        assert_eq!(message.payload, name.as_str());
    }
    let mut read = texts(told);
    let mut names: Vec<_> = lanes.iter().map(|lane| lane.as_str().to_owned()).collect();
    read.sort();
    names.sort();
    assert_eq!(read, names, "each once");
}

/// A name that could lead a backend astray cannot be made into a channel, nor smuggled in by
/// a cursor.
pub async fn hostile_ones_cannot_be_made(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let too_long = "n".repeat(popkit_protocol::channel::MAX_LEN + 1);
    let hostile = [
        "",
        " ",
        "a b",
        " a",
        "a ",
        "/etc/passwd",
        "../up",
        ".hidden",
        "-rf",
        "~",
        "*",
        "a*",
        "a?",
        "[a]",
        "a\0",
        "a\nb",
        "a\r\nPUBLISH",
        "a\tb",
        "a\\b",
        "a'b",
        "a\"b",
        "a;b",
        "a|b",
        "a$b",
        "a%2fb",
        "a<b",
        "a>b",
        "a&b",
        "\u{fc}",
        "a\u{202e}b",
        "{a}",
        ":a",
        &too_long,
    ];
    for name in hostile {
        assert!(Channel::new(name).is_err(), "{name:?} is a channel");
        let quoted = serde_json::to_string(name).expect("JSON");
        let smuggled = format!("{{{quoted}: {{\"position\": \"1\"}}}}").parse::<Cursor>();
        let error = smuggled.expect_err("no channel, no cursor");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    // What is left is harmless: the transport is asked for the strangest of it.
    let strange = channel("a/../../../../../../tmp/{}+@:-_..");
    let mut reader = stage.listen(&strange).await;
    stage.publish(&strange, "x").await;
    assert_eq!(reader.message().await.channel, strange);
}
