//! What is sent back.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use futures_core::Stream;
use serde_json::{Value, json};

/// The name of the sync token, in requests and answers.
const SYNC_TOKEN: &str = "upstash-sync-token";

/// An answer that is not a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::upstash) struct Answer {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) body: Vec<u8>,
    /// Seconds.
    pub(super) retry_after: Option<u64>,
}

impl Answer {
    /// JSON with a status.
    pub(super) fn json(status: u16, value: &Value) -> Self {
        let body = value.to_string().into_bytes();
        Self { status, kind: "application/json", body, retry_after: None }
    }

    /// The service's form of an error.
    pub(in crate::upstash) fn error(status: u16, text: &str) -> Self {
        Self::json(status, &json!({ "error": text }))
    }

    /// RESP2 with a status.
    pub(super) fn resp2(status: u16, body: Vec<u8>) -> Self {
        Self { status, kind: "application/octet-stream", body, retry_after: None }
    }

    /// What a proxy before the service sends on its own behalf.
    pub(in crate::upstash) fn page(status: u16) -> Self {
        let body = format!(
            "<html><head><title>{status}</title></head><body>\n<h1>{status}</h1>\n</body></html>\n"
        );
        Self { status, kind: "text/html", body: body.into_bytes(), retry_after: None }
    }

    /// The same answer with seconds to wait.
    pub(super) fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// The first half of the body, as if that were all.
    pub(super) fn halved(mut self) -> Self {
        self.body.truncate(self.body.len() / 2);
        self
    }

    /// The response; with a sync token where one is given.
    pub(in crate::upstash) fn into_response(mut self, sync_token: &str) -> Response {
        let body = Body::from(std::mem::take(&mut self.body));
        self.with(body, sync_token)
    }

    /// A response that breaks off in the middle of its body.
    pub(super) fn into_cut(self, sync_token: &str) -> Response {
        let length = self.body.len();
        let half = Bytes::copy_from_slice(self.body.get(..length / 2).unwrap_or_default());
        let mut response = self.with(Body::from_stream(Cut::Half(half)), sync_token);
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
        response
    }

    fn with(self, body: Body, sync_token: &str) -> Response {
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        if let Ok(token) = HeaderValue::from_str(sync_token) {
            headers.insert(SYNC_TOKEN, token);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == 405 {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST, PUT"));
        }
        response
    }
}

/// A body that ends too early: its half, time for that to be sent, and the end of the connection.
#[derive(Debug)]
enum Cut {
    Half(Bytes),
    Sent,
    Broken,
}

impl Stream for Cut {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match std::mem::replace(&mut *self, Self::Sent) {
            Self::Half(half) => Poll::Ready(Some(Ok(half))),
            Self::Sent => {
                // What was given before is sent while this waits.
                *self = Self::Broken;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Broken => Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into()))),
        }
    }
}
