//! What the form can carry of a task comes back.

use popkit_protocol::compat::autonomous::TaskJson;
use popkit_protocol::{
    Json, NewTask, Priority, RetryPolicy, Score, Task, TaskId, TaskKind, TaskState, Timestamp,
};
use proptest::prelude::*;

use crate::strategies::{json as any_json, life, task_id};

/// The fields, in the order of the documents.
const FIELDS: [&str; 22] = [
    "id",
    "title",
    "description",
    "type",
    "priority",
    "tags",
    "state",
    "assignee",
    "created_at",
    "assigned_at",
    "started_at",
    "completed_at",
    "depends_on",
    "blocks",
    "retry_count",
    "max_retries",
    "error_log",
    "checkpoint_data",
    "checkpoint_timestamp",
    "result",
    "artifacts",
    "schema_version",
];

/// The names of the members of an object, in the order of the text.
struct Names(Vec<String>);

impl<'de> serde::Deserialize<'de> for Names {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Names;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Names, A::Error> {
                let mut names = Vec::new();
                while let Some((name, _)) = map.next_entry::<String, serde::de::IgnoredAny>()? {
                    names.push(name);
                }
                Ok(Names(names))
            }
        }
        from.deserialize_map(Visitor)
    }
}

/// What the form can carry of a task.
fn carried(task: &Task) -> NewTask {
    let spec = &task.spec;
    let parents = spec.needs.iter().map(|need| need.task.clone());
    let mut all = NewTask::new(spec.id.clone(), spec.kind.clone())
        .with_title(spec.title.clone())
        .with_description(spec.description.clone())
        .with_priority(Priority::raw(task.priority.level().clamp(1, 10)))
        .with_tags(spec.tags.clone())
        .with_needs(parents)
        .with_retry(RetryPolicy::attempts(spec.retry.max_attempts));
    all.backlog = task.state == TaskState::Backlog;
    all.review = task.state == TaskState::Review;
    all
}

proptest! {
    #[test]
    fn what_the_form_can_carry_survives_it(
        life in life(), blocks in prop::collection::vec(task_id(), 0..3),
        checkpoint in prop::option::of(any_json()),
    ) {
        let mut task = life.task;
        task.checkpoint = checkpoint;
        let form = TaskJson::from_task(&task, &blocks);
        let text = serde_json::to_string(&form).unwrap();
        prop_assert_eq!(serde_json::from_str::<Names>(&text).unwrap().0, FIELDS);
        let read = TaskJson::parse(&text).unwrap();
        prop_assert_eq!(&read, &form);

        let import = read.into_import().unwrap();
        prop_assert_eq!(&import.spec, &carried(&task));
        prop_assert_eq!(import.state, task.state);
        prop_assert_eq!((&import.checkpoint, &import.result), (&task.checkpoint, &task.result));
        prop_assert_eq!(import.blocks, blocks);
        let agent = task.hold.as_ref().map(|hold| &hold.agent).or(task.spec.agent.as_ref());
        prop_assert_eq!(import.assignee, agent.map(ToString::to_string));
        let times = [Some(import.created_at), import.assigned_at, import.started_at];
        prop_assert_eq!(times, [Some(task.created_at), task.assigned_at, task.started_at]);
        prop_assert_eq!(import.completed_at, task.ended_at);
        let errors: Vec<_> = import.errors.into_iter().map(|e| (e.at, e.text)).collect();
        let logged: Vec<_> =
            task.errors.iter().map(|e| (Some(e.at), e.failure.to_string())).collect();
        prop_assert_eq!(errors, logged);
    }
}

#[test]
fn a_checkpoint_that_is_no_object_comes_back_as_it_was() {
    let spec = NewTask::new(TaskId::new("a").unwrap(), TaskKind::new("k").unwrap());
    let at = Timestamp::from_millis(1);
    let mut task = Task::inserted(spec.into(), Score::default(), 0, at);
    for (text, written) in [
        ("{\"page\": 3}", "{\"page\": 3}"),
        ("3", "{\"x_popkit\":3}"),
        ("{}", "{\"x_popkit\":{}}"),
        ("{\"x_popkit\": 1}", "{\"x_popkit\":{\"x_popkit\": 1}}"),
        ("{\"x_popkit\": 1, \"y\": 2}", "{\"x_popkit\": 1, \"y\": 2}"),
    ] {
        let checkpoint = Json::from_text(text).unwrap();
        task.checkpoint = Some(checkpoint.clone());
        let form = TaskJson::from_task(&task, &[]);
        assert_eq!(form.checkpoint_data.as_str(), written);
        assert_eq!(form.into_import().unwrap().checkpoint, Some(checkpoint));
    }
    task.checkpoint = None;
    assert_eq!(TaskJson::from_task(&task, &[]).checkpoint_data.as_str(), "{}");
}
