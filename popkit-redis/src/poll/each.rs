//! Each one's own question, where the one of all is refused.

use tokio::time::Instant;

use super::Poll;
use super::pace::Brought;
use super::question::{Found, Question, read};
use super::table::{Table, Waiter};
use crate::{Command, Error, ErrorKind, Result};

impl Poll {
    /// Asks for each by himself: one whose question the server refuses spoils it for nobody
    /// else.
    pub(super) async fn ask_each(&self) {
        let (numbers, commands) = self.lock().table.each();
        let answers: Vec<Result<Found>> = match self.wire.pipeline(commands).await {
            Ok(answers) => answers.into_iter().map(|answer| answer.and_then(read)).collect(),
            Err(error) => numbers.iter().map(|_| Err(error.again())).collect(),
        };
        let trouble = {
            let mut state = self.lock();
            state.table.each_answered(numbers.into_iter().zip(answers), Instant::now())
        };
        if let Some(error) = trouble {
            self.failed(1, &error);
        }
    }
}

impl Table {
    fn each(&self) -> (Vec<u64>, Vec<Command>) {
        let own = |one: &Waiter| Question { count: self.count_of(one), ..one.question.clone() };
        self.waiters.iter().map(|(number, one)| (*number, own(one).command())).unzip()
    }

    /// How many entries of one stream are asked for here.
    fn count_of(&self, waiter: &Waiter) -> usize {
        waiter.question.count.min(self.most)
    }

    /// Gives each his own answer. Who was answered with trouble that may pass, which is given
    /// back, waits on; so does who is to be asked for fewer.
    fn each_answered(
        &mut self,
        answers: impl Iterator<Item = (u64, Result<Found>)>,
        now: Instant,
    ) -> Option<Error> {
        let mut trouble: Option<Error> = None;
        let mut most = None;
        for (number, answer) in answers {
            let count = self.waiters.get(&number).map_or(1, |one| self.count_of(one));
            match answer {
                Ok(found) if found.is_empty() => {}
                Err(error) if error.kind() == ErrorKind::PayloadTooLarge && count > 1 => {
                    most = Some(most.map_or(count / 2, |most: usize| most.min(count / 2)));
                }
                Err(error) if error.is_retryable() => {
                    let is_longer = |known: &Error| error.retry_after() > known.retry_after();
                    if trouble.as_ref().is_none_or(is_longer) {
                        trouble = Some(error);
                    }
                }
                answer => self.tell(number, answer),
            }
        }
        self.most = most.unwrap_or(self.most);
        if trouble.is_none() {
            let brought = if most.is_some() { Brought::More } else { Brought::Something };
            self.pace.answered(now, brought);
        }
        trouble
    }
}
