//! Summaries and lists.

use popkit_store::{CountQuery, PageRequest, TaskQuery};

use crate::agent::interface::text::{age, columns, line};
use crate::agent::interface::{
    Answer, AnswerData, InterfaceAgent, InterfaceError, TaskFilter, TaskLine, TaskList, TaskSummary,
};

/// Pages looked through for one list. What lies further on is the next list's.
const PAGES: usize = 20;
/// Tasks looked at together where not each is wanted.
const PAGE: usize = 500;

impl InterfaceAgent {
    /// How many tasks stand where.
    pub(in crate::agent::interface) async fn summary(&self) -> Result<Answer, InterfaceError> {
        let counts = self.store.counts(CountQuery::default()).await?;
        let summary = TaskSummary::from(&counts);
        let rows = summary.places().into_iter().chain([("total", summary.total)]);
        let rows: Vec<_> = rows.map(|(name, count)| [name.to_owned(), count.to_string()]).collect();
        Ok(Answer { text: columns("", &rows), data: AnswerData::Summary(summary) })
    }

    /// Some tasks, in the order of insertion.
    pub(in crate::agent::interface) async fn list(
        &self,
        filter: TaskFilter,
        limit: usize,
        after: u64,
    ) -> Result<Answer, InterfaceError> {
        let list = self.tasks(filter, limit, after).await?;
        let mut text = match list.tasks.is_empty() {
            true => format!("no tasks ({filter})"),
            false => self.table(&list.tasks),
        };
        if let Some(next) = list.next {
            text.push_str(&format!("\nmore: `tasks {filter} --limit {limit} --after {next}`"));
        }
        Ok(Answer { text, data: AnswerData::Tasks(list) })
    }

    /// The tasks that a filter wants.
    pub(super) async fn tasks(
        &self,
        filter: TaskFilter,
        limit: usize,
        after: u64,
    ) -> Result<TaskList, InterfaceError> {
        let limit = limit.clamp(1, 1000);
        // Where the store alone decides, one page is the answer.
        let picks = matches!(filter, TaskFilter::Pending(_));
        let size = if picks { PAGE } else { limit };
        let query = |size: usize, after: u64| {
            let page = PageRequest::first(size).after(after);
            self.store.query(TaskQuery::all().in_states(filter.states()).page(page))
        };
        let (mut tasks, mut place) = (Vec::new(), after);
        for _ in 0..PAGES {
            let page = query(size, place).await?;
            let (all, mut looked_at) = (page.items.len(), 0);
            for task in page.items {
                looked_at += 1;
                if filter.wants(&task) {
                    tasks.push(TaskLine::from(&task));
                    if tasks.len() == limit {
                        break;
                    }
                }
            }
            let next =
                if looked_at < all { query(looked_at, place).await?.next } else { page.next };
            match next {
                Some(next) if tasks.len() < limit => place = next,
                next => return Ok(TaskList { tasks, next }),
            }
        }
        Ok(TaskList { tasks, next: Some(place) })
    }

    /// A table of tasks.
    fn table(&self, tasks: &[TaskLine]) -> String {
        let now = self.clock.now();
        let head = ["ID", "STANDS", "PRI", "TRY", "AGENT", "AGE", "KIND", "TITLE"];
        let rows = tasks.iter().map(|task| {
            let agent = task.agent.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
            [
                task.id.to_string(),
                stands(task),
                task.priority.to_string(),
                format!("{}/{}", task.attempt, task.max_attempts),
                agent,
                age(now, task.created_at),
                task.kind.to_string(),
                line(&task.title, 60),
            ]
        });
        let rows: Vec<_> = std::iter::once(head.map(str::to_owned)).chain(rows).collect();
        columns("", &rows)
    }
}

/// Where a task stands, with how far it is.
pub(super) fn stands(task: &TaskLine) -> String {
    match task.progress {
        Some(fraction) => format!("{} {:.0}%", task.stands, fraction * 100.0),
        None => task.stands.clone(),
    }
}
