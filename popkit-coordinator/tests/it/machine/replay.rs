//! The log is the session: replaying it gives the same machine and the same effects.

use popkit_coordinator::machine::{
    Assignment, BarrierRequest, Checked, Effect, Entry, Heard, Input, Join, Machine, Malformed,
    Pull, ReplayError, SnapshotError, Spending, Start, Subject, TaskChange, TaskNews, Verdict,
};
use popkit_protocol::message::{HumanRequired, ResultMessage, StreamChunk, SyncAck};
use popkit_protocol::session::AgentIdentity;
use popkit_protocol::{
    AgentState, Envelope, Insight, InsightKind, Json, Message, Objective, Party, SequentialIds,
    TaskId, TaskState, Timestamp,
};
use proptest::prelude::*;

use super::{Session, body, id, start_of_time};

fn agents() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("x"), Just("y"), Just("z")]
}

fn message() -> impl Strategy<Value = Message> {
    let at = start_of_time();
    let text = "[a-c]{1,3}";
    prop_oneof![
        4 => (agents(), 0_u8..3, any::<u8>()).prop_map(move |(agent, share, calls)| {
            let identity = AgentIdentity::new(id(agent), agent, "s", at);
            let mut state = AgentState::new(identity, at).with_progress(f64::from(share) / 2.0);
            state.tool_call_count = u64::from(calls);
            Message::Heartbeat(state.with_current_task("work"))
        }),
        2 => (0_u32..3).prop_map(|n| Message::SyncAck(SyncAck::new(format!("phase-{n}")))),
        2 => (text, any::<bool>()).prop_map(|(text, success)| {
            let body = body(&[("approach", &format!("\"{text}\"")), ("success", &success.to_string())]);
            Message::Result(ResultMessage::new(body))
        }),
        1 => (text, agents()).prop_map(move |(content, from)| {
            let (ids, from) = (SequentialIds::default(), Party::Agent(id(from)));
            let insight = Insight::new(&ids, at, from, InsightKind::Warning, content);
            Message::Insight(insight.with_tags(["t"]).with_confidence(0.123_456_789))
        }),
        1 => text.prop_map(|text| Message::HumanRequired(HumanRequired::new(text))),
        1 => (0_u64..4, text).prop_map(|(n, text)| {
            Message::StreamChunk(StreamChunk::new("s", n, "Bash", text))
        }),
    ]
}

fn input() -> impl Strategy<Value = Input> {
    let task = || (0_u8..3).prop_map(|n| TaskId::new(format!("t-{n}")).unwrap());
    let change = prop_oneof![
        Just(TaskChange::Inserted { phase: None, tags: ["t".to_owned()].into() }),
        agents().prop_map(|agent| TaskChange::Claimed { agent: id(agent) }),
        Just(TaskChange::Rescued),
        Just(TaskChange::Ended { state: TaskState::Done }),
    ];
    let heard = |(from, message): (&str, Message)| {
        let (ids, from) = (SequentialIds::default(), Party::Agent(id(from)));
        let envelope = Envelope::new(&ids, start_of_time(), from, Party::Coordinator, message);
        Input::Message(Box::new(Heard { envelope, origin: None }))
    };
    prop_oneof![
        10 => (agents(), message()).prop_map(heard),
        4 => Just(Input::Tick),
        1 => (1_u64..9).prop_map(|epoch| Input::Lead { epoch }),
        1 => agents().prop_map(|agent| Input::Leave { agent: id(agent), at: None }),
        1 => (agents(), 1_u64..40).prop_map(|(agent, secs)| Input::Join(Join {
            agent: id(agent),
            period: Some(std::time::Duration::from_secs(secs)),
            tags: ["t".to_owned()].into(),
            files: vec!["src/**".to_owned()],
        })),
        1 => agents().prop_map(|agent| Input::Pull(Pull { agent: id(agent), tags: [].into() })),
        1 => task().prop_map(|task| Input::Assign(Assignment { task, agent: None, body: body(&[]) })),
        2 => (task(), 1_u64..6, change)
            .prop_map(|(task, number, change)| Input::Task(TaskNews { task, number, change })),
        1 => agents().prop_map(|agent| Input::Spent(Spending {
            agent: id(agent), tokens: 7, cost_micros: 9,
        })),
        1 => Just(Input::OpenBarrier(BarrierRequest {
            name: "merge".into(), members: None, instruction: "meet".into(), policy: None,
        })),
        1 => Just(Input::Checked(Checked { subject: Subject::Criterion(0), verdict: Verdict::Met })),
        1 => Just(Input::Malformed(Malformed {
            channel: "pop:human".into(), reason: "no JSON".into(), text: "{".into(),
        })),
    ]
}

