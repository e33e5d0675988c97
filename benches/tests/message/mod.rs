//! The race of publishers and readers, and the program that measures messages.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use popkit_testkit::{Child, alive, scratch, wait_for, wait_until};

use crate::{run, turn};

const RACE: &str = env!("CARGO_BIN_EXE_message-race");

#[test]
fn publishers_and_readers_that_are_killed_lose_nothing() {
    let _turn = turn();
    let (passed, text) = run(RACE, &["--messages", "2000", "--kills", "8", "--keep", "40"]);
    assert!(passed, "{text}");
    for figure in [
        "published=2400 publishers=9 readers=6 kills=8",
        "unanswered=0 lost=0 out_of_order=0 duplicates=0 foreign=0 gaps_unexplained=0 miscounted=0",
        "VERDICT pass",
    ] {
        assert!(text.contains(figure), "no {figure:?} in: {text}");
    }
}

#[test]
fn a_redis_server_that_is_killed_and_whose_connections_are_cut_loses_nothing() {
    let _turn = turn();
    let sizes = ["--messages", "1500", "--publishers", "3", "--readers", "3", "--channels", "3"];
    let faults = ["--kills", "4", "--keep", "150", "--server-kills", "1", "--resets", "4"];
    let away = ["--redis", "--reader-down-s", "3"];
    let (passed, text) = run(RACE, &[&sizes[..], &faults, &away].concat());
    assert!(passed, "{text}");
    for figure in [
        "backend=redis durability=power-safe",
        "published=3000 publishers=4 readers=5 kills=4",
        "server_kills=1 resets=4 reader_down_s=3",
        "unanswered=0 lost=0 out_of_order=0 duplicates=0 foreign=0 gaps_unexplained=0 miscounted=0",
        "VERDICT pass",
    ] {
        assert!(text.contains(figure), "no {figure:?} in: {text}");
    }
}

#[test]
fn a_falsified_journal_is_found() {
    let _turn = turn();
    let folder = scratch();
    let small = ["--messages", "200", "--kills", "2", "--keep", "20", "--dir"];
    let small = [&small[..], &[folder.path().to_str().expect("text")]].concat();
    let (passed, text) = run(RACE, &small);
    assert!(passed, "{text}");
    let judge = |more: &[&str]| run(RACE, &[&small[..], &["--judge"], more].concat());
    let (passed, text) = judge(&[]);
    assert!(passed && text.contains("lost=0"), "{text}");
    for (spoil, healthy) in [
        ("drop", "lost=0"),
        ("twice", "duplicates=0"),
        ("swap", "out_of_order=0"),
        ("foreign", "foreign=0"),
        ("gap", "gaps_unexplained=0"),
        ("hush", "miscounted=0"),
        ("miscount", "miscounted=0"),
    ] {
        let (passed, text) = judge(&["--spoil", spoil]);
        assert!(!passed && text.contains("VERDICT FAIL"), "{spoil}: {text}");
        assert!(text.contains("unanswered=0") && !text.contains(healthy), "{spoil}: {text}");
    }
}

#[test]
fn transports_of_one_process_cannot_race() {
    let (passed, text) = run(RACE, &["--transport", "memory:"]);
    assert!(!passed);
    assert!(text.contains("memory is no transport for this"), "{text}");
}

#[test]
fn a_race_that_is_killed_leaves_no_process_behind() {
    let _turn = turn();
    let folder = scratch();
    let journals = folder.join("race");
    let mut command = Command::new(RACE);
    command.args(["--messages", "10000000", "--dir"]).arg(&journals);
    let mut race = Child::spawn(&mut command);
    let limit = Duration::from_secs(60);
    let pids = wait_for(limit, "the processes of the race", || {
        let pids = pids(&journals);
        (pids.len() >= 14).then_some(pids)
    });
    race.kill9();
    race.wait(limit);
    wait_until(limit, "the end of all its processes", || !pids.iter().any(|pid| alive(*pid)));
}

/// The processes that wrote journals there.
fn pids(journals: &Path) -> Vec<u32> {
    let files = std::fs::read_dir(journals).into_iter().flatten().flatten();
    let texts = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
    let pid = |text: String| {
        let (_, rest) = text.split_once("\"pid\":")?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    texts.filter_map(pid).collect()
}

#[test]
fn latencies_are_measured_in_every_row() {
    let _turn = turn();
    let sizes = ["--messages", "40", "--retained", "200", "--backlog", "200"];
    let times = ["--idle-s", "0.1", "--runs", "1"];
    let (passed, text) =
        run(env!("CARGO_BIN_EXE_message-latency"), &[&sizes[..], &times[..]].concat());
    assert!(passed, "{text}");
    for row in [
        "| floor: append + fdatasync |",
        "| publish, file durable, 32 at once |",
        "| publish to read, two processes, polling alone |",
        "| catch up with 200 messages, file relaxed |",
        "| idle reader of 6 channels, watch |",
        "| two processes, watch: p50 in ms |",
        "| file durable: p50 with 200 retained / empty |",
    ] {
        assert!(text.contains(row), "no {row:?} in: {text}");
    }
}
