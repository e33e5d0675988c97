//! A message and a task that go the whole way, in a session of their own.

use std::time::Duration;

use popkit_protocol::{
    Channel, Kinds, Namespace, NewTask, Outcome, Profile, RandomIds, SessionId, Topic,
};
use popkit_store::{
    Claimant, StateKey, StateStore as _, StateStoreExt as _, TaskStore, TaskStoreExt as _,
};
use popkit_transport::{Event, Transport, TransportExt as _};
use tokio::time::Instant;

use crate::backend::server::time;
use crate::backend::{Check, Service};
use crate::context::urls_of_session;
use crate::error::CliError;

/// How long a message is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where they go.
#[derive(Debug)]
pub(super) struct Trip {
    session: SessionId,
    store: String,
    transport: String,
}

impl Trip {
    /// In a session of this test.
    pub(super) fn new(service: &Service, id: &str) -> Result<Self, CliError> {
        let session = SessionId::new(format!("test-{id}"))?;
        let (store, transport) = urls_of_session(&service.url, &session)?;
        Ok(Self { session, store, transport })
    }

    /// The name that all of its keys have in them.
    pub(super) fn session(&self) -> &SessionId {
        &self.session
    }
}

/// A message is published and read.
pub(super) async fn messages(trip: &Trip) -> Check {
    let done = async {
        let transport = popkit_transport::open(&trip.transport).await?;
        let channel = Namespace::of(&trip.session).channel(&Topic::Results);
        let done = round_trip(&*transport, &channel, trip.session.as_str()).await;
        let closed = transport.close().await;
        let span = done?;
        closed?;
        Ok::<_, CliError>(format!("published and read in {}", time(span)))
    };
    Check::of("messages", done.await)
}

async fn round_trip(
    transport: &dyn Transport,
    channel: &Channel,
    text: &str,
) -> Result<Duration, CliError> {
    let mut events = transport.subscribe(std::slice::from_ref(channel)).await?;
    let sent = Instant::now();
    transport.publish(channel, text.to_owned()).await?;
    let until = sent + PATIENCE;
    while let Some(event) = events.next_within(until.duration_since(Instant::now())).await? {
        if matches!(event, Event::Message(message) if message.payload == text.as_bytes()) {
            return Ok(sent.elapsed());
        }
    }
    let message = format!(
        "a message that was accepted was not read within {PATIENCE:?}; try again, and look whether \
         the database is the same for all (its URL)"
    );
    Err(CliError::failed(message))
}

/// A task is added, claimed and finished; a document is saved and read.
pub(super) async fn tasks(trip: &Trip) -> Check {
    let done = async {
        let opened = popkit_store::open(&trip.store).await?;
        let begun = Instant::now();
        let done = async {
            work(&*opened.tasks).await?;
            let key = StateKey::new("test")?;
            opened.documents.save_text(&key, "popkit backend test").await?;
            let found = opened.documents.load_text(&key).await?;
            opened.documents.delete(&key, None).await?;
            if found.is_some() { Ok(()) } else { Err(lost("a document")) }
        };
        let done = done.await;
        let closed = opened.tasks.close().await;
        done?;
        closed?;
        Ok::<_, CliError>(format!("added, claimed and finished in {}", time(begun.elapsed())))
    };
    Check::of("tasks", done.await)
}

async fn work(store: &dyn TaskStore) -> Result<(), CliError> {
    let task = NewTask::new("test".try_into()?, "test".try_into()?);
    store.insert(task).await?;
    let claimant = Claimant::new(&RandomIds, Profile::new("test".try_into()?, Kinds::Any, []));
    let lease = store.claim(&claimant).await?.ok_or_else(|| lost("a task"))?;
    let outcome = Outcome::done("test").map_err(|error| CliError::failed(error.to_string()))?;
    Ok(store.finish(&claimant, &lease, outcome).await?)
}

fn lost(what: &str) -> CliError {
    CliError::data(format!("{what} that was just written is not there; does somebody remove keys?"))
}
