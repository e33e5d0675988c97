//! What somebody probably meant.

/// The longest name for which anything is looked for.
const LONGEST: usize = 64;

/// The known name that is so near that it was probably meant.
pub(in crate::config) fn nearest<'k>(
    name: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    let length = name.chars().count();
    if length > LONGEST {
        return None;
    }
    let most = (length / 3).clamp(1, 4);
    let name = name.to_ascii_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&name, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= most && *distance < length)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_meant_and_what_is_far_is_not() {
        let known = ["heartbeat_seconds", "agent_timeout_seconds", "on"];
        for (name, expected) in [
            ("hartbeat_second", Some("heartbeat_seconds")),
            ("HEARTBEAT_SECONDS", Some("heartbeat_seconds")),
            ("colour", None),
            ("o", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
        assert_eq!(nearest(&"x".repeat(1_000_000), known), None);
    }
}
