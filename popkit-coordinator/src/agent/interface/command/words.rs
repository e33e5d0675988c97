//! A line as words.

use super::CommandError;

/// One word, and whether a quote or a backslash made part of it literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) is_quoted: bool,
}

/// Splits a line at its spaces. `'…'` and `"…"` keep spaces; within `"…"` and outside quotes
/// a backslash keeps the next character.
///
/// # Errors
///
/// [`CommandError::Unclosed`] for a quote without an end, or a backslash at the end.
pub(super) fn words(line: &str) -> Result<Vec<Word>, CommandError> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote: Option<(char, usize)> = None;
    let mut chars = line.chars().enumerate();
    while let Some((place, c)) = chars.next() {
        let is_space = c.is_whitespace() && quote.is_none();
        if is_space {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_with(|| Word { text: String::new(), is_quoted: false });
        match (c, quote) {
            (c, Some((open, _))) if c == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some((c, place));
                word.is_quoted = true;
            }
            ('\\', None | Some(('"', _))) => {
                let (_, next) = chars.next().ok_or(CommandError::Unclosed { at: place + 1 })?;
                word.text.push(next);
                word.is_quoted = true;
            }
            (c, _) => word.text.push(c),
        }
    }
    if let Some((_, place)) = quote {
        return Err(CommandError::Unclosed { at: place + 1 });
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(line: &str) -> Vec<String> {
        words(line).unwrap().into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn quotes_keep_spaces() {
        assert_eq!(texts("  a  b\tc "), ["a", "b", "c"]);
        assert_eq!(
            texts(r#"say "two words" 'and "more"' it\ is"#),
            ["say", "two words", "and \"more\"", "it is"]
        );
        assert_eq!(texts(r#"a"b c"d '' "\"" 'c:\x'"#), ["ab cd", "", "\"", "c:\\x"]);
        assert!(words("'--kind'").unwrap()[0].is_quoted);
        assert!(texts(" \n ").is_empty());
    }

    #[test]
    fn what_is_not_closed_is_told_with_its_place() {
        let error = words("create \"a b").unwrap_err();
        let text = "the quote at character 8 has no end; close it, or put a backslash before it";
        assert_eq!(error.to_string(), text);
        assert!(words("a\\").is_err());
    }

    proptest! {
        #[test]
        fn no_line_panics_and_no_character_is_made_up(line in ".{0,60}") {
            if let Ok(words) = words(&line) {
                let made: usize = words.iter().map(|word| word.text.chars().count()).sum();
                prop_assert!(made <= line.chars().count());
            }
        }

        #[test]
        fn what_is_quoted_comes_back(text in "[^']{0,40}") {
            prop_assert_eq!(texts(&format!("'{text}'")), [text]);
        }
    }
}
