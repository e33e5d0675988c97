use popkit_protocol::SequentialIds;
use popkit_store::layer::{Fault, Injection, Operation};
use popkit_store::{MemoryStore, StateStoreExt as _};

use super::*;

type Line = Fault<MemoryStore>;

fn key() -> StateKey {
    StateKey::new("pop:inbox:a").unwrap()
}

async fn open(line: &Line, ids: &SequentialIds) -> Result<(Bookmark, u64), BookmarkError> {
    Bookmark::open(Arc::new(line.clone()), key(), ids, || 7).await
}

fn line() -> (Line, SequentialIds) {
    (Fault::new(MemoryStore::new()), SequentialIds::default())
}

#[tokio::test]
async fn what_was_saved_is_there_at_the_next_opening() {
    let (line, ids) = line();
    let (mut first, value) = open(&line, &ids).await.unwrap();
    assert_eq!(value, 7);
    first.save(&8).await.unwrap();
    first.save(&9).await.unwrap();
    assert_eq!(open(&line, &ids).await.unwrap().1, 9);
}

#[tokio::test]
async fn the_last_that_opened_it_has_it() {
    let (line, ids) = line();
    let (mut first, _) = open(&line, &ids).await.unwrap();
    let (mut second, _) = open(&line, &ids).await.unwrap();
    let error = first.save(&8).await.unwrap_err();
    assert!(matches!(error, BookmarkError::Taken { .. }), "{error}");
    second.save(&9).await.unwrap();
    line.inner().delete(&key(), None).await.unwrap();
    assert!(matches!(second.save(&10).await, Err(BookmarkError::Taken { .. })));
}

#[tokio::test]
async fn a_lost_answer_is_not_taken_for_another_reader() {
    let (line, ids) = line();
    let (mut bookmark, _) = open(&line, &ids).await.unwrap();
    line.script(Operation::Save, [Injection::Lose]);
    let error = bookmark.save(&8).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    bookmark.save(&9).await.unwrap();
    bookmark.save(&10).await.unwrap();
    assert_eq!(open(&line, &ids).await.unwrap().1, 10);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_kept() {
    let (line, ids) = line();
    for (text, wanted) in [
        ("{", "unreadable"),
        (r#"{"format":1,"owner":"x","value":1}"#, "unreadable"),
        (r#"{"format":2,"place":1}"#, "form 2"),
    ] {
        line.save_text(&key(), text).await.unwrap();
        let error = open(&line, &ids).await.unwrap_err();
        assert!(error.to_string().contains(wanted), "{error}");
        assert!(!error.to_string().contains('\n'), "{error}");
        assert_eq!(line.load_text(&key()).await.unwrap().unwrap().value, text);
    }
}
