//! Channels by their short names.

use popkit_protocol::{Channel, Namespace as Session, Topic};

use crate::error::CliError;

/// The channel of this name: a topic of the session (`results`, `agent:ann`, `tasks:new`), or
/// the full name of any channel, which has a colon.
///
/// # Errors
///
/// A name that is neither, with the nearest topic.
pub(crate) fn channel(session: &Session, name: &str) -> Result<Channel, CliError> {
    let refused = match name.parse::<Topic>() {
        Ok(topic) => return Ok(session.channel(&topic)),
        Err(error) => CliError::usage(error.to_string()),
    };
    let is_short = !name.contains(':');
    if is_short || ["agent:", "tasks:"].iter().any(|prefix| name.starts_with(prefix)) {
        return Err(match nearest(name) {
            Some(near) => CliError::usage(format!(
                "there is no channel {name:?} (did you mean {near:?}?); a full name has a colon, \
                 as pop:results"
            )),
            None => refused,
        });
    }
    Channel::new(name).map_err(|error| CliError::usage(error.to_string()))
}

/// The topic whose name is nearly this one.
fn nearest(name: &str) -> Option<String> {
    let fixed = Topic::WELL_KNOWN.into_iter().chain(Topic::TASKS);
    nearest_of(name, fixed.map(|topic| topic.name()))
}

/// The word that is nearly this one.
pub(crate) fn nearest_of(given: &str, words: impl IntoIterator<Item = String>) -> Option<String> {
    let near = |word: String| (strsim::normalized_damerau_levenshtein(given, &word), word);
    let best = words.into_iter().map(near).max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.filter(|(score, _)| *score >= 0.6).map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use popkit_protocol::SessionId;

    use super::*;

    #[test]
    fn topics_follow_the_session_and_full_names_do_not() {
        let team = Session::of(&SessionId::new("team").unwrap());
        for (name, full) in [
            ("results", "pop:{team}:results"),
            ("agent:ann", "pop:{team}:agent:ann"),
            ("tasks:new", "pop:{team}:tasks:new"),
            ("pop:results", "pop:results"),
            ("other:x", "other:x"),
        ] {
            assert_eq!(channel(&team, name).unwrap().as_str(), full);
        }
        assert_eq!(channel(&Session::unnamed(), "tasks:new").unwrap().as_str(), "tasks:new");
    }

    #[test]
    fn a_slip_is_answered_with_the_nearest_topic() {
        let says = |name: &str| channel(&Session::unnamed(), name).unwrap_err().message;
        assert!(says("reslts").contains("did you mean \"results\""), "{}", says("reslts"));
        assert!(says("tasks:complet").contains("did you mean \"tasks:complete\""));
        assert!(says("xyzzy").contains("expected broadcast"), "{}", says("xyzzy"));
        assert!(says("agent:../x").contains("agent id"), "{}", says("agent:../x"));
        assert!(says("pop:a b").contains("channel"), "{}", says("pop:a b"));
    }
}
