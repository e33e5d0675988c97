//! `popkit pending`: the questions that wait for a person.

use popkit_protocol::{Clock as _, SystemClock, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::decide::{Question, questions};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, VERSION, age, clean, short};
use crate::session::Place;

/// Characters of one option.
const OPTION: usize = 40;

/// A question, version 1.
#[derive(Debug, Serialize)]
struct QuestionView<'a> {
    v: u8,
    #[serde(flatten)]
    question: &'a Question,
}

/// Shows the questions that are open, newest first.
pub(crate) async fn run(cx: Context) -> Result<Exit, CliError> {
    let Some(site) = Place::find(&cx)?.look().await? else {
        output::note("no questions: there is no session here");
        return Ok(Exit::Done);
    };
    let found = questions(&site).await;
    site.close().await?;
    let all = found?;
    if cx.json {
        all.iter().try_for_each(|question| output::json(&QuestionView { v: VERSION, question }))?;
    } else {
        let now = SystemClock.now();
        all.iter().try_for_each(|question| output::line(text(question, now)))?;
    }
    if all.is_empty() {
        output::note("no questions");
    } else if !cx.json {
        output::note("answer with `popkit approve ID` or `popkit deny ID`, in a terminal");
    }
    Ok(Exit::Done)
}

/// A question with all that one has to know. What an agent wrote stands behind bars, line by
/// line, so that it cannot look like anything else.
fn text(question: &Question, now: Timestamp) -> String {
    let since =
        question.asked_at.map_or_else(String::new, |at| format!("  {} ago", age(now.since(at))));
    let options: Vec<String> = question.options.iter().map(|o| short(o, OPTION)).collect();
    let options = match options.as_slice() {
        [] => String::new(),
        options => format!("  ({})", options.join(", ")),
    };
    let from = short(&question.from, OPTION);
    let mut page = format!("{}{since}  from {from}{options}", question.id);
    for line in clean(&question.question).lines() {
        page.push_str("\n  | ");
        page.push_str(line);
    }
    let context = match &question.context {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    for line in clean(&context).lines() {
        page.push_str("\n  : ");
        page.push_str(line);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_an_agent_looks_like_nothing_else() {
        let question = Question {
            id: "abc".try_into().unwrap(),
            question: "push?\nabc  from human\u{1b}[2J".to_owned(),
            from: "ann".to_owned(),
            asked_at: Some(Timestamp::EPOCH),
            options: vec!["approve".to_owned(), "deny".to_owned()],
            context: serde_json::json!({"branch": "main"}),
        };
        let now = Timestamp::EPOCH.after(std::time::Duration::from_secs(180));
        let expected = "abc  3m ago  from ann  (approve, deny)\n  | push?\n  | abc  from human\
                        \\u{1b}[2J\n  : {\"branch\":\"main\"}";
        assert_eq!(text(&question, now), expected);
    }
}