fn start(policy_is_hold: bool) -> Start {
    let now = start_of_time();
    let mut objective = Objective::new(&SequentialIds::default(), now, "replayed");
    objective = objective.with_phases(["a", "document"]).with_success_criteria(["fine"]);
    let mut start = Start::new(objective, 3, now);
    if policy_is_hold {
        start.settings.barriers.policy = popkit_coordinator::machine::Policy::Hold;
    }
    start.settings.limits.cost_micros = Some(40);
    start
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn replaying_the_log_gives_the_same_machine_and_the_same_effects(
        steps in prop::collection::vec((0_u64..40, input()), 1..40),
        cut in any::<prop::sample::Index>(),
        hold in any::<bool>(),
    ) {
        let mut machine = Machine::new(start(hold)).unwrap();
        let (mut log, mut effects) = (Vec::<Entry>::new(), Vec::<Effect>::new());
        let mut now = start_of_time();
        let cut = cut.index(steps.len());
        let mut snapshot = None;
        for (at, (secs, input)) in steps.into_iter().enumerate() {
            now = now.after(std::time::Duration::from_secs(secs));
            log.push(machine.entry(now, input));
            prop_assert!(machine.apply(log[at].clone(), &mut effects).unwrap());
            if at == cut {
                snapshot = Some((machine.snapshot().unwrap(), effects.len()));
            }
        }
        // What is stored is read back from its text.
        let text = serde_json::to_string(&log).unwrap();
        let stored: Vec<Entry> = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&stored, &log);
        let mut again = Machine::new(start(hold)).unwrap();
        let mut same = Vec::new();
        for entry in stored {
            again.apply(entry, &mut same).unwrap();
        }
        prop_assert_eq!(&same, &effects);
        prop_assert_eq!(&again, &machine);
        // From the snapshot the same: entries before it are passed over.
        let (snapshot, done) = snapshot.unwrap();
        let mut resumed = Machine::restore(&snapshot).unwrap();
        let mut rest = Vec::new();
        for entry in log {
            resumed.apply(entry, &mut rest).unwrap();
        }
        prop_assert_eq!(&rest, &effects[done..]);
        prop_assert_eq!(&resumed, &machine);
    }
}

#[test]
fn a_log_with_a_hole_is_refused() {
    let mut session = Session::new(&["a"]);
    session.beat("x").beat("y");
    let mut log = session.log.clone();
    assert_eq!(Machine::replay(session.start.clone(), log.clone()).unwrap(), session.machine);
    log.remove(1);
    let error = Machine::replay(session.start.clone(), log).unwrap_err();
    assert_eq!(error, ReplayError::Gap { expected: 2, found: 3 });
}

#[test]
fn a_snapshot_of_a_newer_program_is_refused() {
    let session = Session::new(&["a"]);
    let text = session.machine.snapshot().unwrap().to_string();
    let newer = text.replacen("\"format\":1", "\"format\":2", 1);
    let read = |text: &str| Machine::restore(&Json::from_text(text).unwrap());
    assert_eq!(read(&newer).unwrap_err(), SnapshotError::Newer(2));
    assert!(matches!(read("{\"format\":1}").unwrap_err(), SnapshotError::Damaged(_)));
}

#[test]
fn an_older_leader_gets_nothing() {
    let mut session = Session::new(&["a"]);
    session.give(Input::Lead { epoch: 5 });
    assert!(!session.last.is_empty() && session.last.iter().all(|effect| effect.epoch == 5));
    session.give(Input::Lead { epoch: 4 });
    assert!(session.last.is_empty());
}

#[test]
fn what_is_confirmed_does_not_come_again() {
    let mut session = Session::new(&["a"]);
    session.beat("x");
    let effects: Vec<_> = session.machine.pending().map(|effect| effect.id).collect();
    session.give(Input::Done { effects: effects.clone() });
    session.give(Input::Done { effects });
    assert_eq!(session.machine.pending().count(), 0);
    session.give(Input::Lead { epoch: 2 });
    let kinds = session
        .last
        .iter()
        .filter(|e| matches!(e.action, popkit_coordinator::machine::Action::Publish(_)));
    assert_eq!(kinds.count(), 1, "only that the barrier is asked about once more");
    let before = session.now;
    assert!(session.machine.next_wakeup().unwrap() > before);
    assert!(Timestamp::MAX > before);
}
