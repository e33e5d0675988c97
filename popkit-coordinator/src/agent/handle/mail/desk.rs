//! What was read: what lies there, what was given, what is handled.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::message::SyncAck;
use popkit_protocol::{AgentId, Insight, Party, Timestamp};

use super::known::Known;
use super::sort::{Since, Sorted, sort};
use crate::agent::handle::{Barrier, BarrierEnd, Ended, Order};
use crate::{Letter, Received};

/// Something that lies on the desk.
#[derive(Debug)]
pub(in crate::agent::handle) struct Item {
    pub(in crate::agent::handle) order: Order,
    /// The reason of the pause that it ends.
    pub(in crate::agent::handle) ends: Option<String>,
    received: Option<Received>,
}

impl Item {
    pub(in crate::agent::handle) fn is_insight(&self) -> bool {
        matches!(self.order, Order::Insight(_))
    }
}

/// What somebody waits for.
type IsIt = Arc<dyn Fn(&Item) -> bool + Send + Sync>;

/// A wait: what it is for is given to nobody else.
pub(super) struct Claim {
    pub(super) number: u64,
    pub(super) is_it: IsIt,
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("number", &self.number).finish_non_exhaustive()
    }
}

/// Everything between the inbox and the agent.
#[derive(Debug)]
pub(in crate::agent::handle) struct Desk {
    me: AgentId,
    pub(super) since: Since,
    items: VecDeque<Item>,
    /// The agent asked for orders and has this one.
    in_hand: Option<Received>,
    /// It has these from a look.
    looked_at: Vec<Received>,
    /// Handled, and to be acknowledged.
    pub(super) done: Vec<Received>,
    /// Answers that are to be given once more.
    pub(super) again: Vec<SyncAck>,
    silence: Duration,
    /// When the coordinator last spoke, by the transport's clock.
    last_word: Option<Timestamp>,
    /// It spoke after a silence.
    pub(super) is_silence_over: bool,
    claims: Vec<Claim>,
    claimed: u64,
    known: Known,
}

impl Desk {
    pub(super) fn new(me: AgentId, silence: Duration) -> Self {
        Self {
            me,
            since: Since { began: Timestamp::EPOCH, joined: Timestamp::EPOCH },
            items: VecDeque::new(),
            in_hand: None,
            looked_at: Vec::new(),
            done: Vec::new(),
            again: Vec::new(),
            silence,
            last_word: None,
            is_silence_over: false,
            claims: Vec::new(),
            claimed: 0,
            known: Known::new(),
        }
    }

    /// Takes a letter in.
    pub(super) fn take_in(&mut self, letter: Letter) {
        let received = match letter {
            Letter::Message(received) => received,
            other => {
                let order = Order::Missing(other);
                self.items.push_back(Item { order, ends: None, received: None });
                return;
            }
        };
        if *received.from() == Party::Coordinator && received.accepted_at() >= self.since.joined {
            let at = received.accepted_at();
            let is_after_silence = |last: Timestamp| at.since(last) > self.silence;
            self.is_silence_over |= self.last_word.is_none_or(is_after_silence);
            self.last_word = self.last_word.max(Some(at));
        }
        match sort(&received, &self.me, self.since, &mut self.known) {
            Sorted::Order { order, ends } => {
                self.items.push_back(Item { order, ends, received: Some(received) });
            }
            Sorted::Nothing => self.done.push(received),
            Sorted::Again(ack) => {
                if !self.again.contains(&ack) {
                    self.again.push(ack);
                }
                self.done.push(received);
            }
        }
    }

    /// The next order that nobody waits for; the one before is handled when the agent says so
    /// or asks again. After the end that is all there is.
    pub(in crate::agent::handle) fn next(&mut self) -> Option<Order> {
        let free = self.items.iter().position(|item| !self.is_claimed(item));
        if let Some(item) = free.and_then(|at| self.items.remove(at)) {
            self.in_hand = item.received;
            return Some(self.give(item.order));
        }
        self.known.ended.clone().map(Order::Ended)
    }

    /// All that nobody waits for: insights, and the rest.
    pub(in crate::agent::handle) fn look(&mut self) -> (Vec<Insight>, Vec<Order>) {
        let (mut insights, mut orders) = (Vec::new(), Vec::new());
        let items = std::mem::take(&mut self.items);
        let (kept, free): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|item| self.is_claimed(item));
        self.items = kept.into();
        for item in free {
            self.looked_at.extend(item.received);
            match self.give(item.order) {
                Order::Insight(insight) => insights.push(*insight),
                order => orders.push(order),
            }
        }
        if orders.is_empty()
            && let Some(ended) = &self.known.ended
        {
            orders.push(Order::Ended(ended.clone()));
        }
        (insights, orders)
    }

    /// All insights that are there.
    pub(in crate::agent::handle) fn insights(&mut self) -> Vec<Insight> {
        let items = std::mem::take(&mut self.items);
        let mut insights = Vec::new();
        for item in items {
            match item.order {
                Order::Insight(insight) => {
                    self.looked_at.extend(item.received);
                    insights.push(*insight);
                }
                order => self.items.push_back(Item { order, ..item }),
            }
        }
        insights
    }

    pub(in crate::agent::handle) fn has_insights(&self) -> bool {
        self.items.iter().any(Item::is_insight)
    }

    /// Takes what somebody waits for. It is handled with that.
    pub(super) fn take(&mut self, is_it: &IsIt) -> Option<Order> {
        let at = self.items.iter().position(|item| is_it(item))?;
        let item = self.items.remove(at)?;
        self.done.extend(item.received);
        Some(self.give(item.order))
    }

    fn give(&mut self, order: Order) -> Order {
        if let Order::BarrierEnded(end) = &order {
            self.known.end_of(&Barrier::ended(end));
        }
        order
    }

    fn is_claimed(&self, item: &Item) -> bool {
        self.claims.iter().any(|claim| (claim.is_it)(item))
    }

    pub(super) fn claim(&mut self, is_it: IsIt) -> u64 {
        self.claimed += 1;
        self.claims.push(Claim { number: self.claimed, is_it });
        self.claimed
    }

    pub(super) fn release(&mut self, number: u64) {
        self.claims.retain(|claim| claim.number != number);
    }

    /// What the agent got by asking for the next order is handled.
    pub(in crate::agent::handle) fn handled_order(&mut self) {
        self.done.extend(self.in_hand.take());
    }

    /// What it got by looking is handled.
    pub(in crate::agent::handle) fn handled_look(&mut self) {
        self.done.append(&mut self.looked_at);
    }

    pub(in crate::agent::handle) fn is_paused(&self) -> bool {
        self.known.is_paused()
    }

    pub(in crate::agent::handle) fn ended(&self) -> Option<&Ended> {
        self.known.ended.as_ref()
    }

    pub(in crate::agent::handle) fn arrives(&mut self, barrier: &Barrier) {
        self.known.arrives(barrier);
    }

    pub(in crate::agent::handle) fn end_of(&mut self, barrier: &Barrier) -> Option<BarrierEnd> {
        self.known.end_of(barrier)
    }

    pub(in crate::agent::handle) fn called_so(&self, name: &str) -> Option<Barrier> {
        self.known.called_so(name)
    }
}
