//! What the clients in other languages need, looked for only when they run.

use std::process::Command;

use super::requirement::Requirement;
use crate::find;

/// The oldest major version of Node.js that runs the scripts.
const NODE: u32 = 20;

/// Everything that `cargo xtask interop` needs, in the order in which it is looked for.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        name: "Node.js",
        purpose: "it runs the npm clients",
        detect: node,
        instead: None,
        debian: &["nodejs", "npm"],
        homebrew: &["node"],
        otherwise: "install Node.js 20 or newer with npm, so that both are found in PATH",
    },
    Requirement {
        name: "Python",
        purpose: "it runs the PyPI client",
        detect: python,
        instead: None,
        debian: &["python3", "python3-venv"],
        homebrew: &["python"],
        otherwise: "install Python 3 with its venv module, so that `python3` is found in PATH",
    },
    Requirement {
        name: "curl",
        purpose: "it sends literal requests",
        detect: curl,
        instead: None,
        debian: &["curl"],
        homebrew: &["curl"],
        otherwise: "install curl, so that it is found in PATH",
    },
];

fn node() -> Option<String> {
    let npm = find::program("npm")?;
    let output = Command::new(find::program("node")?).arg("--version").output().ok()?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if major(&version)? < NODE {
        println!("setup: Node.js {version} is older than {NODE}");
        return None;
    }
    Some(format!("{version}, {}", npm.display()))
}

/// Debian splits off what makes virtual environments.
fn python() -> Option<String> {
    let path = find::program("python3")?;
    let found = find::silent(Command::new(&path).args(["-c", "import ensurepip, venv"]));
    found.then(|| path.display().to_string())
}

fn curl() -> Option<String> {
    find::program("curl").map(|path| path.display().to_string())
}

/// Reads `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_node_prints() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("20"), None);
        assert_eq!(major("vx"), None);
    }

    #[test]
    fn every_row_tells_people_what_to_do() {
        for row in REQUIREMENTS {
            for text in [row.name, row.purpose, row.otherwise] {
                assert!(!text.is_empty() && !text.contains('\n'), "{row:?}");
            }
            assert!(!row.debian.is_empty(), "{row:?}");
        }
    }
}
