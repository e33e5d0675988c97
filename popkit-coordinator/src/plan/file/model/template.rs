//! The command template of an agent.

use popkit_protocol::TaskId;

use super::Command;

/// The names that may stand in braces.
pub(crate) const PLACEHOLDERS: [&str; 4] = ["prompt", "id", "title", "attempt"];

/// A command with the placeholders `{prompt}`, `{id}`, `{title}` and `{attempt}`.
///
/// `{{` and `}}` stand for braces. In a list of arguments a value becomes part of its
/// argument. In a shell script a value reaches `sh` as a parameter, never as part of the
/// script, so no prompt can run a command of its own; it stays one word, whether the
/// placeholder is written bare, in `"…"` or in `'…'`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Shell(Vec<Piece>),
    Argv(Vec<Vec<Piece>>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// An index into [`PLACEHOLDERS`].
    Hole(usize),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// This name has no meaning.
    #[error(
        "unknown placeholder {{{0}}} (known are {{prompt}}, {{id}}, {{title}} and {{attempt}}; \
         write {{{{ and }}}} for braces)"
    )]
    Unknown(String),
    /// A brace without its partner.
    #[error("{0:?} without its partner (write {0}{0} for a brace)")]
    Brace(char),
}

impl Template {
    pub(crate) fn new(command: &Command) -> Result<Self, TemplateError> {
        Ok(Self(match command {
            Command::Shell(script) => Form::Shell(pieces(script)?),
            Command::Argv(argv) => {
                Form::Argv(argv.iter().map(|word| pieces(word)).collect::<Result<_, _>>()?)
            }
        }))
    }

    /// The template of a command line. Where `{prompt}` does not occur in it, the prompt
    /// becomes the last argument.
    ///
    /// ```
    /// use popkit_coordinator::plan::{Command, Template};
    /// let template = Template::from_argv(vec!["ask".into(), "--task={id}".into()])?;
    /// let command = template.render("Why?", &"t-1".try_into()?, "", 1);
    /// assert_eq!(command, Command::Argv(vec!["ask".into(), "--task=t-1".into(), "Why?".into()]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TemplateError`] for a brace or a name in braces that has no meaning.
    pub fn from_argv(argv: Vec<String>) -> Result<Self, TemplateError> {
        let Self(mut form) = Self::new(&Command::Argv(argv))?;
        if let Form::Argv(words) = &mut form
            && !words.iter().flatten().any(|piece| *piece == Piece::Hole(0))
        {
            words.push(vec![Piece::Hole(0)]);
        }
        Ok(Self(form))
    }

    /// The program, when it is a list's first word without placeholders.
    pub(crate) fn program(&self) -> Option<&str> {
        let Form::Argv(argv) = &self.0 else { return None };
        match argv.first()?.as_slice() {
            [Piece::Text(program)] => Some(program),
            _ => None,
        }
    }

    /// The command for one attempt at a task.
    #[must_use]
    pub fn render(&self, prompt: &str, id: &TaskId, title: &str, attempt: u32) -> Command {
        let attempt = attempt.to_string();
        let values = [prompt, id.as_str(), title, attempt.as_str()];
        match &self.0 {
            Form::Argv(argv) => {
                Command::Argv(argv.iter().map(|word| fill(word, &values)).collect())
            }
            Form::Shell(pieces) => shell(pieces, &values),
        }
    }
}

fn fill(pieces: &[Piece], values: &[&str]) -> String {
    let texts = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.as_str(),
        Piece::Hole(hole) => values.get(*hole).copied().unwrap_or_default(),
    });
    texts.collect()
}

fn shell(pieces: &[Piece], values: &[&str]) -> Command {
    let mut body = String::new();
    let mut quotes = Quotes::default();
    let mut holes = false;
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                quotes.pass(text);
                body.push_str(text);
            }
            Piece::Hole(hole) => {
                holes = true;
                let name = PLACEHOLDERS.get(*hole).copied().unwrap_or_default();
                let variable = format!("${{popkit_{name}}}");
                body.push_str(&match quotes.last() {
                    Quote::Bare => format!("\"{variable}\""),
                    Quote::Double => variable,
                    Quote::Single => format!("'\"{variable}\"'"),
                });
                quotes.word = true;
            }
        }
    }
    if !holes {
        return Command::Shell(body);
    }
    let names = PLACEHOLDERS.iter().enumerate();
    let set: String = names.map(|(i, name)| format!("popkit_{name}=${} ", i + 1)).collect();
    let script = format!("{}; shift {}; {body}", set.trim_end(), values.len());
    let start = ["sh", "-c", script.as_str(), "sh"];
    Command::Argv(start.iter().chain(values).map(|&word| word.to_owned()).collect())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quote {
    Bare,
    Double,
    Single,
}

/// Follows the quoting of a script, well enough to keep a value one word. Where it errs
/// (a here-document, say) a value may be split into words, never run.
#[derive(Debug, Default)]
struct Quotes {
    open: Vec<Quote>,
    escaped: bool,
    comment: bool,
    dollar: bool,
    word: bool,
}

impl Quotes {
    fn last(&self) -> Quote {
        self.open.last().copied().unwrap_or(Quote::Bare)
    }

    fn pass(&mut self, text: &str) {
        for c in text.chars() {
            let dollar = std::mem::replace(&mut self.dollar, c == '$');
            if self.comment {
                self.comment = c != '\n';
                self.word = self.comment;
            } else if std::mem::take(&mut self.escaped) {
                self.word = true;
            } else {
                self.step(c, dollar);
            }
        }
    }

    fn step(&mut self, c: char, dollar: bool) {
        let last = self.last();
        match (last, c) {
            (Quote::Single, '\'') | (Quote::Double, '"') | (Quote::Bare, ')') => {
                self.open.pop();
            }
            (Quote::Single, _) => {}
            (_, '\\') => self.escaped = true,
            (_, '"') => self.open.push(Quote::Double),
            (Quote::Bare, '\'') => self.open.push(Quote::Single),
            (Quote::Bare, '#') if !self.word => self.comment = true,
            (Quote::Bare, '(') => self.open.push(Quote::Bare),
            (Quote::Double, '(') if dollar => self.open.push(Quote::Bare),
            _ => {}
        }
        self.word = !(c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')'));
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        if let Some(tail) = from.strip_prefix("{{") {
            plain.push('{');
            rest = tail;
        } else if let Some(tail) = from.strip_prefix("}}") {
            plain.push('}');
            rest = tail;
        } else if let Some(inner) = from.strip_prefix('{') {
            let (name, tail) = inner.split_once('}').ok_or(TemplateError::Brace('{'))?;
            let hole = PLACEHOLDERS.iter().position(|known| *known == name);
            let hole = hole.ok_or_else(|| TemplateError::Unknown(name.to_owned()))?;
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Hole(hole));
            rest = tail;
        } else {
            return Err(TemplateError::Brace('}'));
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests;
