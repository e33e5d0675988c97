//! Commands that the service does not have over REST.

use crate::upstash::resp::Command;

/// Blocking lists, transactions by hand, the connection's own, clusters, administration, and what
/// is not in the service's reference.
const REFUSED: &[&str] = &[
    "blpop",
    "brpop",
    "blmove",
    "brpoplpush",
    "blmpop",
    "bzpopmin",
    "bzpopmax",
    "bzmpop",
    "watch",
    "unwatch",
    "multi",
    "exec",
    "discard",
    "auth",
    "hello",
    "client",
    "quit",
    "reset",
    "subscribe",
    "psubscribe",
    "ssubscribe",
    "unsubscribe",
    "punsubscribe",
    "sunsubscribe",
    "spublish",
    "monitor",
    "cluster",
    "asking",
    "readonly",
    "readwrite",
    "xsetid",
    "object",
    "sort",
    "sort_ro",
    "acl",
    "debug",
    "failover",
    "migrate",
    "module",
    "psync",
    "replconf",
    "replicaof",
    "shutdown",
    "slaveof",
    "sync",
    "wait",
];

/// The text of the refusal; `None` for a command that may run, from which a `BLOCK` is taken out
/// where `ignore_block` says so.
pub(super) fn refuse(command: &mut Command, ignore_block: bool) -> Option<String> {
    let name = command.name();
    let refused = match name.as_str() {
        "select" => command.lower(1) != "0",
        "config" => command.lower(1) != "set" || command.lower(2) != "notify-keyspace-events",
        "xread" | "xreadgroup" => match block(command) {
            Some(at) if ignore_block => {
                let end = command.words().len().min(at + 2);
                command.words_mut().drain(at..end);
                false
            }
            found => found.is_some(),
        },
        name => REFUSED.contains(&name),
    };
    refused.then(|| {
        let verb =
            String::from_utf8_lossy(command.words().first().map(Vec::as_slice).unwrap_or_default());
        format!("ERR Command is not available: '{verb}'")
    })
}

/// Where `BLOCK` stands among the options.
fn block(command: &Command) -> Option<usize> {
    // The names of a group and a consumer may be anything.
    let first = if command.lower(1) == "group" { 4 } else { 1 };
    (first..command.words().len())
        .take_while(|index| command.lower(*index) != "streams")
        .find(|index| command.lower(*index) == "block")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(words: &[&str]) -> bool {
        refuse(&mut Command::of(words), false).is_some()
    }

    #[test]
    fn what_the_service_has_not_is_refused() {
        for words in [
            &["BLPOP", "k", "1"][..],
            &["multi"],
            &["CLIENT", "ID"],
            &["SUBSCRIBE", "c"],
            &["SELECT", "1"],
            &["CONFIG", "GET", "*"],
            &["CONFIG", "SET", "save", ""],
            &["XREAD", "COUNT", "1", "block", "0", "STREAMS", "s", "0"],
            &["XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "s", ">"],
        ] {
            assert!(refused(words), "{words:?}");
        }
    }

    #[test]
    fn what_only_looks_alike_runs() {
        for words in [
            &["PING"][..],
            &["ECHO", "multi"],
            &["SELECT", "0"],
            &["CONFIG", "SET", "notify-keyspace-events", "KEA"],
            &["XREAD", "STREAMS", "block", "0"],
            &["XREADGROUP", "GROUP", "block", "block", "STREAMS", "s", ">"],
        ] {
            assert!(!refused(words), "{words:?}");
        }
    }

    #[test]
    fn block_can_be_ignored() {
        let mut command = Command::of(&["XREAD", "BLOCK", "9", "COUNT", "1", "STREAMS", "s", "0"]);
        assert_eq!(refuse(&mut command, true), None);
        assert_eq!(command, Command::of(&["XREAD", "COUNT", "1", "STREAMS", "s", "0"]));
    }

    #[test]
    fn the_refusal_names_the_command_as_it_came() {
        let text = refuse(&mut Command::of(&["BlPop"]), false);
        assert_eq!(text.as_deref(), Some("ERR Command is not available: 'BlPop'"));
    }
}
