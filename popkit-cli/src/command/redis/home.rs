//! The folder with the server's files.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use popkit_redis::RedisConfig;
use serde::{Deserialize, Serialize};

use super::choose::Engine;
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::VERSION;
use crate::state::StateDir;
use crate::whole;

/// The port unless another one is wanted: not 6379, where a server of the system may be.
pub(crate) const PORT: u16 = 16379;
/// The file with the URLs of the users.
pub(super) const URLS: &str = "urls";

/// The folder, `.popkit/redis`, which need not be there.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    state: StateDir,
    dir: PathBuf,
}

/// The server that was started last, whether it still runs or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    v: u8,
    /// What runs it.
    pub(super) by: Engine,
    /// Its port on this machine.
    pub(crate) port: u16,
    /// Whether it has users.
    #[serde(default)]
    pub(super) acl: bool,
}

impl Record {
    pub(super) fn new(by: Engine, port: u16, acl: bool) -> Self {
        Self { v: VERSION, by, port, acl }
    }

    /// How the server is reached, as the user who may do everything.
    pub(crate) fn config(&self, home: &Home) -> Result<RedisConfig, CliError> {
        let short = Duration::from_secs(2);
        let config = RedisConfig::tcp("127.0.0.1", self.port).connect_timeout(short);
        if !self.acl {
            return Ok(config);
        }
        let path = home.file(URLS);
        let text = fs::read_to_string(&path)
            .map_err(|e| CliError::io(Exit::Data, format!("cannot read {}", path.display()), &e))?;
        let url = text.lines().find_map(|line| line.strip_prefix("OPERATOR_URL="));
        let url = url.ok_or_else(|| {
            let path = path.display();
            CliError::data(format!("{path} has no OPERATOR_URL; remove it, and start anew"))
        })?;
        Ok(url.parse::<RedisConfig>()?.connect_timeout(short))
    }

    /// The URL for others, without secrets.
    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Home {
    /// That of the state directory here.
    pub(crate) fn of(cx: &Context) -> Self {
        let state = cx.state_dir(Path::new("."));
        Self { dir: state.redis(), state }
    }

    /// A file or folder in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Makes it, for this user alone.
    pub(super) fn make(&self) -> Result<(), CliError> {
        self.state.create(&[self.dir.clone(), self.file("data")])
    }

    /// The server that was started last, if any.
    pub(crate) fn record(&self) -> Result<Option<Record>, CliError> {
        let path = self.file("server.json");
        let text = match fs::read_to_string(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => {
                let what = format!("cannot read {}", path.display());
                return Err(CliError::io(Exit::Data, what, &e));
            }
            Ok(text) => text,
        };
        serde_json::from_str(&text).map(Some).map_err(|e| {
            let path = path.display();
            CliError::data(format!("{path}: {e}; remove it, and start the server anew"))
        })
    }

    /// The server that was started last.
    ///
    /// # Errors
    ///
    /// Where none was.
    pub(crate) fn known(&self) -> Result<Record, CliError> {
        self.record()?.ok_or_else(|| {
            let dir = self.dir.display();
            CliError::new(
                Exit::Failed,
                format!("no Redis was started from here ({dir}); start one: popkit redis start"),
            )
        })
    }

    /// Keeps what was started.
    pub(super) fn keep(&self, record: &Record) -> Result<(), CliError> {
        let text = serde_json::to_string(record)
            .map_err(|e| CliError::failed(format!("cannot write JSON: {e}")))?;
        whole::write_private(&self.file("server.json"), format!("{text}\n").as_bytes())
    }

    /// One start or stop at a time; held until it is dropped.
    pub(super) fn lock(&self) -> Result<File, CliError> {
        let path = self.file("lock");
        let failed = |e: io::Error| CliError::io(Exit::Failed, path.display(), &e);
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(CliError::new(
                Exit::TryAgain,
                "another popkit redis start or stop is at work here; try again",
            )),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}
