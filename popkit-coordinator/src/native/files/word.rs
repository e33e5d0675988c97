//! The words of the originals for the sort of an insight.

use popkit_protocol::InsightKind;

/// The word that comes nearest, and whether it says all.
pub(super) fn of(kind: &InsightKind) -> (&'static str, bool) {
    match kind {
        InsightKind::Discovery => ("discovery", true),
        InsightKind::Warning => ("warning", true),
        // There is no other word for what agents should do alike.
        InsightKind::Pattern => ("recommendation", true),
        InsightKind::DocsNeeded => ("recommendation", false),
        InsightKind::Blocker | InsightKind::Question => ("warning", false),
        _ => ("discovery", false),
    }
}

/// What a word means; words that the originals do not use here are those of messages.
pub(super) fn meaning(word: &str) -> InsightKind {
    match word {
        "recommendation" => InsightKind::Pattern,
        word => word.parse().unwrap_or(InsightKind::Discovery),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_originals_survive() {
        for word in ["discovery", "warning", "recommendation"] {
            assert_eq!(of(&meaning(word)), (word, true));
        }
        assert_eq!(meaning("blocker"), InsightKind::Blocker);
        assert_eq!(meaning(""), InsightKind::Discovery);
    }

    #[test]
    fn every_sort_has_a_word_of_the_originals() {
        for kind in InsightKind::KNOWN {
            let (word, is_all) = of(kind);
            assert!(["discovery", "warning", "recommendation"].contains(&word), "{kind}");
            assert_eq!(is_all, meaning(word) == *kind, "{kind}");
        }
    }
}
