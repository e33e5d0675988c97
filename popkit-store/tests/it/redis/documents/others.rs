//! Other programs that write the same documents.

use popkit_store::{Document, ErrorKind, StateStore as _, Version};

use super::support::{any, assert_refused, fixture, key, list, listed, load, map, save};

/// What is in the store, what another program does to it, and what is there then.
type Case<'a> = (Document, &'a [&'a [&'a str]], Option<Document>);

#[tokio::test]
async fn what_another_program_writes_is_a_version_of_its_own() {
    let (server, store) = fixture().await;
    let one = || map(&[("a", "1"), ("b", "2")]);
    let cases: [Case<'_>; 12] = [
        (Document::text("x"), &[&["SET", "pop:d", "y"]], Some(Document::text("y"))),
        (Document::text("x"), &[&["APPEND", "pop:d", "y"]], Some(Document::text("xy"))),
        (one(), &[&["HSET", "pop:d", "a", "3"]], Some(map(&[("a", "3"), ("b", "2")]))),
        (one(), &[&["HSET", "pop:d", "a", "2", "b", "1"]], Some(map(&[("a", "2"), ("b", "1")]))),
        (one(), &[&["HDEL", "pop:d", "a"]], Some(map(&[("b", "2")]))),
        (one(), &[&["DEL", "pop:d"]], None),
        (one(), &[&["DEL", "pop:d"], &["SET", "pop:d", "x"]], Some(Document::text("x"))),
        (list(&["a", "b"]), &[&["LPUSH", "pop:d", "c"]], Some(list(&["c", "a", "b"]))),
        (list(&["a", "b"]), &[&["LTRIM", "pop:d", "0", "0"]], Some(list(&["a"]))),
        (list(&["a", "b"]), &[&["RPOPLPUSH", "pop:d", "pop:d"]], Some(list(&["b", "a"]))),
        (list(&[]), &[&["RPUSH", "pop:d", "a"]], Some(list(&["a"]))),
        (map(&[]), &[&["HSET", "pop:d", "a", "1"]], Some(map(&[("a", "1")]))),
    ];
    for (before, commands, after) in cases {
        for look_between in [false, true] {
            let ours = save(&store, "d", before.clone()).await;
            for command in commands {
                server.cli(command);
            }
            if look_between {
                load(&store, "d").await;
            }
            let over = any().if_version(ours);
            let saved = store.save(&key("d"), Document::text("lost"), over.clone()).await;
            assert_refused(saved, ErrorKind::Conflict);
            let guarded = any().guard(key("d"), ours);
            let saved = store.save(&key("other"), Document::text("lost"), guarded).await;
            assert_refused(saved, ErrorKind::Conflict);
            assert_refused(store.delete(&key("d"), Some(ours)).await, ErrorKind::Conflict);
            let found = load(&store, "d").await;
            assert_eq!(found.as_ref().map(|found| &found.value), after.as_ref());
            assert_eq!(load(&store, "d").await, found, "a version stays while its value does");
            assert!(load(&store, "other").await.is_none());
            if let Some(found) = found {
                assert!(found.version > ours, "{before:?}");
                let over = any().if_version(found.version);
                store.save(&key("d"), Document::text("seen"), over).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn the_same_value_and_another_end_are_no_change() {
    let (server, store) = fixture().await;
    let ours = save(&store, "t", Document::text("x")).await;
    server.cli(&["SET", "pop:t", "x"]);
    server.cli(&["EXPIRE", "pop:t", "1000"]);
    assert_eq!(load(&store, "t").await.unwrap().version, ours);
    let fields: Vec<(String, String)> = (0..300).map(|n| (format!("f{n}"), "v".into())).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let ours = save(&store, "m", map(&fields)).await;
    // In another order, and in another form of hash.
    server.cli(&["DEL", "pop:m"]);
    for (name, value) in fields.iter().rev() {
        server.cli(&["HSET", "pop:m", name, value]);
    }
    assert_eq!(load(&store, "m").await.unwrap().version, ours);
}

#[tokio::test]
async fn what_another_program_made_is_a_document() {
    let (server, store) = fixture().await;
    server.cli(&["HSET", "pop:state:py", "agent_id", "py", "progress", "0.5"]);
    server.cli(&["SET", "pop:objective", "{}"]);
    server.cli(&["SET", "pop:own:thing", "x"]);
    server.cli(&["LPUSH", "pop:insights", "old"]);
    let refused = store.save(&key("state:py"), Document::text(""), any().if_absent()).await;
    assert_refused(refused, ErrorKind::Conflict);
    let found = load(&store, "state:py").await.unwrap();
    assert_eq!(found.value, map(&[("agent_id", "py"), ("progress", "0.5")]));
    assert_eq!(load(&store, "state:py").await.unwrap().version, found.version);
    store.append(&key("insights"), "new".into(), 5).await.unwrap();
    assert_eq!(load(&store, "insights").await.unwrap().value, list(&["new", "old"]));
    let over = any().if_version(found.version);
    store.save(&key("state:py"), map(&[("a", "1")]), over).await.unwrap();
    assert!(store.delete(&key("objective"), None).await.unwrap());
    assert_refused(
        store.delete(&key("own:thing"), Some(Version::from_number(1))).await,
        ErrorKind::Conflict,
    );
}

#[tokio::test]
async fn what_another_program_made_is_listed_under_documented_names() {
    let (server, store) = fixture().await;
    save(&store, "state:b", Document::text("ours")).await;
    for name in ["state:a", "state:c", "state:d e", "completed:s", "own:thing", "objective"] {
        server.cli(&["SET", &format!("pop:{name}"), name]);
    }
    server.cli(&["SET", "pop:{team}:state:x", "another session's"]);
    server.cli(&["SET", "other", "no document"]);
    server.cli(&["ZADD", "pop:state:z", "1", "no document"]);
    assert_eq!(listed(&store, "state:").await, ["state:a", "state:b", "state:c"]);
    let all = ["completed:s", "objective", "state:a", "state:b", "state:c"];
    assert_eq!(listed(&store, "").await, all);
    load(&store, "own:thing").await.unwrap();
    assert_eq!(listed(&store, "own").await, ["own:thing"]);
    server.cli(&["DEL", "pop:state:b", "pop:state:c", "pop:own:thing"]);
    assert_eq!(listed(&store, "").await, ["completed:s", "objective", "state:a"]);
    let page = store.list("", Some(&key("completed:s")), 1).await.unwrap();
    assert_eq!((page.items[0].0.as_str(), page.next.is_some()), ("objective", true));
}
