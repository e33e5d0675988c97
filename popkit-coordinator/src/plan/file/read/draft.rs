//! What was read of a plan, sound or not: rules still apply to what could be read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use popkit_protocol::{AgentId, Capability, EdgePolicy, Need, TaskId, TaskKind};

use crate::plan::file::place::{At, Place};
use crate::plan::file::{Criterion, Plan, PlanAgent, PlanTask, Retries, Template, Work};

/// A plan. `None` stands for what was there but could not be read.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) name: Option<String>,
    pub(crate) objective: Option<String>,
    pub(crate) success: Vec<Criterion>,
    pub(crate) phases: Option<Vec<At<String>>>,
    pub(crate) agents: Option<Vec<AgentDraft>>,
    pub(crate) tasks: Vec<TaskDraft>,
}

#[derive(Debug)]
pub(crate) struct AgentDraft {
    pub(crate) label: String,
    pub(crate) place: Place,
    /// As written, whether an id or not.
    pub(crate) name: Option<At<String>>,
    pub(crate) id: Option<AgentId>,
    pub(crate) capabilities: Option<Vec<Capability>>,
    pub(crate) kinds: Vec<TaskKind>,
    pub(crate) slots: u16,
    pub(crate) has_command: bool,
    pub(crate) command: Option<Template>,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) dir: Option<PathBuf>,
}

#[derive(Debug)]
pub(crate) struct TaskDraft {
    pub(crate) label: String,
    pub(crate) place: Place,
    /// As written, whether an id or not.
    pub(crate) name: Option<At<String>>,
    pub(crate) id: Option<TaskId>,
    pub(crate) title: Option<String>,
    pub(crate) description: String,
    pub(crate) has_phase: bool,
    pub(crate) phase: Option<At<String>>,
    pub(crate) has_prompt: bool,
    pub(crate) work: Option<Work>,
    pub(crate) needs: Vec<NeedDraft>,
    pub(crate) capabilities: Option<Vec<Capability>>,
    pub(crate) priority: u8,
    pub(crate) retries: Option<Retries>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) dir: Option<PathBuf>,
    pub(crate) tags: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct NeedDraft {
    pub(crate) task: At<String>,
    pub(crate) on_failure: EdgePolicy,
}

impl Draft {
    /// The plan, when nothing is missing: always so when nothing was reported.
    pub(crate) fn finish(self) -> Option<Plan> {
        Some(Plan {
            name: self.name?,
            objective: self.objective?,
            success: self.success,
            phases: self.phases?.into_iter().map(|phase| phase.value).collect(),
            agents: self.agents?.into_iter().map(AgentDraft::finish).collect::<Option<_>>()?,
            tasks: self.tasks.into_iter().map(TaskDraft::finish).collect::<Option<_>>()?,
            base_dir: PathBuf::new(),
        })
    }
}

impl AgentDraft {
    fn finish(self) -> Option<PlanAgent> {
        Some(PlanAgent {
            id: self.id?,
            capabilities: self.capabilities?,
            kinds: self.kinds,
            slots: self.slots,
            command: self.command,
            env: self.env,
            dir: self.dir,
            place: self.place,
        })
    }
}

impl TaskDraft {
    fn finish(self) -> Option<PlanTask> {
        let id = self.id?;
        let need = |need: NeedDraft| {
            let task = TaskId::new(need.task.value).ok()?;
            Some(Need::new(task, need.on_failure))
        };
        Some(PlanTask {
            title: self.title.unwrap_or_else(|| id.to_string()),
            id,
            description: self.description,
            phase: self.phase.map(|phase| phase.value),
            work: self.work?,
            needs: self.needs.into_iter().map(need).collect::<Option<_>>()?,
            capabilities: self.capabilities?,
            priority: self.priority,
            retries: self.retries,
            timeout: self.timeout,
            env: self.env,
            dir: self.dir,
            tags: self.tags,
            place: self.place,
        })
    }
}
