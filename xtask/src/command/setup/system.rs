//! How the system at hand installs things.

use std::process::Command;

use super::requirement::Requirement;
use crate::fault::Fault;
use crate::find;
use crate::step;

/// The kinds of system that setup knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    /// Debian or a relative; installing takes root.
    Debian {
        /// Whether this program runs as root.
        root: bool,
    },
    /// Homebrew, on macOS or Linux.
    Homebrew,
    /// Anything else.
    Other,
}

/// What to do about a missing requirement.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    /// Run a package manager with these arguments.
    Run(&'static str, Vec<&'static str>),
    /// Tell the user.
    Say(String),
}

impl System {
    /// Looks for a package manager.
    pub(super) fn detect() -> Self {
        if find::program("apt-get").is_some() {
            Self::Debian { root: is_root() }
        } else if find::program("brew").is_some() {
            Self::Homebrew
        } else {
            Self::Other
        }
    }

    /// Installs what is missing, or fails with what the user has to do.
    pub(super) fn install(self, requirement: &Requirement) -> Result<(), Fault> {
        match self.plan(requirement) {
            Plan::Run("apt-get", args) => {
                // A fresh container has no package lists yet.
                step::run(apt().arg("update"))?;
                step::run(apt().args(args))
            }
            Plan::Run(program, args) => step::run(Command::new(program).args(args)),
            Plan::Say(mend) => Err(Fault::new(
                format!("{} is missing ({})", requirement.name, requirement.purpose),
                mend,
            )),
        }
    }

    fn plan(self, requirement: &Requirement) -> Plan {
        let packages = match self {
            Self::Debian { .. } => requirement.debian,
            Self::Homebrew => requirement.homebrew,
            Self::Other => &[],
        };
        if packages.is_empty() {
            return Plan::Say(requirement.otherwise.to_owned());
        }
        match self {
            Self::Debian { root: false } => {
                Plan::Say(format!("run as root `apt-get install {}`", packages.join(" ")))
            }
            Self::Debian { root: true } => {
                let args = ["install", "--yes", "--no-install-recommends"];
                Plan::Run("apt-get", [&args, packages].concat())
            }
            Self::Homebrew | Self::Other => Plan::Run("brew", [&["install"], packages].concat()),
        }
    }
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.status.success() && output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: Requirement = Requirement {
        name: "server",
        purpose: "tests talk to it",
        detect: || None,
        instead: None,
        debian: &["server-pkg"],
        homebrew: &[],
        otherwise: "get it from its makers",
    };

    #[test]
    fn root_on_debian_installs() {
        let args = vec!["install", "--yes", "--no-install-recommends", "server-pkg"];
        assert_eq!(System::Debian { root: true }.plan(&SERVER), Plan::Run("apt-get", args));
    }

    #[test]
    fn a_user_on_debian_is_told_the_command() {
        let say = Plan::Say("run as root `apt-get install server-pkg`".to_owned());
        assert_eq!(System::Debian { root: false }.plan(&SERVER), say);
    }

    #[test]
    fn homebrew_installs_what_it_has() {
        let formula = Requirement { homebrew: &["server"], ..SERVER };
        let run = Plan::Run("brew", vec!["install", "server"]);
        assert_eq!(System::Homebrew.plan(&formula), run);
        assert_eq!(System::Homebrew.plan(&SERVER), Plan::Say(SERVER.otherwise.to_owned()));
    }

    #[test]
    fn elsewhere_the_user_is_told() {
        let fault = System::Other.install(&SERVER).unwrap_err();
        let line = "server is missing (tests talk to it): get it from its makers";
        assert_eq!(fault.to_string(), line);
    }
}
