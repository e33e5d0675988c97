//! What people have decided, read where they wrote it down.

use std::time::Duration;

use popkit_protocol::MessageId;
use tokio::time::{Instant, timeout};

use super::decision;
use super::driver::Driver;
use super::keys::Keys;
use crate::machine::Input;

/// How long one look at the decisions may last.
const LOOK: Duration = Duration::from_secs(2);
/// How often it is looked whether open questions are decided, beside the notices.
const DECISIONS_EVERY: Duration = Duration::from_secs(10);

impl Driver<'_> {
    /// What was said to be decided, and now and then all that is open.
    pub(super) async fn decisions(&mut self, decided: Vec<MessageId>) {
        for decision in decided {
            if !self.look_at(&decision).await {
                self.state.looked_at = None;
                break;
            }
        }
        let every = DECISIONS_EVERY.max(self.options.pace.documents);
        let is_time = self.state.looked_at.is_none_or(|at| at.elapsed() >= every);
        if is_time && self.machine.questions().next().is_some() {
            self.look_at_all().await;
        }
    }

    /// Reads whether open questions are decided: whoever has decided may not have got to say so.
    pub(super) async fn look_at_all(&mut self) {
        let open: Vec<MessageId> = self.machine.questions().map(|(id, _)| id.clone()).collect();
        self.state.looked_at = Some(Instant::now());
        let all = async {
            for id in open {
                if !self.look_at(&id).await {
                    return;
                }
            }
        };
        // The lease must be renewed meanwhile.
        if timeout(LOOK, all).await.is_err() {
            tracing::warn!("not all decisions are read yet");
        }
    }

    /// Reads a decision that a person has written down; `false` where it cannot be read now. Then
    /// it is looked at again later.
    async fn look_at(&mut self, id: &MessageId) -> bool {
        let found = match Keys::decision(id) {
            Ok(key) => decision::read(&*self.documents, &key).await,
            Err(error) => Err(error),
        };
        match found {
            Ok(Some(decision)) => self.decide(decision),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, %id, "a decision is not read yet");
                return false;
            }
        }
        true
    }

    fn decide(&mut self, decision: decision::Decision) {
        let is_open = self.machine.questions().any(|(id, _)| *id == decision.decision);
        if is_open {
            self.state.inputs.push(Input::Decide(decision.ruling()));
        }
    }
}
