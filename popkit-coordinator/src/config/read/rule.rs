//! Rules that a value must obey beside its type. Each gives, in words, what is wrong.

use std::path::Path;

use popkit_protocol::{AgentId, Namespace};

use crate::config::Unconventional;
use crate::guard::ProtectedPaths;
use crate::mode::Version;

/// The phase that has two names.
const DOCUMENTATION: [&str; 2] = ["document", "documentation"];

/// A version of the file that is understood.
pub(in crate::config) fn file_version(text: &str) -> Result<(), String> {
    match text.parse::<Version>() {
        Ok(version) if version.major == 2 => Ok(()),
        Ok(_) => Err(format!("found {text}, popkit reads 2.0.0; `popkit power init` writes one")),
        Err(error) => Err(error.to_string()),
    }
}

/// A file inside the project.
pub(in crate::config) fn path(text: &str) -> Result<(), String> {
    let is_inside = !text.starts_with(['/', '\\', '~'])
        && !text.contains([':', '\n', '\t'])
        && !text.split(['/', '\\']).any(|part| part == "..");
    if is_inside && !text.trim().is_empty() && !text.ends_with('/') {
        return Ok(());
    }
    Err(format!("found {text:?}, expected a file in the project, without .. and relative to it"))
}

/// A file inside the project that popkit writes, and that is nobody else's.
pub(in crate::config) fn mirror(text: &str) -> Result<(), String> {
    path(text)?;
    match ProtectedPaths::always().over(Path::new(text)) {
        None => Ok(()),
        Some(pattern) => Err(format!(
            "found {text:?}, which is protected by {pattern}: what is there would be lost; name \
             a file of its own"
        )),
    }
}

pub(in crate::config) fn host(text: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_name = !text.is_empty() && text.len() <= 255 && text.chars().all(fits);
    if is_name || text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Ok(());
    }
    Err("expected the name or address of a host, without a port; for a whole URL use POPKIT_URL"
        .to_owned())
}

/// Seconds that an answer is waited for.
pub(in crate::config) fn timeout(seconds: &Option<f64>) -> Result<(), String> {
    match seconds {
        Some(seconds) if !(0.001..=3600.0).contains(seconds) => {
            Err(format!("found {seconds}, expected seconds from 0.001 to 3600, or null"))
        }
        _ => Ok(()),
    }
}

pub(in crate::config) fn prefix(text: &str) -> Result<(), String> {
    Namespace::unnamed().with_root(text).map(drop).map_err(|error| error.to_string())
}

pub(in crate::config) fn agent(text: &str) -> Result<(), String> {
    AgentId::new(text).map(drop).map_err(|error| error.to_string())
}

/// Names as `push_to_main`: of actions, of checks.
pub(in crate::config) fn names(names: &[String]) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_name = |name: &String| (1..=64).contains(&name.len()) && name.chars().all(fits);
    match names.iter().find(|name| !is_name(name)) {
        Some(name) => Err(format!("found {name:?}, expected names as push_to_main")),
        None => unique(names),
    }
}

pub(in crate::config) fn globs(globs: &[String]) -> Result<(), String> {
    ProtectedPaths::new(globs).map_err(|error| error.to_string())?;
    unique(globs)
}

/// What the machine takes as phases.
pub(in crate::config) fn phases(phases: &[String]) -> Result<(), String> {
    if phases.len() > 32 {
        return Err(format!("there are {} phases; at most 32 are allowed", phases.len()));
    }
    let is_name =
        |name: &String| (1..=64).contains(&name.len()) && !name.contains(char::is_control);
    if let Some(name) = phases.iter().find(|name| !is_name(name)) {
        return Err(format!("{name:?} is no name of a phase: write 1 to 64 bytes on one line"));
    }
    if DOCUMENTATION.iter().all(|name| phases.iter().any(|phase| phase == name)) {
        return Err("\"document\" and \"documentation\" are one phase; leave out one".to_owned());
    }
    unique(phases)
}

pub(in crate::config) fn modes<T: PartialEq + std::fmt::Display>(
    modes: &[T],
) -> Result<(), String> {
    if modes.is_empty() {
        return Err("no mode is left; name one, for instance \"file\"".to_owned());
    }
    unique(modes)
}

fn unique<T: PartialEq + std::fmt::Display>(items: &[T]) -> Result<(), String> {
    let twice =
        items.iter().enumerate().find(|(i, item)| items.iter().take(*i).any(|x| x == *item));
    twice.map_or(Ok(()), |(_, item)| Err(format!("{item} comes twice; leave out one")))
}

pub(in crate::config) fn unconventional(all: &[Unconventional]) -> Result<(), String> {
    for (i, one) in all.iter().enumerate() {
        let is_empty = one.keywords.is_empty() || one.keywords.iter().any(|k| k.trim().is_empty());
        if is_empty {
            return Err(format!(
                "item {i} has no keywords, or an empty one; it would fit anything"
            ));
        }
        if one.description.trim().is_empty() || one.description.contains(char::is_control) {
            return Err(format!("item {i} needs a description of one line: it is shown to people"));
        }
    }
    Ok(())
}

/// Makes rules for truths that cannot be otherwise, with the reason.
macro_rules! only {
    ($($name:ident: $only:literal, $reason:literal;)+) => {$(
        pub(in crate::config) fn $name(value: &bool) -> Result<(), String> {
            if *value == $only {
                return Ok(());
            }
            Err(format!("it can only be {}: {}", $only, $reason))
        }
    )+};
}

only! {
    no_approval_by_silence: false,
        "in popkit a question that nobody answers in time is answered with no";
    always_local: true,
        "popkit has no hosted service, a session always runs locally";
    always_relevant: true,
        "popkit sends an insight only to those whose work it concerns";
    always_deduplicated: true,
        "popkit keeps equal insights once; to lose no other, set similarity_threshold to 1.0";
    always_aggregated: true,
        "the results of a phase are what the next one begins with";
    always_smart: true,
        "work for nobody in particular goes to the live agent that has the least of it";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_the_project() {
        for good in [".claude/popkit/insights.json", "a", "a/b..c"] {
            assert_eq!(path(good), Ok(()), "{good}");
        }
        for bad in ["", " ", "/etc/passwd", "../a", "a/../../b", "~/a", "C:\\a", "a\\..\\b", "a/"] {
            assert!(path(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_protected_is_no_file_to_write_copies_to() {
        for bad in
            [".git/config", "./.GIT/hooks/x", ".claude/settings.json", ".mcp.json", "a/.popkit/x"]
        {
            assert!(mirror(bad).unwrap_err().contains("protected by"), "{bad}");
        }
        assert!(mirror("../a").is_err());
        assert_eq!(mirror(".claude/popkit/insights.json"), Ok(()));
    }
}
