//! A batch some of whose messages fail.

use std::collections::HashSet;

use popkit_protocol::layer::Injection;

use super::Fault;
use super::perform::{perform, unavailable};
use crate::layer::Operation;
use crate::{Publish, Receipt, Result, Transport};

impl<T: Transport> Fault<T> {
    /// What happens to each message of a batch.
    pub(super) fn decide_each(&self, batch: &[Publish]) -> Vec<Injection> {
        batch.iter().map(|_| self.shared.plan.decide(Operation::Publish)).collect()
    }

    /// Publishes a batch whose messages have these things happen to them.
    pub(super) async fn publish_each(
        &self,
        batch: Vec<Publish>,
        injections: Vec<Injection>,
    ) -> Result<Vec<Result<Receipt>>> {
        if injections.iter().all(|injection| *injection == Injection::Pass) {
            return self.inner.publish_batch(batch).await;
        }
        let mut answers = Vec::with_capacity(batch.len());
        let mut stopped = HashSet::new();
        for (Publish { channel, payload, opts }, injection) in batch.into_iter().zip(injections) {
            if stopped.contains(&channel) {
                let message = "not tried, since a message before it in this channel failed";
                answers.push(Err(unavailable(Operation::Publish, message)));
                continue;
            }
            let call = || self.inner.publish_opts(&channel, payload.clone(), opts.clone());
            let answer = perform(Operation::Publish, injection, call).await;
            if answer.as_ref().is_err_and(|error| error.is_retryable()) {
                stopped.insert(channel);
            }
            answers.push(answer);
        }
        Ok(answers)
    }
}
