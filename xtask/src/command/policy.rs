//! `cargo xtask policy`: licences and sources of the dependencies, by `deny.toml`.

use std::fs;

use serde::Deserialize;

use crate::fault::Fault;
use crate::find;
use crate::metadata::{self, Package};
use crate::parse::licence;
use crate::step;
use crate::workspace::{cargo, root};

/// The part of `deny.toml` that is read here.
#[derive(Debug, Deserialize)]
struct Policy {
    licenses: Licenses,
    sources: Sources,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Sources {
    #[serde(rename = "allow-registry")]
    allow_registry: Vec<String>,
}

/// Lets cargo-deny judge where it is installed; else reads the policy itself.
pub(crate) fn run() -> Result<(), Fault> {
    if find::cargo_has("deny") {
        return step::run(&mut cargo(["deny", "check", "bans", "licenses", "sources"]));
    }
    println!("   cargo-deny not found: deny.toml is checked over `cargo metadata`");
    let policy = load()?;
    let packages = metadata::graph()?.packages;
    let complaints: Vec<_> = packages.iter().filter_map(|one| complaint(one, &policy)).collect();
    for complaint in &complaints {
        println!("{complaint}");
    }
    if complaints.is_empty() {
        return Ok(());
    }
    let wrong = format!("{} package(s) against deny.toml", complaints.len());
    Err(Fault::new(wrong, "drop the dependency, or change the policy on purpose"))
}

fn load() -> Result<Policy, Fault> {
    let path = root().join("deny.toml");
    let text = fs::read_to_string(&path)
        .map_err(|error| Fault::new(format!("cannot read deny.toml: {error}"), "restore it"))?;
    toml::from_str(&text)
        .map_err(|error| Fault::new(format!("deny.toml is not understood: {error}"), "mend it"))
}

/// What the policy has against a package.
fn complaint(package: &Package, policy: &Policy) -> Option<String> {
    let name = format!("{} {}", package.name, package.version);
    if let Some(source) = &package.source {
        let registry = source.strip_prefix("registry+");
        if !policy.sources.allow_registry.iter().any(|known| registry == Some(known)) {
            return Some(format!("{name}: comes from {source}"));
        }
    }
    let Some(expression) = &package.license else {
        return Some(format!("{name}: names no licence"));
    };
    match licence::allowed(expression, &policy.licenses.allow) {
        Some(true) => None,
        Some(false) => Some(format!("{name}: is under {expression}")),
        None => Some(format!("{name}: licence `{expression}` is not understood")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn judge(source: Option<&str>, license: Option<&str>) -> Option<String> {
        let value = json!({"name": "a", "version": "1.0.0", "source": source, "license": license});
        complaint(&serde_json::from_value(value).unwrap(), &load().unwrap())
    }

    const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

    #[test]
    fn members_and_free_licences_pass() {
        assert_eq!(judge(None, Some("MIT OR Apache-2.0")), None);
        assert_eq!(judge(Some(CRATES_IO), Some("GPL-3.0 OR MIT")), None);
    }

    #[test]
    fn other_licences_are_named() {
        let line = "a 1.0.0: is under GPL-3.0";
        assert_eq!(judge(Some(CRATES_IO), Some("GPL-3.0")).as_deref(), Some(line));
        assert_eq!(judge(Some(CRATES_IO), None).as_deref(), Some("a 1.0.0: names no licence"));
        assert!(judge(Some(CRATES_IO), Some("MIT OR")).is_some());
    }

    #[test]
    fn other_sources_are_named() {
        for source in ["git+https://example.org/a#0f", "registry+https://example.org/index"] {
            let line = format!("a 1.0.0: comes from {source}");
            assert_eq!(judge(Some(source), Some("MIT")), Some(line));
        }
    }
}
