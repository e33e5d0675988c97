//! A tool call that was made.

use std::path::{Path, PathBuf};

use popkit_protocol::{Json, Object};

/// Tools whose answer is, or holds, the content of a file.
const FILES: [&str; 6] = ["Read", "Write", "Edit", "MultiEdit", "NotebookEdit", "NotebookRead"];
/// Those of them that change it.
const WRITERS: [&str; 4] = ["Write", "Edit", "MultiEdit", "NotebookEdit"];
/// The keys by which tools name a file.
const NAMES: [&str; 3] = ["file_path", "notebook_path", "path"];

/// A tool call that was made, as the host tells it afterwards.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// The tool.
    pub tool: String,
    /// The call's id; the same where a hook is told twice.
    pub id: Option<String>,
    /// What the tool was given.
    pub input: Object,
    /// What it answered: an object, a text or anything else.
    pub response: Json,
    /// The project, below which files are named.
    pub root: PathBuf,
}

impl Observed {
    /// A call of which the answer is not known.
    #[must_use]
    pub fn new(tool: impl Into<String>, input: Object) -> Self {
        let (tool, response) = (tool.into(), Json::null());
        Self { tool, id: None, input, response, root: PathBuf::new() }
    }

    /// With its id.
    #[must_use]
    pub fn with_id(mut self, id: Option<String>) -> Self {
        self.id = id;
        self
    }

    /// With its answer.
    #[must_use]
    pub fn with_response(mut self, response: Json) -> Self {
        self.response = response;
        self
    }

    /// In this project.
    #[must_use]
    pub fn with_root(mut self, root: impl Into<PathBuf>) -> Self {
        self.root = root.into();
        self
    }

    /// The file that it is about, below the project where it lies there.
    #[must_use]
    pub fn file(&self) -> Option<String> {
        let named = NAMES.iter().find_map(|key| self.input.get::<String>(key))?;
        let below = Path::new(&named).strip_prefix(&self.root).ok();
        let below = below.map(|below| below.to_string_lossy().into_owned());
        Some(below.unwrap_or(named))
    }

    /// The file that it changed.
    #[must_use]
    pub fn touched(&self) -> Option<String> {
        if WRITERS.contains(&self.tool.as_str()) { self.file() } else { None }
    }

    /// Whether the answer is the content of a file, and not what somebody found out.
    pub(super) fn shows_a_file(&self) -> bool {
        FILES.contains(&self.tool.as_str())
    }
}
