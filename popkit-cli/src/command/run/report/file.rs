//! The report as a file.

use std::fs;
use std::io;
use std::path::Path;

use super::markdown::markdown;
use super::model::Report;

/// The form of a report file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Format {
    /// JSON, as `run.finished` has it.
    Json,
    /// Markdown.
    Markdown,
}

impl Format {
    /// By the file's extension.
    pub(in super::super) fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "md" | "markdown" => Some(Self::Markdown),
            _ => None,
        }
    }
}

/// Writes the report, in place of what is there.
pub(in super::super) fn write(report: &Report, format: Format, path: &Path) -> io::Result<()> {
    let text = match format {
        Format::Json => serde_json::to_string_pretty(report).map_err(io::Error::other)? + "\n",
        Format::Markdown => markdown(report),
    };
    fs::write(path, text)
}
