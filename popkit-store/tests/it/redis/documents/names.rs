//! Names of documents that look like keys of something else.

use popkit_store::{Document, StateStore as _};

use super::support::{any, fixture, key, listed, load, open_session, save};

const NAMES: [&str; 9] = [
    "a:{b}:c",
    "stream:results",
    "streams:s",
    "{default.t}:meta",
    "{team}:objective",
    "~",
    "~names",
    "~revisions",
    "~{team}:objective",
];

#[tokio::test]
async fn no_name_reaches_the_keys_of_something_else() {
    let (server, store) = fixture().await;
    let team = open_session(&server.url(), "team").await;
    save(&team, "objective", Document::text("the team's")).await;
    for name in NAMES {
        save(&store, name, Document::text(name)).await;
    }
    for name in NAMES {
        assert_eq!(load(&store, name).await.unwrap().value, Document::text(name));
    }
    let mut sorted = NAMES;
    sorted.sort_unstable();
    assert_eq!(listed(&store, "").await, sorted);
    assert_eq!(listed(&store, "{").await, ["{default.t}:meta", "{team}:objective"]);
    assert_eq!(load(&team, "objective").await.unwrap().value, Document::text("the team's"));
    for key in ["pop:{default.t}:meta", "pop:stream:results"] {
        assert_eq!(server.cli(&["EXISTS", key]), "0", "{key}");
    }
    for name in NAMES {
        assert!(store.delete(&key(name), None).await.unwrap());
    }
    assert!(listed(&store, "").await.is_empty());
}

#[tokio::test]
async fn a_document_may_be_its_own_guard() {
    let (_server, store) = fixture().await;
    let one = save(&store, "a", Document::text("1")).await;
    let own = any().if_version(one).guard(key("a"), one);
    store.save(&key("a"), Document::text("2"), own.clone()).await.unwrap();
    assert!(store.save(&key("a"), Document::text("3"), own).await.is_err());
}
