//! Keys of a wrong type, lost data, a server that is full.

use popkit_store::{Document, ErrorKind, StateStore as _};

use super::support::{any, assert_refused, fixture, key, listed, load, map, save, text};

#[tokio::test]
async fn a_key_of_another_type_is_damage_and_stays_as_it_is() {
    let (server, store) = fixture().await;
    server.cli(&["ZADD", "pop:z", "1", "x"]);
    server.cli(&["XADD", "pop:x", "1-1", "a", "b"]);
    server.cli(&["SADD", "pop:s", "x"]);
    for name in ["z", "x", "s"] {
        let name = &key(name);
        assert_refused(store.load(name).await, ErrorKind::Corrupt);
        for opts in [any(), any().if_absent()] {
            assert_refused(store.save(name, map(&[]), opts).await, ErrorKind::Corrupt);
        }
        assert_refused(store.append(name, text("x"), 3).await, ErrorKind::Corrupt);
        assert_refused(store.delete(name, None).await, ErrorKind::Corrupt);
    }
    let error = store.load(&key("z")).await.unwrap_err();
    let expected = "load: damaged data: the key pop:z holds a zset, which is no document: \
                    rename it or delete it";
    assert_eq!(error.to_string(), expected);
    assert_eq!(server.cli(&["ZRANGE", "pop:z", "0", "-1"]), "x");
    assert!(listed(&store, "").await.is_empty());
    save(&store, "d", Document::text("x")).await;
    server.cli(&["COPY", "pop:z", "pop:d", "REPLACE"]);
    assert_refused(store.list("", None, 10).await, ErrorKind::Corrupt);
    server.cli(&["DEL", "pop:d"]);
    assert!(listed(&store, "").await.is_empty());
}

#[tokio::test]
async fn no_version_is_used_twice_where_data_was_lost() {
    let (server, store) = fixture().await;
    let mut last = save(&store, "a", Document::text("x")).await;
    for lost in [&["FLUSHALL"][..], &["DEL", "pop:~revisions"], &["DEL", "pop:~names"]] {
        server.cli(lost);
        let next = save(&store, "a", Document::text("x")).await;
        assert!(next > last, "after {lost:?}");
        assert_eq!(listed(&store, "").await, ["a"]);
        last = next;
    }
    server.cli(&["HSET", "pop:~revisions", "a", "garbage"]);
    let found = load(&store, "a").await.unwrap();
    assert!(found.version > last, "a record that cannot be read");
    assert_eq!(load(&store, "a").await.unwrap(), found);
}

#[tokio::test]
async fn a_clock_that_is_set_back_takes_no_version_back() {
    let (server, store) = fixture().await;
    let one = save(&store, "a", Document::text("x")).await;
    let ahead = (one.number() + 1_000_000_000_000).to_string();
    server.cli(&["HSET", "pop:~revisions", "", &ahead]);
    let next = save(&store, "a", Document::text("x")).await;
    assert_eq!(next.number(), one.number() + 1_000_000_000_001);
}

#[tokio::test]
async fn a_server_that_is_full_keeps_what_it_has() {
    let (server, store) = fixture().await;
    let fields = map(&[("a", "1")]);
    let ours = save(&store, "m", fields.clone()).await;
    server.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    assert_refused(store.save(&key("m"), map(&[("b", "2")]), any()).await, ErrorKind::Full);
    assert_refused(store.append(&key("l"), text("x"), 3).await, ErrorKind::Full);
    let found = load(&store, "m").await.unwrap();
    assert_eq!((found.version, found.value), (ours, fields));
    assert!(store.delete(&key("m"), Some(ours)).await.unwrap(), "clearing away is possible");
}
