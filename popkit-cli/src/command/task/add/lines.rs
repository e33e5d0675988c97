//! Tasks from a file, one JSON object per line.

use std::collections::BTreeMap;

use popkit_protocol::{IdSource as _, NewTask, RandomIds, limits};
use serde_json::value::RawValue;

use super::spec::KIND;
use crate::error::CliError;
use crate::input;

/// The keys of a task. Others are refused: a slip of the pen must not become a task
/// without its dependencies.
const KEYS: [&str; 18] = [
    "id",
    "kind",
    "title",
    "description",
    "payload",
    "tags",
    "requires",
    "agent",
    "priority",
    "needs",
    "retry",
    "max_abandons",
    "not_before",
    "timeout",
    "progress_every",
    "unique",
    "review",
    "backlog",
];

/// The tasks of a file. `id` may be left out and is drawn then; so may `kind`.
pub(super) fn read(file: &str) -> Result<Vec<NewTask>, CliError> {
    let text = input::text(file)?;
    let place = if file == "-" { "standard input" } else { file };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(i, line)| parse(line).map_err(|e| e.at(format_args!("{place}:{}", i + 1))))
        .collect()
}

fn parse(line: &str) -> Result<NewTask, CliError> {
    let refuse = |e: serde_json::Error| CliError::data(format!("not a task: {e}"));
    let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(line).map_err(refuse)?;
    if let Some(key) = fields.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let keys = KEYS.join(", ");
        return Err(CliError::data(format!("unknown key {key:?}; a task has {keys}")));
    }
    for (key, value) in [("id", None), ("kind", Some(KIND))] {
        if !fields.contains_key(key) {
            let value = value.map_or_else(|| RandomIds.task_id().to_string(), ToOwned::to_owned);
            fields.insert(key.to_owned(), serde_json::value::to_raw_value(&value).map_err(refuse)?);
        }
    }
    let whole = serde_json::to_string(&fields).map_err(refuse)?;
    let task: NewTask = serde_json::from_str(&whole).map_err(refuse)?;
    limits::check_new_task(&task)?;
    Ok(task)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use popkit_protocol::{Backoff, Json, RetryPolicy, Timestamp};

    use super::*;

    #[test]
    fn every_key_of_a_task_is_known() {
        let mut task = NewTask::new("t".try_into().unwrap(), "k".try_into().unwrap())
            .with_title("t")
            .with_description("d")
            .with_payload(Json::from_text("12345678901234567890123").unwrap())
            .with_tags(["t"])
            .with_requires(["c".try_into().unwrap()])
            .with_agent("a".try_into().unwrap())
            .with_needs([popkit_protocol::TaskId::new("p").unwrap()])
            .with_retry(RetryPolicy::attempts(2).with_backoff(Backoff::None))
            .with_not_before(Timestamp::EPOCH)
            .with_timeout(Duration::from_secs(1))
            .with_progress_every(Duration::from_secs(1))
            .with_unique("u".try_into().unwrap())
            .with_review();
        task.backlog = true;
        let line = serde_json::to_string(&task).unwrap();
        let keys: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&line).unwrap();
        assert_eq!(keys.len(), KEYS.len());
        assert_eq!(parse(&line).unwrap(), task);
    }

    #[test]
    fn id_and_kind_may_be_left_out_and_slips_are_refused() {
        let task = parse(r#"{"title": "x"}"#).unwrap();
        assert_eq!((task.kind.as_str(), task.title.as_str()), ("task", "x"));
        assert!(parse(r#"{"need": ["a"]}"#).unwrap_err().message.contains("unknown key \"need\""));
        assert!(parse("[]").is_err());
    }
}
