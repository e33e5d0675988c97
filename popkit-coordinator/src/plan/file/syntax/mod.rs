//! Text into one tree of values with places, whatever the format.

mod from_json;
mod from_toml;
mod from_yaml;
mod node;

use super::place::Place;
use super::{Format, PlanIssue};

pub(crate) use node::{Entry, Node, Value, quote};

/// Levels of lists and tables inside each other.
const MAX_DEPTH: usize = 64;

/// The tree, and the duplicate keys that were met on the way.
///
/// # Errors
///
/// The error of syntax.
pub(crate) fn parse(text: &str, format: Format) -> Result<(Node, Vec<PlanIssue>), PlanIssue> {
    match format {
        Format::Toml => from_toml::parse(text),
        Format::Yaml => from_yaml::parse(text),
        Format::Json => from_json::parse(text),
    }
}

fn invalid(format: Format, place: Place, message: &str) -> PlanIssue {
    let mut rest = message.chars();
    let first = rest.next().map(|c| c.to_ascii_lowercase());
    let message: String = first.into_iter().chain(rest).collect();
    place.issue(format!("not valid {format}: {message}"))
}

fn too_deep(place: Place) -> PlanIssue {
    place.issue(format!("more than {MAX_DEPTH} levels of lists and tables inside each other"))
}
