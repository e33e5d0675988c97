//! The HTTP client.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, StatusCode, redirect, retry};
use secrecy::ExposeSecret as _;
use tokio::time::timeout;

use super::answer::Answer;
use super::outgoing::{Outgoing, Sent};
use super::sync::{self, SyncToken};
use super::tls;
use super::trouble::{Sort, Trouble};
use crate::rest::RestConfig;
use crate::rest::refusal::lost;
use crate::wire::Tally;
use crate::{Error, ErrorKind, Result};

/// Load balancers usually close what is idle for 60 s: a connection is given up before.
const IDLE: Duration = Duration::from_secs(30);
/// After this the system asks whether the other side is there still.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// What is posted, and what it is called in messages.
#[derive(Debug)]
pub(in crate::rest) struct Ask {
    pub(in crate::rest) path: &'static str,
    pub(in crate::rest) body: Bytes,
    pub(in crate::rest) title: String,
    pub(in crate::rest) read: bool,
    pub(in crate::rest) commands: usize,
    pub(in crate::rest) scripts: usize,
    pub(in crate::rest) inner: u64,
}

/// The clients for calls and for subscriptions, and what they share.
pub(in crate::rest) struct Http {
    pub(in crate::rest) config: RestConfig,
    pub(in crate::rest) tally: Tally,
    base: String,
    calls: Client,
    /// A limit on the whole of an answer would end a subscription: it has one on each read.
    streams: Client,
    bearer: HeaderValue,
    sync: SyncToken,
    troubled: AtomicBool,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.config.fmt(f)
    }
}

impl Http {
    /// Reads whom to trust. Connects to nobody.
    pub(in crate::rest) async fn new(config: RestConfig) -> Result<Self> {
        config.check()?;
        let tls = tls::client(&config).await?;
        let common = || {
            let builder = Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .redirect(redirect::Policy::none())
                .referer(false)
                // Another crate of the program may have switched these on.
                .no_gzip()
                .no_brotli()
                .no_deflate()
                .no_zstd()
                // What is repeated is decided where outcomes are known.
                .retry(retry::never())
                .user_agent(concat!("popkit/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(config.connect_timeout)
                .pool_idle_timeout(IDLE)
                .tcp_nodelay(true)
                .tcp_keepalive(KEEP_ALIVE)
                .tcp_keepalive_interval(KEEP_ALIVE)
                .https_only(config.tls);
            // A proxy for the net has no business between two programs of one machine, and
            // would read the token.
            if config.tls { builder } else { builder.no_proxy() }
        };
        let calls = built(common())?;
        let streams = built(common().read_timeout(config.silence))?;
        let token = config.token.as_ref().map(|token| token.expose_secret()).unwrap_or_default();
        let mut bearer = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| {
            Error::new(ErrorKind::InvalidConfig, "the token cannot be a header; copy it anew")
        })?;
        bearer.set_sensitive(true);
        Ok(Self {
            base: config.to_string(),
            config,
            tally: Tally::default(),
            calls,
            streams,
            bearer,
            sync: SyncToken::default(),
            troubled: AtomicBool::new(false),
        })
    }

    /// Posts and reads the answer, with one try.
    pub(in crate::rest) async fn post(
        &self,
        ask: &Ask,
        limit: Duration,
    ) -> Result<Answer, Trouble> {
        let bill = Bill { tally: &self.tally, ask, sent: Sent::default() };
        let tried = timeout(limit, self.exchange(ask, &bill.sent)).await;
        let failed = match tried {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(failed)) => failed,
            Err(_) => {
                self.tally.timed_out();
                Failed::Late
            }
        };
        Err(self.trouble(ask, &failed, limit, bill.sent.settle()))
    }

    /// That a call went well. Where others before it did not, another server may answer now.
    pub(in crate::rest) fn went_well(&self) {
        if self.troubled.swap(false, Ordering::Relaxed) {
            self.tally.renewed();
        }
    }

    /// That no answer came, or none from the service.
    pub(in crate::rest) fn went_wrong(&self) {
        self.troubled.store(true, Ordering::Relaxed);
    }

