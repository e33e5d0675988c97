//! Whatever happens between receiving and acknowledging: nothing is lost.

use std::collections::BTreeSet;

use popkit_store::layer::{Injection, Operation};
use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Op {
    Send,
    Receive(usize),
    /// Acknowledges one of the messages at hand.
    Ack(usize),
    AckAll,
    /// The process ends and starts again.
    Restart,
    /// What becomes of the next save.
    Save(Injection),
}

fn ops() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => Just(Op::Send),
        3 => (1..4_usize).prop_map(Op::Receive),
        3 => any::<usize>().prop_map(Op::Ack),
        1 => Just(Op::AckAll),
        1 => Just(Op::Restart),
        1 => prop_oneof![Just(Injection::Fail), Just(Injection::Lose)].prop_map(Op::Save),
    ]
}

#[derive(Default)]
struct Seen {
    first: Vec<u32>,
    /// Acknowledged, and that was answered well.
    acked: BTreeSet<u32>,
    /// The last that was received since the inbox was opened.
    last: Option<u32>,
}

impl Seen {
    fn receive(&mut self, letters: Vec<Letter>) -> Vec<Received> {
        let received = messages(letters);
        for number in received.iter().map(|received| title(received).parse().unwrap()) {
            assert!(!self.acked.contains(&number), "{number} was acknowledged");
            assert!(self.last.is_none_or(|last| number > last), "once, in order");
            self.last = Some(number);
            if !self.first.contains(&number) {
                self.first.push(number);
            }
        }
        received
    }
}

async fn reopen(stage: &Stage) -> Inbox {
    // Each failure uses up one that was scripted.
    for _ in 0..100 {
        if let Ok(inbox) = stage.open_with(stage.options().with_unacknowledged(5)).await {
            return inbox;
        }
    }
    panic!("the inbox cannot be opened");
}

async fn live(ops: Vec<Op>) {
    let stage = Stage::new();
    let (mut inbox, mut seen) = (reopen(&stage).await, Seen::default());
    let (mut at_hand, mut sent) = (Vec::<Received>::new(), 0);
    for op in ops {
        match op {
            Op::Send => {
                stage.send(&sent.to_string()).await;
                sent += 1;
            }
            Op::Receive(max) => match inbox.receive(max, Duration::ZERO).await {
                Ok(letters) => at_hand.extend(seen.receive(letters)),
                Err(InboxError::Unacknowledged { pending: 5, .. }) => {}
                Err(error) => panic!("{error}"),
            },
            Op::Ack(which) if !at_hand.is_empty() => {
                let received = at_hand.remove(which % at_hand.len());
                if inbox.ack(&received).await.is_ok() {
                    seen.acked.insert(title(&received).parse().unwrap());
                }
            }
            Op::AckAll => {
                if inbox.ack_all().await.is_ok() {
                    seen.acked.extend(at_hand.iter().map(|r| title(r).parse::<u32>().unwrap()));
                }
                at_hand.clear();
            }
            Op::Restart => {
                inbox = reopen(&stage).await;
                seen.last = None;
                at_hand.clear();
            }
            Op::Save(injection) => stage.documents.script(Operation::Save, [injection]),
            Op::Ack(_) => {}
        }
    }
    inbox = reopen(&stage).await;
    seen.last = None;
    while seen.first.len() < sent as usize {
        let received = seen.receive(inbox.receive(3, Duration::ZERO).await.unwrap());
        assert!(!received.is_empty(), "{:?} of {sent}", seen.first);
        let _ = inbox.ack_all().await;
    }
    assert_eq!(seen.first, (0..sent).collect::<Vec<_>>(), "in order, none lost");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn i11_every_message_is_received_and_first_in_order(
        ops in prop::collection::vec(ops(), 0..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(live(ops));
    }
}
