//! The words behind a verb.

use std::collections::BTreeMap;
use std::fmt;

use super::CommandError;
use super::verb::{Verb, nearest};
use super::words::Word;

/// What stands behind a verb: options by name, and the other words in order.
#[derive(Debug)]
pub(super) struct Arguments {
    verb: &'static Verb,
    options: BTreeMap<&'static str, String>,
    rest: std::vec::IntoIter<String>,
}

impl Arguments {
    /// Sorts the words. An option is `--name value` or `--name=value`; behind `--`, and in
    /// quotes, a word is none.
    pub(super) fn new(
        verb: &'static Verb,
        words: impl IntoIterator<Item = Word>,
    ) -> Result<Self, CommandError> {
        let (mut options, mut rest) = (BTreeMap::new(), Vec::new());
        let mut words = words.into_iter();
        let mut only_words = false;
        while let Some(word) = words.next() {
            let option = word.text.strip_prefix("--").filter(|_| !only_words);
            let Some(option) = option.filter(|_| !word.text.starts_with("--=")) else {
                rest.push(word.text);
                continue;
            };
            if option.is_empty() {
                only_words = true;
                continue;
            }
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (option, None),
            };
            if word.is_quoted && value.is_none() {
                rest.push(word.text);
                continue;
            }
            let (name, value) = Self::option(verb, name, value, || words.next())?;
            if options.insert(name, value).is_some() {
                return Err(CommandError::Twice { command: verb.name, option: name });
            }
        }
        Ok(Self { verb, options, rest: rest.into_iter() })
    }

    fn option(
        verb: &'static Verb,
        name: &str,
        value: Option<String>,
        next: impl FnOnce() -> Option<Word>,
    ) -> Result<(&'static str, String), CommandError> {
        let wrong = |reason: &str| CommandError::Value {
            command: verb.name,
            what: format!("--{name}"),
            reason: reason.to_owned(),
        };
        if let Some(name) = verb.flags.iter().find(|known| **known == name) {
            return match value {
                None => Ok((name, String::new())),
                Some(_) => Err(wrong("it takes no value; give it alone")),
            };
        }
        let Some(name) = verb.valued.iter().find(|known| **known == name) else {
            let known = verb.valued.iter().chain(verb.flags).copied();
            return Err(CommandError::UnknownOption {
                command: verb.name,
                option: popkit_protocol::limits::cut(name, 80).to_owned(),
                nearest: nearest(name, known),
            });
        };
        let value = value.or_else(|| next().map(|word| word.text));
        value.map(|value| (*name, value)).ok_or_else(|| wrong("its value is missing"))
    }

    /// Whether this flag is there.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        self.options.remove(name).is_some()
    }

    /// The value of an option, read.
    pub(super) fn option_as<T, E: fmt::Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, CommandError> {
        let Some(value) = self.options.remove(name) else { return Ok(None) };
        read(&value).map(Some).map_err(|error| self.wrong(&format!("--{name}"), &error))
    }

    /// The items of an option, divided by commas, each read.
    pub(super) fn list<T, E: fmt::Display>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, CommandError> {
        let items = |value: &str| {
            let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
            items.map(&read).collect::<Result<Vec<T>, E>>()
        };
        Ok(self.option_as(name, items)?.unwrap_or_default())
    }

    /// The next word, read.
    pub(super) fn word_as<T, E: fmt::Display>(
        &mut self,
        what: &'static str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, CommandError> {
        let Some(word) = self.rest.next() else { return Ok(None) };
        read(&word).map(Some).map_err(|error| self.wrong(what, &error))
    }

    /// The next word, read, which has to be there.
    pub(super) fn needed<T, E: fmt::Display>(
        &mut self,
        what: &'static str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, CommandError> {
        let found = self.word_as(what, read)?;
        found.ok_or_else(|| CommandError::Missing {
            command: self.verb.name,
            what,
            usage: self.verb.line(),
        })
    }

    /// All words that are left, as one text.
    pub(super) fn text(&mut self) -> String {
        self.rest.by_ref().collect::<Vec<_>>().join(" ")
    }

    /// Nothing may be left.
    pub(super) fn end(mut self) -> Result<(), CommandError> {
        match self.rest.next() {
            None => Ok(()),
            Some(word) => Err(CommandError::Excess {
                command: self.verb.name,
                word: popkit_protocol::limits::cut(&word, 80).to_owned(),
                usage: self.verb.line(),
            }),
        }
    }

    fn wrong(&self, what: &str, reason: &dyn fmt::Display) -> CommandError {
        CommandError::Value {
            command: self.verb.name,
            what: what.to_owned(),
            reason: reason.to_string(),
        }
    }
}
