//! `cargo xtask package`: the published crates are complete and can be packaged.

use std::fs;
use std::path::Path;

use crate::fault::Fault;
use crate::metadata::{self, Package};
use crate::step;
use crate::workspace::{cargo, root};

/// The licences' texts, which their terms want in every copy. A package holds only what is in its
/// own folder.
const LICENCES: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];

/// Checks the manifests and licences, then packages every published crate. With `verify` what is
/// in the packages is built, too: a file that was left out shows only there.
pub(crate) fn run(verify: bool) -> Result<(), Fault> {
    let members = metadata::members()?.packages;
    let (published, private): (Vec<_>, Vec<_>) = members.iter().partition(|one| one.published());
    if published.is_empty() {
        return Err(Fault::new("no member is published", "mend `publish` in the manifests"));
    }
    for package in published {
        let missing = missing(package);
        if !missing.is_empty() {
            let wrong = format!("{} lacks {}", package.name, missing.join(", "));
            return Err(Fault::new(wrong, "add it to the manifest"));
        }
        let folder = package.manifest_path.parent().unwrap_or_else(|| Path::new("."));
        if let Some(licence) = unlicensed(&root(), folder) {
            let wrong = format!("{} lacks the workspace's {licence}", package.name);
            return Err(Fault::new(wrong, "copy it there from the root"));
        }
    }
    let mut command = cargo(["package", "--quiet", "--workspace", "--allow-dirty"]);
    for package in private {
        command.args(["--exclude", &package.name]);
    }
    if !verify {
        return step::run(command.arg("--no-verify"));
    }
    // Cargo keeps what it unpacked of a package by the folder it came from and its version, and
    // would build today's packages with yesterday's: so a folder that never was.
    let folder = root().join(format!("target/verify-{}", std::process::id()));
    let verified = step::run(command.arg("--target-dir").arg(&folder));
    // What cannot be removed only takes room, below `target`.
    let _ = fs::remove_dir_all(&folder);
    verified
}

/// The first licence that is not in this folder as it is in the root.
fn unlicensed(root: &Path, folder: &Path) -> Option<&'static str> {
    let is_there = |name: &&str| match (fs::read(root.join(name)), fs::read(folder.join(name))) {
        (Ok(original), Ok(copy)) => original == copy,
        _ => false,
    };
    LICENCES.into_iter().find(|name| !is_there(name))
}

/// What a published crate's manifest must say and does not.
fn missing(package: &Package) -> Vec<&'static str> {
    let docs = package.metadata.pointer("/docs/rs/all-features");
    [
        ("description", package.description.is_some()),
        ("license", package.license.is_some()),
        ("repository", package.repository.is_some()),
        ("readme", package.readme.is_some()),
        ("rust-version", package.rust_version.is_some()),
        ("keywords", !package.keywords.is_empty()),
        ("package.metadata.docs.rs.all-features", docs == Some(&true.into())),
    ]
    .into_iter()
    .filter_map(|(field, there)| (!there).then_some(field))
    .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_complete_manifest_lacks_nothing() {
        let package = serde_json::from_value(json!({
            "name": "a", "version": "1.0.0", "description": "x", "license": "MIT",
            "repository": "x", "readme": "x", "rust_version": "1.89", "keywords": ["x"],
            "metadata": {"docs": {"rs": {"all-features": true}}},
        }));
        assert_eq!(missing(&package.unwrap()), [""; 0]);
    }

    #[test]
    fn a_licence_is_the_workspaces_own() {
        let folder = root().join("popkit-protocol");
        assert_eq!(unlicensed(&root(), &folder), None);
        assert_eq!(unlicensed(&folder, &folder.join("src")), Some("LICENSE-MIT"));
    }

    #[test]
    fn what_is_absent_is_named() {
        let package = serde_json::from_value(json!({
            "name": "a", "version": "1.0.0", "description": "x", "license": "MIT",
            "repository": "x", "rust_version": "1.89", "metadata": null,
        }));
        let expected = ["readme", "keywords", "package.metadata.docs.rs.all-features"];
        assert_eq!(missing(&package.unwrap()), expected);
    }
}
