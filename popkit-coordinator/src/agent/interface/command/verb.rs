//! The words of the grammar.

/// One command, as people write it.
#[derive(Debug)]
pub(super) struct Verb {
    /// Its name.
    pub(super) name: &'static str,
    /// What stands behind it.
    pub(super) usage: &'static str,
    /// What it does, in one line.
    pub(super) does: &'static str,
    /// Its options that have a value.
    pub(super) valued: &'static [&'static str],
    /// Its options that have none.
    pub(super) flags: &'static [&'static str],
}

const fn plain(name: &'static str, usage: &'static str, does: &'static str) -> Verb {
    Verb { name, usage, does, valued: &[], flags: &[] }
}

/// All commands, in the order of the help.
pub(super) static VERBS: [Verb; 15] = [
    plain("status", "", "what runs, what failed, what waits for a person"),
    plain("summary", "", "how many tasks stand where"),
    Verb {
        valued: &["limit", "after"],
        ..plain(
            "tasks",
            "[FILTER] [--limit N] [--after PLACE]",
            "lists tasks; FILTER is open (default), all, ended, running, ready, due, blocked or a state",
        )
    },
    plain("show", "ID", "everything about one task"),
    plain("activity", "[N]", "the last N events (default 20)"),
    Verb {
        valued: &[
            "id",
            "kind",
            "priority",
            "description",
            "payload",
            "needs",
            "requires",
            "agent",
            "tags",
            "retries",
            "timeout",
        ],
        flags: &["review", "backlog"],
        ..plain(
            "create",
            "TITLE [--id ID] [--kind K] [--priority N] [--description TEXT] [--payload JSON] \
             [--needs ID,..] [--requires CAP,..] [--agent ID] [--tags TAG,..] [--retries N] \
             [--timeout SPAN] [--review] [--backlog]",
            "makes a task, ready to be claimed; with --backlog it is parked until enqueued",
        )
    },
    plain("enqueue", "ID", "takes a task out of the backlog"),
    plain("cancel", "ID [REASON]", "takes a task out of its queue, or stops who works on it"),
    plain("requeue", "ID", "puts a dead letter back, with fresh attempts"),
    plain("pause", "ID [REASON]", "sets a pending task aside"),
    plain("resume", "ID", "ends a pause"),
    plain("approve", "ID", "accepts reviewed work"),
    plain("reject", "ID [REASON]", "sends reviewed work back"),
    plain("prioritise", "ID N", "changes how urgent a task is, 1 (last) to 10 (first)"),
    plain("help", "[COMMAND]", "this list, or how one command is written"),
];

impl Verb {
    /// The verb of this name.
    pub(super) fn of(name: &str) -> Option<&'static Self> {
        VERBS.iter().find(|verb| verb.name == name)
    }

    /// How it is written.
    pub(super) fn line(&self) -> String {
        format!("{} {}", self.name, self.usage).trim_end().to_owned()
    }
}

/// The help: of one command, or the list of all where none is named, or one that there is
/// not.
#[must_use]
pub(in crate::agent::interface) fn help(command: Option<&str>) -> String {
    if let Some(verb) = command.and_then(Verb::of) {
        return format!("{}\n  {}", verb.line(), verb.does);
    }
    let rows = VERBS.iter().map(|verb| format!("{:<11} {}", verb.name, verb.does));
    let rows = rows.collect::<Vec<_>>().join("\n");
    format!("{rows}\n`help COMMAND` says how a command is written; words with spaces go in quotes.")
}

/// The known word that was probably meant.
pub(super) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let length = word.chars().count();
    if length > 64 {
        return None;
    }
    let most = (length / 3).clamp(1, 3);
    let word = word.to_ascii_lowercase();
    let near = known.into_iter().map(|known| (strsim::osa_distance(&word, known), known));
    let near = near.filter(|(distance, _)| *distance <= most && *distance < length);
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_command() {
        let all = help(None);
        for verb in &VERBS {
            assert!(all.contains(verb.name), "{}", verb.name);
            assert!(help(Some(verb.name)).starts_with(verb.name));
            for option in verb.valued.iter().chain(verb.flags) {
                assert!(verb.usage.contains(&format!("--{option}")), "{option}");
            }
        }
        assert_eq!(help(Some("dance")), all);
    }

    #[test]
    fn a_slip_finds_its_word() {
        let known = || VERBS.iter().map(|verb| verb.name);
        for (slip, word) in [("statsu", "status"), ("cancle", "cancel"), ("CREATE", "create")] {
            assert_eq!(nearest(slip, known()), Some(word));
        }
        assert_eq!(nearest("xyzzy", known()), None);
        assert_eq!(nearest("x", known()), None);
    }
}
