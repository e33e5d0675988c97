//! The REST wire.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::call::{Form, Request, check_carried};
use super::config::RestConfig;
use super::http::{Ask, Http, Sort, Trouble};
use super::listen::RestListener;
use super::refusal::lost;
use crate::pause::Pauses;
use crate::{
    Command, Counters, Dedicated, Error, ErrorKind, Listener, Reply, Result, Topics, Wire,
    WireCapabilities,
};

/// How often a read is tried whose answer was lost.
const TRIES: u32 = 3;

/// The wire over HTTPS.
///
/// - A call that reached nobody is tried again until its time is up, for nothing was sent. A
///   read whose answer was lost, or came from a gateway (5xx), is tried up to three times;
///   a write never. What the service refuses is not asked again.
/// - Arguments are UTF-8. Reads see the writes before them, over one wire, through the sync
///   token of the service.
/// - [`Wire::pipeline`] answers what the service does not take over REST (`HELLO`, `BLPOP` …)
///   by itself, as `Unsupported`, and sends the rest.
/// - Each channel and pattern that is listened to is a request of its own. A channel that a
///   pattern finds has no comma in its name, for the service puts one behind it.
/// - A quota that is used up is `RateLimited`, with a pause of minutes to keep.
/// - [`Counters::commands`] counts what the service bills, other than the commands inside
///   scripts; tries and subscriptions included.
#[derive(Debug)]
pub struct RestWire {
    http: Arc<Http>,
    closed: CancellationToken,
}

impl RestWire {
    /// Asks for a sign of life, with one try.
    ///
    /// # Errors
    ///
    /// Those of [`Redis::connect_rest`](crate::Redis::connect_rest).
    pub async fn connect(config: RestConfig) -> Result<Self> {
        let wire = Self::over(Arc::new(Http::new(config).await?));
        let request = Request::new(Form::One, vec![Command::new("PING")]);
        let ask = request.ask()?;
        let limit = wire.http.config.try_timeout;
        let answer = wire.attempt(&request, &ask, limit).await.map_err(|trouble| trouble.error)?;
        answer.into_iter().collect::<Result<Vec<_>>>()?;
        Ok(wire)
    }

    /// One more over the same clients, which is closed for itself.
    pub(super) fn over(http: Arc<Http>) -> Self {
        Self { http, closed: CancellationToken::new() }
    }

    pub(super) fn http(&self) -> &Arc<Http> {
        &self.http
    }

    fn check_open(&self) -> Result<()> {
        if self.closed.is_cancelled() { Err(lost::closed()) } else { Ok(()) }
    }

    async fn call(&self, form: Form, commands: Vec<Command>) -> Result<Vec<Result<Reply>>> {
        let request = Request::new(form, commands);
        let ask = request.ask()?;
        let deadline = Instant::now() + self.http.config.timeout;
        let mut tries = if ask.read { TRIES } else { 1 };
        let mut pauses = Pauses::of_connecting();
        loop {
            self.check_open()?;
            let left = deadline.saturating_duration_since(Instant::now());
            let limit = left.min(self.http.config.try_timeout);
            let Trouble { error, sort } = match self.attempt(&request, &ask, limit).await {
                Ok(answers) => return Ok(answers),
                Err(trouble) => trouble,
            };
            match sort {
                Sort::Told => return Err(error),
                Sort::Unreached => {}
                Sort::Lost => {
                    tries -= 1;
                    if tries == 0 {
                        return Err(error);
                    }
                }
            }
            let pause = pauses.draw().max(error.retry_after().unwrap_or_default());
            if Instant::now() + pause >= deadline {
                return Err(error);
            }
            #[cfg(feature = "tracing")]
            tracing::debug!(service = %self.http.config, %error, ?pause, "a call is tried again");
            sleep(pause).await;
        }
    }

    async fn attempt(
        &self,
        request: &Request,
        ask: &Ask,
        limit: std::time::Duration,
    ) -> Result<Vec<Result<Reply>>, Trouble> {
        let answers = match self.http.post(ask, limit).await {
            Ok(answer) => request.read(&answer),
            Err(trouble) => Err(trouble),
        };
        match &answers {
            Ok(_) => self.http.went_well(),
            Err(trouble) if trouble.sort != Sort::Told => self.http.went_wrong(),
            Err(_) => {}
        }
        answers
    }
}

#[async_trait]
impl Wire for RestWire {
    fn capabilities(&self) -> WireCapabilities {
        WireCapabilities {
            pubsub: true,
            key_locking_flag: self.http.config.key_locking,
            ..WireCapabilities::least()
        }
    }

    async fn execute(&self, command: Command) -> Result<Reply> {
        self.check_open()?;
        check_carried(&command)?;
        let answers = self.call(Form::One, vec![command]).await?;
        answers.into_iter().next().unwrap_or_else(|| {
            Err(Error::new(ErrorKind::Unexpected, "the service gave no answer").unknown())
        })
    }

    async fn pipeline(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply>>> {
        self.check_open()?;
        let checked: Vec<_> = commands.iter().map(check_carried).collect();
        let carried: Vec<_> = commands
            .into_iter()
            .zip(&checked)
            .filter_map(|(command, checked)| checked.is_ok().then_some(command))
            .collect();
        let mut answers = match carried.is_empty() {
            true => Vec::new(),
            false => self.call(Form::Pipeline, carried).await?,
        }
        .into_iter();
        let missing =
            || Err(Error::new(ErrorKind::Unexpected, "the service gave no answer").unknown());
        let answer = |checked: Result<()>| match checked {
            Ok(()) => answers.next().unwrap_or_else(missing),
            Err(error) => Err(error),
        };
        Ok(checked.into_iter().map(answer).collect())
    }

    async fn transaction(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply>>> {
        self.check_open()?;
        commands.iter().try_for_each(check_carried)?;
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        self.call(Form::Transaction, commands).await
    }

    fn dedicated(&self) -> Result<Box<dyn Dedicated>> {
        self.check_open()?;
        let message = "commands cannot block over REST; ask again from time to time, or use the \
                       native wire (rediss://)";
        Err(Error::new(ErrorKind::Unsupported, message))
    }

    async fn subscribe(&self, topics: Topics) -> Result<Box<dyn Listener>> {
        self.check_open()?;
        if topics.is_empty() {
            let message = "no channel to listen to; give one, or a pattern";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let http = Arc::clone(&self.http);
        let listener = RestListener::open(http, &topics, self.closed.clone()).await?;
        Ok(Box::new(listener))
    }

    fn counters(&self) -> Counters {
        Counters { budget: self.http.config.budget, ..self.http.tally.read() }
    }

    async fn close(&self) -> Result<()> {
        self.closed.cancel();
        Ok(())
    }
}
