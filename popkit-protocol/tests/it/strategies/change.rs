use std::sync::Arc;

use popkit_protocol::{Actor, Change, ClaimId, FailCause, Fence, HolderId, Progress, TaskId};
use proptest::prelude::*;

use super::{agent_id, failure, json, new_task, priority, score, span, task_id, text, timestamp};

fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        Just(Actor::Holder),
        text().prop_map(Actor::Operator),
        task_id().prop_map(Actor::Parent),
    ]
}

fn reason() -> impl Strategy<Value = Option<String>> {
    prop::option::of(text())
}

fn progress() -> impl Strategy<Value = Progress> {
    let fraction = prop_oneof![any::<f64>(), 0.0..=1.0_f64];
    (fraction, text()).prop_map(|(fraction, note)| Progress::new(fraction, note))
}

fn claimed() -> impl Strategy<Value = Change> {
    let who = (any::<u128>(), agent_id());
    // Fences are microseconds of the store's clock: below 2^53 for centuries.
    let token = (0..1_u64 << 53, any::<u128>());
    (who, token, 1..9_u32, timestamp(), span()).prop_map(
        |((holder, agent), (fence, claim), attempt, deadline, lease)| Change::Claimed {
            holder: HolderId::from_bits(holder),
            agent,
            fence: Fence::from_number(fence),
            claim: ClaimId::from_bits(claim),
            attempt,
            deadline,
            lease,
        },
    )
}

fn by_the_store() -> impl Strategy<Value = Change> {
    let inserted = (new_task(), score(), any::<u32>())
        .prop_map(|(spec, score, open)| Change::Inserted { spec: Arc::new(spec), score, open });
    let ended = |(parent, open): (TaskId, u32)| Change::ParentEnded { parent, open };
    prop_oneof![
        1 => inserted,
        1 => (task_id(), any::<u32>()).prop_map(ended),
        1 => Just(Change::Promoted),
        6 => claimed(),
        2 => any::<u128>().prop_map(|h| Change::Rescued { holder: HolderId::from_bits(h) }),
    ]
}

fn by_the_holder() -> impl Strategy<Value = Change> {
    let due = || prop::option::of(timestamp());
    let cause =
        prop::sample::select(vec![FailCause::Fatal, FailCause::Attempts, FailCause::Abandoned]);
    prop_oneof![
        3 => progress().prop_map(|progress| Change::Progressed { progress }),
        2 => json().prop_map(|value| Change::Checkpointed { value }),
        2 => prop::option::of(json()).prop_map(|result| Change::Completed { result }),
        3 => (due(), failure()).prop_map(|(due, error)| Change::Retried { due, error }),
        2 => timestamp().prop_map(|due| Change::Snoozed { due }),
        2 => Just(Change::Released),
        2 => (cause, failure()).prop_map(|(cause, error)| Change::Failed { cause, error }),
    ]
}

fn by_decision() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => Just(Change::Enqueued),
        1 => (actor(), reason()).prop_map(|(by, reason)| Change::Cancelled { by, reason }),
        4 => (actor(), reason()).prop_map(|(by, reason)| Change::Paused { by, reason }),
        4 => actor().prop_map(|by| Change::Resumed { by }),
        4 => actor().prop_map(|by| Change::Requeued { by }),
        1 => actor().prop_map(|by| Change::Approved { by }),
        4 => (actor(), reason()).prop_map(|(by, reason)| Change::Rejected { by, reason }),
        1 => (priority(), score())
            .prop_map(|(priority, score)| Change::Reprioritised { priority, score }),
    ]
}

/// Any change. The weights keep a task alive for long: claims are frequent, ends rare.
pub(crate) fn change() -> impl Strategy<Value = Change> {
    prop_oneof![by_the_store(), by_the_holder(), by_decision()]
}
