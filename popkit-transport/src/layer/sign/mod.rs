//! Messages that nobody can forge.
//!
//! | Room | Holds |
//! |---|---|
//! | `secret`, `key`, `keyring` | who can sign and verify what |
//! | `signature` | what is signed |
//! | `verify`, `heard` | telling genuine messages from others, and from replays |
//! | `refusal` | what was not delivered |

mod heard;
mod hex;
mod key;
mod keyring;
mod options;
mod read;
mod refusal;
mod secret;
mod signature;
mod transport;
mod verify;

use std::sync::Arc;

use popkit_protocol::{Channel, Clock, Namespace, Party};

use self::heard::Owners;
pub use self::key::SigningKey;
pub use self::keyring::Keyring;
pub use self::options::{SignOptions, Unverified};
use self::refusal::Ledger;
pub use self::refusal::{Refusal, RefusalReason, Refusals};
pub use self::secret::SessionSecret;
use self::signature::{AT, FROM, SIGNATURE, Statement, without_own};
use self::verify::Verifier;
use super::flight::Numbers;
use crate::{Delivery, Headers, LatestKey, PublishOptions, Retention};

/// A transport that signs what it publishes and delivers only what is genuine.
///
/// Whoever can write to a shared transport (one token, one folder) can otherwise speak as
/// anybody. With this layer a party needs its key for that: HMAC-SHA-256, with a key per party
/// that follows from one secret of the session.
///
/// ```
/// use popkit_protocol::{AgentId, Namespace, Party, RandomIds, Topic};
/// use popkit_transport::layer::{Keyring, SessionSecret, Sign, signed_by};
/// use popkit_transport::{MemoryTransport, TransportExt as _};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (shared, session) = (MemoryTransport::new(), Namespace::unnamed());
/// let secret = SessionSecret::draw(&RandomIds);
/// let builder = Party::Agent(AgentId::new("builder-1")?);
///
/// // The agent has its own key and no other.
/// let key = secret.key_of(&builder)?;
/// let agent = Sign::new(shared.clone(), &session, key.clone(), Keyring::of([key]));
/// // The coordinator has the secret.
/// let key = secret.key_of(&Party::Coordinator)?;
/// let coordinator = Sign::new(shared.clone(), &session, key, Keyring::of_session(secret));
///
/// let results = session.channel(&Topic::Results);
/// shared.publish(&results, "forged").await?;
/// agent.publish(&results, "done").await?;
///
/// let mut reader = coordinator.replay(&[results]).await?;
/// let first = reader.next().await.transpose()?.and_then(|event| event.into_message());
/// let first = first.ok_or("a message")?;
/// assert_eq!(first.payload, "done");
/// assert_eq!(signed_by(&first), Some(builder));
/// assert_eq!(coordinator.refusals().unsigned, 1);
/// # Ok(())
/// # }
/// ```
///
/// # What a signature vouches for
///
/// Sender, session, channel, stamp, the time of signing, whether it is a latest value and of
/// which key, all other headers, and the payload. It travels in the headers `sig`, `sig-from`
/// and `sig-at`; what a caller puts there is replaced. No layer further inside may change
/// headers or stamps.
///
/// # What is delivered
///
/// | Message | |
/// |---|---|
/// | genuine | delivered; [`signed_by`] says who signed it |
/// | unsigned, or by a sender whose key is not there | as [`SignOptions::unverified`] says |
/// | forged, altered, cut, moved from another channel or session, renumbered | refused |
/// | accepted more than [`SignOptions::max_delay`] after it was signed | refused |
/// | signed more than a minute after it was accepted | refused, unless `max_delay` is none |
/// | stamped with a producer that was first heard from another party | refused |
/// | replayed in its own channel | dropped as a repeat, or refused |
/// | a latest value older than the one of that party that was read | refused |
///
/// What is refused is counted ([`refusals`](Self::refusals)), remembered
/// ([`refused`](Self::refused)), and traced; readers do not see it. Where it took the place of
/// a genuine message, they are told of that one as missing, by a gap. A reader's cursor does
/// not move over refused messages at the end of a channel: they are read, and counted, once
/// more by the next one.
///
/// A log that [begins anew](crate::Event::Reset) is read anew, as without this layer: whoever
/// can put another log in the place of the first can also put old messages into it, and
/// leave some out. The reader is told.
///
/// A signature says which key was used, not that what is said is true, or permitted: whether
/// that party may say this on this channel, and whether the message names the same sender
/// inside, is for who handles it. It hides nothing: payloads stay readable.
///
/// # Publishing
///
/// A message is stamped before it is signed, by this layer, unless it has a stamp; one message
/// per channel is in flight at a time, as with [`Retry`](super::Retry). Latest values are
/// counted apart. It is signed once: a layer inside may repeat it for as long as `max_delay`.
///
/// # Errors
///
/// Those of the inner transport; `InvalidInput` where there is no room left for the
/// signature's headers.
///
/// # Cancel safety
///
/// That of the inner transport. The stamp of a publish that was dropped counts as used.
///
/// Where the layer belongs: see [`layer`](super).
#[derive(Debug, Clone)]
pub struct Sign<T> {
    inner: T,
    key: SigningKey,
    numbers: Numbers,
    clock: Arc<dyn Clock>,
    shared: Arc<Shared>,
}

