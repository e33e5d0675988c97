//! `cargo xtask package`: the published crates are complete and can be packaged.

use crate::fault::Fault;
use crate::metadata::{self, Package};
use crate::step;
use crate::workspace::cargo;

/// Checks the manifests, then packages every published crate without building it again.
pub(crate) fn run() -> Result<(), Fault> {
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
    }
    let mut command = cargo(["package", "--quiet", "--workspace", "--no-verify", "--allow-dirty"]);
    for package in private {
        command.args(["--exclude", &package.name]);
    }
    step::run(&mut command)
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
    fn what_is_absent_is_named() {
        let package = serde_json::from_value(json!({
            "name": "a", "version": "1.0.0", "description": "x", "license": "MIT",
            "repository": "x", "rust_version": "1.89", "metadata": null,
        }));
        let expected = ["readme", "keywords", "package.metadata.docs.rs.all-features"];
        assert_eq!(missing(&package.unwrap()), expected);
    }
}
