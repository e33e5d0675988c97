//! The beginning of a stream.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::Response;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::pump::Pump;
use super::stream::Pieces;
use crate::upstash::backend::Backend;
use crate::upstash::faults::StreamFault;
use crate::upstash::http::{Answer, Watch, caller};
use crate::upstash::options::Broken;
use crate::upstash::resp::{Command, Link, Reply};
use crate::upstash::run;
use crate::upstash::sync;
use crate::upstash::tokens::Caller;

/// Events that may wait for a client that does not read.
const QUEUE: usize = 64;

/// Answers a request for a stream.
pub(in crate::upstash) async fn respond(
    backend: Arc<Backend>,
    parts: &Parts,
    watch: Watch,
) -> Response {
    let token = sync::newest(&backend).await;
    match open(&backend, parts, watch).await {
        Ok((link, first, fault)) => begin(backend, link, first, fault, &token),
        Err(answer) => answer.into_response(&token),
    }
}

/// A connection that listens, what came on it first, and what is to go wrong.
async fn open(
    backend: &Backend,
    parts: &Parts,
    watch: Watch,
) -> Result<(Link, Reply, Option<StreamFault>), Answer> {
    let fault = backend.faults.take_stream();
    if let Some(StreamFault::Status(status)) = fault {
        return Err(Answer::page(status));
    }
    let caller = caller(parts, &backend.tokens, &backend.options)?;
    if matches!(watch, Watch::Pattern(_)) && backend.options.is(Broken::NoPsubscribe) {
        return Err(Answer::error(400, "ERR Command is not available: 'psubscribe'"));
    }
    if let Some(error) = run::quota(backend) {
        return Err(Answer::error(backend.options.quota_status, &error.text()));
    }
    let command = match watch {
        Watch::Channel(name) => Command::new(vec![b"SUBSCRIBE".to_vec(), name]),
        Watch::Pattern(name) => Command::new(vec![b"PSUBSCRIBE".to_vec(), name]),
        Watch::Commands => Command::new(vec![b"MONITOR".to_vec()]),
    };
    let command = command.ok_or_else(|| Answer::error(400, "ERR empty command"))?;
    backend.tally.add(command.name());
    match listen(backend, caller, &command).await {
        Ok((_, Reply::Error(text))) => Err(Answer::error(400, &String::from_utf8_lossy(&text))),
        Ok((link, first)) => Ok((link, first, fault)),
        Err(_) => Err(Answer::page(503)),
    }
}

async fn listen(backend: &Backend, caller: Caller, command: &Command) -> io::Result<(Link, Reply)> {
    let mut link = backend.link(caller).await?;
    let first = link.ask(command).await?;
    Ok((link, first))
}

fn begin(
    backend: Arc<Backend>,
    link: Link,
    first: Reply,
    fault: Option<StreamFault>,
    token: &str,
) -> Response {
    let (sender, queue) = mpsc::channel(QUEUE);
    let pump = Pump::new(backend, link, sender, fault);
    // It ends with its body, and with the double's runtime.
    Handle::current().spawn(pump.run(first));
    let mut response = Response::new(Body::from_stream(Pieces::new(queue)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(token) = HeaderValue::from_str(token) {
        headers.insert("upstash-sync-token", token);
    }
    response
}
