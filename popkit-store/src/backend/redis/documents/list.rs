//! Pages of documents.
//!
//! A script touches no key but those that it is given, and which these are the index knows: so
//! the first call brings their names, the next one the documents, and the names again where
//! others have become part of the page. So a page is as it was at one moment. Where documents
//! come faster than they can be asked for, that never succeeds: then the page lacks some that
//! were made since the call began.

use popkit_redis::{Reply, Script};

use super::answer::{self, Answer};
use super::handle::{Documents, script};
use crate::backend::redis::classify::convert;
use crate::{Document, Error, ErrorKind, Page, Result, StateKey, Versioned};

/// Calls for one page; from how many on it may lack documents that have just been made.
const CALLS: usize = 32;
const PATIENCE: usize = 8;
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
        let end = format!("({prefix}\u{7f}");
        let made_by_others = self.scan(prefix, after).await?;
        let mut names: Vec<String> = made_by_others.into_iter().take(limit + 1).collect();
        for number in 0..CALLS {
            let lacking = number >= PATIENCE;
            // Which documents lie beyond these is not known, so none of them may be on a page
            // that lacks some.
            let cut = names.last().filter(|_| lacking && names.len() > limit);
            let last = cut.map_or_else(|| end.clone(), |name| format!("[{name}"));
            let is_cut = cut.is_some();
            let call = self.call(names.iter().map(String::as_str)).args([&first, &last]);
            let call = call.arg(limit).arg(ENOUGH).arg(u16::from(lacking)).args(&names);
            match self.ask(&LIST, call).await? {
                Answer::Names(_) if is_cut => names.clear(),
                Answer::Names(wanted) => names = wanted,
                done @ Answer::Done(_) => {
                    let [items, more] = done.done()?;
                    let items = items.into_array().map_err(convert)?;
                    if items.is_empty() && is_cut {
                        names.clear();
                        continue;
                    }
                    let items = items.into_iter().map(item).collect::<Result<_>>()?;
                    let more = more.into_bool().map_err(convert)? || is_cut;
                    // The place of the next page is the last key; the number only says that
                    // there is one.
                    return Ok(Page::new(items, more.then_some(limit as u64)));
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
