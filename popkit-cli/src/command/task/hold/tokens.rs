//! Tokens, kept between the processes of one agent.
//!
//! One file per agent, 0600, replaced as a whole; a lock file beside it makes several
//! processes of the agent take turns.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use popkit_protocol::{AgentId, HolderId, Lease, LeaseToken, TaskId, id};
use serde::{Deserialize, Serialize};

use super::super::Desk;
use super::super::view::VERSION;
use crate::context::shown;
use crate::error::CliError;
use crate::exit::Exit;

/// A token and what is needed to use it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The proof.
    #[serde(flatten)]
    pub(super) token: LeaseToken,
    /// Whose it is: the process that claimed.
    pub(super) holder: HolderId,
    /// How long a renewal lasts.
    #[serde(with = "popkit_protocol::duration::text")]
    pub(super) lease: Duration,
    /// The store without its secrets, where it is not the namespace's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    store: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    v: u8,
    agent: AgentId,
    leases: Vec<Kept>,
}

/// The tokens of one agent.
pub(super) struct Tokens {
    dir: PathBuf,
    agent: AgentId,
    store: Option<String>,
}

impl Tokens {
    /// The tokens of this agent, in the selected store.
    pub(super) fn of(desk: &Desk, agent: &AgentId) -> Self {
        Self {
            dir: desk.namespace.leases(),
            agent: agent.clone(),
            store: desk.cx.store_url().map(|url| shown(&url)),
        }
    }

    /// What it holds, as far as the files know.
    pub(super) fn read(&self) -> Result<Vec<Kept>, CliError> {
        let mut all = self.load()?;
        all.retain(|kept| kept.store == self.store);
        Ok(all)
    }

    /// Keeps new leases, in place of older ones of the same tasks.
    pub(super) fn keep(
        &self,
        leases: &[Lease],
        holder: HolderId,
        length: Duration,
    ) -> Result<(), CliError> {
        self.update(|all| {
            for lease in leases {
                all.retain(|kept| !(self.is(kept, &lease.token.task)));
                let (token, store) = (lease.token.clone(), self.store.clone());
                all.push(Kept { token, holder, lease: length, store });
            }
        })
    }

    /// Forgets a token that is used up. A newer one of the same task stays.
    pub(super) fn forget(&self, token: &LeaseToken) -> Result<(), CliError> {
        self.update(|all| all.retain(|kept| kept.token != *token || kept.store != self.store))
    }

    fn is(&self, kept: &Kept, task: &TaskId) -> bool {
        kept.token.task == *task && kept.store == self.store
    }

    fn file(&self) -> PathBuf {
        self.dir.join(format!("{}.json", id::file_name(self.agent.as_str())))
    }

    fn load(&self) -> Result<Vec<Kept>, CliError> {
        let file = self.file();
        let text = match fs::read_to_string(&file) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(|e| self.refused("read", &e))?,
        };
        let content: Content = serde_json::from_str(&text).map_err(|e| {
            let place = file.display();
            CliError::data(format!("{place} is damaged ({e}); remove it, the leases run out"))
        })?;
        if content.v != VERSION {
            let (place, found) = (file.display(), content.v);
            return Err(CliError::data(format!("{place} is of version {found}, not {VERSION}")));
        }
        Ok(content.leases)
    }

    fn update(&self, change: impl FnOnce(&mut Vec<Kept>)) -> Result<(), CliError> {
        let lock = self.file().with_extension("lock");
        let lock = private(OpenOptions::new().create(true).truncate(false), &lock)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(|e| self.refused("lock", &e))?;
        let mut all = self.load()?;
        change(&mut all);
        let result = self.store(all).map_err(|e| self.refused("write", &e));
        drop(lock);
        result
    }

    fn store(&self, leases: Vec<Kept>) -> io::Result<()> {
        let file = self.file();
        if leases.is_empty() {
            return match fs::remove_file(&file) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
                _ => Ok(()),
            };
        }
        let content = Content { v: VERSION, agent: self.agent.clone(), leases };
        let text = serde_json::to_string(&content)?;
        // Only the owner of the lock writes here, so one name will do; what a killed process
        // left behind is written over.
        let draft = file.with_extension("new");
        let mut to = private(OpenOptions::new().create(true).truncate(true), &draft)?;
        to.write_all(text.as_bytes())?;
        to.sync_all()?;
        fs::rename(draft, file)
    }

    fn refused(&self, what: &str, error: &io::Error) -> CliError {
        let place = self.file();
        let what = format!("cannot {what} the tokens in {}", place.display());
        CliError::io(Exit::Failed, what, error)
    }
}

/// Opens a file to write that only its owner may read.
fn private(options: &mut OpenOptions, path: &PathBuf) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.write(true).open(path)
}
