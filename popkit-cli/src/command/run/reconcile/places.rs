//! How far agents have read, over a fresh start: the tasks begin anew, the messages stay.

use popkit_store::{Document, ErrorKind, Result, SaveOptions, StateKey, StateStore};

/// What the key of an inbox's place has in it. Names have no colon.
const INBOX: &str = ":inbox:";
/// Documents read at once.
const PAGE: usize = 100;

/// The places of all inboxes.
pub(in super::super) async fn inbox_places(
    documents: &dyn StateStore,
) -> Result<Vec<(StateKey, Document)>> {
    let mut places = Vec::new();
    let mut after: Option<StateKey> = None;
    loop {
        let page = documents.list("", after.as_ref(), PAGE).await?;
        after = page.items.last().map(|(key, _)| key.clone()).filter(|_| page.next.is_some());
        let found = page.items.into_iter().filter(|(key, _)| key.as_str().contains(INBOX));
        places.extend(found.map(|(key, found)| (key, found.value)));
        if after.is_none() {
            return Ok(places);
        }
    }
}

/// Keeps these places in another store, unless it has others.
pub(in super::super) async fn carry_over(
    documents: &dyn StateStore,
    places: Vec<(StateKey, Document)>,
) -> Result<()> {
    for (key, place) in places {
        match documents.save(&key, place, SaveOptions::default().if_absent()).await {
            Err(error) if error.kind() != ErrorKind::Conflict => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use popkit_store::MemoryStore;

    use super::*;

    #[tokio::test]
    async fn inboxes_are_carried_over_and_mirrors_are_not() {
        let (old, new) = (MemoryStore::new(), MemoryStore::new());
        for n in 0..PAGE {
            let key = StateKey::new(format!("pop:inbox:agent-{n}")).unwrap();
            old.save(&key, Document::text("place"), SaveOptions::default()).await.unwrap();
        }
        for key in ["pop:mirror:tasks", "pop:{inbox}:state", "0123456789abcdef:pop:{t}:inbox:ann"] {
            let key = StateKey::new(key).unwrap();
            old.save(&key, Document::text("x"), SaveOptions::default()).await.unwrap();
        }
        carry_over(&new, inbox_places(&old).await.unwrap()).await.unwrap();
        let kept = inbox_places(&new).await.unwrap();
        assert_eq!(kept.len(), PAGE + 1);
        assert_eq!(new.list("", None, 1000).await.unwrap().items.len(), PAGE + 1);
        carry_over(&new, kept).await.unwrap();
    }
}
