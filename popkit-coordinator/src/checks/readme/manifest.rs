//! The version of the project, as its manifests say it.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use toml::{Table, Value};

use super::read;

/// What one manifest says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) file: &'static str,
    pub(super) version: String,
    names: Vec<String>,
}

impl Manifest {
    /// The names under which the project is known.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

/// The manifests that say a version.
pub(super) fn find(folder: &Path) -> Result<Vec<Manifest>, String> {
    let found = [
        cargo(folder)?,
        json(folder, "package.json")?,
        pyproject(folder)?,
        json(folder, ".claude-plugin/plugin.json")?,
    ];
    Ok(found.into_iter().flatten().collect())
}

fn json(folder: &Path, file: &'static str) -> Result<Option<Manifest>, String> {
    let Some(text) = read(folder, file)? else { return Ok(None) };
    let keys: Json = serde_json::from_str(&text).map_err(|e| format!("cannot read {file}: {e}"))?;
    let text = |key: &str| keys.get(key).and_then(Json::as_str).map(str::to_owned);
    let names = text("name").into_iter().collect();
    Ok(text("version").map(|version| Manifest { file, version, names }))
}

fn pyproject(folder: &Path) -> Result<Option<Manifest>, String> {
    let file = "pyproject.toml";
    let Some(keys) = table(folder, file)? else { return Ok(None) };
    let poetry = keys.get("tool").and_then(|tool| tool.get("poetry"));
    let found = [keys.get("project"), poetry].into_iter().flatten();
    let of = |block: &Value| {
        let version = text(block.get("version")?)?;
        Some(Manifest {
            file,
            version,
            names: block.get("name").and_then(text).into_iter().collect(),
        })
    };
    Ok(found.filter_map(of).next())
}

fn cargo(folder: &Path) -> Result<Option<Manifest>, String> {
    let file = "Cargo.toml";
    let Some(keys) = table(folder, file)? else { return Ok(None) };
    let workspace = keys.get("workspace");
    let shared = workspace.and_then(|it| it.get("package")?.get("version")).and_then(text);
    let package = keys.get("package");
    let own = package.and_then(|it| it.get("version")).and_then(text);
    let Some(version) = own.or(shared) else { return Ok(None) };
    let name = package.and_then(|it| it.get("name")).and_then(text);
    let mut names: Vec<String> = name.into_iter().collect();
    let members = workspace.and_then(|it| it.get("members")?.as_array());
    for member in members.into_iter().flatten().filter_map(Value::as_str) {
        names.extend(members_of(folder, member));
    }
    Ok(Some(Manifest { file, version, names }))
}

/// The names of members that have the version of the workspace. A member that cannot be read
/// is no reason to give up.
fn members_of(folder: &Path, member: &str) -> Vec<String> {
    let folders = match member.strip_suffix("/*") {
        None => vec![folder.join(member)],
        Some(parent) => match fs::read_dir(folder.join(parent)) {
            Ok(files) => files.flatten().map(|file| file.path()).collect(),
            Err(_) => Vec::new(),
        },
    };
    let name = |folder: &std::path::PathBuf| {
        let keys = table(folder, "Cargo.toml").ok()??;
        let package = keys.get("package")?;
        let is_shared = package.get("version")?.get("workspace")?.as_bool()?;
        text(package.get("name")?).filter(|_| is_shared)
    };
    folders.iter().filter_map(name).collect()
}

fn table(folder: &Path, file: &str) -> Result<Option<Table>, String> {
    let Some(text) = read(folder, file)? else { return Ok(None) };
    let keys = text.parse::<Table>();
    keys.map(Some).map_err(|e| format!("cannot read {file}: {}", e.message()))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
