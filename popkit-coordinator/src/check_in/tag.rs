//! The words by which an insight finds its readers.

use std::path::{Component, Path};

/// Tags of one insight.
const MOST: usize = 5;
/// Bytes of one tag.
const BYTES: usize = 64;

/// The tags of a path: its folders and the name of its file without the ending, the last five,
/// in lower case.
pub(super) fn of_path(path: &str) -> Vec<String> {
    let path = Path::new(path);
    let folders = path.parent().into_iter().flat_map(Path::components);
    let folders = folders.filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let mut tags: Vec<String> = Vec::new();
    for name in folders.chain(stem) {
        let tag = name.trim_start_matches('.').to_lowercase();
        let is_plain = tag.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if (2..=BYTES).contains(&tag.len()) && is_plain && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let extra = tags.len().saturating_sub(MOST);
    tags.split_off(extra)
}

/// The first word of a text that is a path: it has a slash, and no scheme.
pub(super) fn path_in(text: &str) -> Option<&str> {
    let is_before = |c: char| !c.is_alphanumeric() && !matches!(c, '/' | '.' | '_' | '-');
    let is_behind = |c: char| !c.is_alphanumeric() && !matches!(c, '/' | '_' | '-');
    text.split_whitespace()
        .map(|word| word.trim_start_matches(is_before).trim_end_matches(is_behind))
        .map(|word| word.split(':').next().unwrap_or_default().trim_end_matches(is_behind))
        .find(|word| {
            let is_path = word.contains('/') && word.chars().any(char::is_alphanumeric);
            is_path && !word.contains("//") && word.len() <= 400
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_the_last_five_parts_of_a_path() {
        assert_eq!(of_path("src/Auth/login.test.rs"), ["src", "auth", "login.test"]);
        assert_eq!(of_path("/a/bb/cc/dd/ee/ff/gg.rs"), ["cc", "dd", "ee", "ff", "gg"]);
        assert_eq!(of_path("../.github/src/src/x y/b\u{1b}.rs"), ["github", "src"]);
        assert!(of_path("").is_empty());
    }

    #[test]
    fn a_path_is_found_in_a_text() {
        for (text, path) in [
            ("at (src/b.rs:7).", Some("src/b.rs")),
            ("error in src/net/mod.rs:12:4", Some("src/net/mod.rs")),
            ("see `./docs/a.md`.", Some("./docs/a.md")),
            ("https://example.com/a and a/b", Some("a/b")),
            ("1/2", Some("1/2")),
            ("none / here", None),
        ] {
            assert_eq!(path_in(text), path, "{text}");
        }
    }
}
