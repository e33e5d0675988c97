//! The report as a file.

use std::path::Path;

use super::markdown::markdown;
use super::model::Report;
use crate::error::CliError;
use crate::whole;

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

/// Writes the report, in place of what is there: readers see the old one or the new one,
/// and a full disk leaves the old one.
pub(in super::super) fn write(
    report: &Report,
    format: Format,
    path: &Path,
) -> Result<(), CliError> {
    let text = match format {
        Format::Json => {
            let text = serde_json::to_string_pretty(report);
            text.map_err(|e| CliError::failed(format!("cannot write the report: {e}")))? + "\n"
        }
        Format::Markdown => markdown(report),
    };
    whole::write(path, text.as_bytes()).map(|_| ()).map_err(|error| error.at("the report is lost"))
}
