//! What stock tools show.

use std::time::Duration;

use popkit_store::{Document, SaveOptions, StateStore as _};

use super::support::{any, fixture, key, list, load, map, open_session, save, text};

#[tokio::test]
async fn stock_tools_show_each_shape_in_its_own_type() {
    let (server, store) = fixture().await;
    save(&store, "objective", Document::text("{\"goal\":1}")).await;
    save(&store, "state:a", map(&[("status", "\"busy\""), ("progress", "0.5")])).await;
    save(&store, "insights", list(&["new", "old"])).await;
    assert_eq!(server.cli(&["GET", "pop:objective"]), "{\"goal\":1}");
    assert_eq!(server.cli(&["KEYS", "pop:state:*"]), "pop:state:a");
    assert_eq!(server.cli(&["HGET", "pop:state:a", "status"]), "\"busy\"");
    assert_eq!(server.cli(&["HLEN", "pop:state:a"]), "2");
    assert_eq!(server.cli(&["LRANGE", "pop:insights", "0", "-1"]), "new\nold");
    store.append(&key("insights"), text("newest"), 2).await.unwrap();
    assert_eq!(server.cli(&["LRANGE", "pop:insights", "0", "-1"]), "newest\nnew");
    save(&store, "insights", map(&[("x", "y")])).await;
    assert_eq!(server.cli(&["TYPE", "pop:insights"]), "hash");
    assert!(store.delete(&key("insights"), None).await.unwrap());
    assert_eq!(server.cli(&["EXISTS", "pop:insights"]), "0");
}

#[tokio::test]
async fn stock_tools_show_when_a_document_ends() {
    let (server, store) = fixture().await;
    let left = |name: &str| -> i64 { server.cli(&["PTTL", name]).parse().unwrap() };
    let day = || SaveOptions::default().ttl(Duration::from_secs(86_400));
    for (name, value) in
        [("t", Document::text("x")), ("m", map(&[("a", "1")])), ("l", list(&["1"]))]
    {
        store.save(&key(name), value.clone(), day()).await.unwrap();
        assert!((1..=86_400_000).contains(&left(&format!("pop:{name}"))), "{name}");
    }
    store.append(&key("l"), text("2"), 9).await.unwrap();
    assert!(left("pop:l") > 0, "appending keeps the end");
    save(&store, "t", Document::text("x")).await;
    assert_eq!(left("pop:t"), -1, "saving without one takes it away");
    let forever = any().ttl(Duration::MAX);
    store.save(&key("t"), Document::text("x"), forever).await.unwrap();
    assert!(left("pop:t") > 0);
}

#[tokio::test]
async fn a_session_has_keys_of_its_own() {
    let (server, store) = fixture().await;
    let team = open_session(&server.url(), "team").await;
    save(&store, "objective", Document::text("ours")).await;
    save(&team, "objective", Document::text("theirs")).await;
    assert_eq!(server.cli(&["GET", "pop:{team}:objective"]), "theirs");
    assert_eq!(load(&store, "objective").await.unwrap().value, Document::text("ours"));
}

#[tokio::test]
async fn a_call_is_one_script() {
    let (server, store) = fixture().await;
    let every = async || {
        save(&store, "a", Document::text("x")).await;
        load(&store, "a").await;
        store.append(&key("l"), text("x"), 3).await.unwrap();
        store.list("a", None, 10).await.unwrap();
        store.delete(&key("a"), None).await.unwrap();
    };
    // The first time the server learns the scripts.
    every().await;
    server.reset_commandstats();
    every().await;
    let stats = server.commandstats();
    assert_eq!(
        (stats.get("evalsha"), stats.get("eval"), stats.get("scan")),
        (Some(&6), None, None)
    );
}

#[tokio::test]
async fn large_maps_and_lists_are_kept_whole() {
    let (_server, store) = fixture().await;
    let names: Vec<String> = (0..20_000).map(|n| format!("{n:05}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let fields: Vec<_> = names.iter().map(|name| (*name, "")).collect();
    for value in [map(&fields), list(&names)] {
        let version = save(&store, "a", value.clone()).await;
        let found = load(&store, "a").await.unwrap();
        assert_eq!((found.version, found.value == value), (version, true));
    }
}
