//! The source of a subscription.

use std::sync::Arc;

use async_trait::async_trait;

use super::Shared;
use super::heard::Heard;
use super::options::Unverified;
use super::refusal::{Refusal, RefusalReason};
use super::signature::{MISSING, without_own};
use super::verify::claimed;
use crate::{Delivery, Event, Result, Source};

/// A source that tells genuine messages only.
pub(super) struct SignSource {
    source: Box<dyn Source>,
    shared: Arc<Shared>,
    heard: Heard,
}

impl SignSource {
    pub(super) fn new(source: Box<dyn Source>, shared: Arc<Shared>, heard: Heard) -> Self {
        Self { source, shared, heard }
    }

    fn admit(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::Message(delivery) => self.judge(delivery).map(Event::Message),
            Event::Reset { channel, resumed } => {
                self.heard.reset(&channel);
                Some(Event::Reset { channel, resumed })
            }
            Event::Gap(gap) => Some(Event::Gap(gap)),
        }
    }

    /// Hears a message, unless it is to be refused.
    fn hear(&mut self, delivery: &Delivery) -> Result<(), RefusalReason> {
        let genuine = self.shared.verifier.verify(delivery)?;
        // Latest values are remembered by party, and the subscription never looks at their stamps.
        if delivery.latest.is_none()
            && !self.shared.owners.has(&genuine.from, genuine.stamp.producer)
        {
            return Err(RefusalReason::BorrowedProducer);
        }
        if self.heard.is_replay(delivery, genuine) {
            return Err(RefusalReason::Replayed);
        }
        Ok(())
    }

    /// The message as it is delivered, if it is.
    fn judge(&mut self, delivery: Delivery) -> Option<Delivery> {
        match self.hear(&delivery) {
            Ok(()) => Some(verified(delivery)),
            Err(reason @ (RefusalReason::Unsigned | RefusalReason::UnknownSender))
                if self.shared.unverified == Unverified::Mark =>
            {
                Some(marked(delivery, reason))
            }
            Err(reason) => {
                let claimed = claimed(&delivery);
                let Delivery { channel, position, at, .. } = delivery;
                self.shared.ledger.note(Refusal { channel, position, at, reason, claimed });
                None
            }
        }
    }
}

/// What nobody signed is taken away.
fn verified(mut delivery: Delivery) -> Delivery {
    if delivery.headers.get(MISSING).is_some() {
        let signed = delivery.headers.iter().filter(|(name, _)| *name != MISSING);
        delivery.headers = signed.collect();
    }
    delivery
}

/// A stamp that nobody vouches for could make readers drop a genuine message, so it goes, too.
fn marked(mut delivery: Delivery, reason: RefusalReason) -> Delivery {
    delivery.headers = without_own(&delivery.headers).with(MISSING, reason.as_str());
    delivery.stamp = None;
    delivery
}

#[async_trait]
impl Source for SignSource {
    async fn next(&mut self) -> Result<Vec<Event>> {
        loop {
            let events = self.source.next().await?;
            if events.is_empty() {
                return Ok(events);
            }
            let events: Vec<Event> =
                events.into_iter().filter_map(|event| self.admit(event)).collect();
            // No event at all would say that there will be none.
            if !events.is_empty() {
                return Ok(events);
            }
        }
    }
}
