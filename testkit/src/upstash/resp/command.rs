//! A command.

/// A command with its arguments; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    words: Vec<Vec<u8>>,
}

impl Command {
    /// `None` without a word.
    pub(crate) fn new(words: Vec<Vec<u8>>) -> Option<Self> {
        (!words.is_empty()).then_some(Self { words })
    }

    /// A command of the double's own.
    pub(crate) fn of(words: &[&str]) -> Self {
        Self { words: words.iter().map(|word| word.as_bytes().to_vec()).collect() }
    }

    /// The name in lower case.
    pub(crate) fn name(&self) -> String {
        self.lower(0)
    }

    /// A word in lower case; empty where there is none.
    pub(crate) fn lower(&self, index: usize) -> String {
        let word = self.words.get(index).map(Vec::as_slice).unwrap_or_default();
        String::from_utf8_lossy(word).to_ascii_lowercase()
    }

    /// All words, the name first.
    pub(crate) fn words(&self) -> &[Vec<u8>] {
        &self.words
    }

    /// All words, to change them.
    pub(crate) fn words_mut(&mut self) -> &mut Vec<Vec<u8>> {
        &mut self.words
    }

    /// Appends the command as RESP.
    pub(crate) fn write(&self, wire: &mut Vec<u8>) {
        wire.extend_from_slice(format!("*{}\r\n", self.words.len()).as_bytes());
        for word in &self.words {
            wire.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            wire.extend_from_slice(word);
            wire.extend_from_slice(b"\r\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_a_list_of_counted_words() {
        let mut wire = Vec::new();
        Command::of(&["GET", "ü"]).write(&mut wire);
        assert_eq!(wire, "*2\r\n$3\r\nGET\r\n$2\r\nü\r\n".as_bytes());
        assert_eq!(Command::new(Vec::new()), None);
    }

    #[test]
    fn names_are_compared_in_lower_case() {
        let command = Command::of(&["Script", "LOAD"]);
        assert_eq!((command.name(), command.lower(1)), ("script".to_owned(), "load".to_owned()));
        assert_eq!(command.lower(2), "");
    }
}
