//! Calls of one document.

use bytes::Bytes;
use popkit_redis::{Invocation, Redis, Reply, Script};

use super::answer::{self, Answer};
use super::escape;
use super::keys::DocumentKeys;
use crate::backend::redis::Inner;
use crate::backend::redis::classify::convert;
use crate::document::MAX_BYTES;
use crate::{Document, IfVersion, Result, SaveOptions, StateKey, Version, Versioned};

/// The longest time to live, in ms: more than 30,000 years, and no number that Lua rounds.
const LONGEST: u128 = 1_000_000_000_000_000;

macro_rules! script {
    ($name:literal) => {
        ::popkit_redis::Script::new(
            $name,
            concat!(
                include_str!("script/base.lua"),
                include_str!(concat!("script/", $name, ".lua"))
            ),
        )
    };
}
pub(super) use script;

static LOAD: Script = script!("load");
static APPEND: Script = script!("append");
static SAVE: Script = script!("save");
static DELETE: Script = script!("delete");

/// The documents of a store.
#[derive(Debug)]
pub(super) struct Documents<'a> {
    pub(super) redis: &'a Redis,
    pub(super) keys: DocumentKeys,
    /// The time in ms where tests bring their own; else empty.
    now: String,
}

impl<'a> Documents<'a> {
    pub(super) fn of(inner: &'a Inner) -> Self {
        let now = inner.clock.as_ref().map(|clock| (clock.now().as_micros() / 1000).to_string());
        let keys = DocumentKeys::new(&inner.keyspace);
        Self { redis: &inner.redis, keys, now: now.unwrap_or_default() }
    }

    /// A call over these documents, which a script needs the time for.
    pub(super) fn call<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Invocation {
        self.keys.call(names).arg(&self.now)
    }

    pub(super) async fn ask(&self, script: &Script, call: Invocation) -> Result<Answer> {
        // Most likely; for a service that bills them.
        let commands = match script.name() {
            "load" => 4,
            "list" => 10,
            _ => 8,
        };
        Answer::read(self.redis.eval(script, call.runs(commands)).await.map_err(convert)?)
    }

    pub(super) async fn load(&self, key: &StateKey) -> Result<Option<Versioned<Document>>> {
        let call = self.call([key.as_str()]).arg(key.as_str());
        let [found] = self.ask(&LOAD, call).await?.done()?;
        let Some([version, kind, value]) = found.into_option(Reply::into_tuple).map_err(convert)?
        else {
            return Ok(None);
        };
        answer::document(version, kind, value).map(Some)
    }

    pub(super) async fn append(&self, key: &StateKey, item: Bytes, keep: usize) -> Result<Version> {
        // More than a list can have.
        let keep = u32::try_from(keep.max(1)).unwrap_or(u32::MAX);
        let (mark, item) = self.carried(vec![item]);
        let call = self.call([key.as_str()]).arg(key.as_str()).args(item).arg(keep).arg(MAX_BYTES);
        let call = call.arg(mark);
        let [version] = self.ask(&APPEND, call).await?.done()?;
        answer::version(version)
    }

    pub(super) async fn save(
        &self,
        key: &StateKey,
        value: Document,
        opts: SaveOptions,
    ) -> Result<Version> {
        value.check_size()?;
        let key = key.as_str();
        let (guard, guarded) = match &opts.guard {
            Some((guard, version)) => (guard.as_str(), condition(IfVersion::Is(*version))),
            None => (key, String::new()),
        };
        let ttl = opts.ttl.map(|ttl| ttl.as_nanos().div_ceil(1_000_000).min(LONGEST).to_string());
        let call = self.call([key, guard]).args([key, &condition(opts.if_version)]);
        let call = call.args([&ttl.unwrap_or_default(), guard, &guarded]);
        let (kind, parts) = match value {
            Document::Text(text) => ("string", vec![text]),
            Document::Map(fields) => {
                let parts = fields.into_iter().flat_map(|(name, value)| [name.into(), value]);
                ("hash", parts.collect())
            }
            Document::List(items) => ("list", items),
        };
        let (mark, parts) = self.carried(parts);
        let call = call.arg(format!("{mark}{kind}")).args(parts);
        let [version] = self.ask(&SAVE, call).await?.done()?;
        answer::version(version)
    }

    /// Content as the wire carries it, behind the mark by which scripts take it back.
    fn carried(&self, parts: Vec<Bytes>) -> (&'static str, Vec<Bytes>) {
        if self.redis.capabilities().binary || !escape::is_needed(&parts) {
            return ("", parts);
        }
        ("%", parts.iter().map(escape::escape).collect())
    }

    pub(super) async fn delete(&self, key: &StateKey, expected: Option<Version>) -> Result<bool> {
        let condition = expected.map(|version| condition(IfVersion::Is(version)));
        let call = self.call([key.as_str()]).args([key.as_str(), &condition.unwrap_or_default()]);
        let [found] = self.ask(&DELETE, call).await?.done()?;
        found.into_bool().map_err(convert)
    }
}

/// A condition as the scripts are told it.
fn condition(expected: IfVersion) -> String {
    match expected {
        IfVersion::Any => String::new(),
        IfVersion::Absent => "-".to_owned(),
        IfVersion::Is(version) => version.number().to_string(),
    }
}
