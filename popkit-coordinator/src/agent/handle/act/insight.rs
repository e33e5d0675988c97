//! Sharing and pulling insights.

use std::time::Duration;

use popkit_protocol::{Envelope, Insight, InsightKind, Message, MessageId, Party};

use crate::agent::handle::{AgentError, AgentHandle};
use crate::request::Request;

impl AgentHandle {
    /// Tells the session what the agent has found; whoever works on one of the tags gets it.
    /// Answers with the insight's id. At most 8 KiB and 32 tags of 128 bytes: the coordinator
    /// puts aside what is larger.
    ///
    /// # Errors
    ///
    /// [`AgentError::Post`], [`AgentError::Left`].
    ///
    /// # Cancel safety
    ///
    /// Dropped, it is shared or not. Shared twice it reaches nobody twice.
    pub async fn share<T: Into<String>>(
        &self,
        kind: InsightKind,
        content: impl Into<String>,
        tags: impl IntoIterator<Item = T>,
    ) -> Result<MessageId, AgentError> {
        let insight = self.insight(kind, content, tags);
        let id = insight.id.clone();
        self.core().tell(Message::Insight(insight)).await?;
        Ok(id)
    }

    /// The message of [`share`](Self::share): said again it reaches nobody twice.
    pub(crate) fn shared<T: Into<String>>(
        &self,
        kind: InsightKind,
        content: impl Into<String>,
        tags: impl IntoIterator<Item = T>,
    ) -> Envelope {
        let insight = self.insight(kind, content, tags);
        self.core().envelope(Party::Coordinator, Message::Insight(insight))
    }

    fn insight<T: Into<String>>(
        &self,
        kind: InsightKind,
        content: impl Into<String>,
        tags: impl IntoIterator<Item = T>,
    ) -> Insight {
        let core = self.core();
        let from = Party::Agent(core.id().clone());
        Insight::new(&*core.ids, core.clock.now(), from, kind, content).with_tags(tags)
    }

    /// Asks for the insights that are new to the agent, by these tags beside its own, and
    /// waits for the first of them. Each comes once; those that come later are given by the
    /// next pull or check-in, or by [`next`](Self::next). None where none come in time.
    ///
    /// What it gives is handled at the next check-in or pull, or by [`ack`](Self::ack).
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next), and [`AgentError::Post`]; [`AgentError::Ended`] where the
    /// session is over.
    ///
    /// # Cancel safety
    ///
    /// Dropped, nothing is lost.
    pub async fn pull<T: Into<String>>(
        &self,
        tags: impl IntoIterator<Item = T> + Send,
        patience: Duration,
    ) -> Result<Vec<Insight>, AgentError> {
        let core = self.core();
        let tags = tags.into_iter().map(Into::into).collect();
        core.mail.desk().handled_look();
        let _claim = core.claim(|item| item.is_insight());
        core.request(Request::PullInsights { tags }).await?;
        let there = core.within(patience, |desk| desk.has_insights().then_some(())).await?;
        if there.is_some() {
            // They come one by one; what is behind the first one is there by now.
            core.look().await?;
        }
        Ok(core.mail.desk().insights())
    }
}
