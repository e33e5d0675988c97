//! What every command has at hand.

use std::path::{Path, PathBuf};

use popkit_coordinator::plan::{Format, Plan};
use popkit_protocol::{AgentId, ParseError, SessionId};
use popkit_store::{Opened, SqliteOptions};

use crate::args::{Color, Global};
use crate::error::CliError;
use crate::exit::Exit;
use crate::state::{Namespace, StateDir};

/// The options and environment of this process, resolved.
///
/// What is said on the command line wins over the environment, the store over the plan.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// Whether data is written as JSON.
    pub(crate) json: bool,
    /// When to colour.
    pub(crate) color: Color,
    /// How much more than usual is told.
    pub(crate) verbose: u8,
    /// Where the program was started.
    pub(crate) cwd: PathBuf,
    store: Option<String>,
    transport: Option<String>,
    session: Option<SessionId>,
    plan: Option<String>,
    state_dir: Option<PathBuf>,
}

impl Context {
    /// Reads the environment behind the command line.
    pub(crate) fn new(global: Global) -> Result<Self, CliError> {
        let cwd = std::env::current_dir()
            .map_err(|e| CliError::failed(format!("cannot tell the current directory: {e}")))?;
        // A plan that was named here must not be overruled by the places of a surrounding run.
        let inherited = |name| if global.plan.is_some() { None } else { var(name) };
        let store = global.store.or_else(|| inherited("POPKIT_STORE"));
        let transport = global.transport.or_else(|| inherited("POPKIT_TRANSPORT"));
        let session = match (global.session, inherited("POPKIT_SESSION")) {
            (Some(session), _) => Some(session),
            (None, Some(name)) => {
                Some(SessionId::new(name).map_err(in_variable("POPKIT_SESSION"))?)
            }
            (None, None) => None,
        };
        let plan = global.plan.or_else(|| var("POPKIT_PLAN"));
        let state_dir = global.state_dir.or_else(|| var("POPKIT_STATE_DIR").map(Into::into));
        let state_dir = state_dir.map(|dir| cwd.join(dir));
        let Global { json, color, verbose, .. } = global;
        Ok(Self { json, color, verbose, cwd, store, transport, session, plan, state_dir })
    }

    /// The store URL that was asked for (`--store`, `POPKIT_STORE`), if any.
    pub(crate) fn store_url(&self) -> Option<&str> {
        self.store.as_deref()
    }

    /// The transport URL that was asked for (`--transport`, `POPKIT_TRANSPORT`), if any.
    pub(crate) fn transport_url(&self) -> Option<&str> {
        self.transport.as_deref()
    }

    /// The session that was asked for (`--session`, `POPKIT_SESSION`), if any.
    pub(crate) fn session(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }

    /// The plan that was asked for (`--plan`, `POPKIT_PLAN`), if any.
    pub(crate) fn plan(&self) -> Option<&str> {
        self.plan.as_deref()
    }

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

    /// Whether the plan that was asked for is named by its file.
    pub(crate) fn is_plan_file(&self) -> bool {
        self.plan()
            .is_some_and(|plan| plan.contains(['/', '\\']) || Format::of(Path::new(plan)).is_some())
    }

    /// Opens the store of a namespace: the one of `--store`, else the namespace's own file.
    /// Makes what is not there.
    pub(crate) async fn open_or_make(&self, namespace: &Namespace) -> Result<Opened, CliError> {
        if let Some(url) = self.store_url() {
            let opened = popkit_store::open(url).await;
            return opened.map_err(|error| located(error.into(), file_of(url).as_deref()));
        }
        namespace.create()?;
        // Not by URL: a path may have a `?` in it, and need not be text.
        let file = namespace.store_file();
        let opened = SqliteOptions::new(&file).open().await;
        let store = opened.map_err(|error| located(error.into(), Some(&file)))?;
        Ok(Opened::of(&store))
    }

    /// As [`open_or_make`](Self::open_or_make), but a store that is not there is an error:
    /// looking must not make one.
    pub(crate) async fn open(&self, namespace: &Namespace) -> Result<Opened, CliError> {
        match self.store_file(namespace) {
            Some(file) if !is_there(&file)? => Err(self.missing(namespace, &file)),
            _ => self.open_or_make(namespace).await,
        }
    }

    /// Whether the store of a namespace is there, as far as that can be told from outside.
    ///
    /// # Errors
    ///
    /// A folder that must not be looked into.
    pub(crate) fn has_store(&self, namespace: &Namespace) -> Result<bool, CliError> {
        self.store_file(namespace).map_or(Ok(true), |file| is_there(&file))
    }

    /// The file of the store, where it has one.
    pub(crate) fn store_file(&self, namespace: &Namespace) -> Option<PathBuf> {
        match self.store_url() {
            Some(url) => file_of(url).map(|file| self.cwd.join(file)),
            None => Some(namespace.store_file()),
        }
    }

    fn missing(&self, namespace: &Namespace, file: &Path) -> CliError {
        let mut message = format!("there is no task store yet ({})", file.display());
        let others = namespace.state_dir().rooms().unwrap_or_default();
        if self.store.is_none() && self.plan.is_some() && !others.is_empty() {
            let names: Vec<&str> = others.iter().map(Namespace::name).collect();
            message.push_str(&format!("; there are stores of {}", names.join(", ")));
        }
        message.push_str("; `popkit task add` and `popkit run` make one");
        CliError::data(message)
    }
}

/// The room of tasks that belong to no plan.
const DEFAULT_NAME: &str = "default";

/// Whether a file is there; that this must not be known is an error of its own.
fn is_there(file: &Path) -> Result<bool, CliError> {
    let found = file.try_exists();
    found.map_err(|e| CliError::io(Exit::Data, format!("cannot look at {}", file.display()), &e))
}

/// The file that a `sqlite:` URL names.
pub(crate) fn file_of(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let file = rest.split('?').next().unwrap_or(rest);
    // Without a path the backend takes its own default, which need not be there.
    if file.is_empty() {
        return None;
    }
    // The backend's own reading, which knows what was escaped.
    Some(file.parse::<SqliteOptions>().map_or_else(|_| file.into(), |options| options.path))
}

/// The error with the file it is about, where it does not say so itself.
fn located(error: CliError, file: Option<&Path>) -> CliError {
    match file {
        Some(file) if !error.message.contains(&*file.to_string_lossy()) => error.at(file.display()),
        _ => error,
    }
}

/// The agent that was named, else the one of `POPKIT_AGENT`.
pub(crate) fn agent(named: Option<AgentId>) -> Result<AgentId, CliError> {
    match named {
        Some(agent) => Ok(agent),
        None => agent_of_run()?.ok_or_else(|| {
            CliError::usage("which agent? name it with --agent NAME or POPKIT_AGENT")
        }),
    }
}

/// The agent of `POPKIT_AGENT`, if that is set.
pub(crate) fn agent_of_run() -> Result<Option<AgentId>, CliError> {
    let name = var("POPKIT_AGENT");
    name.map(|name| AgentId::new(name).map_err(in_variable("POPKIT_AGENT"))).transpose()
}

fn in_variable(name: &'static str) -> impl Fn(ParseError) -> CliError {
    move |error| CliError::usage(format!("{name}: {error}"))
}

/// An environment variable; an empty one counts as not set.
pub(crate) fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