/// What the subscriptions of all clones share.
#[derive(Debug)]
struct Shared {
    verifier: Verifier,
    unverified: Unverified,
    owners: Owners,
    ledger: Ledger,
}

impl<T> Sign<T> {
    /// Around this transport, in this session: signing with this key, verifying with these.
    #[must_use]
    pub fn new(inner: T, session: &Namespace, key: SigningKey, keyring: Keyring) -> Self {
        Self::with_options(inner, session, key, keyring, SignOptions::default())
    }

    /// As [`new`](Self::new), with these options.
    #[must_use]
    pub fn with_options(
        inner: T,
        session: &Namespace,
        key: SigningKey,
        keyring: Keyring,
        options: SignOptions,
    ) -> Self {
        let SignOptions { unverified, max_delay, clock, ids } = options;
        let verifier = Verifier { prefix: session.prefix(), keyring, max_delay };
        let (owners, ledger) = (Owners::default(), Ledger::default());
        let shared = Arc::new(Shared { verifier, unverified, owners, ledger });
        Self { inner, key, numbers: Numbers::new(&*ids), clock, shared }
    }

    /// The transport inside.
    #[must_use]
    pub fn inner(&self) -> &T {
        &self.inner
    }

    /// The transport inside, without this layer.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// As whom it publishes.
    #[must_use]
    pub fn party(&self) -> &Party {
        self.key.party()
    }

    /// How many messages were not delivered, over all clones and subscriptions.
    #[must_use]
    pub fn refusals(&self) -> Refusals {
        self.shared.ledger.counts()
    }

    /// The last messages that were not delivered, at most 64, oldest first.
    #[must_use]
    pub fn refused(&self) -> Vec<Refusal> {
        self.shared.ledger.last()
    }

    /// Puts the signature into the options of a message that has its stamp.
    fn sign(&self, channel: &Channel, payload: &[u8], opts: &mut PublishOptions) {
        // Every message was stamped; one without a stamp would be refused by its readers.
        let Some(stamp) = opts.stamp else { return };
        let (from, at) = (self.key.party(), self.clock.now());
        let statement = Statement {
            prefix: &self.shared.verifier.prefix,
            channel,
            from,
            stamp,
            at,
            latest: latest_key(opts),
            headers: &opts.headers,
            payload,
        };
        let signature = statement.sign(&self.key);
        opts.headers = with_signature(&opts.headers, &signature, from, at.as_micros());
    }
}

/// Who signed a message that a [`Sign`] delivered; nobody, if it was let through unverified.
///
/// Of a message that came another way this says nothing: anybody can write the header.
#[must_use]
pub fn signed_by(delivery: &Delivery) -> Option<Party> {
    verify::claimed(delivery)
}

fn with_signature(headers: &Headers, signature: &str, from: &Party, at: u64) -> Headers {
    let headers = without_own(headers).with(SIGNATURE, signature);
    headers.with(FROM, from.as_str()).with(AT, at.to_string())
}

fn latest_key(opts: &PublishOptions) -> Option<&LatestKey> {
    match &opts.retention {
        Retention::Log => None,
        Retention::Latest(key) => Some(key),
    }
}
