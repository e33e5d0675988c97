//! Documents: shapes, versions, lists.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::conformance::harness::Harness;
use crate::conformance::stage::Stage;
use crate::{Document, ErrorKind, SaveOptions, StateKey, Version, Versioned};

/// The largest content of a document.
const MAX_BYTES: usize = 1024 * 1024;

fn key(text: &str) -> StateKey {
    StateKey::new(text).expect("a valid key")
}

fn list(items: &[&str]) -> Document {
    Document::List(items.iter().map(|item| Bytes::from((*item).to_owned())).collect())
}

fn map(fields: &[(&str, &str)]) -> Document {
    let owned = |(k, v): &(&str, &str)| ((*k).to_owned(), Bytes::from((*v).to_owned()));
    Document::Map(fields.iter().map(owned).collect())
}

async fn save(stage: &Stage<'_>, name: &str, value: Document) -> Version {
    let saved = stage.documents.save(&key(name), value, SaveOptions::default()).await;
    saved.expect("saved")
}

async fn load(stage: &Stage<'_>, name: &str) -> Option<Versioned<Document>> {
    stage.documents.load(&key(name)).await.expect("read")
}

async fn listed(stage: &Stage<'_>, prefix: &str) -> Vec<String> {
    let page = stage.documents.list(prefix, None, 1000).await.expect("listed");
    page.items.iter().map(|(key, _)| key.to_string()).collect()
}

/// Every shape comes back as it was saved, byte for byte, the empty ones too.
pub async fn shapes_round_trip(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    assert!(load(&stage, "nothing").await.is_none(), "missing is no error");
    let bytes: Vec<u8> = (0..=255).collect();
    let binary = BTreeMap::from([("bin".to_owned(), Bytes::from(bytes.clone()))]);
    let shapes = [
        Document::text(bytes),
        Document::text(""),
        Document::text("ünïcödé\n\0"),
        map(&[("b", "2"), ("a", "1"), ("", "no name"), ("empty", "")]),
        Document::Map(binary),
        Document::Map(BTreeMap::new()),
        list(&["new", "old", "", "old"]),
        list(&[]),
    ];
    for (i, shape) in shapes.into_iter().enumerate() {
        let name = format!("doc:{i}");
        let version = save(&stage, &name, shape.clone()).await;
        assert_eq!(load(&stage, &name).await, Some(Versioned::new(version, shape)));
    }
}

/// The versions of a key only grow, also over a delete.
pub async fn versions_grow(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let mut last = save(&stage, "a", Document::text("0")).await;
    for round in 0..6 {
        if round % 2 == 0 {
            assert!(stage.documents.delete(&key("a"), None).await.expect("deleted"));
            assert!(load(&stage, "a").await.is_none());
        }
        let next = match round {
            4 => stage.documents.append(&key("a"), Bytes::from_static(b"x"), 5).await.expect("ok"),
            5 => stage.documents.append(&key("a"), Bytes::from_static(b"y"), 5).await.expect("ok"),
            _ => save(&stage, "a", Document::text("same")).await,
        };
        assert!(next > last, "{next:?} after {last:?}");
        assert_eq!(load(&stage, "a").await.expect("there").version, next);
        last = next;
    }
}

/// Saving replaces the whole document, whatever its shape was.
pub async fn overwrites_another_shape(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    for shape in [
        map(&[("a", "1"), ("b", "2")]),
        map(&[("b", "3")]),
        list(&["x", "y"]),
        list(&["z"]),
        Document::text("t"),
        map(&[("c", "4")]),
    ] {
        save(&stage, "a", shape.clone()).await;
        assert_eq!(load(&stage, "a").await.expect("there").value, shape);
    }
}

/// Appending puts an item in front and keeps the newest, at least one.
pub async fn append_keeps_the_newest(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    for item in ["1", "2", "3", "4"] {
        let item = Bytes::from(item.to_owned());
        stage.documents.append(&key("a"), item, 3).await.expect("appended");
    }
    assert_eq!(load(&stage, "a").await.expect("there").value, list(&["4", "3", "2"]));
    let item = || Bytes::from_static(b"5");
    stage.documents.append(&key("a"), item(), 100).await.expect("appended");
    assert_eq!(load(&stage, "a").await.expect("there").value, list(&["5", "4", "3", "2"]));
    stage.documents.append(&key("a"), item(), 0).await.expect("appended");
    assert_eq!(load(&stage, "a").await.expect("there").value, list(&["5"]));
}

