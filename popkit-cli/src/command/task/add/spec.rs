//! A task from the command line.

use popkit_protocol::{
    Clock as _, EdgePolicy, IdSource as _, Need, NewTask, Priority, RandomIds, RetryPolicy,
    SystemClock, TaskId, limits,
};

use super::AddArgs;
use crate::error::CliError;
use crate::input;

/// The kind of tasks that nobody gave one.
pub(super) const KIND: &str = "task";

/// The task that the arguments describe.
pub(super) fn build(args: AddArgs) -> Result<NewTask, CliError> {
    let id = args.id.unwrap_or_else(|| RandomIds.task_id());
    let mut task = NewTask::new(id, args.kind)
        .with_title(args.title)
        .with_description(args.description)
        .with_needs(args.needs)
        .with_requires(args.requires)
        .with_tags(args.tags);
    task.priority = Priority::try_from(args.priority)
        .map_err(|e| CliError::usage(format!("--priority: {e}")))?;
    if let Some(given) = args.payload {
        task.payload = input::json("--payload", &given)?;
    }
    if let Some(retries) = args.retries {
        task.retry = match retries {
            0 => RetryPolicy::never(),
            more => RetryPolicy::attempts(more.saturating_add(1)),
        };
    }
    task.agent = args.only;
    task.timeout = args.timeout;
    // The store judges by its own clock; here it is this machine's, as that of SQLite is.
    task.not_before = args.not_before.or_else(|| args.delay.map(|d| SystemClock.now().after(d)));
    task.unique = args.unique;
    task.review = args.review;
    task.backlog = args.backlog;
    limits::check_new_task(&task)?;
    Ok(task)
}

/// `ID` or `ID:POLICY`.
pub(super) fn need(text: &str) -> Result<Need, String> {
    let (id, policy) = match text.split_once(':') {
        None => (text, EdgePolicy::Block),
        Some((id, "block")) => (id, EdgePolicy::Block),
        Some((id, "cancel")) => (id, EdgePolicy::Cancel),
        Some((id, "run")) => (id, EdgePolicy::Run),
        Some((id, "ignore")) => (id, EdgePolicy::Ignore),
        Some((_, other)) => {
            return Err(format!("{other:?} is no policy; use block, cancel, run or ignore"));
        }
    };
    TaskId::new(id).map(|id| Need::new(id, policy)).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_need_has_an_id_and_maybe_a_policy() {
        assert_eq!(need("a").unwrap().on_failure, EdgePolicy::Block);
        assert_eq!(need("a.b:run").unwrap(), Need::new("a.b".try_into().unwrap(), EdgePolicy::Run));
        assert!(need("a:never").unwrap_err().contains("cancel"));
        assert!(need(":run").is_err());
    }
}
