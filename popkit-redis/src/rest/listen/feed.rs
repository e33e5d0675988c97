//! One event stream.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream as _;
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use sse_stream::SseByteStream;
use tokio::time::{Instant, timeout};

use super::cap::Capped;
use super::topic::{Said, Topic};
use crate::rest::http::Http;
use crate::rest::refusal::{lost, status, text};
use crate::{Error, ErrorKind, Notice, Result};

/// What comes in about one topic.
pub(in crate::rest) struct Feed {
    topic: Topic,
    events: SseByteStream<Capped>,
    since: Instant,
}

impl Feed {
    /// Asks for it, with one try, and waits until it is promised: nothing that is sent after
    /// the answer is missed.
    pub(in crate::rest) async fn open(http: &Http, topic: Topic) -> Result<Self> {
        let limit = http.config.try_timeout;
        let title = topic.command().title();
        match timeout(limit, Self::begin(http, topic)).await {
            Ok(opened) => opened,
            Err(_) => {
                http.tally.timed_out();
                Err(lost::late(&http.config, &title, limit))
            }
        }
    }

    async fn begin(http: &Http, topic: Topic) -> Result<Self> {
        let command = topic.command();
        let title = command.title();
        let opened = http.stream(&topic.path()).await;
        let response = opened.map_err(|error| lost::of_request(&http.config, &title, &error))?;
        if response.status() == StatusCode::NOT_FOUND {
            let message = format!("the service does not offer {title} (status 404)");
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        if response.status() != StatusCode::OK {
            let answer = http.whole(response).await.map_err(|_| {
                let message = format!("the refusal of {title} could not be read; try again");
                Error::new(ErrorKind::Unavailable, message)
            })?;
            return Err(status::refused(&answer, &command, &title).error);
        }
        let kind = response.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.to_ascii_lowercase().starts_with("text/event-stream") {
            let message = format!(
                "{title} was not answered with an event stream; is this URL that of the service?"
            );
            return Err(Error::new(ErrorKind::Unexpected, message));
        }
        let events = SseByteStream::new(Capped::new(response.bytes_stream()));
        let mut feed = Self { topic, events, since: Instant::now() };
        loop {
            match feed.said().await? {
                Some(Said::Subscribed) => return Ok(feed),
                Some(Said::Message(_) | Said::Other) => {}
                None => return Err(feed.ended()),
            }
        }
    }

    /// Since when it is there.
    pub(in crate::rest) fn since(&self) -> Instant {
        self.since
    }

    /// The next message.
    ///
    /// # Errors
    ///
    /// The stream ended, however it did.
    pub(in crate::rest) async fn next(&mut self) -> Result<Notice> {
        loop {
            match self.said().await? {
                Some(Said::Message(notice)) => return Ok(notice),
                Some(Said::Subscribed | Said::Other) => {}
                None => return Err(self.ended()),
            }
        }
    }

    async fn said(&mut self) -> Result<Option<Said>> {
        let next = poll_fn(|context| Pin::new(&mut self.events).poll_next(context)).await;
        let Some(event) = next else { return Ok(None) };
        let Ok(event) = event else { return Err(self.ended()) };
        let data = event.data.unwrap_or_default();
        match self.topic.read(&data) {
            Said::Other => match status::words(data.as_bytes()) {
                Some(words) => Err(text::refused(words, &self.topic.command())),
                None => Ok(Some(Said::Other)),
            },
            said => Ok(Some(said)),
        }
    }

    fn ended(&self) -> Error {
        let title = self.topic.command().title();
        Error::new(ErrorKind::Unavailable, format!("the event stream of {title} ended"))
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("topic", &self.topic).finish_non_exhaustive()
    }
}
