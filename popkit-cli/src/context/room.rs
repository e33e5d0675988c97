//! Which room of the state directory a command is for.

use std::path::Path;

use popkit_coordinator::plan::Plan;

use super::Context;
use crate::error::CliError;
use crate::state::{Namespace, StateDir};

/// The room of tasks that belong to no plan.
const DEFAULT_NAME: &str = "default";

impl Context {
    /// The state directory for work that starts in `near`, a folder. It need not exist yet.
    pub(crate) fn state_dir(&self, near: &Path) -> StateDir {
        match &self.state_dir {
            Some(dir) => StateDir::at(dir.clone()),
            None => StateDir::find(&self.cwd.join(near)),
        }
    }

    /// The room of the plan with this name whose file lies in `near`. Not created yet.
    pub(crate) fn namespace(&self, name: &str, near: &Path) -> Result<Namespace, CliError> {
        self.state_dir(near).namespace(name)
    }

    /// The room that a command about tasks or messages is for: that of `--plan`, else the only one
    /// there is, else `default`. With a store of its own (`--store`), a room is needed for
    /// tokens alone.
    pub(crate) fn selected(&self) -> Result<Namespace, CliError> {
        self.choose(StateDir::namespaces)
    }

    /// As [`selected`](Self::selected), for messages: where no room has tasks yet, it is the
    /// only one with messages.
    pub(crate) fn selected_for_messages(&self) -> Result<Namespace, CliError> {
        self.choose(|state| match state.namespaces()? {
            none if none.is_empty() => state.rooms(),
            some => Ok(some),
        })
    }

    fn choose(
        &self,
        known: impl Fn(&StateDir) -> Result<Vec<Namespace>, CliError>,
    ) -> Result<Namespace, CliError> {
        if let Some(plan) = self.plan() {
            if !self.is_plan_file() {
                return self.namespace(plan, &self.cwd);
            }
            let path = self.cwd.join(plan);
            let read = Plan::load_for_prompts(&path).map_err(|e| CliError::data(e.to_string()))?;
            return self.namespace(&read.name, path.parent().unwrap_or(&self.cwd));
        }
        let state = self.state_dir(&self.cwd);
        if self.store.is_some() {
            return state.namespace(DEFAULT_NAME);
        }
        match <[Namespace; 1]>::try_from(known(&state)?) {
            Ok([only]) => Ok(only),
            Err(none) if none.is_empty() => state.namespace(DEFAULT_NAME),
            Err(several) => {
                let names: Vec<&str> = several.iter().map(Namespace::name).collect();
                let (names, place) = (names.join(", "), state.path().display());
                Err(CliError::usage(format!(
                    "there are several plans in {place}: {names}; say which with --plan NAME"
                )))
            }
        }
    }
}
