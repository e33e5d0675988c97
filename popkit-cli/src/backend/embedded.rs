//! Stores and transports without a server.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Channel, Durability, IdSource as _, RandomIds};
use popkit_store::{CountQuery, Opened, StateKey, StateStore as _, StateStoreExt as _};
use popkit_transport::{Event, Transport, TransportExt as _};
use tokio::time::Instant;

use super::check::Check;
use super::server::time;
use crate::context::{Context, file_of};
use crate::error::CliError;
use crate::messages::Address;

/// How long a message is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// The channel of tests. Its messages stay in its log, as all do.
const CHANNEL: &str = "pop:test";

/// A store or the messages, and where they are.
#[derive(Debug)]
pub(crate) struct Embedded {
    /// What it is: `store` or `messages`.
    pub(crate) name: &'static str,
    /// Where it is.
    pub(crate) url: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// A store; `None`: the room's own.
    Store(Option<String>),
    /// Messages in memory.
    Memory,
    /// Messages in a folder.
    Folder(Box<Address>),
}

/// How it stands.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    /// What an acknowledged write survives; `None`: it is not made yet.
    pub(crate) durability: Option<Durability>,
    /// Tasks in it, where it is a store.
    pub(crate) tasks: Option<u64>,
    /// How long opening and a first answer took.
    pub(crate) took: Duration,
}

impl Embedded {
    /// The store that a URL names; without one the room's own.
    pub(crate) fn store(cx: &Context, url: Option<&str>) -> Result<Self, CliError> {
        let shown = match url {
            Some(url) => url.to_owned(),
            None => cx.selected()?.store_url(),
        };
        Ok(Self { name: "store", url: shown, place: Place::Store(url.map(str::to_owned)) })
    }

    /// The messages that a URL names; without one the room's own.
    pub(crate) fn messages(cx: &Context, url: Option<&str>) -> Result<Self, CliError> {
        let name = "messages";
        let address = match url {
            Some("memory:") => {
                return Ok(Self { name, url: "memory:".to_owned(), place: Place::Memory });
            }
            Some(url) => Address::given(cx, url)?,
            None => Address::of_room(cx, &cx.selected_for_messages()?),
        };
        Ok(Self { name, url: address.url(), place: Place::Folder(Box::new(address)) })
    }

    /// Whether there is anything to open; looking makes nothing.
    fn is_there(&self, cx: &Context) -> Result<bool, CliError> {
        match &self.place {
            Place::Store(None) => cx.has_store(&cx.selected()?),
            Place::Store(Some(url)) => {
                Ok(file_of(url).is_none_or(|file: PathBuf| cx.cwd.join(file).exists()))
            }
            Place::Memory => Ok(true),
            Place::Folder(address) => Ok(address.exists()),
        }
    }

    /// Opens it where it is there, and asks for a sign of life.
    ///
    /// # Errors
    ///
    /// Those of opening: damaged, somebody else's, not ours to read.
    pub(crate) async fn look(&self, cx: &Context) -> Result<Standing, CliError> {
        let begun = Instant::now();
        if !self.is_there(cx)? {
            return Ok(Standing { durability: None, tasks: None, took: Duration::ZERO });
        }
        let (durability, tasks) = match &self.place {
            Place::Store(url) => {
                let opened = open_store(cx, url.as_deref()).await?;
                let counted = opened.tasks.counts(CountQuery::default()).await;
                let durability = opened.tasks.capabilities().durability;
                opened.tasks.close().await?;
                (durability, Some(counted?.total()))
            }
            Place::Memory | Place::Folder(_) => {
                let transport = self.transport().await?;
                let answered = transport.ping().await;
                let durability = transport.capabilities().durability;
                transport.close().await?;
                answered?;
                (durability, None)
            }
        };
        Ok(Standing { durability: Some(durability), tasks, took: begun.elapsed() })
    }

    /// Uses it: a document is written, read and removed, or a message is sent and read. Makes
    /// what is not there.
    pub(crate) async fn exercise(&self, cx: &Context) -> Check {
        let begun = Instant::now();
        let done = match &self.place {
            Place::Store(url) => documents(cx, url.as_deref()).await,
            Place::Memory | Place::Folder(_) => self.talk().await,
        };
        let text = match self.name {
            "store" => "a document was written, read and removed",
            _ => "a message was sent and read",
        };
        let url = &self.url;
        let done = done.map(|()| format!("{url}: {text} in {}", time(begun.elapsed())));
        Check::of(self.name, done)
    }

    async fn transport(&self) -> Result<Arc<dyn Transport>, CliError> {
        match &self.place {
            Place::Folder(address) => address.open_or_make().await,
            Place::Store(_) | Place::Memory => Ok(popkit_transport::open("memory:").await?),
        }
    }

    async fn talk(&self) -> Result<(), CliError> {
        let transport = self.transport().await?;
        let done = send_and_read(&*transport).await;
        let closed = transport.close().await;
        done?;
        Ok(closed?)
    }
}

async fn open_store(cx: &Context, url: Option<&str>) -> Result<Opened, CliError> {
    match url {
        Some(url) => Ok(popkit_store::open(url).await?),
        None => cx.open_or_make(&cx.selected()?).await,
    }
}

async fn documents(cx: &Context, url: Option<&str>) -> Result<(), CliError> {
    let opened = open_store(cx, url).await?;
    let key = StateKey::new(format!("test/{:032x}", RandomIds.draw()))?;
    let done = async {
        opened.documents.save_text(&key, "popkit backend test").await?;
        let found = opened.documents.load_text(&key).await?;
        let gone = opened.documents.delete(&key, None).await?;
        Ok::<_, popkit_store::Error>(found.is_some() && gone)
    };
    let done = done.await;
    let closed = opened.tasks.close().await;
    if !done? {
        let message = "a document that was just written is not there; does somebody else empty it?";
        return Err(CliError::data(message));
    }
    Ok(closed?)
}

async fn send_and_read(transport: &dyn Transport) -> Result<(), CliError> {
    let channel = Channel::new(CHANNEL)?;
    let text = format!("test {:032x}", RandomIds.draw());
    let mut events = transport.subscribe(std::slice::from_ref(&channel)).await?;
    transport.publish(&channel, text.clone()).await?;
    let until = Instant::now() + PATIENCE;
    while let Some(event) = events.next_within(until.duration_since(Instant::now())).await? {
        match event {
            // Somebody else may test at the same time.
            Event::Message(message) if message.payload == text => return Ok(()),
            _ => {}
        }
    }
    let message = format!("a message that was accepted was not read within {PATIENCE:?}");
    Err(CliError::failed(format!("{message}; is the folder on a disk of this machine?")))
}
