use popkit_protocol::session::{
    AgentDecision, AgentIdentity, AgentState, Approval, ApprovalRequest, Boundary, BoundaryKind,
    CompletedSession, Decision, Insight, Objective, Orphan, Pattern, PatternOutcome,
    ViolationAction,
};
use popkit_protocol::{RandomIds, Timestamp};
use proptest::prelude::*;

use super::message::{extra, message_id, object, party, plain_json};
use super::{agent_id, text, timestamp};

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..3)
}

fn share() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(1.0), 0.0..=1.0_f64]
}

fn identity() -> impl Strategy<Value = AgentIdentity> {
    (agent_id(), text(), text(), timestamp())
        .prop_map(|(id, name, session, at)| AgentIdentity::new(id, name, session, at))
}

fn decisions() -> impl Strategy<Value = Vec<AgentDecision>> {
    let one = (text(), text(), share(), prop::option::of(timestamp()))
        .prop_map(|(what, why, confidence, at)| AgentDecision::new(what, why, confidence, at));
    prop::collection::vec(one, 0..3)
}

pub(crate) fn agent_state() -> impl Strategy<Value = AgentState> {
    let lists = (texts(), texts(), texts(), decisions());
    (identity(), share(), prop::option::of(text()), lists, any::<u64>(), timestamp(), extra())
        .prop_map(|(agent, progress, task, lists, count, at, extra)| {
            let mut state = AgentState::new(agent, at).with_progress(progress);
            (state.files_touched, state.tools_used, state.blockers, state.decisions) = lists;
            state.current_task = task;
            state.tool_call_count = count;
            state.extra = extra;
            state
        })
}

pub(crate) fn insight() -> impl Strategy<Value = Insight> {
    let kind = "discovery|blocker|docs_needed|docs_updated|warning|[a-z]{1,8}";
    let readers = prop::collection::vec(agent_id(), 0..3);
    (kind, (message_id(), party(), text(), texts()), share(), timestamp(), readers, extra())
        .prop_map(|(kind, (id, from, content, tags), confidence, at, readers, extra)| {
            let mut insight = Insight::new(&RandomIds, at, from, kind.parse().unwrap(), content)
                .with_tags(tags)
                .with_confidence(confidence);
            (insight.id, insight.consumed_by, insight.extra) = (id, readers, extra);
            insight
        })
}

pub(crate) fn orphan() -> impl Strategy<Value = Orphan> {
    (agent_id(), text(), plain_json(), share(), plain_json(), timestamp(), extra()).prop_map(
        |(agent, name, task, progress, context, at, extra)| {
            let mut orphan =
                Orphan::new(agent, name, task, at).with_progress(progress).with_context(context);
            orphan.extra = extra;
            orphan
        },
    )
}

pub(crate) fn boundary() -> impl Strategy<Value = Boundary> {
    let kind = prop::sample::select(BoundaryKind::ALL);
    let action = prop::sample::select(ViolationAction::ALL);
    (kind, text(), plain_json(), action, any::<bool>()).prop_map(
        |(kind, description, value, action, enforced)| {
            Boundary::new(kind, description, value, action).with_enforced(enforced)
        },
    )
}

pub(crate) fn objective() -> impl Strategy<Value = Objective> {
    let boundaries = prop::collection::vec(boundary(), 0..3);
    (message_id(), text(), texts(), boundaries, texts(), any::<u32>(), timestamp()).prop_map(
        |(id, description, criteria, boundaries, phases, current, at)| {
            let mut objective = Objective::new(&RandomIds, at, description)
                .with_success_criteria(criteria)
                .with_boundaries(boundaries)
                .with_phases(phases);
            (objective.id, objective.current_phase) = (id, current);
            objective
        },
    )
}

pub(crate) fn pattern() -> impl Strategy<Value = Pattern> {
    let outcome = prop::sample::select(PatternOutcome::ALL);
    (text(), text(), outcome, share(), any::<u64>(), timestamp(), extra()).prop_map(
        |(approach, context, outcome, confidence, seen, at, extra)| {
            let mut pattern =
                Pattern::new(at, approach, context, outcome).with_confidence(confidence);
            (pattern.seen, pattern.extra) = (seen, extra);
            pattern
        },
    )
}

pub(crate) fn completed() -> impl Strategy<Value = CompletedSession> {
    let violations = prop::collection::vec(plain_json(), 0..3);
    (objective(), texts(), object(), any::<[u64; 2]>(), violations, timestamp()).prop_map(
        |(objective, phases, results, counts, violations, at)| {
            let mut session = CompletedSession::new(objective, at);
            (session.phases_completed, session.results_by_phase) = (phases, results);
            [session.patterns_learned, session.insights_shared] = counts;
            session.violations = violations;
            session
        },
    )
}

pub(crate) fn approval() -> impl Strategy<Value = Approval> {
    let decision = (any::<bool>(), text(), timestamp(), prop::option::of(text())).prop_map(
        |(approved, by, at, notes)| {
            notes.into_iter().fold(Decision::new(approved, by, at), Decision::with_notes)
        },
    );
    let times = (timestamp(), timestamp());
    let used = prop::option::of(timestamp());
    (message_id(), agent_id(), text(), text(), times, prop::option::of(decision), used).prop_map(
        |(id, agent, action, reason, times, decision, used): (_, _, _, _, (Timestamp, _), _, _)| {
            let request = ApprovalRequest::new(id, agent, action, times).with_reason(reason);
            let mut approval = Approval::new(request);
            (approval.decision, approval.used_at) = (decision, used);
            approval
        },
    )
}
