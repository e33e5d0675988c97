//! The examples of power sessions, on all that they play on.

use std::time::Duration;

use popkit_testkit::{Child, RedisOptions, RedisServer};

use super::redis::{example, text};

/// Runs one to its end, which must be a good one.
fn played(name: &str, place: &[&str]) -> String {
    let ended = example(name).args(place).output().expect("it starts");
    let text = text(&ended);
    assert!(ended.status.success(), "{name} {place:?}: {text}");
    text
}

/// The line of this name.
fn line<'t>(text: &'t str, name: &str) -> &'t str {
    let found = text.lines().find_map(|line| line.strip_prefix(name));
    found.unwrap_or_else(|| panic!("no line {name:?} in: {text}"))
}

const OUTCOME: &str = " Completed: explore 3, design 3, implement 3, review 3 results; 9 insights; \
                       12 patterns; 1 answer";

#[test]
fn a_power_session_comes_to_the_same_in_memory_in_files_and_on_redis() {
    let server = RedisServer::start(RedisOptions::default());
    let url = server.url();
    // Twice on the server: what the first run has left there changes nothing.
    for place in [&[][..], &["memory"], &[&url], &[&url]] {
        let text = played("power_mode", place);
        assert_eq!(line(&text, "outcome:"), OUTCOME, "{place:?}: {text}");
        assert!(line(&text, "replay:").ends_with("and the same state again"), "{text}");
        for told in ["reader: was told yes", "tester: designs with 4 insights"] {
            assert!(text.contains(told), "no {told:?} in: {text}");
        }
    }
}

#[test]
fn a_power_session_that_was_cut_off_gives_way_to_the_next() {
    let server = RedisServer::start(RedisOptions::default());
    let mut first = Child::spawn(example("power_mode").arg(server.url()));
    first.wait_stdout(Duration::from_secs(60), "phase explore begins");
    first.kill9();
    assert!(!first.wait(Duration::from_secs(60)).success());
    let text = played("power_mode", &[&server.url()]);
    assert_eq!(line(&text, "outcome:"), OUTCOME, "{text}");
}

#[test]
fn a_session_completes_whose_leader_and_one_agent_are_killed() {
    let server = RedisServer::start(RedisOptions::default());
    let url = server.url();
    for place in [&[][..], &[url.as_str()]] {
        let text = played("failover", place);
        let outcome = " Completed: build 3, test 2, report 2 results; 2 leaders; 3 barriers, \
                       released once each";
        assert_eq!(line(&text, "outcome:"), outcome, "{place:?}: {text}");
        assert!(line(&text, "replay:").ends_with("and the same state again"), "{text}");
        let shrunk = "barrier phase-1: cy is not waited for any more (Lost)";
        assert!(text.contains(shrunk), "{text}");
    }
}

#[test]
fn a_place_that_is_none_is_an_error() {
    for (name, place) in [("power_mode", "nonsense"), ("failover", "memory")] {
        let ended = example(name).arg(place).output().expect("it starts");
        let text = text(&ended);
        assert!(!ended.status.success() && text.contains(&format!("usage: {name} [")), "{text}");
    }
    for name in ["power_mode", "failover"] {
        let ended = example(name).arg("redis://:hunter2@127.0.0.1:1").output().expect("it starts");
        let text = text(&ended);
        assert!(!ended.status.success() && text.contains("127.0.0.1:1"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}