    /// Opens an event stream: its answer, once the headers are there.
    pub(in crate::rest) async fn stream(&self, path: &str) -> reqwest::Result<Response> {
        let request = self.request(&self.streams, path, None);
        let opened = request.header(header::ACCEPT, "text/event-stream").send().await;
        if !opened.as_ref().is_err_and(reqwest::Error::is_connect) {
            self.tally.sent(1);
            self.tally.connected();
        }
        opened
    }

    /// Reads the rest of an answer that is no event stream. The status comes first: where it
    /// is no good one, a body that cannot be read changes nothing.
    pub(in crate::rest) async fn whole(&self, response: Response) -> Result<Answer, Failed> {
        let (status, headers) = (response.status(), response.headers().clone());
        let body = match self.body(response).await {
            Err(Failed::Http(_)) if status != StatusCode::OK => Bytes::new(),
            body => body?,
        };
        Ok(Answer::new(status, &headers, body))
    }

    async fn exchange(&self, ask: &Ask, sent: &Sent) -> Result<Answer, Failed> {
        let (token, version) = self.sync.current();
        let mut request = self
            .request(&self.calls, ask.path, token)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONTENT_LENGTH, ask.body.len())
            .header("upstash-encoding", "base64");
        request = request.body(reqwest::Body::wrap_stream(Outgoing::new(ask.body.clone(), sent)));
        let response = request.send().await.map_err(Failed::Http)?;
        self.hear(response.headers(), version, !ask.read);
        self.whole(response).await
    }

    fn request(&self, client: &Client, path: &str, sync: Option<HeaderValue>) -> RequestBuilder {
        let request = client.post(format!("{}{path}", self.base));
        let request = request.header(header::AUTHORIZATION, self.bearer.clone());
        match sync {
            Some(token) => request.header(HeaderName::from_static(sync::NAME), token),
            None => request,
        }
    }

    fn hear(&self, headers: &HeaderMap, version: u64, write: bool) {
        self.sync.heard(headers.get(sync::NAME), version, write);
    }

    /// The body, unless it is beyond the limit.
    async fn body(&self, mut response: Response) -> Result<Bytes, Failed> {
        let limit = self.config.answer_limit;
        let told = response.content_length().unwrap_or_default();
        if usize::try_from(told).is_ok_and(|told| told > limit) {
            return Err(Failed::Large);
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(Failed::Http)? {
            if body.len() + chunk.len() > limit {
                return Err(Failed::Large);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    fn trouble(&self, ask: &Ask, failed: &Failed, limit: Duration, sent: bool) -> Trouble {
        let error = match failed {
            Failed::Http(error) => lost::of_request(&self.config, &ask.title, error),
            Failed::Late => lost::late(&self.config, &ask.title, limit),
            Failed::Large => lost::large(&ask.title, self.config.answer_limit),
        };
        let sort = match (error.kind(), sent) {
            (ErrorKind::Unavailable | ErrorKind::Timeout, false) => Sort::Unreached,
            (ErrorKind::Unavailable | ErrorKind::Timeout, true) => Sort::Lost,
            _ => Sort::Told,
        };
        Trouble::new(sort, if sent { error.unknown() } else { error })
    }
}

/// Counts what was sent, whether or not its caller waits for the answer.
struct Bill<'a> {
    tally: &'a Tally,
    ask: &'a Ask,
    sent: Sent,
}

impl Drop for Bill<'_> {
    fn drop(&mut self) {
        if self.sent.settle() {
            self.tally.sent(self.ask.commands);
            self.tally.called_scripts(self.ask.scripts, self.ask.inner);
        }
    }
}

/// How a try failed.
#[derive(Debug)]
pub(in crate::rest) enum Failed {
    Http(reqwest::Error),
    Late,
    Large,
}

fn built(builder: ClientBuilder) -> Result<Client> {
    builder.build().map_err(|error| {
        let message = "the HTTP client cannot be made";
        Error::new(ErrorKind::Unexpected, message).with_source(error.without_url())
    })
}
