//! What the user of the server must be allowed to do.

use popkit_redis::{Invocation, Redis, Script};

use super::classify::convert;
use super::keys::TaskKeys;
use super::tasks::call::{list, text};
use crate::{Error, ErrorKind, Result};

static RIGHTS: Script = Script::new("rights", include_str!("rights.lua"));

/// Refuses a user who lacks a right that a script needs. Redis undoes nothing of a script: one
/// that is refused in its middle would leave half of its work behind.
pub(super) async fn check(redis: &Redis, keys: &TaskKeys) -> Result<()> {
    let polls = !redis.capabilities().blocking;
    let call = Invocation::new().key(keys.tasks()).arg(if polls { "1" } else { "" });
    let mut refused = list(redis.eval(&RIGHTS, call).await.map_err(convert)?)?;
    if refused.len() == 0 {
        return Ok(());
    }
    let (command, key) = (text(&mut refused)?, text(&mut refused)?);
    let message = if key.is_empty() {
        let rule = command.to_lowercase();
        format!("the Redis user may not run {command}; allow it: ACL SETUSER NAME +{rule}")
    } else {
        let pattern = keys.of("*");
        format!(
            "the Redis user may not use key {key} with {command}; allow it: \
             ACL SETUSER NAME ~{pattern}"
        )
    };
    Err(Error::new(ErrorKind::PermissionDenied, message))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    /// What stands between this and the next quote, wherever it does.
    fn quoted<'t>(text: &'t str, before: &str) -> BTreeSet<&'t str> {
        text.split(before).skip(1).filter_map(|rest| rest.split('\'').next()).collect()
    }

    /// The scripts of tasks and documents.
    fn scripts() -> String {
        let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/backend/redis");
        let folders = ["tasks/script", "documents/script"].map(|folder| room.join(folder));
        let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
        files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    }

    fn listed<'t>(name: &str) -> BTreeSet<&'t str> {
        let text = include_str!("rights.lua");
        let list = text.split_once(&format!("local {name} = {{")).unwrap().1;
        list.split_once('}').unwrap().0.split('\'').skip(1).step_by(2).collect()
    }

    #[test]
    fn every_command_that_a_script_calls_is_asked_for() {
        let scripts = scripts();
        let mut called = quoted(&scripts, "('");
        called.retain(|word| word.len() > 2 && word.bytes().all(|b| b.is_ascii_uppercase()));
        called.insert("BLPOP");
        // A hint may be refused.
        called.remove("PUBLISH");
        assert_eq!(listed("COMMANDS"), called);
    }

    #[test]
    fn every_sort_of_key_that_a_script_makes_is_asked_for() {
        let scripts = scripts();
        let mut made = quoted(&scripts, "BASE .. '");
        made.extend(quoted(&scripts, "base .. '"));
        made.extend(["tasks", "wake"]);
        // Behind the colon stands the number of a lane, or a handle.
        let sort = |key: &'static str| key.find(':').map_or(key, |colon| &key[..=colon]);
        assert_eq!(listed("SORTS").into_iter().map(sort).collect::<BTreeSet<_>>(), made);
    }
}
