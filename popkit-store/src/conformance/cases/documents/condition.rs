//! Documents: writes under a condition, and a time to live.

use bytes::Bytes;

use crate::conformance::harness::Harness;
use crate::conformance::stage::Stage;
use crate::{Document, ErrorKind, Result, SaveOptions, StateKey, Version, Versioned};

fn key(text: &str) -> StateKey {
    StateKey::new(text).expect("a valid key")
}

async fn save(
    stage: &Stage<'_>,
    name: &str,
    text: &'static str,
    how: SaveOptions,
) -> Result<Version> {
    stage.documents.save(&key(name), Document::text(text), how).await
}

async fn load(stage: &Stage<'_>, name: &str) -> Option<Versioned<Document>> {
    stage.documents.load(&key(name)).await.expect("read")
}

/// The save is refused with `Conflict`, and the document is as before.
async fn assert_conflict(stage: &Stage<'_>, name: &str, how: SaveOptions) {
    let before = load(stage, name).await;
    let refused = save(stage, name, "refused", how.clone()).await;
    assert_eq!(refused.expect_err("a conflict").kind(), ErrorKind::Conflict, "{how:?}");
    assert_eq!(load(stage, name).await, before, "{how:?}: nothing changed");
}

fn any() -> SaveOptions {
    SaveOptions::default()
}

fn other(version: Version) -> Version {
    Version::from_number(version.number() + 1)
}

/// `if_absent` saves where there is none, also after a delete.
pub async fn if_absent(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    save(&stage, "a", "first", any().if_absent()).await.expect("there was none");
    assert_conflict(&stage, "a", any().if_absent()).await;
    stage.documents.delete(&key("a"), None).await.expect("deleted");
    save(&stage, "a", "second", any().if_absent()).await.expect("there is none again");
}

/// `if_version` saves over that version alone.
pub async fn if_version(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let one = save(&stage, "a", "1", any()).await.expect("saved");
    assert_conflict(&stage, "a", any().if_version(other(one))).await;
    assert_conflict(&stage, "missing", any().if_version(one)).await;
    let two = save(&stage, "a", "2", any().if_version(one)).await.expect("saved");
    assert_conflict(&stage, "a", any().if_version(one)).await;
    stage.documents.delete(&key("a"), None).await.expect("deleted");
    assert_conflict(&stage, "a", any().if_version(two)).await;
}

/// A guarded save happens only while the other document is at that version.
pub async fn guard(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let leader = save(&stage, "leader", "me", any()).await.expect("saved");
    let guarded = |version| any().guard(key("leader"), version);
    save(&stage, "a", "1", guarded(leader)).await.expect("the guard holds");
    assert_conflict(&stage, "a", guarded(other(leader))).await;
    let next = save(&stage, "leader", "you", any()).await.expect("saved");
    assert_conflict(&stage, "a", guarded(leader)).await;
    let both = guarded(next).if_absent();
    assert_conflict(&stage, "a", both).await;
    save(&stage, "a", "2", guarded(next)).await.expect("the guard holds");
    stage.documents.delete(&key("leader"), None).await.expect("deleted");
    assert_conflict(&stage, "a", guarded(next)).await;
}

/// A delete may demand a version; it answers whether there was a document.
pub async fn delete_of_a_version(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    assert!(!stage.documents.delete(&key("a"), None).await.expect("nothing to delete"));
    let version = save(&stage, "a", "1", any()).await.expect("saved");
    let refused = stage.documents.delete(&key("a"), Some(other(version))).await;
    assert_eq!(refused.expect_err("another version").kind(), ErrorKind::Conflict);
    assert!(load(&stage, "a").await.is_some());
    let deleted = stage.documents.delete(&key("a"), Some(version)).await;
    assert!(deleted.expect("that version"));
    assert!(load(&stage, "a").await.is_none());
    let again = stage.documents.delete(&key("a"), Some(version)).await;
    assert_eq!(again.expect_err("it is gone").kind(), ErrorKind::Conflict);
    assert!(!stage.documents.delete(&key("a"), None).await.expect("nothing to delete"));
}

/// A document whose time to live is over is gone: no call sees it.
pub async fn time_to_live(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let span = stage.span();
    let short = save(&stage, "short", "x", any().ttl(span)).await.expect("saved");
    save(&stage, "long", "x", any().ttl(span * 100)).await.expect("saved");
    save(&stage, "again", "x", any().ttl(span)).await.expect("saved");
    save(&stage, "again", "x", any()).await.expect("saved without an end");
    assert!(load(&stage, "short").await.is_some());
    stage.pass(span).await;
    assert!(load(&stage, "short").await.is_none());
    let page = stage.documents.list("", None, 10).await.expect("listed");
    let names: Vec<_> = page.items.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(names, ["again", "long"]);
    assert_conflict(&stage, "short", any().if_version(short)).await;
    assert_conflict(&stage, "long", any().guard(key("short"), short)).await;
    assert!(!stage.documents.delete(&key("short"), None).await.expect("it is gone already"));
    let next = save(&stage, "short", "y", any().if_absent()).await.expect("there is none");
    assert!(next > short, "versions grow over an end too");
    stage.pass(span).await;
    assert!(load(&stage, "short").await.is_some(), "it was saved without an end");
}

/// Appending keeps the time to live of the list; a list that ended starts anew.
pub async fn append_keeps_the_time_to_live(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let span = stage.span();
    let list = |items: &[&'static str]| {
        Document::List(items.iter().map(|item| Bytes::from_static(item.as_bytes())).collect())
    };
    let made = stage.documents.save(&key("l"), list(&["1"]), any().ttl(span)).await;
    made.expect("saved");
    let append = |item: &'static str| {
        let (documents, item) = (&stage.documents, Bytes::from_static(item.as_bytes()));
        async move { documents.append(&key("l"), item, 9).await.expect("appended") }
    };
    append("2").await;
    assert_eq!(load(&stage, "l").await.expect("there").value, list(&["2", "1"]));
    stage.pass(span).await;
    assert!(load(&stage, "l").await.is_none());
    append("3").await;
    assert_eq!(load(&stage, "l").await.expect("there").value, list(&["3"]));
    stage.pass(span).await;
    assert!(load(&stage, "l").await.is_some(), "a new list without an end");
}
