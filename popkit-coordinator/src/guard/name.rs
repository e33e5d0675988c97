//! Names as file systems confuse them.

/// A name in the forms under which a file system may know it: in one case, and the same
/// without what some file systems leave out.
pub(super) fn forms(name: &str) -> [String; 2] {
    let whole = fold(name);
    // HFS+ ignores these; Windows ignores trailing dots and spaces, and finds a file by the
    // name of one of its streams.
    let shown: String = name.chars().filter(|c| !is_ignored(*c)).collect();
    let shown = shown.split(':').next().unwrap_or_default();
    let loose = fold(shown.trim_end_matches(['.', ' ']));
    [whole, loose]
}

/// The name in one case. By way of the upper case: `ſ` and `ﬁ` have no lower case of their
/// own, and a file system that ignores case takes them for `s` and `fi`.
pub(super) fn fold(name: &str) -> String {
    name.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

fn is_ignored(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_however_it_is_spelled() {
        for (name, known) in [
            (".ENV", ".env"),
            (".g\u{200c}it", ".git"),
            (".git. .", ".git"),
            (".git::$INDEX_ALLOCATION", ".git"),
            ("\u{17f}ecrets", "secrets"),
            ("con\u{fb01}g", "config"),
            ("\u{212a}ey.pem", "key.pem"),
        ] {
            assert!(forms(name).contains(&known.to_owned()), "{name:?}: {:?}", forms(name));
        }
        assert_eq!(forms("a.b"), ["a.b", "a.b"]);
    }
}
