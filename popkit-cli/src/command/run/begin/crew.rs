//! The agents of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::thread;

use popkit_coordinator::agent::command::{KIND_COMMAND, KIND_PROMPT};
use popkit_coordinator::plan::{Plan, PlanAgent, Template};
use popkit_protocol::{AgentId, Capability, Kinds, NewTask, Profile, TaskKind};

/// All agents.
#[derive(Debug)]
pub(in super::super) struct Crew {
    /// They, in order.
    pub(in super::super) members: Vec<Member>,
}

/// One agent.
#[derive(Debug, Clone)]
pub(in super::super) struct Member {
    /// Its name and what it offers.
    pub(in super::super) profile: Profile,
    /// How many tasks it executes at once.
    pub(in super::super) slots: u32,
    /// How it executes prompts.
    pub(in super::super) template: Option<Template>,
    /// Variables of its processes.
    pub(in super::super) env: BTreeMap<String, String>,
    /// Where its processes run, relative to the plan's folder.
    pub(in super::super) dir: Option<PathBuf>,
}

impl Crew {
    /// The plan's agents, or, where it lists none, agents that can do whatever its tasks
    /// ask for; `wanted` of them where that is said.
    ///
    /// All of them offer `mark` as well, which the plan's own tasks require.
    ///
    /// # Errors
    ///
    /// Every task that none of them can serve, a line each.
    pub(in super::super) fn of(
        plan: &Plan,
        tasks: &[NewTask],
        mark: &Capability,
        wanted: Option<u16>,
        template: Option<&Template>,
    ) -> Result<Self, Vec<String>> {
        let members = if plan.agents.is_empty() {
            own(tasks, mark, wanted, template)
        } else {
            planned(&plan.agents, mark, wanted, template)
        };
        let crew = Self { members: members.map_err(|issue| vec![issue])? };
        let left = match wanted.map(usize::from) {
            Some(wanted) if wanted < plan.agents.len() => {
                format!(
                    " (--agents {wanted} leaves {} of the plan's out)",
                    plan.agents.len() - wanted
                )
            }
            _ => String::new(),
        };
        let unserved = tasks.iter().filter(|task| !crew.serves(task));
        let issues: Vec<String> =
            unserved.map(|task| format!("{}{left}", unserved_line(task, mark))).collect();
        if issues.is_empty() { Ok(crew) } else { Err(issues) }
    }

    /// What all of them offer.
    pub(in super::super) fn profiles(&self) -> Vec<Profile> {
        self.members.iter().map(|member| member.profile.clone()).collect()
    }

    fn serves(&self, task: &NewTask) -> bool {
        let requirement = task.requirement();
        self.members.iter().any(|member| member.profile.serves(&requirement))
    }
}

fn unserved_line(task: &NewTask, mark: &Capability) -> String {
    // The mark is nothing that a plan says, and every agent offers it.
    let needs = task.requires.iter().filter(|can| *can != mark);
    let needs: Vec<&str> = needs.map(Capability::as_str).collect();
    let needs =
        if needs.is_empty() { String::new() } else { format!(" with {}", needs.join(", ")) };
    format!("task {:?}: no agent takes tasks of kind {}{needs}", task.id.as_str(), task.kind)
}

/// Agents of one slot each, for plans that list none.
fn own(
    tasks: &[NewTask],
    mark: &Capability,
    wanted: Option<u16>,
    template: Option<&Template>,
) -> Result<Vec<Member>, String> {
    let count = wanted.map_or_else(
        || thread::available_parallelism().map_or(2, std::num::NonZero::get),
        usize::from,
    );
    let can = tasks.iter().flat_map(|task| task.requires.iter()).chain([mark]);
    let can: BTreeSet<Capability> = can.cloned().collect();
    let members = (1..=count).map(|number| {
        let id = AgentId::new(format!("agent-{number}")).map_err(|error| error.to_string())?;
        let kinds = kinds(&[], template.is_some())?;
        let profile = Profile::new(id, kinds, can.iter().cloned());
        let (env, template) = (BTreeMap::new(), template.cloned());
        Ok(Member { profile, slots: 1, template, env, dir: None })
    });
    members.collect()
}

