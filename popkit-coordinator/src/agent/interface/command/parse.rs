//! From a line to a command.

use std::str::FromStr;

use popkit_protocol::{
    AgentId, Capability, EdgePolicy, Json, Need, Priority, TaskId, TaskKind, duration, limits,
};
use popkit_store::Action;

use super::arguments::Arguments;
use super::verb::{VERBS, Verb, nearest};
use super::words::words;
use super::{Command, CommandError, CreateTask, TaskFilter};

/// The longest line: a payload, a description, and the rest.
const LINE_BYTES: usize = limits::BODY_BYTES + limits::DESCRIPTION_BYTES + 16 * 1024;
/// Tasks of a list, where nothing is said.
const LISTED: usize = 50;
/// Events of an activity, where nothing is said.
const EVENTS: usize = 20;

impl FromStr for Command {
    type Err = CommandError;

    fn from_str(line: &str) -> Result<Self, CommandError> {
        if line.len() > LINE_BYTES {
            return Err(CommandError::TooLong { bytes: line.len(), limit: LINE_BYTES });
        }
        let mut words = words(line)?.into_iter();
        let first = words.next().ok_or(CommandError::Empty)?.text;
        let verb = Verb::of(&first).ok_or_else(|| CommandError::Unknown {
            word: limits::cut(&first, 80).to_owned(),
            nearest: nearest(&first, VERBS.iter().map(|verb| verb.name)),
        })?;
        let mut given = Arguments::new(verb, words)?;
        let command = command(verb.name, &mut given)?;
        given.end()?;
        Ok(command)
    }
}

fn command(verb: &str, given: &mut Arguments) -> Result<Command, CommandError> {
    Ok(match verb {
        "status" => Command::Status,
        "summary" => Command::Summary,
        "tasks" => Command::Tasks {
            filter: given.word_as("FILTER", filter)?.unwrap_or_default(),
            limit: given.option_as("limit", count)?.unwrap_or(LISTED),
            after: given.option_as("after", place)?.unwrap_or(0),
        },
        "show" => Command::Show(given.needed("ID", id)?),
        "activity" => Command::Activity(given.word_as("N", count)?.unwrap_or(EVENTS)),
        "create" => Command::Create(Box::new(create(given)?)),
        "help" => Command::Help(given.word_as("COMMAND", known)?),
        change => Command::Change { task: given.needed("ID", id)?, action: action(change, given)? },
    })
}

fn action(verb: &str, given: &mut Arguments) -> Result<Action, CommandError> {
    Ok(match verb {
        "enqueue" => Action::Enqueue,
        "requeue" => Action::Requeue,
        "resume" => Action::Resume,
        "approve" => Action::Approve,
        "pause" => Action::Pause { reason: reason(given) },
        "reject" => Action::Reject { reason: reason(given) },
        "prioritise" => Action::Reprioritise { priority: given.needed("N", priority)? },
        _ => Action::Cancel { reason: reason(given) },
    })
}

fn create(given: &mut Arguments) -> Result<CreateTask, CommandError> {
    let mut task = CreateTask::new("");
    task.id = given.option_as("id", id)?;
    if let Some(kind) = given.option_as("kind", |text| TaskKind::new(text))? {
        task.kind = kind;
    }
    if let Some(priority) = given.option_as("priority", priority)? {
        task.priority = priority;
    }
    task.description = given.option_as("description", text)?.unwrap_or_default();
    task.payload = given.option_as("payload", Json::from_text)?.unwrap_or_default();
    task.needs = given.list("needs", need)?;
    task.requires = given.list("requires", |text| Capability::new(text))?.into_iter().collect();
    task.agent = given.option_as("agent", |text| AgentId::new(text))?;
    task.tags = given.list("tags", text)?;
    task.retries = given.option_as("retries", retries)?;
    task.timeout = given.option_as("timeout", duration::parse)?;
    task.review = given.flag("review");
    task.backlog = given.flag("backlog");
    // The first word has to be there, the others belong to it.
    let first: String = given.needed("TITLE", text)?;
    task.title = format!("{first} {}", given.text()).trim().to_owned();
    Ok(task)
}

fn id(text: &str) -> Result<TaskId, popkit_protocol::ParseError> {
    TaskId::new(text)
}

fn text(text: &str) -> Result<String, std::convert::Infallible> {
    Ok(text.to_owned())
}

fn known(word: &str) -> Result<String, String> {
    if Verb::of(word).is_some() {
        return Ok(word.to_owned());
    }
    let near = nearest(word, VERBS.iter().map(|verb| verb.name));
    let near = near.map(|near| format!(" (did you mean {near:?}?)")).unwrap_or_default();
    Err(format!("there is no command {:?}{near}", limits::cut(word, 80)))
}

fn filter(word: &str) -> Result<TaskFilter, String> {
    let mut named = TaskFilter::named();
    if let Some((_, filter)) = named.find(|(name, _)| *name == word) {
        return Ok(filter);
    }
    let names = || TaskFilter::named().map(|(name, _)| name);
    let mend = match nearest(word, names()) {
        Some(near) => format!(" (did you mean {near:?}?)"),
        None => format!("; use {}", names().collect::<Vec<_>>().join(", ")),
    };
    Err(format!("tasks cannot be listed by {:?}{mend}", limits::cut(word, 80)))
}

fn count(text: &str) -> Result<usize, String> {
    let wrong = || format!("{:?} is no number from 1 to 1000", limits::cut(text, 80));
    text.parse().ok().filter(|n| (1..=1000).contains(n)).ok_or_else(wrong)
}

fn place(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{:?} is no place of a list", limits::cut(text, 80)))
}

fn retries(text: &str) -> Result<u32, String> {
    let most = limits::ATTEMPTS - 1;
    let wrong = || format!("{:?} is no number from 0 to {most}", limits::cut(text, 80));
    text.parse().ok().filter(|n| *n <= most).ok_or_else(wrong)
}

fn priority(text: &str) -> Result<Priority, String> {
    let wrong = || format!("{:?} is no number from 1 (last) to 10 (first)", limits::cut(text, 80));
    let level: i64 = text.parse().map_err(|_| wrong())?;
    Priority::try_from(level).map_err(|_| wrong())
}

/// `ID` or `ID:POLICY`, as the program has it.
fn need(text: &str) -> Result<Need, String> {
    let (name, policy) = match text.split_once(':') {
        None => (text, EdgePolicy::Block),
        Some((name, "block")) => (name, EdgePolicy::Block),
        Some((name, "cancel")) => (name, EdgePolicy::Cancel),
        Some((name, "run")) => (name, EdgePolicy::Run),
        Some((name, "ignore")) => (name, EdgePolicy::Ignore),
        Some((_, other)) => {
            let other = limits::cut(other, 80);
            return Err(format!("{other:?} is no policy; use block, cancel, run or ignore"));
        }
    };
    id(name).map(|id| Need::new(id, policy)).map_err(|error| error.to_string())
}

fn reason(given: &mut Arguments) -> Option<String> {
    Some(given.text()).filter(|text| !text.is_empty())
}

#[cfg(test)]
#[path = "parse/tests.rs"]
mod tests;
