//! Tasks from files, to files, and out of the store.

pub(super) mod export;
pub(super) mod import;
pub(super) mod prune;
mod select;

use popkit_protocol::Task;
use popkit_store::{PageRequest, TaskQuery};

use super::Desk;
use crate::error::CliError;

/// All tasks, in the order they were added.
async fn all_tasks(desk: &Desk) -> Result<Vec<Task>, CliError> {
    let mut query = TaskQuery::all().page(PageRequest::first(1000));
    let mut tasks = Vec::new();
    loop {
        let page = desk.tasks.query(query.clone()).await?;
        tasks.extend(page.items);
        let Some(next) = page.next else { return Ok(tasks) };
        query.page = query.page.after(next);
    }
}
