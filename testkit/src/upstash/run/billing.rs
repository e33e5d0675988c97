//! Counting what scripts run.
//!
//! The service bills each command that a script calls, and so does the double. Redis counts every
//! call in `INFO commandstats`; a script is therefore run in a transaction between two such
//! questions. Nothing else runs in between, so the difference is exactly what the script has called,
//! whatever other clients do.

use std::collections::BTreeMap;

use crate::upstash::resp::{Command, Reply};
use crate::upstash::tally::Tally;

/// Commands that run scripts.
const RUNNERS: &[&str] = &["eval", "eval_ro", "evalsha", "evalsha_ro", "fcall", "fcall_ro"];

/// Whether a command runs a script.
pub(super) fn runs_script(command: &Command) -> bool {
    RUNNERS.contains(&command.name().as_str())
}

/// The question that stands before and after a script.
pub(super) fn question() -> Command {
    Command::of(&["INFO", "commandstats"])
}

/// Counts what was called between two answers, the script's own command and the first question left
/// out.
pub(super) fn count(tally: &Tally, script: &Command, before: &Reply, after: &Reply) {
    let (before, mut after) = (calls(before), calls(after));
    for own in ["info".to_owned(), script.name()] {
        if let Some(calls) = after.get_mut(&own) {
            *calls = calls.saturating_sub(1);
        }
    }
    for (name, calls) in after {
        let more = calls.saturating_sub(before.get(&name).copied().unwrap_or_default());
        if more > 0 {
            tally.add_many(name, more);
        }
    }
}

/// How often each command has run; the subcommands of one are summed.
fn calls(stats: &Reply) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (name, calls) in stats.text().lines().filter_map(line) {
        *sums.entry(name).or_default() += calls;
    }
    sums
}

/// Reads `cmdstat_client|kill:calls=1,usec=…`.
fn line(line: &str) -> Option<(String, u64)> {
    let (name, figures) = line.strip_prefix("cmdstat_")?.split_once(':')?;
    let name = name.split('|').next()?;
    let calls = figures.split(',').find_map(|figure| figure.strip_prefix("calls="))?;
    Some((name.to_owned(), calls.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_script_called_is_the_difference() {
        let stats = |text: &str| Reply::Bulk(Some(text.as_bytes().to_vec()));
        let before =
            stats("# Commandstats\r\ncmdstat_get:calls=5,usec=1\r\ncmdstat_info:calls=1\r\n");
        let after = stats(
            "# Commandstats\r\ncmdstat_get:calls=7,usec=1\r\ncmdstat_info:calls=2\r\n\
             cmdstat_eval:calls=1,usec=3\r\ncmdstat_xinfo|stream:calls=1\r\ncmdstat_xinfo|groups:calls=2\r\n",
        );
        let tally = Tally::default();
        count(&tally, &Command::of(&["EVAL", "…", "0"]), &before, &after);
        let expected = [("get".to_owned(), 2), ("xinfo".to_owned(), 3)];
        assert_eq!(tally.counts(), expected.into());
    }
}
