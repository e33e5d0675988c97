//! From the plan file to the tasks and agents of a run.

use std::fs;
use std::path::PathBuf;

use popkit_coordinator::plan::{Plan, PlanError, Template, check_environment, tasks_of};
use popkit_protocol::{Capability, NewTask, ParseError, id, limits};
use sha2::{Digest as _, Sha256};

use super::Crew;
use crate::command::run::RunArgs;
use crate::error::CliError;
use crate::output;

/// How the tag begins that marks a task as a plan's own.
pub(in super::super) const TAG: &str = "plan:";

/// A plan that can be run.
#[derive(Debug)]
pub(in super::super) struct Ready {
    /// The plan; its folder is absolute.
    pub(in super::super) plan: Plan,
    /// Its file, absolute and without links.
    pub(in super::super) file: PathBuf,
    /// Its tasks, with the plan's tag.
    pub(in super::super) tasks: Vec<NewTask>,
    /// The tag.
    pub(in super::super) tag: String,
    /// Who executes them.
    pub(in super::super) crew: Crew,
}

/// Reads the plan and checks all of it. What is wrong is told line by line.
///
/// # Errors
///
/// Bad data, or a command behind `--` that is no template.
pub(in super::super) fn ready(args: &RunArgs) -> Result<Ready, CliError> {
    let template = match args.command.is_empty() {
        true => None,
        false => Some(
            Template::from_argv(args.command.clone())
                .map_err(|error| CliError::usage(format!("command behind --: {error}")))?,
        ),
    };
    let loaded = if template.is_some() {
        Plan::load_for_prompts(&args.file)
    } else {
        Plan::load(&args.file)
    };
    let mut plan = loaded.map_err(|error| refuse(args, lines(&error)))?;
    let missing = check_environment(&plan);
    if !missing.is_empty() {
        return Err(refuse(args, lines(&PlanError::new(&args.file, missing))));
    }
    // Children run in other folders than this program.
    plan.base_dir = fs::canonicalize(&plan.base_dir)
        .map_err(|error| CliError::data(format!("{}: {error}", plan.base_dir.display())))?;
    let file = fs::canonicalize(&args.file)
        .map_err(|error| CliError::data(format!("{}: {error}", args.file.display())))?;
    let issue = |text: &dyn std::fmt::Display| format!("{}: {text}", args.file.display());
    let mut tasks = tasks_of(&plan)
        .map_err(|error| refuse(args, lines(&PlanError::new(&args.file, vec![error.issue()]))))?;
    let tag = limits::cut(&format!("{TAG}{}", plan.name), id::MAX_LEN).to_owned();
    let mark = mark(&plan.name).map_err(|error| CliError::data(error.to_string()))?;
    let mut wrong = Vec::new();
    for task in &mut tasks {
        task.tags.push(tag.clone());
        task.requires.insert(mark.clone());
        if let Err(error) = limits::check_new_task(task) {
            wrong.push(issue(&format_args!("task {}: {error}", task.id)));
        }
    }
    let crew = match Crew::of(&plan, &tasks, &mark, args.agents, template.as_ref()) {
        Ok(crew) => Some(crew),
        Err(issues) => {
            wrong.extend(issues.iter().map(|text| issue(text)));
            None
        }
    };
    match crew.filter(|_| wrong.is_empty()) {
        Some(crew) => Ok(Ready { plan, file, tasks, tag, crew }),
        None => Err(refuse(args, wrong)),
    }
}

/// What the tasks of a plan require and only its own agents offer. A store may hold several
/// plans, and their tasks run in other folders.
fn mark(name: &str) -> Result<Capability, ParseError> {
    // Names that differ in their capitals alone stay two, and no name begins with `@`.
    let mark = format!("{TAG}{}", id::file_name(name).replace('+', "@"));
    if mark.len() <= id::MAX_LEN {
        return Capability::new(mark);
    }
    let hash: String =
        Sha256::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    Capability::new(format!("{TAG}@{hash}"))
}

fn lines(error: &PlanError) -> Vec<String> {
    error.to_string().lines().map(str::to_owned).collect()
}

/// Tells what is wrong, a line each, and answers with the sum.
fn refuse(args: &RunArgs, issues: Vec<String>) -> CliError {
    let count = issues.len();
    for issue in issues {
        output::note(issue);
    }
    let what = if count == 1 { "1 problem" } else { &format!("{count} problems") };
    CliError::data(format!("{}: {what}, nothing was started", args.file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_mark_of_its_own() {
        assert_eq!(mark("build").unwrap().as_str(), "plan:build");
        assert_eq!(mark("Build").unwrap().as_str(), "plan:build@1");
        let long = |last: &str| mark(&format!("{}{last}", "x".repeat(127))).unwrap();
        assert_ne!(long("a"), long("b"));
        assert_eq!(long("a"), long("a"));
    }
}
