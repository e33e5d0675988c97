//! Opening messages, to write, to read, or only to look.

use std::path::Path;
use std::sync::Arc;

use popkit_transport::{ErrorKind, FileOptions, Transport};

use super::Address;
use super::find::Place;
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::messages::{Folders, Looking};
use crate::state::Namespace;

impl Address {
    /// Opens it, and makes what is missing.
    ///
    /// # Errors
    ///
    /// Those of the folder: damaged, somebody else's, not ours to write. Those of the server.
    pub(crate) async fn open_or_make(&self) -> Result<Arc<dyn Transport>, CliError> {
        if let Place::Room(room) = &self.place
            && !self.exists()
        {
            room.create()?;
        }
        let options = match &self.place {
            // Not by URL: a path need not be text.
            Place::Room(room) => FileOptions::new(room.messages()),
            Place::Folder { options, .. } => (**options).clone(),
            Place::Server(url) => return Ok(popkit_transport::open(url).await?),
        };
        match options.open().await {
            Ok(transport) => Ok(Arc::new(transport)),
            Err(error) => {
                // What is wrong with a folder begins with its path, what is wrong with an option
                // with its name.
                let is_data = error.kind() == ErrorKind::InvalidConfig
                    && Path::new(error.message()).is_absolute();
                let mut error = CliError::from(error);
                if is_data {
                    error.code = Exit::Data;
                }
                Err(error)
            }
        }
    }

    /// As [`open_or_make`](Self::open_or_make), for a reader: a folder that nobody named must
    /// be there, or it would wait in a place where nobody sends; and so must a room that is
    /// named, for its name may be a slip.
    pub(crate) async fn open(&self, cx: &Context) -> Result<Arc<dyn Transport>, CliError> {
        match &self.place {
            Place::Room(room) if !self.exists() => {
                let is_sure = cx.is_plan_file() || (cx.plan().is_some() && room.is_used());
                if is_sure { self.open_or_make().await } else { Err(self.missing(cx, room)) }
            }
            _ => self.open_or_make().await,
        }
    }

    /// Opens it to look at what is there: nothing is made.
    ///
    /// # Errors
    ///
    /// Also where there are no messages.
    pub(crate) async fn open_to_look(&self, cx: &Context) -> Result<Arc<dyn Transport>, CliError> {
        match (&self.place, self.folder()) {
            (_, Some(folder)) if folder.exists() => {
                let folders = Folders::of(folder);
                Ok(Arc::new(Looking::new(self.open_or_make().await?, folders)))
            }
            (Place::Room(room), _) => Err(self.missing(cx, room)),
            (_, Some(folder)) => {
                Err(CliError::data(format!("there are no messages yet ({})", folder.display())))
            }
            // To look makes nothing there.
            (_, None) => self.open_or_make().await,
        }
    }

    fn missing(&self, cx: &Context, room: &Namespace) -> CliError {
        let (name, folder) = (room.name(), room.messages());
        if cx.plan().is_none() || room.is_used() {
            return CliError::data(format!(
                "there are no messages yet ({}); `popkit send`, `popkit run` and `popkit power start` make the folder, \
                 or name whose messages with --plan NAME",
                folder.display()
            ));
        }
        let state = room.state_dir();
        let others = state.rooms().unwrap_or_default();
        let names: Vec<&str> = others.iter().map(Namespace::name).collect();
        let known = match names.as_slice() {
            [] => "there are none".to_owned(),
            names => format!("there are {}", names.join(", ")),
        };
        CliError::data(format!(
            "there is no plan or room {name} in {}: {known}; `popkit run` and `popkit send \
             --plan {name}` make it",
            state.path().display()
        ))
    }
}
