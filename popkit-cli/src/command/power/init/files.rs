//! The configuration and its schema.

use std::fs;
use std::path::{Path, PathBuf};

use popkit_coordinator::config::Config;

use super::say;
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::{output, whole};

/// Where they are in a project.
const FOLDER: &str = ".claude/popkit";
const CONFIG: &str = "config.json";

/// Writes both. Whoever has written another configuration keeps it, unless it is to be new.
pub(super) fn write(cx: &Context, root: &Path, anew: bool) -> Result<(), CliError> {
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder)
        .map_err(|e| CliError::io(Exit::Failed, format!("cannot make {}", folder.display()), &e))?;
    let texts = [(CONFIG, Config::example()), (Config::SCHEMA_FILE, Config::schema())];
    for (name, text) in texts {
        let file = folder.join(name);
        let is_other = there(&file)?.is_some_and(|old| old != text.as_bytes());
        if is_other && !anew {
            say(cx, &file, "kept, it is another one than --force would write")?;
        } else {
            let did = whole::write_shared(&file, text.as_bytes())?;
            say(cx, &file, if did { "written" } else { "up to date" })?;
        }
    }
    Ok(())
}

/// Reads the configuration, and says what is odd about it.
///
/// # Errors
///
/// Where there is none, or it is refused.
pub(super) fn verify(cx: &Context, root: &Path) -> Result<(), CliError> {
    let file: PathBuf = root.join(FOLDER).join(CONFIG);
    if there(&file)?.is_none() {
        let message = "no configuration yet; `popkit power init` writes one";
        return Err(CliError::data(message).at(file.display()));
    }
    match Config::load(&file) {
        Ok((_, warnings)) => {
            warnings.iter().for_each(|warning| output::note(format!("note: {warning}")));
            let count = warnings.len();
            say(
                cx,
                &file,
                &match count {
                    0 => "right".to_owned(),
                    1 => "right, with 1 warning".to_owned(),
                    count => format!("right, with {count} warnings"),
                },
            )
        }
        Err(error) => {
            error.mistakes().iter().for_each(output::note);
            let (place, count) = (file.display(), error.mistakes().len());
            let word = if count == 1 { "mistake" } else { "mistakes" };
            Err(CliError::data(format!("{place} has {count} {word}, see above; mend it")))
        }
    }
}

fn there(file: &Path) -> Result<Option<Vec<u8>>, CliError> {
    match fs::read(file) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(CliError::io(Exit::Data, format!("cannot read {}", file.display()), &e)),
    }
}
