use std::collections::BTreeMap;

use popkit_protocol::{
    AgentId, Backoff, Capability, EdgePolicy, Json, Need, NewTask, Priority, RetryPolicy, TaskId,
    TaskKind, Timestamp, UniqueKey,
};
use proptest::prelude::*;

use super::{agent_id, capability, json, priority, span, task_id, task_kind, text, timestamp};

type Texts = (TaskId, TaskKind, String, String, Json, Vec<String>);
type Rules = (RetryPolicy, u32, Option<Timestamp>, [Option<std::time::Duration>; 2]);
type Claims = (Vec<Capability>, Option<AgentId>, Priority, BTreeMap<TaskId, EdgePolicy>);

fn edge_policy() -> impl Strategy<Value = EdgePolicy> {
    use EdgePolicy::{Block, Cancel, Ignore, Run};
    prop::sample::select(vec![Block, Cancel, Run, Ignore])
}

fn retry() -> impl Strategy<Value = RetryPolicy> {
    let backoff = prop_oneof![
        Just(Backoff::None),
        span().prop_map(|delay| Backoff::Fixed { delay }),
        (span(), span()).prop_map(|(base, max)| Backoff::Exponential { base, max }),
    ];
    let attempts = prop_oneof![1..6_u32, 1..=1000_u32];
    (attempts, backoff).prop_map(|(n, backoff)| RetryPolicy::attempts(n).with_backoff(backoff))
}

fn texts() -> impl Strategy<Value = Texts> {
    let payload = prop_oneof![Just(Json::null()), json()];
    (task_id(), task_kind(), text(), text(), payload, prop::collection::vec(text(), 0..4))
}

fn claims() -> impl Strategy<Value = Claims> {
    let capabilities = prop::collection::vec(capability(), 0..4);
    let needs = prop::collection::btree_map(task_id(), edge_policy(), 0..4);
    (capabilities, prop::option::of(agent_id()), priority(), needs)
}

fn rules() -> impl Strategy<Value = Rules> {
    let spans = [prop::option::of(span()), prop::option::of(span())];
    (retry(), 1..=u32::MAX, prop::option::of(timestamp()), spans)
}

/// A task within every limit.
pub(crate) fn new_task() -> impl Strategy<Value = NewTask> {
    let flags = (prop::option::of("[^\\pC]{1,12}"), any::<bool>(), any::<bool>());
    (texts(), claims(), rules(), flags).prop_map(|(texts, claims, rules, flags)| {
        let (id, kind, title, description, payload, tags) = texts;
        let (requires, agent, priority, mut needs) = claims;
        let (retry, max_abandons, not_before, [timeout, progress_every]) = rules;
        let (unique, review, backlog) = flags;
        needs.remove(&id);
        let mut task = NewTask::new(id, kind)
            .with_title(title)
            .with_description(description)
            .with_payload(payload)
            .with_tags(tags)
            .with_requires(requires)
            .with_priority(priority)
            .with_needs(needs.into_iter().map(|(parent, policy)| Need::new(parent, policy)))
            .with_retry(retry)
            .with_max_abandons(max_abandons);
        task.agent = agent;
        task.not_before = not_before;
        task.timeout = timeout;
        task.progress_every = progress_every;
        task.unique = unique.map(|key| UniqueKey::new(key).unwrap());
        task.review = review;
        task.backlog = backlog;
        task
    })
}
