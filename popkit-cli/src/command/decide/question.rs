//! The questions of a session that are open, and which one is meant.

use popkit_protocol::{MessageId, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::error::CliError;
use crate::input;
use crate::output::short;
use crate::session::SessionSite;

/// So much of an id names a question: fewer characters are written by mistake.
const SHORTEST: usize = 4;
/// Characters of a question in a list of several.
const BRIEF: usize = 60;

/// A question that waits for a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::command) struct Question {
    pub(in crate::command) id: MessageId,
    /// What is to be decided. Text of an agent.
    pub(in crate::command) question: String,
    /// Who waits for the answer: an agent, all (`*`), or the coordinator.
    pub(in crate::command) from: String,
    pub(in crate::command) asked_at: Option<Timestamp>,
    pub(in crate::command) options: Vec<String>,
    /// What one has to know for it. Text of an agent, or null.
    pub(in crate::command) context: Value,
}

/// Those of a session, newest first. What is no question is left out.
pub(in crate::command) async fn questions(site: &SessionSite) -> Result<Vec<Question>, CliError> {
    Ok(site.list("human").await?.iter().filter_map(read).collect())
}

fn read(entry: &Value) -> Option<Question> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let options = entry.get("options").and_then(Value::as_array).into_iter().flatten();
    Some(Question {
        id: MessageId::new(text("decision_id")?).ok()?,
        question: text("decision_needed")?.to_owned(),
        from: text("from_agent").unwrap_or_default().to_owned(),
        asked_at: text("asked_at").and_then(input::time),
        options: options.filter_map(Value::as_str).map(str::to_owned).collect(),
        context: entry.get("context").cloned().unwrap_or_default(),
    })
}

/// The one whose id is this, or begins so where no other does; `None` where none does.
///
/// # Errors
///
/// Where several do.
pub(super) fn choose<'a>(
    all: &'a [Question],
    given: &str,
) -> Result<Option<&'a Question>, CliError> {
    if let Some(exact) = all.iter().find(|question| question.id.as_str() == given) {
        return Ok(Some(exact));
    }
    if given.len() < SHORTEST && all.iter().any(|one| one.id.as_str().starts_with(given)) {
        return Err(CliError::data(format!(
            "{given:?} is too little of an id to decide by; write {SHORTEST} characters or more of: {}",
            brief(all.iter())
        )));
    }
    let begins = |question: &&Question| question.id.as_str().starts_with(given);
    let found: Vec<&Question> = all.iter().filter(begins).collect();
    match found.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        several => Err(CliError::data(format!(
            "{given} is the beginning of several questions: {}; write more of it",
            brief(several.iter().copied())
        ))),
    }
}

/// Questions on one line.
pub(super) fn brief<'a>(all: impl Iterator<Item = &'a Question>) -> String {
    let one =
        |question: &Question| format!("{} ({})", question.id, short(&question.question, BRIEF));
    all.map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exit::Exit;

    fn question(id: &str) -> Question {
        read(&json!({"decision_id": id, "decision_needed": "push?", "from_agent": "ann"})).unwrap()
    }

    #[test]
    fn the_beginning_of_an_id_suffices_where_it_is_the_only_one() {
        let all = [question("abca1"), question("abcb2"), question("abca12")];
        let id = |given| choose(&all, given).map(|found| found.map(|one| one.id.to_string()));
        assert_eq!(id("abcb").unwrap().as_deref(), Some("abcb2"));
        assert_eq!(id("abca1").unwrap().as_deref(), Some("abca1"), "whole ids win");
        assert_eq!(id("x").unwrap(), None);
        for little in ["abca", "a"] {
            let error = id(little).unwrap_err();
            assert_eq!(error.code, Exit::Data);
            assert!(error.message.contains("abca12 (push?)"), "{error}");
        }
    }

    #[test]
    fn what_is_no_question_is_left_out() {
        let odd = json!({"decision_id": "a/b", "decision_needed": "x"});
        assert!(read(&odd).is_none() && read(&json!({"decision_id": "a"})).is_none());
        assert!(read(&json!(["x"])).is_none());
        assert_eq!(question("a").asked_at, None);
    }
}
