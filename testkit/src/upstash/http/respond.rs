//! From a request to its response.

use std::io;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::response::Response;

use super::answer::Answer;
use super::format::Format;
use super::line::Line;
use super::route::Route;
use super::{request, token};
use crate::upstash::backend::Backend;
use crate::upstash::faults::Fault;
use crate::upstash::feed;
use crate::upstash::resp::Reply;
use crate::upstash::run::{self, Transaction};
use crate::upstash::sync::{self, Place};
use crate::upstash::tokens::Caller;

/// Answers a request.
pub(in crate::upstash) async fn respond(
    State(backend): State<Arc<Backend>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    backend.seen.add(&parts);
    let route = match Route::of(&parts.method, parts.uri.path()) {
        Ok(Route::Watch(watch)) => return feed::respond(backend, &parts, watch).await,
        route => route,
    };
    let fault = backend.faults.take();
    match fault {
        Some(Fault::Status(status)) => return Answer::page(status).into_response(""),
        Some(Fault::TooManyRequests { retry_after }) => {
            return Answer::error(429, "ERR too many requests")
                .retry_after(retry_after)
                .into_response("");
        }
        Some(Fault::Error(status, text)) => {
            return Answer::error(status, text).into_response("");
        }
        Some(Fault::Delay(delay)) => tokio::time::sleep(delay).await,
        Some(Fault::CloseBefore) => line.end().await,
        _ => {}
    }
    let asked =
        Asked { backend: &backend, parts: &parts, garbage: fault == Some(Fault::WrongBase64) };
    let (answer, token) = match asked.run(route, body).await {
        Ok(outcome) => outcome,
        // As a proxy does whose server is down.
        Err(_) => (Answer::page(503), String::new()),
    };
    match fault {
        Some(Fault::CloseAfter) => line.end().await,
        Some(Fault::CutBody) => answer.into_cut(&token),
        Some(Fault::InvalidJson) => answer.halved().into_response(&token),
        _ => answer.into_response(&token),
    }
}

/// A request for commands.
struct Asked<'a> {
    backend: &'a Backend,
    parts: &'a Parts,
    /// Whether base64 goes wrong.
    garbage: bool,
}

impl Asked<'_> {
    /// The answer and its sync token; an error when the server behind is gone.
    async fn run(&self, route: Result<Route, Answer>, body: Body) -> io::Result<(Answer, String)> {
        match self.prepare(route, body).await {
            Ok((route, caller, format, body)) => self.execute(route, caller, format, body).await,
            Err(answer) => Ok((answer, sync::newest(self.backend).await)),
        }
    }

    /// Everything that is looked at before a command is.
    async fn prepare(
        &self,
        route: Result<Route, Answer>,
        body: Body,
    ) -> Result<(Route, Caller, Format, Vec<u8>), Answer> {
        let caller = token::caller(self.parts, &self.backend.tokens, &self.backend.options)?;
        let route = route?;
        let transaction = route == Route::MultiExec;
        let format = Format::asked(&self.parts.headers, transaction, &self.backend.options)?;
        let format = if self.garbage { Format::Garbage } else { format };
        // Read to its end even where it is too long: the client is still sending.
        let body = to_bytes(body, usize::MAX).await;
        let body = body.map_err(|_| Answer::error(400, "ERR the body broke off"))?;
        match run::too_long(self.backend.options.max_request, body.len()) {
            Some(error) => Err(format.one(&error, 400)),
            None => Ok((route, caller, format, body.into())),
        }
    }

    async fn execute(
        &self,
        route: Route,
        caller: Caller,
        format: Format,
        body: Vec<u8>,
    ) -> io::Result<(Answer, String)> {
        let commands = match &route {
            Route::Pipeline | Route::MultiExec => request::many(&body),
            Route::Path(words) => {
                request::from_path(words.clone(), self.parts, body).map(|one| vec![one])
            }
            Route::Body | Route::Watch(_) => request::from_body(&body).map(|one| vec![one]),
        };
        let commands = match commands {
            Ok(commands) => commands,
            Err(answer) => return Ok((answer, sync::newest(self.backend).await)),
        };
        let header = self.parts.headers.get("upstash-sync-token");
        let token = header.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut place = Place::find(self.backend, caller, &commands, token).await?;
        let link = &mut place.link;
        let answer = match route {
            Route::MultiExec => match run::transaction(self.backend, caller, link, commands).await?
            {
                Transaction::Run(replies) => format.many(replies),
                Transaction::Discarded(error) => format.one(&error, self.failed(&error)),
            },
            Route::Pipeline => {
                format.many(run::pipeline(self.backend, caller, link, commands).await?)
            }
            Route::Body | Route::Path(_) | Route::Watch(_) => {
                let mut replies = run::pipeline(self.backend, caller, link, commands).await?;
                let reply = replies.pop().unwrap_or(Reply::Bulk(None));
                format.one(&reply, self.failed(&reply))
            }
        };
        Ok((answer, place.token(self.backend).await?))
    }

    /// The status of an error.
    fn failed(&self, reply: &Reply) -> u16 {
        match reply {
            Reply::Error(text) if run::is_quota(text) => self.backend.options.quota_status,
            _ => 400,
        }
    }
}
