//! Repeating calls of the document seam.

use std::error::Error as _;

use bytes::Bytes;
use popkit_store::layer::{Injection, Operation};
use popkit_store::{
    Document, Error, ErrorKind, OutcomeKind, SaveOptions, StateKey, StateStore, StateStoreExt as _,
    Version,
};

use super::support::{fault, key, retry};

async fn text(store: &impl StateStore, key: &StateKey) -> Option<String> {
    store.load_text(key).await.unwrap().map(|found| found.value)
}

#[tokio::test(start_paused = true)]
async fn an_append_is_never_made_twice() {
    let fault = fault();
    let store = retry(fault.clone());
    fault.script(Operation::Append, [Injection::Fail, Injection::Lose]);
    let error = store.append(&key("l"), Bytes::from_static(b"x"), 9).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, OutcomeKind::Unknown));
    let found = store.load(&key("l")).await.unwrap().unwrap().value;
    assert_eq!(found, Document::List(vec![Bytes::from_static(b"x")]));
}

#[tokio::test(start_paused = true)]
async fn a_save_is_repeated_only_with_a_version() {
    let fault = fault();
    let store = retry(fault.clone());
    let document = key("d");
    let save = |value: &'static str, opts| store.save(&document, Document::text(value), opts);

    for opts in [SaveOptions::default(), SaveOptions::default().if_absent()] {
        fault.script(Operation::Save, [Injection::Lose]);
        let error = save("first", opts).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, OutcomeKind::Unknown));
        assert!(error.source().is_none(), "not repeated: {error:?}");
        assert_eq!(text(&store, &document).await.as_deref(), Some("first"));
        assert!(store.delete(&document, None).await.unwrap());
    }

    let version = save("second", SaveOptions::default()).await.unwrap();
    fault.script(Operation::Save, [Injection::Lose]);
    let error = save("third", SaveOptions::default().if_version(version)).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, OutcomeKind::Unknown));
    let refusal = error.source().and_then(|e| e.downcast_ref::<Error>()).unwrap();
    assert_eq!(refusal.kind(), ErrorKind::Conflict);
    assert_eq!(text(&store, &document).await.as_deref(), Some("third"));

    // The document changed before: a plain conflict.
    let error = save("late", SaveOptions::default().if_version(version)).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Conflict, OutcomeKind::NotApplied));
}

#[tokio::test(start_paused = true)]
async fn a_delete_never_hits_a_document_that_came_later() {
    let fault = fault();
    let store = retry(fault.clone());
    let document = key("d");
    store.save_text(&document, "one").await.unwrap();
    fault.script(Operation::Delete, [Injection::Lose]);
    let error = store.delete(&document, None).await.unwrap_err();
    assert_eq!(error.outcome(), OutcomeKind::Unknown);
    assert_eq!(fault.injected_into(Operation::Delete).calls, 1);

    let version: Version = store.save_text(&document, "two").await.unwrap();
    fault.script(Operation::Delete, [Injection::Lose]);
    let error = store.delete(&document, Some(version)).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, OutcomeKind::Unknown));
    assert_eq!(fault.injected_into(Operation::Delete).calls, 3);
    assert_eq!(text(&store, &document).await, None);
}

#[tokio::test(start_paused = true)]
async fn reads_are_repeated() {
    let fault = fault();
    let store = retry(fault.clone());
    store.save_text(&key("d"), "x").await.unwrap();
    fault.script(Operation::Load, [Injection::Lose, Injection::Fail, Injection::Lose]);
    assert_eq!(text(&store, &key("d")).await.as_deref(), Some("x"));
    fault.script(Operation::List, [Injection::Lose]);
    assert_eq!(store.list("", None, 9).await.unwrap().items.len(), 1);
}
