//! What a plan needs of the machine it runs on.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::place::Place;
use super::{Command, Plan, PlanIssue, Work};

/// Looks whether every directory of the plan exists, and whether the program of every
/// command that is a list of arguments is there: on the `PATH` (the task's own, if its
/// `env` sets one), or as a file relative to where the command runs.
///
/// Commands for the shell are not looked into. Empty when all is well.
#[must_use]
pub fn check_environment(plan: &Plan) -> Vec<PlanIssue> {
    let mut look = Look { base: &plan.base_dir, issues: Vec::new() };
    let none = BTreeMap::new();
    for criterion in &plan.success {
        let label = format!("success criterion {:?}", criterion.name);
        let dir = look.dir(criterion.dir.as_deref(), &label, criterion.place);
        look.program(argv0(&criterion.command), dir, &none, &label, criterion.place);
    }
    for agent in &plan.agents {
        let label = format!("agent \"{}\"", agent.id);
        let dir = look.dir(agent.dir.as_deref(), &label, agent.place);
        let program = agent.command.as_ref().and_then(|template| template.program());
        look.program(program, dir, &agent.env, &label, agent.place);
    }
    for task in &plan.tasks {
        let label = format!("task \"{}\"", task.id);
        let dir = look.dir(task.dir.as_deref(), &label, task.place);
        if let Work::Command(command) = &task.work {
            look.program(argv0(command), dir, &task.env, &label, task.place);
        }
    }
    look.issues
}

fn argv0(command: &Command) -> Option<&str> {
    match command {
        Command::Argv(argv) => argv.first().map(String::as_str),
        Command::Shell(_) => None,
    }
}

struct Look<'p> {
    base: &'p Path,
    issues: Vec<PlanIssue>,
}

impl Look<'_> {
    /// Where a command runs; `None` when that is no directory, which is then reported.
    fn dir(&mut self, dir: Option<&Path>, label: &str, place: Place) -> Option<PathBuf> {
        let Some(dir) = dir else { return Some(self.base.to_path_buf()) };
        let full = self.base.join(dir);
        if full.is_dir() {
            return Some(full);
        }
        let wrong = if full.exists() { "is not a directory" } else { "does not exist" };
        let (dir, full) = (dir.display(), full.display());
        let message = format!("directory \"{dir}\" of {label} {wrong} (looked at {full})");
        self.issues.push(place.issue(message));
        None
    }

    fn program(
        &mut self,
        program: Option<&str>,
        dir: Option<PathBuf>,
        vars: &BTreeMap<String, String>,
        label: &str,
        place: Place,
    ) {
        let (Some(program), Some(dir)) = (program, dir) else { return };
        let message = if Path::new(program).components().count() > 1 {
            let file = dir.join(program);
            if is_program(&file) {
                return;
            }
            let wrong = if file.exists() { "cannot be executed" } else { "does not exist" };
            format!("program {program:?} of {label} {wrong} (looked at {})", file.display())
        } else {
            let path = vars.get("PATH").map(OsString::from).or_else(|| env::var_os("PATH"));
            let path = path.unwrap_or_default();
            if env::split_paths(&path).any(|folder| is_program(&dir.join(folder).join(program))) {
                return;
            }
            format!(
                "program {program:?} of {label} is not on the PATH (install it, or name its path)"
            )
        };
        self.issues.push(place.issue(message));
    }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
        || ["exe", "com", "bat", "cmd"].iter().any(|end| path.with_extension(end).is_file())
}
