//! Repeating failed calls, without losing, doubling or reordering a message.
//!
//! | Room | Holds |
//! |---|---|
//! | `tries` | the tries of one call |
//! | `batch` | repeating what is left of a batch |
//! | `read` | reading on after a failure |

mod batch;
mod delays;
mod read;
mod seeds;
mod transport;
mod tries;

use std::sync::Arc;

use popkit_protocol::layer::RetryOptions;
use popkit_protocol::{IdSource, RandomIds};

use self::seeds::Seeds;
use self::tries::Tries;
use super::Operation;
use super::flight::Numbers;
use crate::{PublishOptions, Retention, Transport};

/// A transport that repeats failed calls of the transport inside, with waits that grow and
/// are spread at random, until one succeeds, is refused for good, or the tries or the time
/// are used up.
///
/// Errors that [may pass](popkit_protocol::CallError::is_retryable) are repeated, whether the
/// call was surely not applied or its answer was lost
/// ([`OutcomeKind::Unknown`](crate::OutcomeKind::Unknown)); all others are returned at once.
///
/// # Publishing
///
/// A message without a stamp gets one of this layer's own, so that readers recognise a
/// repeat; one with a stamp keeps it. One message per channel is in flight at a time, over all
/// its tries: a later one waits for its turn, so none can overtake one that is repeated. Clones
/// share stamps and turns. Latest values have stamps and turns of their own.
///
/// Of a stamp that was given the layer knows nothing but that it is the message's: whoever
/// gives it sees to the turns ([`Stamps`](crate::Stamps) does).
///
/// # Batches
///
/// What failed is sent again as a batch, within the tries and the time of one call. The
/// messages of one producer on a channel stay in order:
///
/// - A message that failed *before* a later one of them was sent is not repeated, since
///   readers would drop it as an old one; it fails with its error. Publish it anew if it still
///   matters: it then comes after the later one.
/// - A message that is refused for good (too large, the disk is full) holds nobody up: the
///   later ones are sent, each for itself.
/// - Messages whose answers were lost together are repeated together. That relies on the
///   transport inside: where a message of a batch fails for a reason that is not its own, the
///   later ones of its channel must not be sent.
///
/// A message that was given up leaves a hole in its producer's numbers if a later one was
/// sent; readers are told by a gap.
///
/// # Reading
///
/// Subscribing is repeated. A read that fails is repeated by asking the same source again;
/// if that fails, too, the channels are subscribed anew after what was read last, unless
/// the subscription [does not follow](crate::SubscribeOptions::once) or the transport cannot
/// [replay](crate::Capabilities::replay). Readers see no error until the tries or the time,
/// counted from the first failure, are used up, and may ask again even then. Latest values
/// may be told once more after that.
///
/// `ping` is repeated, and so is `close`: finding the transport closed after a lost answer
/// is success.
///
/// # Errors
///
/// The error of a call is that of its last try. Once an answer was lost, the outcome of the
/// whole call is unknown, whatever the last try said. For a message of a batch the same holds
/// of that message.
///
/// # Cancel safety
///
/// Dropping a publish leaves it done or not done, as it does inside. Its stamp counts as
/// used, so readers may be told of a gap where it was not done. No task is spawned and nothing
/// goes on.
///
/// Where the layer belongs: see [`layer`](super).
#[derive(Debug)]
pub struct Retry<T> {
    inner: Arc<T>,
    options: RetryOptions,
    numbers: Numbers,
    seeds: Seeds,
}

impl<T> Retry<T> {
    /// Around this transport, with the default options.
    #[must_use]
    pub fn new(inner: T) -> Self {
        Self::with_options(inner, RetryOptions::default())
    }

    /// Around this transport, with these options.
    #[must_use]
    pub fn with_options(inner: T, options: RetryOptions) -> Self {
        Self::with_ids(inner, options, &RandomIds)
    }

    /// Around this transport, with these options; its producer is drawn from here.
    #[must_use]
    pub fn with_ids(inner: T, options: RetryOptions, ids: &dyn IdSource) -> Self {
        let (numbers, seeds) = (Numbers::new(ids), Seeds::new(&options));
        Self { inner: Arc::new(inner), options, numbers, seeds }
    }

    /// The transport inside.
    #[must_use]
    pub fn inner(&self) -> &T {
        &self.inner
    }

    fn start(&self, operation: Operation) -> Tries {
        Tries::new(&self.options, self.seeds.next(), operation)
    }
}

impl<T: Transport> Retry<T> {
    /// Whether the transport would take this message, as far as one can know. One that it
    /// refuses must not use up a stamp: that would look like a loss.
    fn is_sound(&self, bytes: usize, opts: &PublishOptions) -> bool {
        let capabilities = self.inner.capabilities();
        bytes <= capabilities.max_payload
            && opts.headers.check().is_ok()
            && (opts.retention == Retention::Log || capabilities.latest)
    }
}

impl<T> Clone for Retry<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            options: self.options.clone(),
            numbers: self.numbers.clone(),
            seeds: self.seeds.clone(),
        }
    }
}
