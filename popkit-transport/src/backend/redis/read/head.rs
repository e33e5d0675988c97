//! Where a log ends.

use popkit_redis::{Command, Invocation, Redis, Reply, Script, StreamId};

use super::tape::Tape;
use crate::backend::redis::classify::Told as _;
use crate::backend::redis::keys::Keys;
use crate::backend::redis::position::Place;
use crate::{ErrorKind, Position, Result};

/// Where a channel's log ends, as its head says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// Which log it is; 0 where none has begun.
    pub(super) epoch: u64,
    /// Its last message; zero where it has none.
    pub(super) last: StreamId,
    /// The last change of a latest value.
    pub(super) changed: StreamId,
    /// Whether the log is there: one that has expired, or was deleted, has a head still.
    pub(super) exists: bool,
}

const FIELDS: [&str; 2] = ["end", "changes"];

/// The same questions as a script, which a replica does not answer.
static HEAD: Script = Script::new(
    "head",
    "return { redis.call('HMGET', KEYS[1], 'end', 'changes'), redis.call('EXISTS', KEYS[2]) }",
);

impl Head {
    fn questions(keys: &Keys) -> [Command; 2] {
        [
            Command::new("HMGET").arg(keys.head()).args(FIELDS),
            Command::new("EXISTS").arg(keys.log()),
        ]
    }

    fn read(fields: Reply, exists: Reply) -> popkit_redis::Result<Self> {
        let [end, changes] = fields.into_tuple()?;
        let end = end.into_option(Reply::into_text)?.unwrap_or_default();
        let place = Position::new(end.split(' ').next().unwrap_or_default()).ok();
        let Place { epoch, id: last } = place.and_then(|at| Place::of(&at)).unwrap_or_default();
        let changed = match changes.into_option(Reply::into_text)? {
            Some(id) => id.parse()?,
            None => StreamId::ZERO,
        };
        Ok(Self { epoch, last, changed, exists: exists.into_count()? > 0 })
    }

    /// Where a reader ends that does not follow; `None` where there is nothing to read.
    pub(super) fn end(&self) -> Option<Place> {
        self.exists.then_some(Place::new(self.epoch, self.last))
    }

    /// Whether what lies behind this place can be read: the log is there, is the same, and was
    /// as long as that.
    pub(super) fn reaches(&self, place: Place) -> bool {
        self.exists && self.epoch == place.epoch && self.last >= place.id
    }

    /// Asks for the heads of these channels. One round trip for each slot.
    pub(super) async fn ask(redis: &Redis, keys: &[&Keys]) -> Result<Vec<Self>> {
        let cluster = redis.capabilities().cluster;
        let mut heads = vec![None; keys.len()];
        while let Some(first) = heads.iter().position(Option::is_none) {
            let tag = keys.get(first).map(|keys| keys.tag());
            let together = |at: &usize| {
                let keys = keys.get(*at);
                keys.is_some_and(|keys| !cluster || Some(keys.tag()) == tag)
            };
            let places: Vec<usize> = (first..keys.len()).filter(together).collect();
            let of = |at: &usize| keys.get(*at).map(|keys| Self::questions(keys));
            let questions = places.iter().filter_map(of).flatten().collect();
            let mut answers = redis.pipeline(questions).await.told()?.into_iter();
            for at in places {
                let (Some(fields), Some(exists)) = (answers.next(), answers.next()) else { break };
                let head = Self::read(fields.told()?, exists.told()?).told()?;
                if let Some(place) = heads.get_mut(at) {
                    *place = Some(head);
                }
            }
        }
        Ok(heads.into_iter().flatten().collect())
    }

    /// The head of the channel that this tape reads.
    pub(super) async fn of(redis: &Redis, tape: &Tape) -> Result<Self> {
        Ok(Self::ask(redis, &[tape.keys()]).await?.pop().unwrap_or_default())
    }

    /// Where the log ends as it is now, whatever replicas know. `None` for who may only read:
    /// he may call no script.
    pub(super) async fn newest(redis: &Redis, keys: &Keys) -> Result<Option<Self>> {
        let call = Invocation::new().key(keys.head()).key(keys.log()).runs(2);
        match redis.eval(&HEAD, call).await.and_then(Reply::into_tuple).told() {
            Ok([fields, exists]) => Self::read(fields, exists).told().map(Some),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(None),
            Err(error) => Err(error),
        }
    }
}
