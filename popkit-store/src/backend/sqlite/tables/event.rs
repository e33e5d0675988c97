//! Events as rows.

use std::sync::Arc;

use popkit_protocol::{Change, NewTask, Score};
use serde::{Deserialize, Serialize};

use crate::backend::sqlite::classify::{Sql, corrupt};
use crate::{Error, ErrorKind};

/// An insertion without its spec, which the task's body has already. Always event 1.
#[derive(Debug, Serialize, Deserialize)]
enum First {
    #[serde(rename = "inserted")]
    Inserted { score: Score, open: u32 },
}

pub(super) fn encode(change: &Change) -> Sql<String> {
    let text = match change {
        Change::Inserted { score, open, .. } => {
            serde_json::to_string(&First::Inserted { score: *score, open: *open })
        }
        other => serde_json::to_string(other),
    };
    text.map_err(|error| {
        let message = format!("the event {} has no JSON form: {error}", change.name());
        Error::new(ErrorKind::Unexpected, message).into()
    })
}

/// Reads an event's change; `spec` is asked for the spec of an insertion.
pub(in crate::backend::sqlite) fn decode(
    number: u64,
    text: &str,
    spec: impl FnOnce() -> Sql<Arc<NewTask>>,
) -> Sql<Change> {
    let damaged = |error: serde_json::Error| corrupt(format!("an event that is none: {error}"));
    if number != 1 {
        return serde_json::from_str(text).map_err(damaged);
    }
    let First::Inserted { score, open } = serde_json::from_str(text).map_err(damaged)?;
    Ok(Change::Inserted { spec: spec()?, score, open })
}

#[cfg(test)]
mod tests {
    use popkit_protocol::Json;

    use super::*;

    #[test]
    fn an_insertion_is_kept_without_its_spec() {
        let spec = NewTask::new("t".try_into().unwrap(), "k".try_into().unwrap());
        let spec = Arc::new(spec.with_payload(Json::encode(&"large").unwrap()));
        let score = Score { major: 1, seq: 2 };
        let change = Change::Inserted { spec: Arc::clone(&spec), score, open: 3 };
        let text = encode(&change).unwrap();
        assert!(!text.contains("large"), "{text}");
        assert_eq!(decode(1, &text, || Ok(spec)).unwrap(), change);
        assert!(decode(2, "{}", || Err(corrupt("unused"))).is_err());
    }
}
