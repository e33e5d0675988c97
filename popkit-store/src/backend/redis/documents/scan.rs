//! Documents that other programs made, and that no index knows yet.
//!
//! They are looked for under the documented names alone, and among no more than the first
//! hundred thousand keys of the server. Whatever else another program makes is a document once
//! it was loaded or saved here.

use std::collections::BTreeSet;

use popkit_redis::{Command, Reply, escape_glob};

use super::handle::Documents;
use crate::backend::redis::classify::convert;
use crate::{Result, StateKey};

/// Names that are documented.
const SINGLE: [&str; 6] =
    ["coordinator:status", "human", "insights", "objective", "patterns", "tasks:orphaned"];
/// How names begin of which many are documented.
const FAMILIES: [&str; 4] = ["completed:", "patterns:", "state:", "streams:"];
/// Keys that the server looks at per call.
const COUNT: usize = 1000;
/// Calls per page.
const CALLS: usize = 100;

impl Documents<'_> {
    /// Names under which another program may have made a document: of this prefix, and behind
    /// that name.
    pub(super) async fn scan(
        &self,
        prefix: &str,
        after: Option<&StateKey>,
    ) -> Result<BTreeSet<String>> {
        let behind = after.map_or("", StateKey::as_str);
        let wanted = |name: &str| name.starts_with(prefix) && name > behind;
        let single = SINGLE.into_iter().filter(|name| wanted(name)).map(str::to_owned);
        let mut names: BTreeSet<String> = single.collect();
        if !FAMILIES.iter().any(|family| may_hold(family, prefix, behind)) {
            return Ok(names);
        }
        let pattern = format!("{}*", escape_glob(&self.keys.of(prefix)));
        let mut cursor = "0".to_owned();
        for _ in 0..CALLS {
            let command = Command::new("SCAN").args([&cursor, "MATCH", &pattern, "COUNT"]);
            let command = command.arg(COUNT).near(self.keys.revisions());
            let answer = self.redis.execute(command).await;
            let [next, keys] = answer.and_then(Reply::into_tuple).map_err(convert)?;
            cursor = next.into_text().map_err(convert)?;
            for key in keys.into_array().map_err(convert)? {
                // What is no UTF-8 is no document's name.
                let Ok(key) = key.into_text() else { continue };
                let Some(name) = self.keys.name_of(&key) else { continue };
                let documented = FAMILIES.iter().any(|family| name.as_str().starts_with(family));
                if documented && wanted(name.as_str()) {
                    names.insert(name.to_string());
                }
            }
            if cursor == "0" {
                break;
            }
        }
        Ok(names)
    }
}

/// Whether names of a family can be of this prefix and behind that name.
fn may_hold(family: &str, prefix: &str, behind: &str) -> bool {
    let related = family.starts_with(prefix) || prefix.starts_with(family);
    related && (behind < family || behind.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_searched_where_a_family_can_be() {
        for (prefix, behind, expected) in [
            ("", "", true),
            ("s", "", true),
            ("state:", "", true),
            ("state:a", "state:b", true),
            ("state:", "streams:a", false),
            ("", "state:z", true),
            ("", "zebra", false),
            ("inbox:", "", false),
            ("state", "", true),
            ("states", "", false),
        ] {
            let any = FAMILIES.iter().any(|family| may_hold(family, prefix, behind));
            assert_eq!(any, expected, "{prefix:?} behind {behind:?}");
        }
    }
}
