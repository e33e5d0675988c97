//! Pages of documents.
//!
//! A script touches no key but those that it is given, and which these are the index knows: so
//! the first call brings their names, the next one the documents, and the names again where
//! others have become part of the page. The page is as it was at one moment.

use popkit_redis::{Reply, Script};

use super::answer::{self, Answer};
use super::handle::{Documents, script};
use crate::backend::redis::classify::convert;
use crate::{Document, Error, ErrorKind, Page, Result, StateKey, Versioned};

/// Calls for one page, before it counts as too restless.
const CALLS: usize = 32;
/// Content that is enough for a page, in bytes: a server answers nobody else meanwhile.
const ENOUGH: usize = 8 * 1024 * 1024;

static LIST: Script = script!("list");

impl Documents<'_> {
    pub(super) async fn list(
        &self,
        prefix: &str,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Page<(StateKey, Versioned<Document>)>> {
        let limit = limit.clamp(1, 1000);
        let first = match after {
            Some(after) if after.as_str() >= prefix => format!("({after}"),
            _ => format!("[{prefix}"),
        };
        // Beyond every name that begins like this: names are printable.
        let last = format!("({prefix}\u{7f}");
        let made_by_others = self.scan(prefix, after).await?;
        let mut names: Vec<String> = made_by_others.into_iter().take(limit + 1).collect();
        for _ in 0..CALLS {
            let call = self.call(names.iter().map(String::as_str)).args([&first, &last]);
            let call = call.arg(limit).arg(ENOUGH).args(&names);
            match self.ask(&LIST, call).await? {
                Answer::Names(wanted) => names = wanted,
                done @ Answer::Done(_) => {
                    let [items, more] = done.done()?;
                    let items = items.into_array().map_err(convert)?.into_iter().map(item);
                    let more = more.into_bool().map_err(convert)?;
                    // The place of the next page is the last key; the number only says that
                    // there is one.
                    return Ok(Page::new(
                        items.collect::<Result<_>>()?,
                        more.then_some(limit as u64),
                    ));
                }
            }
        }
        let message = "documents came and went too fast to be listed; try again";
        Err(Error::new(ErrorKind::Unavailable, message))
    }
}

fn item(reply: Reply) -> Result<(StateKey, Versioned<Document>)> {
    let [name, version, kind, value] = reply.into_tuple().map_err(convert)?;
    Ok((StateKey::new(answer::text(name)?)?, answer::document(version, kind, value)?))
}
