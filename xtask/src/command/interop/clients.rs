//! The clients, installed below `target` in the versions that `interop/` pins.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fault::Fault;
use crate::step;
use crate::workspace::root;

/// Where scripts and their interpreters are.
#[derive(Debug)]
pub(super) struct Clients {
    /// The folder of the Node.js scripts, beside the packages.
    pub(super) node: PathBuf,
    /// The folder of the Python scripts.
    pub(super) python: PathBuf,
    /// The interpreter that finds the packages.
    pub(super) interpreter: PathBuf,
    /// The folder of literal requests.
    pub(super) curl: PathBuf,
}

impl Clients {
    /// Installs what is not there yet, or is there in other versions.
    pub(super) fn install() -> Result<Self, Fault> {
        let (source, target) = (root().join("interop"), root().join("target/interop"));
        let clients = Self {
            node: target.join("node"),
            python: source.join("python"),
            interpreter: target.join("python/venv/bin/python"),
            curl: source.join("curl"),
        };
        fs::create_dir_all(target.join("python"))
            .and_then(|()| copy(&source.join("node"), &clients.node))
            .map_err(|error| Fault::new(format!("target/interop: {error}"), "make room there"))?;
        // Scripts find packages beside themselves, and nothing is installed into the sources.
        once(&clients.node, "package-lock.json", || {
            let mut npm = Command::new("npm");
            npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .current_dir(&clients.node);
            step::run(&mut npm)
        })?;
        once(&target.join("python"), "requirements.txt", || clients.packages(&target))?;
        Ok(clients)
    }

    fn packages(&self, target: &Path) -> Result<(), Fault> {
        let folder = target.join("python/venv");
        step::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
        let mut pip = Command::new(&self.interpreter);
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--requirement"]);
        step::run(pip.arg(self.python.join("requirements.txt")))
    }
}

/// Copies the files of a folder.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Installs into a folder unless that was done for the same list of versions.
fn once(
    folder: &Path,
    list: &str,
    install: impl FnOnce() -> Result<(), Fault>,
) -> Result<(), Fault> {
    let source = root().join("interop").join(folder.file_name().unwrap_or_default()).join(list);
    let wanted = fs::read(&source)
        .map_err(|error| Fault::new(format!("{}: {error}", source.display()), "restore it"))?;
    let stamp = folder.join("installed");
    if fs::read(&stamp).is_ok_and(|done| done == wanted) {
        println!("   {list}: installed already");
        return Ok(());
    }
    install()?;
    fs::write(&stamp, wanted)
        .map_err(|error| Fault::new(format!("{}: {error}", stamp.display()), "make room there"))
}
