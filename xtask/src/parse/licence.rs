//! Judging a licence expression (SPDX) by a list of what is allowed.

use std::iter::Peekable;

/// Whether the licences on `allow` are enough to use what is under `expression`.
///
/// `None` when the expression is not understood. The old form `MIT/Apache-2.0` is a choice.
pub(crate) fn allowed(expression: &str, allow: &[String]) -> Option<bool> {
    let text = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = text.split_whitespace().peekable();
    let verdict = choice(&mut words, allow)?;
    words.next().is_none().then_some(verdict)
}

/// `a OR b`.
fn choice<'a>(
    words: &mut Peekable<impl Iterator<Item = &'a str>>,
    allow: &[String],
) -> Option<bool> {
    let mut verdict = both(words, allow)?;
    while words.next_if_eq(&"OR").is_some() {
        verdict |= both(words, allow)?;
    }
    Some(verdict)
}

/// `a AND b`.
fn both<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>, allow: &[String]) -> Option<bool> {
    let mut verdict = one(words, allow)?;
    while words.next_if_eq(&"AND").is_some() {
        verdict &= one(words, allow)?;
    }
    Some(verdict)
}

/// `a`, `a WITH b` or `( … )`.
fn one<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>, allow: &[String]) -> Option<bool> {
    let word = words.next()?;
    if word == "(" {
        let verdict = choice(words, allow)?;
        return words.next_if_eq(&")").map(|_| verdict);
    }
    if matches!(word, ")" | "OR" | "AND" | "WITH") {
        return None;
    }
    let licence = match words.next_if_eq(&"WITH") {
        Some(_) => format!("{word} WITH {}", words.next()?),
        None => word.to_owned(),
    };
    Some(allow.contains(&licence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(expression: &str) -> Option<bool> {
        let allow = ["MIT", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"];
        allowed(expression, &allow.map(str::to_owned))
    }

    #[test]
    fn one_allowed_choice_is_enough() {
        for yes in ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "(GPL-3.0 OR MIT) AND Unicode-3.0"] {
            assert_eq!(judge(yes), Some(true), "{yes}");
        }
    }

    #[test]
    fn every_part_must_be_allowed() {
        for no in [
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT OR GPL-3.0) AND GPL-3.0",
            "GPL-3.0 OR MIT AND GPL-3.0",
        ] {
            assert_eq!(judge(no), Some(false), "{no}");
        }
    }

    #[test]
    fn an_exception_belongs_to_its_licence() {
        assert_eq!(judge("Apache-2.0 WITH LLVM-exception"), Some(true));
        assert_eq!(judge("Apache-2.0"), Some(false));
        assert_eq!(judge("MIT WITH LLVM-exception"), Some(false));
    }

    #[test]
    fn nonsense_is_not_understood() {
        for nonsense in ["", "OR", "MIT OR", "MIT MIT", "(MIT", "MIT)", "MIT WITH"] {
            assert_eq!(judge(nonsense), None, "{nonsense}");
        }
    }
}
