use std::time::Duration;

use popkit_protocol::{Pending, TaskState};
use proptest::prelude::*;

use super::*;

fn parsed(line: &str) -> Command {
    line.parse().unwrap_or_else(|error| panic!("{line}: {error}"))
}

fn refused(line: &str) -> String {
    line.parse::<Command>().unwrap_err().to_string()
}

fn task(id: &str) -> TaskId {
    TaskId::new(id).unwrap()
}

#[test]
fn words_alone_are_commands() {
    assert_eq!(parsed(" status "), Command::Status);
    assert_eq!(parsed("summary"), Command::Summary);
    assert_eq!(parsed("show t-1"), Command::Show(task("t-1")));
    assert_eq!(parsed("activity"), Command::Activity(20));
    assert_eq!(parsed("activity 7"), Command::Activity(7));
    assert_eq!(parsed("help"), Command::Help(None));
    assert_eq!(parsed("help create"), Command::Help(Some("create".to_owned())));
}

#[test]
fn lists_are_of_states_and_of_what_pending_tasks_wait_for() {
    let list = |filter| Command::Tasks { filter, limit: 50, after: 0 };
    assert_eq!(parsed("tasks"), list(TaskFilter::Open));
    assert_eq!(parsed("tasks blocked"), list(TaskFilter::Pending(Pending::Blocked)));
    for (name, filter) in TaskFilter::named() {
        assert_eq!(parsed(&format!("tasks {name}")), list(filter));
        assert_eq!(filter.to_string(), name);
    }
    let part = Command::Tasks { filter: TaskFilter::State(TaskState::Done), limit: 5, after: 9 };
    assert_eq!(parsed("tasks --limit 5 done --after=9"), part);
}

#[test]
fn a_task_is_described_by_options() {
    let Command::Create(made) = parsed(
        "create Fix the parser --kind fix --priority 9 --id fix-1 --needs a,b:run --requires rust \
         --agent anna --tags 'x, y' --retries 0 --timeout 1h30m --payload '{\"n\": 1}' \
         --description \"It drops keys\" --review --backlog",
    ) else {
        panic!()
    };
    assert_eq!(made.title, "Fix the parser");
    let new = made.into_task(|| unreachable!("it has an id"));
    assert_eq!((new.id.as_str(), new.kind.as_str()), ("fix-1", "fix"));
    assert_eq!(new.priority.level(), 9);
    let needs = [Need::from(task("a")), Need::new(task("b"), EdgePolicy::Run)];
    assert_eq!(new.needs, needs);
    assert_eq!(new.requires.len(), 1);
    assert_eq!(new.agent, Some(AgentId::new("anna").unwrap()));
    assert_eq!(new.tags, ["x", "y"]);
    assert_eq!(new.retry.max_attempts, 1);
    assert_eq!(new.timeout, Some(Duration::from_secs(5400)));
    assert_eq!(new.payload.as_str(), "{\"n\": 1}");
    assert_eq!(new.description, "It drops keys");
    assert!(new.review && new.backlog);
}

#[test]
fn s5_without_a_word_a_task_is_not_parked() {
    let Command::Create(made) = parsed("create Tidy up") else { panic!() };
    let new = made.into_task(|| task("t-1"));
    assert_eq!((new.id.as_str(), new.kind.as_str(), new.backlog), ("t-1", "task", false));
    assert!(new.retry.max_attempts > 1, "the default policy");
}

#[test]
fn what_looks_like_an_option_can_be_a_title() {
    for line in ["create -- --backlog now", "create '--backlog' now"] {
        let Command::Create(made) = parsed(line) else { panic!() };
        assert_eq!((made.title.as_str(), made.backlog), ("--backlog now", false));
    }
}

#[test]
fn changes_name_a_task() {
    let cancel = Action::Cancel { reason: Some("not needed any more".to_owned()) };
    let change = |action| Command::Change { task: task("t"), action };
    assert_eq!(parsed("cancel t not needed  any more"), change(cancel));
    assert_eq!(parsed("cancel t"), change(Action::Cancel { reason: None }));
    assert_eq!(parsed("enqueue t"), change(Action::Enqueue));
    assert_eq!(parsed("requeue t"), change(Action::Requeue));
    assert_eq!(parsed("pause t"), change(Action::Pause { reason: None }));
    assert_eq!(parsed("resume t"), change(Action::Resume));
    assert_eq!(parsed("approve t"), change(Action::Approve));
    assert_eq!(parsed("reject t no"), change(Action::Reject { reason: Some("no".to_owned()) }));
    let first = Action::Reprioritise { priority: Priority::raw(10) };
    assert_eq!(parsed("prioritise t 10"), change(first));
}

#[test]
fn mistakes_are_answered_in_one_line_that_says_what_to_write() {
    for (line, answer) in [
        ("", "nothing was asked; `help` lists the commands"),
        ("statsu", "unknown command \"statsu\" (did you mean \"status\"?)"),
        ("dance", "unknown command \"dance\"; `help` lists the commands"),
        ("status now", "status: \"now\" is one word too many; write `status`"),
        ("cancel", "cancel: ID is missing; write `cancel ID [REASON]`"),
        (
            "tasks faild",
            "tasks: FILTER: tasks cannot be listed by \"faild\" (did you mean \"failed\"?)",
        ),
        ("tasks --limt 5", "tasks: unknown option --limt (did you mean \"limit\"?)"),
        ("tasks --limit", "tasks: --limit: its value is missing"),
        ("tasks --limit 0", "tasks: --limit: \"0\" is no number from 1 to 1000"),
        ("activity ten", "activity: N: \"ten\" is no number from 1 to 1000"),
        ("create", "create: TITLE is missing; write `create TITLE [--id ID]"),
        ("create x --priority 11", "create: --priority: \"11\" is no number from 1 (last) to 10"),
        ("create x --kind Fix", "create: --kind: invalid task kind \"Fix\""),
        ("create x --review=no", "create: --review: it takes no value; give it alone"),
        ("create x --kind a --kind b", "create: --kind is given twice; give it once"),
        ("create x --needs a:later", "create: --needs: \"later\" is no policy; use block, cancel"),
        ("create x --payload {", "create: --payload: not JSON"),
        (
            "create x --colour red",
            "create: unknown option --colour; `help create` lists its options",
        ),
        ("show a/b", "show: ID: invalid task id \"a/b\""),
        ("prioritise t", "prioritise: N is missing; write `prioritise ID N`"),
        ("help dnce", "help: COMMAND: there is no command \"dnce\""),
        ("create 'x", "the quote at character 8 has no end"),
    ] {
        let text = refused(line);
        assert!(text.starts_with(answer), "{line}: {text}");
        assert!(!text.contains('\n') && text.len() < 400, "{line}: {text}");
    }
    let filters = refused("tasks everything");
    assert!(filters.contains("use open, all, ended") && filters.contains("cancelled"), "{filters}");
}

#[test]
fn a_line_has_a_limit() {
    let text = refused(&format!("create {}", "x".repeat(LINE_BYTES)));
    assert!(text.contains("the limit is"), "{text}");
}

proptest! {
    #[test]
    fn no_line_panics(line in "(create|tasks|cancel|activity|help|show)?[ -~]{0,80}") {
        if let Err(error) = line.parse::<Command>() {
            prop_assert!(!error.to_string().contains('\n'));
        }
    }
}
