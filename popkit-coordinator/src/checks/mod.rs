//! Checks for the machine: does a criterion hold, is the documentation in order?
//!
//! The machine asks by [`Action::Check`](crate::machine::Action::Check), and whoever runs it
//! hands the question to a [`Checker`]. [`Checks`] answers for a project in a folder:
//!
//! | Asked | Found out by | Where it cannot be |
//! |---|---|---|
//! | a criterion `$ COMMAND`, `command: COMMAND` | running it by `sh -c` in the project's folder; it is met where that ends with 0 | unknown |
//! | a criterion in words | nobody but a person | unknown |
//! | `readme_version_match` | the versions in `README.md`, see below | unknown |
//! | `no_autogen_drift` | generated texts, see below | unknown |
//! | a check `$ COMMAND` | as a criterion | unknown |
//! | any other check | | unknown |
//!
//! `claude_md_updated` is the machine's own. What is unknown comes with a reason, see
//! [`Checks::look`].
//!
//! # `readme_version_match`
//!
//! The project's version is what `Cargo.toml` (of the package, or of the workspace),
//! `package.json`, `pyproject.toml` and `.claude-plugin/plugin.json` say; where they differ each
//! is right. The README says a version where it has
//!
//! * a badge `badge/version-1.2.3-`,
//! * a line, no heading, that begins with `Version`, `Current version` or `Latest version`,
//! * the name of the project with a version: `NAME 1.2.3`, `NAME v1.2`, `NAME@1.2`,
//!   `NAME==1.2`, `NAME = "1.2"`, `NAME = { version = "1.2" }`, `"NAME": "^1.2"`.
//!
//! It is met where each of them is the project's version or its beginning (`1.2` of `1.2.3`).
//! A README that says none is right, and so is a project without one. One that says a version
//! where no manifest does: unknown.
//!
//! # `no_autogen_drift`
//!
//! With a [generator](Checks::with_generator) it is met where running it succeeds and changes no
//! file that git knows or would add. What agents change meanwhile counts as its doing, so the
//! check may have to be made again; it leaves the files as it made them.
//!
//! Without one, generated texts are compared with what is recorded of them:
//!
//! | Generated is | Recorded as |
//! |---|---|
//! | a file with `@generated` or `DO NOT EDIT` in one of its first 5 lines, but no `*.lock` | `sha256:HEX` in that line, of all other lines |
//! | in Markdown, HTML, plain text: the lines between `<!-- AUTO-GEN… START -->` and `<!-- AUTO-GEN… END -->` outside of code blocks | `sha256:HEX` in the first comment |
//!
//! Each line counts with one line feed behind it. A text that is not the recorded one was
//! changed by hand: not met. One of which nothing is recorded is compared with the last commit:
//!
//! | Compared with the last commit | |
//! |---|---|
//! | the same | met |
//! | changed, and nothing else in the project's folder | not met: nothing is there it could be made from anew |
//! | changed, like other files | unknown |
//!
//! So without a generator it finds what was changed by hand, and not that something should have
//! been made anew. Files of more than 2 MiB are not looked at; of more than 20,000 files
//! nobody can say.

mod checker;
mod command;
mod drift;
mod git;
mod project;
mod readme;

pub use checker::Checker;
pub use project::{Answer, Checks};
