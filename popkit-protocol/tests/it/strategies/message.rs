use std::time::Duration;

use popkit_protocol::message::{
    AfterDecision, AgentDown, BarrierStatus, BoundaryAlert, CourseCorrect, DriftAlert,
    HumanRequired, Message, ObjectiveUpdate, OtherType, PhaseStart, ProgressMessage, ResultMessage,
    StreamChunk, StreamEnd, StreamStart, SyncAck, SyncMessage, SyncOutcome, SyncRequest,
    TaskMessage,
};
use popkit_protocol::{Envelope, Json, MessageId, Object, Party};
use proptest::prelude::*;

use super::session::{agent_state, insight, orphan};
use super::{agent_id, text, timestamp, value};

/// JSON in the form in which messages keep it.
pub(crate) fn plain_json() -> impl Strategy<Value = Json> {
    value().prop_map(|value| Json::encode(&value).unwrap())
}

/// Any object.
pub(crate) fn object() -> impl Strategy<Value = Object> {
    let numbers = prop::sample::select(vec!["1.0", "1E+2", "-0", "123456789012345678901234567890"]);
    let exact = numbers.prop_map(|number| Json::from_text(number).unwrap());
    let member = (text(), prop_oneof![6 => plain_json().boxed(), 1 => exact.boxed()]);
    prop::collection::vec(member, 0..4).prop_map(|members| {
        members.iter().fold(Object::default(), |all, (key, value)| all.with(key, value).unwrap())
    })
}

/// Extensions: none, ours, or keys that nobody knows.
pub(crate) fn extra() -> impl Strategy<Value = Object> {
    let ours = ("[a-z]{1,6}", plain_json())
        .prop_map(|(key, value)| Object::default().with_extension(&key, &value).unwrap());
    // No documented key has a capital.
    let others = ("[A-Z]{1,6}", plain_json())
        .prop_map(|(key, value)| Object::default().with(&key, &value).unwrap());
    prop_oneof![4 => Just(Object::default()), 1 => ours, 1 => others]
}

pub(crate) fn message_id() -> impl Strategy<Value = MessageId> {
    "[0-9a-f]{12}|[A-Za-z0-9][A-Za-z0-9._-]{0,12}"
        .prop_filter_map("reserved", |text| MessageId::new(text).ok())
}

pub(crate) fn party() -> impl Strategy<Value = Party> {
    prop_oneof![
        2 => agent_id().prop_map(Party::Agent),
        1 => Just(Party::Coordinator),
        1 => Just(Party::Human),
        1 => Just(Party::Everyone),
    ]
}

fn open() -> impl Strategy<Value = Message> {
    (0..11_usize, object()).prop_map(|(nth, body)| match nth {
        0 => Message::Task(TaskMessage::new(body)),
        1 => Message::Progress(ProgressMessage::new(body)),
        2 => Message::Result(ResultMessage::new(body)),
        3 => Message::BoundaryAlert(BoundaryAlert::new(body)),
        4 => Message::Query(body),
        5 => Message::Response(body),
        6 => Message::TaskClaimed(body),
        7 => Message::EmbeddingRequest(body),
        8 => Message::EmbeddingResult(body),
        9 => Message::SimilarityQuery(body),
        _ => Message::SimilarityResult(body),
    })
}

fn sync() -> impl Strategy<Value = Message> {
    let agents = prop::collection::vec(agent_id(), 0..3);
    let request = (text(), agents, text(), extra()).prop_map(|(id, agents, text, extra)| {
        let mut request = SyncRequest::new(id, agents, text);
        request.extra = extra;
        Message::Sync(SyncMessage::Request(request))
    });
    let status = prop::sample::select(BarrierStatus::ALL);
    let outcome = (text(), status, extra()).prop_map(|(id, status, extra)| {
        let mut outcome = SyncOutcome::new(id, status);
        outcome.extra = extra;
        Message::Sync(SyncMessage::Outcome(outcome))
    });
    let ack = (text(), extra()).prop_map(|(id, extra)| {
        let mut ack = SyncAck::new(id);
        ack.extra = extra;
        Message::SyncAck(ack)
    });
    prop_oneof![request, outcome, ack]
}

fn objective_update() -> impl Strategy<Value = Message> {
    let list = || prop::collection::vec(plain_json(), 0..3);
    let start = (text(), any::<u32>(), list(), list(), extra()).prop_map(
        |(phase, index, recommendations, results, extra)| {
            let mut start = PhaseStart::new(phase, index)
                .with_recommendations(recommendations)
                .with_previous_results(results);
            start.extra = extra;
            ObjectiveUpdate::Phase(start)
        },
    );
    let end = object().prop_map(ObjectiveUpdate::complete);
    prop_oneof![start, end].prop_map(Message::ObjectiveUpdate)
}

