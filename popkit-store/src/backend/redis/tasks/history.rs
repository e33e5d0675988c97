//! Reading the log.

use popkit_protocol::TaskEvent;

use super::call::{Caller, list, number, part, text};
use super::event;
use super::script::{LOG, STORY};
use crate::{HistoryQuery, Page, Result};

/// Events per call where one task's are followed back.
const FOLLOWED: usize = 1000;

pub(super) async fn history(caller: &Caller, query: HistoryQuery) -> Result<Page<TaskEvent>> {
    let (after, size) = (query.page.after, query.page.size());
    let mut events: Vec<TaskEvent> = match &query.task {
        None => {
            let (mut events, mut at) = (Vec::new(), after);
            loop {
                let call = caller.begin(None).arg(at).arg(size + 1 - events.len());
                let mut reply = list(caller.eval("history", &LOG, call).await?)?;
                for entry in list(part(&mut reply)?)? {
                    events.push(event::read(entry)?);
                }
                at = number("the log", &text(&mut reply)?)?;
                let ended = !text(&mut reply)?.is_empty();
                if ended || events.len() > size {
                    break events;
                }
            }
        }
        Some(task) => {
            // Each event names the one before it: the last is known, the first is wanted.
            let (mut events, mut from) = (Vec::new(), String::new());
            loop {
                let call = caller.begin(None).arg(task.as_str()).arg(from);
                let call = call.arg(after).arg(FOLLOWED);
                let mut reply = list(caller.eval("history", &STORY, call).await?)?;
                for entry in list(part(&mut reply)?)? {
                    events.push(event::read(entry)?);
                }
                from = text(&mut reply)?;
                if from.is_empty() {
                    break;
                }
            }
            events.reverse();
            events
        }
    };
    let more = events.len() > size;
    events.truncate(size);
    let next = events.last().map(|event| event.cursor.number()).filter(|_| more);
    Ok(Page::new(events, next))
}
