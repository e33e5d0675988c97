//! Documents that pass away by the server's clock.

use std::time::Duration;

use popkit_store::{Document, ErrorKind, RedisStore, SaveOptions, StateStore as _, Version};
use popkit_testkit::{RedisServer, wait_until};

use super::support::{DEADLINE, any, assert_refused, fixture, key, list, listed, load, map, save};

fn brief() -> SaveOptions {
    any().ttl(Duration::from_millis(1))
}

/// Waits until the server no longer has the document.
fn until_gone(server: &RedisServer, name: &str) {
    let key = format!("pop:{name}");
    wait_until(DEADLINE, "the end of a document", || server.cli(&["EXISTS", &key]) == "0");
}

async fn assert_gone(store: &RedisStore, name: &str, last: Version) {
    let over = any().if_version(last);
    let refused = store.save(&key(name), Document::text("lost"), over).await;
    assert_refused(refused, ErrorKind::Conflict);
    let guarded = any().guard(key(name), last);
    let refused = store.save(&key("other"), Document::text("lost"), guarded).await;
    assert_refused(refused, ErrorKind::Conflict);
    assert!(load(store, name).await.is_none());
    assert!(!store.delete(&key(name), None).await.unwrap());
    let next = store.save(&key(name), Document::text("new"), any().if_absent()).await.unwrap();
    assert!(next > last, "versions grow over an end too");
}

#[tokio::test]
async fn a_document_ends_with_its_key_whoever_set_the_end() {
    let (server, store) = fixture().await;
    for value in [Document::text("x"), map(&[("a", "1")]), list(&["1"])] {
        let ours = store.save(&key("d"), value.clone(), brief()).await.unwrap();
        until_gone(&server, "d");
        assert_gone(&store, "d", ours).await;
        let ours = save(&store, "d", value).await;
        server.cli(&["PEXPIRE", "pop:d", "1"]);
        until_gone(&server, "d");
        assert_gone(&store, "d", ours).await;
    }
    assert_eq!(listed(&store, "").await, ["d"]);
}

#[tokio::test]
async fn an_end_that_another_program_takes_away_is_none() {
    let (server, store) = fixture().await;
    let long = any().ttl(Duration::from_secs(1000));
    let ours = store.save(&key("d"), Document::text("x"), long).await.unwrap();
    server.cli(&["PERSIST", "pop:d"]);
    assert_eq!(load(&store, "d").await.unwrap().version, ours);
    assert_eq!(server.cli(&["PTTL", "pop:d"]), "-1");
}

#[tokio::test]
async fn what_has_no_key_ends_too() {
    let (server, store) = fixture().await;
    for value in [map(&[]), list(&[])] {
        let ours = store.save(&key("d"), value.clone(), any()).await.unwrap();
        assert_eq!(load(&store, "d").await.unwrap().value, value);
        assert_eq!(server.cli(&["EXISTS", "pop:d"]), "0");
        let none = any().ttl(Duration::ZERO);
        let ended = store.save(&key("d"), value, none).await.unwrap();
        assert!(ended > ours);
        assert!(listed(&store, "").await.is_empty());
        assert_gone(&store, "d", ended).await;
        assert!(store.delete(&key("d"), None).await.unwrap());
    }
}

#[tokio::test]
async fn a_list_without_items_keeps_its_end_when_it_gets_some() {
    let (server, store) = fixture().await;
    let long = any().ttl(Duration::from_secs(1000));
    store.save(&key("l"), list(&[]), long).await.unwrap();
    store.append(&key("l"), "x".into(), 5).await.unwrap();
    let left: i64 = server.cli(&["PTTL", "pop:l"]).parse().unwrap();
    assert!((1..=1_000_000).contains(&left), "{left}");
}

#[tokio::test]
async fn records_of_what_has_ended_are_cleared_away() {
    let (server, store) = fixture().await;
    let records = || -> u64 {
        let kept = ["HLEN", "ZCARD", "ZCARD"].iter().zip(["revisions", "names", "ends"]);
        let counts = kept.map(|(command, name)| server.cli(&[command, &format!("pop:~{name}")]));
        counts.map(|count| count.parse::<u64>().unwrap()).sum()
    };
    for n in 0..20 {
        store.save(&key(&format!("d{n}")), Document::text("x"), brief()).await.unwrap();
    }
    until_gone(&server, "d19");
    let long = || any().ttl(Duration::from_secs(1000));
    // Each clears away a few. What is left: the last version given out, and the record of "long"
    // in each.
    for _ in 0..20 {
        store.save(&key("long"), Document::text("x"), long()).await.unwrap();
        if records() == 4 {
            break;
        }
    }
    assert_eq!(records(), 4);
    assert!(store.delete(&key("long"), None).await.unwrap());
    assert_eq!(records(), 1);
}