/// Appending to anything but a list is a conflict and changes nothing.
pub async fn append_needs_a_list(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    for (name, shape) in [("t", Document::text("x")), ("m", map(&[("a", "1")]))] {
        save(&stage, name, shape).await;
        let before = load(&stage, name).await;
        let refused = stage.documents.append(&key(name), Bytes::from_static(b"y"), 3).await;
        assert_eq!(refused.expect_err("no list").kind(), ErrorKind::Conflict);
        assert_eq!(load(&stage, name).await, before);
    }
}

/// A prefix is compared byte by byte; the answer is in the order of the keys.
pub async fn list_by_prefix(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    for name in ["b", "a:2", "a:1", "a", "A:1", "ab", "a:10"] {
        save(&stage, name, Document::text(name.to_owned())).await;
    }
    stage.documents.delete(&key("ab"), None).await.expect("deleted");
    assert_eq!(listed(&stage, "").await, ["A:1", "a", "a:1", "a:10", "a:2", "b"]);
    assert_eq!(listed(&stage, "a:").await, ["a:1", "a:10", "a:2"]);
    assert_eq!(listed(&stage, "a:1").await, ["a:1", "a:10"]);
    assert!(listed(&stage, "c").await.is_empty());
    let page = stage.documents.list("a:2", None, 10).await.expect("listed");
    assert_eq!(page.items[0].1.value, Document::text("a:2"), "documents come along");
}

/// Pages go on after a key, and end.
pub async fn list_in_pages(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    for i in 0..10 {
        save(&stage, &format!("p:{i}"), list(&["x"])).await;
    }
    save(&stage, "q", list(&["x"])).await;
    let mut seen = Vec::new();
    let mut after: Option<StateKey> = None;
    loop {
        let page = stage.documents.list("p:", after.as_ref(), 3).await.expect("listed");
        assert!(page.items.len() <= 3);
        seen.extend(page.items.iter().map(|(key, _)| key.to_string()));
        after = page.items.last().map(|(key, _)| key.clone());
        if page.next.is_none() {
            break;
        }
    }
    let expected: Vec<String> = (0..10).map(|i| format!("p:{i}")).collect();
    assert_eq!(seen, expected);
}

/// A document beyond 1 MiB is refused and changes nothing; one of that size is kept.
pub async fn size_limit(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let largest = Document::text(vec![b'x'; MAX_BYTES]);
    save(&stage, "a", largest.clone()).await;
    let too_large = Document::text(vec![b'x'; MAX_BYTES + 1]);
    let refused = stage.documents.save(&key("a"), too_large, SaveOptions::default()).await;
    assert_eq!(refused.expect_err("too large").kind(), ErrorKind::PayloadTooLarge);
    assert_eq!(load(&stage, "a").await.expect("there").value, largest);
    let half = Bytes::from(vec![b'x'; MAX_BYTES / 2 + 1]);
    stage.documents.append(&key("l"), half.clone(), 5).await.expect("appended");
    let refused = stage.documents.append(&key("l"), half.clone(), 5).await;
    assert_eq!(refused.expect_err("too large").kind(), ErrorKind::PayloadTooLarge);
    let kept = load(&stage, "l").await.expect("there").value;
    assert_eq!(kept, Document::List(vec![half.clone()]));
    stage.documents.append(&key("l"), half, 1).await.expect("the old one gives way");
}

/// No character of a key or prefix is a wildcard, and case matters.
pub async fn keys_are_literal(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let names = ["a%b", "a_b", "axb", "aXb", "a'b", "a\"b", "a{b}", "~"];
    for name in names {
        save(&stage, name, Document::text(name)).await;
    }
    for name in names {
        assert_eq!(load(&stage, name).await.expect("there").value, Document::text(name));
        assert_eq!(listed(&stage, name).await, [name]);
    }
    assert_eq!(listed(&stage, "a%").await, ["a%b"]);
    assert_eq!(listed(&stage, "a_").await, ["a_b"]);
}
