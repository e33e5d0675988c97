//! What a tool is about to do.

use std::path::{Path, PathBuf};

use popkit_protocol::Object;

/// Tools that write a file, and name it.
const WRITERS: [&str; 4] = ["Write", "Edit", "MultiEdit", "NotebookEdit"];
/// Tools that run a command of any sort.
const SHELLS: [&str; 2] = ["Bash", "PowerShell"];
/// Tools that write no file.
const READERS: [&str; 12] = [
    "Read",
    "Glob",
    "Grep",
    "LS",
    "NotebookRead",
    "WebFetch",
    "WebSearch",
    "TodoWrite",
    "Task",
    "Agent",
    "BashOutput",
    "ExitPlanMode",
];
/// Those of them that have another agent do something.
const DELEGATES: [&str; 2] = ["Task", "Agent"];
/// The keys by which tools name files.
const FILES: [&str; 5] = ["file_path", "notebook_path", "path", "source", "destination"];
/// Those of them that name the two ends of a move.
const ENDS: [&str; 2] = ["source", "destination"];

/// A tool call that is about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    tool: String,
    files: Vec<String>,
    moved: Vec<String>,
    cwd: PathBuf,
    root: Option<PathBuf>,
}

impl ToolCall {
    /// A call of this tool with this input, in this folder. A relative path in the input is
    /// one below the folder.
    #[must_use]
    pub fn new(tool: impl Into<String>, input: &Object, cwd: &Path) -> Self {
        let tool = tool.into();
        let named = |keys: &[&str]| match READERS.contains(&tool.as_str()) {
            true => Vec::new(),
            false => keys.iter().filter_map(|key| input.get(key)).collect(),
        };
        let (files, moved) = (named(&FILES), named(&ENDS));
        Self { tool, files, moved, cwd: cwd.to_owned(), root: None }
    }

    /// In this project: globs are about paths below it.
    #[must_use]
    pub fn with_root(mut self, root: impl Into<PathBuf>) -> Self {
        self.root = Some(root.into());
        self
    }

    /// The tool.
    #[must_use]
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// The files that it may write, as its input names them. A tool that nobody knows may
    /// write whatever it names.
    #[must_use]
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// Those of them that it moves or copies, and where to: with all that is in them.
    #[must_use]
    pub fn moved(&self) -> &[String] {
        &self.moved
    }

    /// The folder it runs in.
    #[must_use]
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// The project, or else the folder it runs in.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.root.as_deref().unwrap_or(&self.cwd)
    }

    /// Whether it runs a command of any sort, of which nobody can tell what it does.
    #[must_use]
    pub fn is_shell(&self) -> bool {
        SHELLS.contains(&self.tool.as_str())
    }

    /// Whether it is known to change nothing itself, and to have nobody else do it.
    pub(super) fn only_reads(&self) -> bool {
        let tool = self.tool.as_str();
        READERS.contains(&tool) && !DELEGATES.contains(&tool)
    }

    /// Whether it is known to write a file, and names none.
    pub(super) fn hides_its_file(&self) -> bool {
        WRITERS.contains(&self.tool.as_str()) && self.files.is_empty()
    }

    /// Whether this is the name of a tool that is known: of no file and of no action.
    pub(super) fn is_tool(name: &str) -> bool {
        let known = WRITERS.iter().chain(&SHELLS).chain(&READERS);
        known.into_iter().any(|tool| tool.eq_ignore_ascii_case(name)) || name.starts_with("mcp__")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(tool: &str, key: &str) -> ToolCall {
        let input = Object::default().with(key, "a").unwrap();
        ToolCall::new(tool, &input, Path::new("/w"))
    }

    #[test]
    fn a_tool_that_nobody_knows_may_write_what_it_names() {
        for (tool, key, files) in [
            ("Write", "file_path", 1),
            ("NotebookEdit", "notebook_path", 1),
            ("mcp__disk__move", "destination", 1),
            ("Read", "file_path", 0),
            ("Bash", "command", 0),
        ] {
            assert_eq!(call(tool, key).files().len(), files, "{tool}");
        }
        assert!(call("Write", "path_of_file").hides_its_file());
        assert!(!call("Bash", "command").hides_its_file());
    }
}
