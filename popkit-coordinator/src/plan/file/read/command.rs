//! Commands and command templates.

use super::Report;
use super::field::Field;
use crate::plan::file::model::{PLACEHOLDERS, TemplateError};
use crate::plan::file::syntax::{Value, quote};
use crate::plan::file::{Command, Template};

impl Field<'_> {
    /// A string for the shell, or a list of arguments.
    pub(super) fn command(&self, report: &mut Report) -> Option<Command> {
        if matches!(self.node.value, Value::Str(_)) {
            return self.text(report).map(|text| Command::Shell(text.value.to_owned()));
        }
        let items = self.items("a string or a list of strings", usize::MAX, report)?;
        let Some(program) = items.first() else {
            report.add(self.place(), format!("{} is empty (name a program)", self.what));
            return None;
        };
        let mut argv = vec![program.text(report).map(|text| text.value.to_owned())];
        argv.extend(items.iter().skip(1).map(|item| {
            let text = item.string(report)?;
            item.without_nul(text, report).map(|text| text.value.to_owned())
        }));
        Some(Command::Argv(argv.into_iter().collect::<Option<_>>()?))
    }

    /// A command with placeholders.
    pub(super) fn template(&self, report: &mut Report) -> Option<Template> {
        let command = self.command(report)?;
        let message = match Template::new(&command) {
            Ok(template) => return Some(template),
            Err(TemplateError::Unknown(name)) => {
                let meant = match report.nearest(&name, PLACEHOLDERS) {
                    Some(near) => format!("did you mean {{{near}}}?"),
                    None => "known are {prompt}, {id}, {title} and {attempt};".to_owned(),
                };
                let name = quote(&format!("{{{name}}}"));
                format!(
                    "unknown placeholder {name} in {} ({meant} write {{{{ and }}}} for braces)",
                    self.what
                )
            }
            Err(TemplateError::Brace(brace)) => {
                format!(
                    "{brace:?} without its partner in {} (write {brace}{brace} for a brace)",
                    self.what
                )
            }
        };
        report.add(self.place(), message);
        None
    }
}
