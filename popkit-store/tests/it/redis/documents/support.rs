//! What these tests have in common.

use std::time::Duration;

use bytes::Bytes;
use popkit_protocol::{Namespace, SessionId};
use popkit_store::{
    Document, ErrorKind, RedisOptions, RedisStore, Result, SaveOptions, StateKey, StateStore,
    Version, Versioned,
};
use popkit_testkit::{Aof, RedisServer};

/// How long anything may take on a machine that is busy.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);

pub(super) fn server() -> RedisServer {
    RedisServer::start(popkit_testkit::RedisOptions::default().aof(Aof::Off))
}

pub(super) async fn open(url: &str) -> RedisStore {
    let url = format!("{url}?timeout=20s&connect_timeout=20s");
    url.parse::<RedisOptions>().unwrap().open().await.unwrap()
}

pub(super) async fn open_session(url: &str, session: &str) -> RedisStore {
    let namespace = Namespace::of(&SessionId::new(session).unwrap());
    url.parse::<RedisOptions>().unwrap().namespace(namespace).open().await.unwrap()
}

pub(super) async fn fixture() -> (RedisServer, RedisStore) {
    let server = server();
    let store = open(&server.url()).await;
    (server, store)
}

pub(super) fn key(name: &str) -> StateKey {
    StateKey::new(name).unwrap()
}

pub(super) fn any() -> SaveOptions {
    SaveOptions::default()
}

pub(super) fn map(fields: &[(&str, &str)]) -> Document {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), text(value));
    Document::Map(fields.iter().map(owned).collect())
}

pub(super) fn list(items: &[&str]) -> Document {
    Document::List(items.iter().map(|item| text(item)).collect())
}

pub(super) fn text(text: &str) -> Bytes {
    Bytes::from(text.to_owned())
}

pub(super) async fn save(store: &dyn StateStore, name: &str, value: Document) -> Version {
    store.save(&key(name), value, any()).await.unwrap()
}

pub(super) async fn load(store: &dyn StateStore, name: &str) -> Option<Versioned<Document>> {
    store.load(&key(name)).await.unwrap()
}

/// The names of all documents with this prefix.
pub(super) async fn listed(store: &dyn StateStore, prefix: &str) -> Vec<String> {
    let page = store.list(prefix, None, 1000).await.unwrap();
    assert_eq!(page.next, None);
    page.items.iter().map(|(key, _)| key.to_string()).collect()
}

#[track_caller]
pub(super) fn assert_refused<T: std::fmt::Debug>(answer: Result<T>, kind: ErrorKind) {
    let error = answer.unwrap_err();
    assert_eq!((error.kind(), error.backend()), (kind, "redis"), "{error}");
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
}
