//! The subscription: what is there now, or what will come.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::Channel;
use popkit_transport::{
    Cursor, Error, ErrorKind, Event, Result, Start, SubscribeOptions, Subscription, Transport,
};
use tokio::time::timeout;

/// Reads some channels from a cursor on.
#[derive(Debug)]
pub(super) struct Reader {
    transport: Arc<dyn Transport>,
    channels: Vec<Channel>,
    cursor: Cursor,
    state: State,
}

#[derive(Debug)]
enum State {
    Idle,
    /// Reads what was there when it began.
    Looking(Subscription),
    Following(Subscription),
}

impl Reader {
    pub(super) fn new(
        transport: Arc<dyn Transport>,
        channels: Vec<Channel>,
        cursor: Cursor,
    ) -> Self {
        Self { transport, channels, cursor, state: State::Idle }
    }

    /// What is read.
    pub(super) fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// How far was read, of these channels and of others that were read before.
    pub(super) fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// Whether a look was begun and not ended.
    pub(super) fn is_looking(&self) -> bool {
        matches!(self.state, State::Looking(_))
    }

    /// The next of what was there when this look began; `None` ends the look.
    ///
    /// Cancel safe.
    pub(super) async fn look(&mut self) -> Result<Option<Event>> {
        if !self.is_looking() {
            self.state = State::Looking(self.subscribe(SubscribeOptions::once).await?);
        }
        let State::Looking(subscription) = &mut self.state else { return Ok(None) };
        let event = subscription.next().await.transpose()?;
        moved(&mut self.cursor, subscription);
        if event.is_none() {
            self.state = State::Idle;
        }
        Ok(event)
    }

    /// The next event, if there is one within this time.
    ///
    /// Cancel safe.
    pub(super) async fn follow(&mut self, patience: Duration) -> Result<Option<Event>> {
        if !matches!(self.state, State::Following(_)) {
            self.state = State::Following(self.subscribe(|opts| opts).await?);
        }
        let State::Following(subscription) = &mut self.state else { return Ok(None) };
        let Ok(event) = timeout(patience, subscription.next()).await else { return Ok(None) };
        moved(&mut self.cursor, subscription);
        match event {
            Some(event) => event.map(Some),
            None => Err(Error::new(ErrorKind::Closed, "the transport was closed")),
        }
    }

    async fn subscribe(
        &mut self,
        how: impl Fn(SubscribeOptions) -> SubscribeOptions + Send,
    ) -> Result<Subscription> {
        // A channel that the cursor does not know is read from its oldest message.
        let opts = SubscribeOptions::default().with_start(Start::After(self.cursor.clone()));
        self.transport.subscribe_opts(&self.channels, how(opts)).await
    }
}

fn moved(cursor: &mut Cursor, subscription: &Subscription) {
    for (channel, place) in subscription.cursor().iter() {
        cursor.set(channel.clone(), place.clone());
    }
}
