//! Sending it, and saying so.

use std::sync::Arc;

use popkit_coordinator::Post;
use popkit_protocol::{Channel, Envelope, MessageId, Party, RandomIds, Timestamp};
use popkit_transport::{Position, PublishOptions, Receipt, Stamps, Transport};
use serde::Serialize;

use super::SendArgs;
use super::compose::{Said, compose, said};
use super::hint::hint;
use super::right::ensure_right;
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::messages::{Address, channel};
use crate::output::{self, VERSION};
use crate::state::Namespace;

/// What was sent, version 1. Without an envelope there is no id, type, sender, receiver, end;
/// outside of a room there is no room, on a server no folder.
#[derive(Debug, Serialize)]
struct SentView<'a> {
    v: u8,
    #[serde(flatten)]
    message: Option<HeadView<'a>>,
    channel: &'a Channel,
    position: &'a Position,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<String>,
    /// The server, where there is no folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Debug, Serialize)]
struct HeadView<'a> {
    id: &'a MessageId,
    r#type: &'a str,
    from: &'a Party,
    to: &'a Party,
    expires_at: Timestamp,
}

/// Sends a message. What is wrong with it is said before anything is opened or made.
pub(crate) async fn run(args: SendArgs, cx: Context) -> Result<Exit, CliError> {
    let address = Address::find(&cx)?;
    let sending = match &args.channel {
        Some(name) => raw(&args, channel(&address.session, name)?)?,
        None => {
            let message = "who is it for? `popkit send TO TEXT`, for instance `popkit send all hi`";
            let to = args.to.as_deref().ok_or_else(|| CliError::usage(message))?;
            let said = said(args.text.as_deref(), args.payload.as_deref())?;
            Sending::Message(Box::new(compose(&args, to, said)?))
        }
    };
    sending.check()?;
    // Before the message is there: it makes what is looked for.
    let is_new = !address.exists();
    let transport = address.open_or_make().await?;
    let hint = hint(&cx, &address, (is_new, sending.envelope()), &transport).await;
    let sent = sending.send(&transport, &address).await;
    // What was accepted is kept either way.
    let closed = transport.close().await;
    let (channel, receipt) = sent?;
    closed?;
    sending.say(&cx, &address, (&channel, &receipt))?;
    if let Some(hint) = hint {
        output::note(format!("note: {hint}"));
    }
    Ok(Exit::Done)
}

enum Sending {
    Message(Box<Envelope>),
    Raw { channel: Channel, bytes: String },
}

/// What goes to a channel as it is.
fn raw(args: &SendArgs, channel: Channel) -> Result<Sending, CliError> {
    if args.text.is_some() {
        let message = "with --channel nobody is addressed: `popkit send --channel CHANNEL TEXT`";
        return Err(CliError::usage(message));
    }
    let bytes = match said(args.to.as_deref(), args.payload.as_deref())? {
        Said::Text(text) => text,
        Said::Payload(json) => json.to_string(),
    };
    Ok(Sending::Raw { channel, bytes })
}

impl Sending {
    /// Refuses what no reader would take, and what the sender may not say.
    fn check(&self) -> Result<(), CliError> {
        match self {
            Self::Message(envelope) => {
                let bytes = popkit_protocol::Codec::default().encode(envelope)?;
                ensure_right(&bytes)
            }
            Self::Raw { bytes, .. } => ensure_right(bytes.as_bytes()),
        }
    }

    async fn send(
        &self,
        transport: &Arc<dyn Transport>,
        address: &Address,
    ) -> Result<(Channel, Receipt), CliError> {
        match self {
            Self::Message(envelope) => {
                let (session, stamps) = (address.session.clone(), Stamps::new(&RandomIds));
                let post = Post::new(Arc::clone(transport), session, stamps);
                let receipt = post.send(envelope).await?;
                Ok((address.session.channel(&envelope.topic()), receipt))
            }
            Self::Raw { channel, bytes } => {
                let (payload, opts) = (bytes.clone().into(), PublishOptions::default());
                let receipt = transport.publish_opts(channel, payload, opts).await?;
                Ok((channel.clone(), receipt))
            }
        }
    }

    fn envelope(&self) -> Option<&Envelope> {
        match self {
            Self::Message(envelope) => Some(envelope),
            Self::Raw { .. } => None,
        }
    }

    /// The id first, so that `cut` finds it.
    fn say(
        &self,
        cx: &Context,
        address: &Address,
        (channel, receipt): (&Channel, &Receipt),
    ) -> Result<(), CliError> {
        let message = self.envelope();
        let position = &receipt.position;
        let (room, folder) = (address.room(cx), address.folder());
        let room = room.as_ref().map(Namespace::name);
        let folder = folder.map(|folder| folder.display().to_string());
        let url = if folder.is_none() { Some(address.shown()) } else { None };
        if !cx.json {
            let id = message.map_or_else(|| "-".to_owned(), |envelope| envelope.id.to_string());
            let place = room.or(folder.as_deref()).or(url.as_deref()).unwrap_or_default();
            return output::line(format!("{id}  {channel}  {position}  {place}"));
        }
        let head = message.map(|envelope| HeadView {
            id: &envelope.id,
            r#type: envelope.message.name(),
            from: &envelope.from,
            to: &envelope.to,
            expires_at: envelope.expires_at(),
        });
        let at = receipt.at;
        let view = SentView { v: VERSION, message: head, channel, position, at, room, folder, url };
        output::json(&view)
    }
}
