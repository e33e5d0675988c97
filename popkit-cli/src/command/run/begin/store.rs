//! Where a run keeps its tasks.

use std::path::Path;

use crate::context::{Context, var};
use crate::error::CliError;
use crate::state::{Namespace, in_url};

/// The state of one plan.
#[derive(Debug)]
pub(in super::super) struct Place {
    /// Its room in the state directory.
    pub(in super::super) namespace: Namespace,
    /// The URL of its store, good in every folder.
    pub(in super::super) url: String,
    /// Whether that is the room's own file.
    pub(in super::super) is_own: bool,
}

/// The state of the plan with this name and folder.
///
/// # Errors
///
/// A name that is no folder's.
pub(in super::super) fn place(
    cx: &Context,
    name: &str,
    base_dir: &Path,
) -> Result<Place, CliError> {
    let namespace = cx.namespace(name, base_dir)?;
    // A run that is a task of another run has its own plan, and so its own store.
    let inherited = var("POPKIT_TASK_ID").is_some().then(|| var("POPKIT_STORE")).flatten();
    let asked = cx.store_url().filter(|url| Some(*url) != inherited.as_deref());
    let url = asked.map(|url| absolute(url, &cx.cwd));
    let is_own = url.is_none();
    let url = url.unwrap_or_else(|| namespace.store_url());
    Ok(Place { namespace, url, is_own })
}

/// The same URL, good in every folder: children have folders of their own.
fn absolute(url: &str, cwd: &Path) -> String {
    let Some(rest) = url.strip_prefix("sqlite:") else { return url.to_owned() };
    let (path, options) = rest.split_once('?').map_or((rest, None), |(p, o)| (p, Some(o)));
    // The folder's own characters are no options.
    let path = Path::new(&in_url(cwd)).join(path);
    match options {
        Some(options) => format!("sqlite:{}?{options}", path.display()),
        None => format!("sqlite:{}", path.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_file_is_made_absolute() {
        let at = |url| absolute(url, Path::new("/here"));
        assert_eq!(
            at("sqlite:a/b.db?durability=relaxed"),
            "sqlite:/here/a/b.db?durability=relaxed"
        );
        assert_eq!(absolute("sqlite:a", Path::new("/w?")), "sqlite:/w%3F/a");
        assert_eq!(at("sqlite:/x.db"), "sqlite:/x.db");
        assert_eq!(at("memory:"), "memory:");
    }
}
