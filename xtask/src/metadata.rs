//! What cargo knows about the workspace and its dependencies.

use std::path::PathBuf;

use serde::Deserialize;

use crate::fault::Fault;
use crate::step;
use crate::workspace;

/// The part of `cargo metadata` that the commands read.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    /// Members only, or members and dependencies: see [`members`] and [`graph`].
    pub(crate) packages: Vec<Package>,
}

/// One package.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Its manifest.
    #[serde(default)]
    pub(crate) manifest_path: PathBuf,
    /// Where it comes from; `None` for a path.
    pub(crate) source: Option<String>,
    /// Its licence expression.
    pub(crate) license: Option<String>,
    /// The registries it may go to: `None` is any, an empty list is none.
    pub(crate) publish: Option<Vec<String>>,
    /// One line on what it is.
    pub(crate) description: Option<String>,
    /// Its repository.
    pub(crate) repository: Option<String>,
    /// Its read-me file.
    pub(crate) readme: Option<String>,
    /// The least Rust version it builds with.
    pub(crate) rust_version: Option<String>,
    /// What it is found by.
    #[serde(default)]
    pub(crate) keywords: Vec<String>,
    /// `[package.metadata]`.
    #[serde(default)]
    pub(crate) metadata: serde_json::Value,
    /// Library, programs, examples, tests, benches.
    #[serde(default)]
    pub(crate) targets: Vec<Target>,
}

/// One target of a package.
#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    /// Its name.
    pub(crate) name: String,
    /// Such as `example`.
    pub(crate) kind: Vec<String>,
}

impl Package {
    /// Whether it may be published at all.
    pub(crate) fn published(&self) -> bool {
        self.publish.as_ref().is_none_or(|registries| !registries.is_empty())
    }
}

/// The members of the workspace.
pub(crate) fn members() -> Result<Metadata, Fault> {
    load(&["--no-deps"])
}

/// The members and everything they depend on, with all features and for all platforms.
pub(crate) fn graph() -> Result<Metadata, Fault> {
    load(&["--all-features"])
}

fn load(extra: &[&str]) -> Result<Metadata, Fault> {
    let mut command = workspace::cargo(["metadata", "--format-version", "1"]);
    command.args(extra);
    let output = command.output().map_err(|error| step::unstartable("cargo metadata", &error))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Fault::new(format!("`cargo metadata` failed: {reason}"), "mend the manifest"));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| {
        Fault::new(
            format!("`cargo metadata` printed what is not understood ({error})"),
            "update cargo",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_package_is_a_member_that_is_not_published() {
        let members = members().unwrap().packages;
        let xtask = members.iter().find(|package| package.name == "xtask").unwrap();
        assert!(!xtask.published());
        assert!(
            members.iter().any(|package| package.name == "popkit-store" && package.published())
        );
    }
}
