//! Effects on their way out, and the ids they carry.

use std::collections::BTreeMap;

use popkit_protocol::text::clean;
use popkit_protocol::{AgentId, Codec, Envelope, IdSource, Message, MessageId, Party, limits};
use serde::{Deserialize, Serialize};

use super::Machine;
use crate::machine::effect::{Action, DeadLetter, Doc, Effect, EffectId, Event};

/// The bits of a message id.
const ID_BITS: u64 = 0xffff_ffff_ffff;
/// Odd, so that 2⁴⁸ steps give as many different ids, in no visible order.
const STRIDE: u64 = 0x9e37_79b9_7f4b;
/// Bytes that the receiver may add to a message.
const ROOM: usize = 256;
/// Bytes of a dead letter's text.
const LETTER: usize = 4096;

/// What is to be done and not confirmed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::machine) struct Outbox {
    epoch: u64,
    effects: u64,
    records: u64,
    next_id: u64,
    pending: BTreeMap<EffectId, Effect>,
    /// Of the input that is being handled; empty between inputs.
    #[serde(skip)]
    out: Vec<Effect>,
}

/// One id that was drawn.
#[derive(Debug)]
struct Drawn(u64);

impl IdSource for Drawn {
    fn draw(&self) -> u128 {
        u128::from(self.0)
    }
}

impl Outbox {
    pub(super) fn new(seed: u64) -> Self {
        let pending = BTreeMap::new();
        let next_id = seed & ID_BITS;
        Self { epoch: 0, effects: 0, records: 0, next_id, pending, out: Vec::new() }
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(super) fn pending(&self) -> impl Iterator<Item = &Effect> {
        self.pending.values()
    }

    /// A new leader: what is not confirmed comes out again. `false` for an old one.
    pub(super) fn lead(&mut self, epoch: u64) -> bool {
        if epoch <= self.epoch {
            return false;
        }
        self.epoch = epoch;
        for effect in self.pending.values_mut() {
            effect.epoch = epoch;
            self.out.push(effect.clone());
        }
        true
    }

    /// Nobody needs what is still being checked.
    pub(super) fn drop_checks(&mut self) {
        let is_check = |effect: &Effect| matches!(effect.action, Action::Check(_));
        self.pending.retain(|_, effect| !is_check(effect));
        self.out.retain(|effect| !is_check(effect));
    }

    pub(super) fn done(&mut self, effects: &[EffectId]) {
        for id in effects {
            self.pending.remove(id);
        }
    }

    pub(super) fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.out)
    }

    fn push(&mut self, action: Action) {
        if let Action::Save(doc) = &action {
            let is_older = |effect: &Effect| matches!(&effect.action, Action::Save(d) if d == doc);
            self.pending.retain(|_, effect| !is_older(effect));
            self.out.retain(|effect| !is_older(effect));
        }
        self.effects = self.effects.saturating_add(1);
        let effect = Effect { id: EffectId(self.effects), epoch: self.epoch, action };
        self.pending.insert(effect.id, effect.clone());
        self.out.push(effect);
    }

    fn draw(&mut self) -> Drawn {
        self.next_id = self.next_id.wrapping_add(STRIDE) & ID_BITS;
        Drawn(self.next_id)
    }
}

impl Machine {
    /// A fresh id.
    pub(in crate::machine) fn draw_id(&mut self) -> MessageId {
        self.outbox.draw().message_id()
    }

    pub(in crate::machine) fn act(&mut self, action: Action) {
        self.outbox.push(action);
    }

    pub(in crate::machine) fn save(&mut self, doc: Doc) {
        self.act(Action::Save(doc));
    }

    pub(in crate::machine) fn record(&mut self, event: Event) {
        self.outbox.records = self.outbox.records.saturating_add(1);
        let number = self.outbox.records;
        self.act(Action::Record { number, event });
    }

    /// From the coordinator, under a fresh id: no two messages of a session share one.
    pub(in crate::machine) fn publish(&mut self, to: Party, message: Message) {
        let id = self.outbox.draw();
        let envelope = Envelope::new(&id, self.clock.wall(), Party::Coordinator, to, message);
        self.act(Action::Publish(Box::new(envelope)));
    }

    /// Whether a message can be sent, as large and as deep as it is.
    pub(in crate::machine) fn fits(&self, message: &Message) -> bool {
        let (id, now) = (Drawn(0), self.clock.wall());
        let message = message.clone();
        let envelope = Envelope::new(&id, now, Party::Coordinator, Party::Everyone, message);
        let bytes = Codec::default().encode(&envelope);
        // Room for the longest receiver.
        bytes.is_ok_and(|bytes| bytes.len() + ROOM <= limits::MESSAGE_BYTES)
    }

    pub(in crate::machine) fn tell(&mut self, agent: &AgentId, message: Message) {
        self.publish(Party::Agent(agent.clone()), message);
    }

    /// Sends a message of somebody on, unchanged but for its id and receiver.
    pub(in crate::machine) fn forward(&mut self, first: &Envelope, to: &AgentId) {
        let id = self.outbox.draw();
        let envelope = first.forward(&id, first.from.clone(), Party::Agent(to.clone()));
        self.act(Action::Publish(Box::new(envelope)));
    }

    /// Puts a message aside.
    pub(in crate::machine) fn dead(&mut self, envelope: &Envelope, reason: impl Into<String>) {
        let text = serde_json::to_string(envelope).unwrap_or_default();
        let from = Some(envelope.from.to_string());
        self.put_aside(envelope.message.name(), from, reason.into(), &text);
    }

    pub(in crate::machine) fn put_aside(
        &mut self,
        channel: &str,
        from: Option<String>,
        reason: String,
        text: &str,
    ) {
        self.counters.dead_letters += 1;
        let text = clean(text, LETTER).into_owned();
        let channel = channel.to_owned();
        self.act(Action::DeadLetter(DeadLetter { channel, from, reason, text }));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_id_is_drawn_twice() {
        let mut outbox = Outbox::new(u64::MAX);
        let ids: BTreeSet<_> = (0..10_000).map(|_| outbox.draw().message_id()).collect();
        assert_eq!(ids.len(), 10_000);
    }

    #[test]
    fn a_newer_save_takes_the_place_of_an_older_one() {
        let mut outbox = Outbox::new(1);
        outbox.push(Action::Save(Doc::Status));
        outbox.push(Action::Save(Doc::Insights));
        outbox.push(Action::Save(Doc::Status));
        assert_eq!(outbox.pending.len(), 2);
        assert_eq!(outbox.take().len(), 2);
        outbox.done(&[EffectId(1), EffectId(3)]);
        assert_eq!(outbox.pending.keys().copied().collect::<Vec<_>>(), [EffectId(2)]);
    }

    #[test]
    fn the_next_leader_gets_what_is_not_confirmed() {
        let mut outbox = Outbox::new(1);
        assert!(outbox.lead(1));
        outbox.push(Action::Clear);
        outbox.push(Action::Save(Doc::Status));
        outbox.take();
        outbox.done(&[EffectId(2)]);
        assert!(!outbox.lead(1) && outbox.take().is_empty(), "an old leader gets nothing");
        assert!(outbox.lead(2));
        let again = outbox.take();
        assert_eq!((again.len(), again[0].id, again[0].epoch), (1, EffectId(1), 2));
    }
}