/// The plan's agents: the first of them, or copied in turn until there are enough.
fn planned(
    agents: &[PlanAgent],
    mark: &Capability,
    wanted: Option<u16>,
    template: Option<&Template>,
) -> Result<Vec<Member>, String> {
    let count = wanted.map_or(agents.len(), usize::from);
    let mut names: BTreeSet<String> = agents.iter().map(|agent| agent.id.to_string()).collect();
    let turns = agents.iter().cycle().enumerate().take(count);
    let members = turns.map(|(place, agent)| {
        let id =
            if place < agents.len() { agent.id.clone() } else { copy_of(&agent.id, &mut names)? };
        let template = agent.command.as_ref().or(template);
        let kinds = kinds(&agent.kinds, template.is_some())?;
        Ok(Member {
            profile: Profile::new(id, kinds, agent.capabilities.iter().chain([mark]).cloned()),
            slots: u32::from(agent.slots),
            template: template.cloned(),
            env: agent.env.clone(),
            dir: agent.dir.clone(),
        })
    });
    members.collect()
}

/// The next free name of the form `name-2`.
fn copy_of(id: &AgentId, names: &mut BTreeSet<String>) -> Result<AgentId, String> {
    let free = (2..).map(|number| format!("{id}-{number}")).find(|name| !names.contains(name));
    let name = free.unwrap_or_default();
    names.insert(name.clone());
    AgentId::new(name).map_err(|error| error.to_string())
}

/// The kinds an agent takes: those it lists, or what it can execute. A prompt is nothing
/// for an agent without a command.
fn kinds(listed: &[TaskKind], prompts: bool) -> Result<Kinds, String> {
    let mut kinds: BTreeSet<TaskKind> = listed.iter().cloned().collect();
    if kinds.is_empty() {
        for kind in [KIND_COMMAND, KIND_PROMPT] {
            kinds.insert(TaskKind::new(kind).map_err(|error| error.to_string())?);
        }
    }
    kinds.retain(|kind| prompts || kind.as_str() != KIND_PROMPT);
    Ok(Kinds::Only(kinds))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use popkit_coordinator::plan::{Format, tasks_of};

    use super::*;

    fn crew(text: &str, wanted: Option<u16>) -> Result<Vec<String>, Vec<String>> {
        let plan = Plan::parse(text, Format::Toml, Path::new("p.toml")).unwrap();
        let tasks = tasks_of(&plan).unwrap();
        let crew = Crew::of(&plan, &tasks, &Capability::new("plan:p").unwrap(), wanted, None)?;
        Ok(crew.members.iter().map(|m| m.profile.agent().to_string()).collect())
    }

    const TWO: &str = r#"
        objective = "o"
        agents = [{ name = "a", capabilities = ["x"] }, { name = "b", capabilities = ["y"] }]
        tasks = [
          { id = "t", command = "true", capabilities = ["x"] },
          { id = "u", command = "true", capabilities = ["y"] },
        ]
    "#;

    #[test]
    fn agents_of_a_plan_are_copied_in_turn() {
        assert_eq!(crew(TWO, None).unwrap(), ["a", "b"]);
        assert_eq!(crew(TWO, Some(5)).unwrap(), ["a", "b", "a-2", "b-2", "a-3"]);
    }

    #[test]
    fn what_the_agents_left_cannot_serve_is_refused() {
        let issues = crew(TWO, Some(1)).unwrap_err();
        assert_eq!(
            issues,
            [
                r#"task "u": no agent takes tasks of kind command with y (--agents 1 leaves 1 of the plan's out)"#
            ]
        );
    }

    #[test]
    fn without_agents_there_are_as_many_as_asked_for() {
        let plan =
            "objective = 'o'\ntasks = [{ id = 't', command = 'true', capabilities = ['x'] }]";
        assert_eq!(crew(plan, Some(3)).unwrap(), ["agent-1", "agent-2", "agent-3"]);
        assert!(!crew(plan, None).unwrap().is_empty());
    }

    #[test]
    fn an_agent_for_other_kinds_serves_no_commands() {
        let plan = r#"
            objective = "o"
            agents = [{ name = "a", kinds = ["prompt"], command = ["echo", "{prompt}"] }]
            tasks = [{ id = "t", command = "true" }]
        "#;
        assert_eq!(
            crew(plan, None).unwrap_err(),
            [r#"task "t": no agent takes tasks of kind command"#]
        );
    }
}
