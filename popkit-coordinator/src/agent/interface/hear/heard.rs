//! Keeping what was heard, within bounds.

use std::collections::VecDeque;

use popkit_protocol::message::{HumanRequired, ObjectiveUpdate, ProgressMessage};
use popkit_protocol::{Envelope, Message, Object, TaskId, Timestamp, limits};

use super::{HeardInsight, HeardPlan, Question};

/// Questions that are kept; older ones give way.
const QUESTIONS: usize = 100;
/// Insights that are kept; older ones give way.
const INSIGHTS: usize = 50;

/// Bytes of a text that are kept.
const TEXT: usize = 4096;
/// Answers of a question that are kept.
const OPTIONS: usize = 32;

/// What was heard.
#[derive(Debug, Default)]
pub(in crate::agent::interface) struct Heard {
    plan: Option<HeardPlan>,
    insights: VecDeque<HeardInsight>,
    questions: VecDeque<Question>,
}

impl Heard {
    /// Takes a message; answers whether it is of interest. One whose life is over is not.
    pub(in crate::agent::interface) fn take(
        &mut self,
        envelope: &Envelope,
        now: Timestamp,
    ) -> bool {
        if envelope.is_expired(now) {
            return false;
        }
        match &envelope.message {
            Message::Progress(told) => {
                self.plan(envelope, told.progress(), false, &told_text(told));
            }
            Message::ObjectiveUpdate(ObjectiveUpdate::Complete { summary, .. }) => {
                let text = summary.get::<String>("text");
                self.plan(envelope, Some(1.0), true, text.as_deref().unwrap_or("complete"));
            }
            Message::Insight(insight) => {
                keep(
                    &mut self.insights,
                    INSIGHTS,
                    HeardInsight {
                        at: envelope.sent_at,
                        from: envelope.from.clone(),
                        kind: cut(&insight.kind.to_string()),
                        content: cut(&insight.content),
                    },
                );
            }
            Message::HumanRequired(ask) => {
                // One that its sender sends again takes the place of the first.
                let about = about(ask);
                self.questions.retain(|known| {
                    let is_same =
                        known.id == envelope.id || (about.is_some() && known.about == about);
                    known.from != envelope.from || !is_same
                });
                keep(
                    &mut self.questions,
                    QUESTIONS,
                    Question {
                        id: envelope.id.clone(),
                        at: envelope.sent_at,
                        expires_at: envelope.expires_at(),
                        from: envelope.from.clone(),
                        decision_needed: cut(&ask.decision_needed),
                        options: ask.options.iter().take(OPTIONS).map(|text| cut(text)).collect(),
                        recommendation: ask.recommendation.as_deref().map(cut),
                        about,
                    },
                );
            }
            _ => return false,
        }
        true
    }

    fn plan(&mut self, envelope: &Envelope, fraction: Option<f64>, is_complete: bool, text: &str) {
        let (at, from) = (envelope.sent_at, envelope.from.clone());
        // What was sent earlier may come later, over another channel.
        if self.plan.as_ref().is_none_or(|known| known.at <= at) {
            let text = cut(text);
            self.plan = Some(HeardPlan { at, from, fraction, is_complete, text });
        }
    }

    /// The plan told of last.
    pub(in crate::agent::interface) fn last_plan(&self) -> Option<HeardPlan> {
        self.plan.clone()
    }

    /// The insights, oldest first.
    pub(in crate::agent::interface) fn insights(&self) -> Vec<HeardInsight> {
        self.insights.iter().cloned().collect()
    }

    /// The questions whose life is not over, oldest first.
    pub(in crate::agent::interface) fn questions(&mut self, now: Timestamp) -> Vec<Question> {
        self.questions.retain(|question| now <= question.expires_at);
        self.questions.iter().cloned().collect()
    }

    /// Forgets questions.
    pub(in crate::agent::interface) fn settle(&mut self, settled: &[Question]) {
        self.questions.retain(|known| !settled.iter().any(|one| one.id == known.id));
    }
}

fn keep<T>(list: &mut VecDeque<T>, most: usize, one: T) {
    if list.len() >= most {
        list.pop_front();
    }
    list.push_back(one);
}

fn cut(text: &str) -> String {
    limits::cut(text, TEXT).to_owned()
}

/// Which task a question is about.
fn about(ask: &HumanRequired) -> Option<(TaskId, u64)> {
    let blocker = ask.extra.extension::<Object>("blocker")?;
    Some((blocker.get("task")?, blocker.get("revision")?))
}

/// Progress as a line.
fn told_text(told: &ProgressMessage) -> String {
    let percent = told.progress().map(|share| format!("{:.0}%", (share * 100.0).floor()));
    let plan = told.body.extension::<Object>("plan");
    let counts = plan.and_then(|plan| Some((plan.get::<u64>("done")?, plan.get::<u64>("total")?)));
    match (counts, percent) {
        (Some((done, total)), Some(percent)) => format!("{done} of {total} done ({percent})"),
        (_, percent) => percent.unwrap_or_else(|| "under way".to_owned()),
    }
}

#[cfg(test)]
#[path = "heard/tests.rs"]
mod tests;
