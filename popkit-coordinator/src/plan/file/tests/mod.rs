//! Whole files, in all formats.

mod bad;
mod environment;
mod fuzz;
mod good;

use std::path::Path;

use super::{Format, Plan};

/// A plan that is sound but for what follows it.
const HEAD: &str = "objective = 'o'\n";
/// A task that is sound.
const TASK: &str = "[[tasks]]\nid = 'a'\ncommand = 'x'\n";

fn parse(text: &str, format: Format) -> Result<Plan, String> {
    let origin = match format {
        Format::Toml => "p.toml",
        Format::Yaml => "p.yaml",
        Format::Json => "p.json",
    };
    Plan::parse(text, format, Path::new(origin)).map_err(|error| error.to_string())
}
