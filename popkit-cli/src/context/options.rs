//! What was asked for, on the command line or in the environment.

use std::path::{Path, PathBuf};

use popkit_coordinator::plan::Format;
use popkit_protocol::SessionId;

use super::url::{Urls, absolute, is_server, with_session};
use super::variable::{in_variable, var};
use crate::args::{Color, Global};
use crate::error::CliError;

/// The options and environment of this process, resolved.
///
/// What is said on the command line wins over the environment, the option of one part over the
/// URL of both, the store over the plan.
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
    pub(super) store: Option<String>,
    transport: Option<String>,
    url: Option<String>,
    session: Option<SessionId>,
    plan: Option<String>,
    pub(super) state_dir: Option<PathBuf>,
}

impl Context {
    /// Reads the environment behind the command line.
    pub(crate) fn new(global: Global) -> Result<Self, CliError> {
        let cwd = std::env::current_dir()
            .map_err(|e| CliError::failed(format!("cannot tell the current directory: {e}")))?;
        // A plan that was named here must not be overruled by the places of a surrounding run.
        let inherited = |name| if global.plan.is_some() { None } else { var(name) };
        let (own, around) = match &global.url {
            Some(url) => (urls("--url", url)?, Urls::default()),
            None => (Urls::default(), urls("POPKIT_URL", &var("POPKIT_URL").unwrap_or_default())?),
        };
        let session = session(global.session, own.session, inherited("POPKIT_SESSION"))?;
        let session = session.or(around.session);
        let one = |given: &Option<String>, own: Option<String>, name, around: Option<String>| {
            let named = given.clone().or(own).or_else(|| inherited(name)).or(around);
            named.map(|url| absolute(&url, &cwd))
        };
        let store = one(&global.store, own.store, "POPKIT_STORE", around.store.clone());
        let transport =
            one(&global.transport, own.transport, "POPKIT_TRANSPORT", around.transport.clone());
        let url = match &global.url {
            Some(url) if global.store.is_none() && global.transport.is_none() => Some(url.clone()),
            None if (&store, &transport) == (&around.store, &around.transport) => var("POPKIT_URL"),
            _ => None,
        };
        let plan = global.plan.or_else(|| var("POPKIT_PLAN"));
        let state_dir = global.state_dir.or_else(|| var("POPKIT_STATE_DIR").map(Into::into));
        let state_dir = state_dir.map(|dir| cwd.join(dir));
        let Global { json, color, verbose, .. } = global;
        Ok(Self { json, color, verbose, cwd, store, transport, url, session, plan, state_dir })
    }

    /// The same, with this URL for both, tasks and messages, whatever was asked for.
    ///
    /// # Errors
    ///
    /// A URL that is none, or of a session other than the one that was asked for.
    pub(crate) fn with_url(&self, url: &str) -> Result<Self, CliError> {
        let named = urls("--url", url)?;
        let session = session(self.session.clone(), named.session, None)?;
        let at = |url: Option<String>| url.map(|url| absolute(&url, &self.cwd));
        let (store, transport) = (at(named.store), at(named.transport));
        Ok(Self { store, transport, url: Some(url.to_owned()), session, ..self.clone() })
    }

    /// The store URL that was asked for (`--store`, `--url`, `POPKIT_STORE`, `POPKIT_URL`), if
    /// any; on a server that of the session that was asked for.
    pub(crate) fn store_url(&self) -> Option<String> {
        self.store_url_of(self.session())
    }

    /// The same of this session.
    pub(crate) fn store_url_of(&self, session: Option<&SessionId>) -> Option<String> {
        let url = self.store.as_deref()?;
        Some(session.map_or_else(|| url.to_owned(), |session| with_session(url, session)))
    }

    /// The transport URL that was asked for (`--transport`, `--url`, `POPKIT_TRANSPORT`,
    /// `POPKIT_URL`), if any.
    pub(crate) fn transport_url(&self) -> Option<&str> {
        self.transport.as_deref()
    }

    /// The URL that was asked for (`--url`, `POPKIT_URL`), where nothing else says where tasks
    /// or messages are.
    pub(crate) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// The session that was asked for (`--session`, `--url`, `POPKIT_SESSION`, `POPKIT_URL`),
    /// if any.
    pub(crate) fn session(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }

    /// The plan that was asked for (`--plan`, `POPKIT_PLAN`), if any.
    pub(crate) fn plan(&self) -> Option<&str> {
        self.plan.as_deref()
    }

    /// Whether the plan that was asked for is named by its file.
    pub(crate) fn is_plan_file(&self) -> bool {
        self.plan()
            .is_some_and(|plan| plan.contains(['/', '\\']) || Format::of(Path::new(plan)).is_some())
    }

    /// Whether sessions keep tasks apart: those of a server.
    pub(crate) fn has_task_sessions(&self) -> bool {
        self.store.as_deref().is_some_and(is_server)
    }
}

/// What a URL names; nothing where it is empty.
fn urls(whence: &str, url: &str) -> Result<Urls, CliError> {
    if url.is_empty() && whence != "--url" {
        return Ok(Urls::default());
    }
    Urls::of(url).map_err(|error| error.at(whence))
}

/// The session that the command line names, else that of the environment.
fn session(
    option: Option<SessionId>,
    of_url: Option<SessionId>,
    inherited: Option<String>,
) -> Result<Option<SessionId>, CliError> {
    match (option, of_url, inherited) {
        (Some(a), Some(b), _) if a != b => {
            let message = format!("--session {a} and session={b} in --url: which one?");
            Err(CliError::usage(message))
        }
        (Some(session), _, _) | (None, Some(session), _) => Ok(Some(session)),
        (None, None, Some(name)) => {
            SessionId::new(name).map(Some).map_err(in_variable("POPKIT_SESSION"))
        }
        (None, None, None) => Ok(None),
    }
}
