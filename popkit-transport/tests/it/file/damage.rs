//! Torn tails, damaged middles, files of others: nothing readable is lost.

use std::fs;
use std::time::Duration;

use popkit_testkit::scratch;
use popkit_transport::{
    FileOptions, Overflow, PublishOptions, Start, SubscribeOptions, Transport as _,
    TransportExt as _,
};

use super::support::{channel, line, logs, open, publish, records, told, told_from};

/// A closed log of three messages.
async fn three() -> (popkit_testkit::Scratch, std::path::PathBuf, Vec<u8>) {
    let folder = scratch();
    let transport = open(&folder).await;
    publish(&transport, &["one", "two", "three"]).await;
    transport.close().await.unwrap();
    let log = logs(&folder).pop().unwrap();
    let bytes = fs::read(&log).unwrap();
    (folder, log, bytes)
}

#[tokio::test]
async fn cut_anywhere_it_has_all_that_came_before() {
    let (folder, log, whole) = three().await;
    let starts = records(&whole);
    for cut in (0..whole.len()).step_by(3) {
        for other in logs(&folder) {
            fs::remove_file(other).unwrap();
        }
        fs::write(&log, &whole[..cut]).unwrap();
        let transport = open(&folder).await;
        publish(&transport, &["next"]).await;
        let left = starts.iter().skip(1).chain([&whole.len()]).filter(|end| **end <= cut).count();
        let mut expected: Vec<&str> = ["one", "two", "three"][..left].to_vec();
        expected.push("next");
        assert_eq!(told(&transport).await, expected, "cut at {cut} of {}", whole.len());
        assert_eq!(fs::read(&log).unwrap()[..cut], whole[..cut], "nothing is overwritten");
        transport.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_changed_byte_costs_its_message_alone() {
    let (folder, log, whole) = three().await;
    let starts = records(&whole);
    for at in (48..whole.len()).step_by(5) {
        for other in logs(&folder) {
            fs::remove_file(other).unwrap();
        }
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        fs::write(&log, &damaged).unwrap();
        let transport = open(&folder).await;
        publish(&transport, &["next"]).await;
        let hit = starts.iter().filter(|start| **start <= at).count() - 1;
        let mut expected = vec!["one", "two", "three", "next"];
        if hit == 2 {
            // As a torn tail: its number is given out again.
            expected.remove(2);
        } else {
            expected[hit] = "-1 damage";
        }
        assert_eq!(told(&transport).await, expected, "byte {at} of message {hit}");
        assert_eq!(fs::read(&log).unwrap()[..whole.len()], damaged[..]);
        transport.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_reader_that_had_read_what_is_damaged_since_misses_nothing() {
    let (folder, log, whole) = three().await;
    let transport = open(&folder).await;
    let mut reader = transport.replay(&[channel("c")]).await.unwrap();
    for expected in ["one", "two", "three"] {
        assert_eq!(line(reader.next().await.unwrap().unwrap()), expected);
    }
    let cursor = reader.cursor();
    transport.close().await.unwrap();
    let mut damaged = whole;
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(&log, damaged).unwrap();
    let transport = open(&folder).await;
    publish(&transport, &["next", "last"]).await;
    // "next" has the number that "three" had.
    assert_eq!(told_from(&transport, Start::After(cursor)).await, ["next", "last"]);
}

#[tokio::test]
async fn a_log_that_a_crash_made_shorter_is_told() {
    let (folder, log, whole) = three().await;
    let transport = open(&folder).await;
    let mut reader = transport.replay(&[channel("c")]).await.unwrap();
    for _ in 0..3 {
        reader.next().await.unwrap().unwrap();
    }
    let cursor = reader.cursor();
    transport.close().await.unwrap();
    fs::write(&log, &whole[..records(&whole)[1]]).unwrap();
    let transport = open(&folder).await;
    let told = told_from(&transport, Start::After(cursor.clone())).await;
    assert_eq!(told, ["-? damage"]);
    publish(&transport, &["next"]).await;
    assert_eq!(told_from(&transport, Start::Earliest).await, ["one", "next"]);
}

#[tokio::test]
async fn a_damaged_head_hides_no_message() {
    let (folder, log, mut bytes) = three().await;
    bytes[3] ^= 1;
    fs::write(&log, &bytes).unwrap();
    let transport = open(&folder).await;
    publish(&transport, &["next"]).await;
    assert_eq!(told(&transport).await, ["one", "two", "three", "next"]);
    assert_eq!(logs(&folder).len(), 2, "the log goes on elsewhere");
}

#[tokio::test]
async fn files_of_others_are_left_alone() {
    let (folder, ..) = three().await;
    let foreign = ["notes.txt", "1-0.log", "00000000000000000009-0.log~", ".new-left-over"];
    for name in foreign {
        fs::write(folder.join("c").join(name), "not ours").unwrap();
    }
    let transport = open(&folder).await;
    publish(&transport, &["next"]).await;
    assert_eq!(told(&transport).await, ["one", "two", "three", "next"]);
    for name in foreign {
        assert_eq!(fs::read(folder.join("c").join(name)).unwrap(), b"not ours");
    }
}

#[tokio::test]
async fn a_lost_turn_file_costs_nothing() {
    let (folder, ..) = three().await;
    for content in [None, Some(&b""[..]), Some(&[0xFF; 48][..])] {
        let turn = folder.join("c").join("turn");
        match content {
            None => fs::remove_file(&turn).unwrap(),
            Some(bytes) => fs::write(&turn, bytes).unwrap(),
        }
        let transport = open(&folder).await;
        assert_eq!(told(&transport).await, ["one", "two", "three"]);
        transport.close().await.unwrap();
    }
    let transport = open(&folder).await;
    publish(&transport, &["next"]).await;
    assert_eq!(told(&transport).await, ["one", "two", "three", "next"]);
}

#[tokio::test]
async fn a_channel_that_was_deleted_begins_anew() {
    let (folder, ..) = three().await;
    let transport = open(&folder).await;
    let mut reader = transport.replay(&[channel("c")]).await.unwrap();
    for _ in 0..3 {
        reader.next().await.unwrap().unwrap();
    }
    let cursor = reader.cursor();
    fs::remove_dir_all(folder.join("c")).unwrap();
    let other = open(&folder).await;
    publish(&other, &["one anew", "two anew", "three anew", "four anew"]).await;
    // Who is gone before the reset is told leaves a cursor by which the next one is.
    let untold = other.resume(&[channel("c")], cursor.clone()).await.unwrap().cursor();
    let anew = ["reset", "one anew", "two anew", "three anew", "four anew"];
    for expected in anew {
        assert_eq!(line(reader.next().await.unwrap().unwrap()), expected);
    }
    assert_eq!(told_from(&other, Start::After(cursor)).await, anew);
    assert_eq!(told_from(&other, Start::After(untold)).await, anew);
}

#[tokio::test]
async fn a_publisher_whose_channel_was_deleted_goes_on() {
    let folder = scratch();
    let transport = open(&folder).await;
    publish(&transport, &["one"]).await;
    fs::remove_dir_all(folder.join("c")).unwrap();
    let error = transport.publish(&channel("c"), "two").await.unwrap_err();
    assert!(error.is_retryable() && error.to_string().contains("was removed"), "{error}");
    publish(&transport, &["two"]).await;
    assert_eq!(told(&transport).await, ["two"]);
}

#[tokio::test]
async fn who_reads_once_ends_at_what_cannot_be_read() {
    let (folder, log, whole) = three().await;
    for (at, expected) in [
        (whole.len() - 1, ["one", "two", "-1 damage"]),
        (records(&whole)[1] + 20, ["one", "-1 damage", "three"]),
    ] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(&log, &damaged).unwrap();
        assert_eq!(told(&open(&folder).await).await, expected);
    }
}

#[tokio::test]
async fn what_a_payload_holds_is_no_message() {
    let (folder, log, whole) = three().await;
    let transport = open(&folder).await;
    let inner = &whole[records(&whole)[0]..];
    transport.publish(&channel("c"), inner.to_vec()).await.unwrap();
    publish(&transport, &["last"]).await;
    transport.close().await.unwrap();
    let mut bytes = fs::read(&log).unwrap();
    bytes[whole.len() + 20] ^= 1;
    fs::write(&log, bytes).unwrap();
    let expected = ["one", "two", "three", "-1 damage", "last"];
    assert_eq!(told(&open(&folder).await).await, expected);
}

/// As after a start of the machine: the segment says that it was made before.
fn restart_machine(log: &std::path::Path) {
    let mut bytes = fs::read(log).unwrap();
    bytes[32] ^= 0xFF;
    let sum = crc32fast::hash(&bytes[..44]);
    bytes[44..48].copy_from_slice(&sum.to_le_bytes());
    fs::write(log, bytes).unwrap();
}

#[tokio::test]
async fn a_cursor_that_outlived_a_power_cut_loses_nothing_new() {
    let (folder, log, whole) = three().await;
    let transport = open(&folder).await;
    let mut reader = transport.replay(&[channel("c")]).await.unwrap();
    for _ in 0..3 {
        reader.next().await.unwrap().unwrap();
    }
    let cursor = reader.cursor();
    transport.close().await.unwrap();
    // The cut took "two" and "three", cleanly.
    fs::write(&log, &whole[..records(&whole)[1]]).unwrap();
    restart_machine(&log);
    let transport = open(&folder).await;
    let mut expected: Vec<String> = Vec::new();
    for n in 0..6 {
        publish(&transport, &[&format!("new {n}")]).await;
        expected.push(format!("new {n}"));
        let told = told_from(&transport, Start::After(cursor.clone())).await;
        assert_eq!(told, expected, "whether the log is shorter, as long, or longer than before");
    }
}

#[tokio::test]
async fn skipping_over_a_repair_tells_one_gap() {
    let (folder, log, whole) = three().await;
    fs::write(&log, &whole[..whole.len() - 1]).unwrap();
    let transport = open(&folder).await;
    let reader = transport.replay(&[channel("c")]).await.unwrap();
    for n in 3..=20 {
        publish(&transport, &[&n.to_string()]).await;
    }
    let opts = SubscribeOptions::default()
        .with_start(Start::After(reader.cursor()))
        .with_overflow(Overflow::Skip { behind: 3 })
        .once();
    let mut reader = transport.subscribe_opts(&[channel("c")], opts).await.unwrap();
    let mut told = Vec::new();
    while let Some(event) = reader.next().await {
        told.push(line(event.unwrap()));
    }
    assert_eq!(told, ["-17 overflow", "18", "19", "20"]);
}

#[tokio::test]
async fn a_folder_that_was_moved_away_takes_no_messages_along() {
    let folder = scratch();
    let transport = open(&folder).await;
    publish(&transport, &["one"]).await;
    let mut reader = transport.subscribe(&[channel("c")]).await.unwrap();
    fs::rename(folder.join("c"), folder.join("moved")).unwrap();
    assert!(transport.publish(&channel("c"), "two").await.unwrap_err().is_retryable());
    publish(&transport, &["two"]).await;
    assert_eq!(told(&open(&folder).await).await, ["two"]);
    assert_eq!(line(reader.next().await.unwrap().unwrap()), "reset");
    assert_eq!(line(reader.next().await.unwrap().unwrap()), "two");
}

#[tokio::test]
async fn repeating_an_own_stamp_leaves_the_count_alone() {
    let folder = scratch();
    let transport = open(&folder).await;
    let first = transport.publish(&channel("c"), "a").await.unwrap();
    publish(&transport, &["b", "c"]).await;
    let opts = PublishOptions::default().with_stamp(first.stamp);
    transport.publish_opts(&channel("c"), "a".into(), opts).await.unwrap();
    publish(&transport, &["d", "e"]).await;
    assert_eq!(told(&transport).await, ["a", "b", "c", "d", "e"]);
}

/// A power cut may leave the mark of the end, which is not synced, behind the log.
#[tokio::test]
async fn a_mark_that_is_older_than_the_log_hides_no_message() {
    let folder = scratch();
    let texts: Vec<String> = (0..40).map(|n| format!("{n:0>200}")).collect();
    let expected: Vec<&str> = texts.iter().map(String::as_str).collect();
    let options = FileOptions::new(folder.path()).segment_bytes(4096);
    let transport = options.open().await.unwrap();
    let turn = folder.join("c/turn");
    let mut old = Vec::new();
    for text in &expected {
        if !turn.exists() || logs(&folder).len() < 2 {
            old = fs::read(&turn).unwrap_or_default();
        }
        publish(&transport, &[text]).await;
    }
    transport.close().await.unwrap();
    assert!(logs(&folder).len() > 2);
    fs::write(&turn, old).unwrap();
    let transport = open(&folder).await;
    assert_eq!(told(&transport).await, expected, "by a reader that does not follow");
    let mut reader = transport.replay(&[channel("c")]).await.unwrap();
    for text in &expected {
        let event = reader.next_within(Duration::from_secs(30)).await.unwrap();
        assert_eq!(line(event.expect("nobody has to publish first")), *text);
    }
}