fn control() -> impl Strategy<Value = Message> {
    let kind = "file_drift|silence_drift|checkin_overdue|[a-z]{1,8}";
    let drift = (kind, text(), text(), extra()).prop_map(|(kind, message, severity, extra)| {
        let mut alert = DriftAlert::new(kind.parse().unwrap(), message, severity);
        alert.extra = extra;
        Message::DriftAlert(alert)
    });
    let action = prop::sample::select(AfterDecision::ALL);
    let resolve = (action, text(), any::<bool>(), prop::option::of(text())).prop_map(
        |(action, id, approved, notes)| {
            let correct = CourseCorrect::resolve(action, id, approved);
            notes.into_iter().fold(correct, CourseCorrect::with_notes)
        },
    );
    let correct = prop_oneof![
        (text(), text()).prop_map(|(reason, id)| CourseCorrect::pause(reason, id)),
        (text(), text()).prop_map(|(reason, other)| CourseCorrect::redirect(reason, other)),
        resolve,
    ];
    prop_oneof![drift, correct.prop_map(Message::CourseCorrect)]
}

fn lost() -> impl Strategy<Value = Message> {
    let state = prop::option::of(agent_state());
    let down = (agent_id(), text(), state, plain_json(), extra()).prop_map(
        |(agent, name, state, task, extra)| {
            let mut down = AgentDown::new(agent, name).with_assigned_task(task);
            down.last_state = state;
            down.extra = extra;
            Message::AgentDown(down)
        },
    );
    prop_oneof![down, orphan().prop_map(Message::TaskOrphaned)]
}

fn human() -> impl Strategy<Value = Message> {
    let options = prop::collection::vec(text(), 0..3);
    (text(), plain_json(), options, prop::option::of(text()), extra()).prop_map(
        |(needed, context, options, recommendation, extra)| {
            let mut request =
                HumanRequired::new(needed).with_context(context).with_options(options);
            request.recommendation = recommendation;
            request.extra = extra;
            Message::HumanRequired(request)
        },
    )
}

fn stream() -> impl Strategy<Value = Message> {
    let start = (text(), text(), timestamp(), extra()).prop_map(|(id, tool, at, extra)| {
        let mut start = StreamStart::new(id, tool, at);
        start.extra = extra;
        Message::StreamStart(start)
    });
    let chunk = ("[a-c:.]{0,3}", 0..12_u64, text(), text(), any::<bool>(), object()).prop_map(
        |(id, index, tool, content, is_final, metadata)| {
            let mut chunk = StreamChunk::new(id, index, tool, content);
            (chunk.is_final, chunk.metadata) = (is_final, metadata);
            Message::StreamChunk(chunk)
        },
    );
    let end = (text(), timestamp(), prop::option::of(text()), any::<bool>()).prop_map(
        |(id, at, error, well)| {
            let end = error.into_iter().fold(StreamEnd::new(id, at), StreamEnd::with_error);
            if well { Message::StreamEnd(end) } else { Message::StreamError(end) }
        },
    );
    prop_oneof![start, chunk, end]
}

fn other() -> impl Strategy<Value = Message> {
    let name = "[A-Za-z0-9_:.-]{1,12}".prop_filter_map("known", |text| OtherType::new(text).ok());
    (name, object()).prop_map(|(name, payload)| Message::Other { name, payload })
}

/// Any message. Boxed: all of these on the stack of a test's thread would be too much.
pub(crate) fn message() -> BoxedStrategy<Message> {
    prop_oneof![
        4 => open().boxed(),
        1 => agent_state().prop_map(Message::Heartbeat).boxed(),
        1 => sync().boxed(),
        1 => insight().prop_map(Message::Insight).boxed(),
        1 => objective_update().boxed(),
        1 => control().boxed(),
        1 => lost().boxed(),
        1 => human().boxed(),
        2 => stream().boxed(),
        1 => other().boxed(),
    ]
    .boxed()
}

/// Any message in an envelope. Parts of streams often have the id of the originals.
pub(crate) fn envelope() -> impl Strategy<Value = Envelope> {
    let rest = (any::<bool>(), prop_oneof![0..4000_u64, any::<u64>()], any::<bool>());
    (message_id(), party(), party(), timestamp(), rest, message()).prop_map(
        |(id, from, to, at, (ack, ttl, legacy), message)| {
            let id = match &message {
                Message::StreamChunk(chunk) if legacy => {
                    let named = format!("{}.{}", chunk.session_id, chunk.chunk_index);
                    MessageId::new(named.replace(':', ".")).unwrap_or(id)
                }
                _ => id,
            };
            Envelope::new(&popkit_protocol::RandomIds, at, from, to, message)
                .with_id(id)
                .with_requires_ack(ack)
                .with_ttl(Duration::from_secs(ttl))
        },
    )
}
