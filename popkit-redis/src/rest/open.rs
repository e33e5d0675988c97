//! What handles of one process share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use secrecy::ExposeSecret as _;

use super::config::RestConfig;
use super::hint::RestHints;
use super::http::Http;
use super::wire::RestWire;
use crate::poll::{Bounds, HintSource, Poll, PollOptions};
use crate::{Result, Wire};

/// What is open in this process.
static OPEN: Mutex<Vec<Opened>> = Mutex::new(Vec::new());

struct Opened {
    name: String,
    http: Weak<Http>,
    poll: Weak<Poll>,
}

/// A wire of its own over what is open with this configuration; else it is connected.
pub(crate) async fn open(config: RestConfig) -> Result<(Arc<dyn Wire>, Arc<Poll>)> {
    let name = name(&config);
    if let Some(shared) = find(&mut opened(), &name) {
        return Ok(shared);
    }
    let bounds = Bounds::new(config.poll_least, config.poll_most);
    let (budget, sse) = (config.budget, config.sse);
    let wire = RestWire::connect(config).await?;
    let http = Arc::clone(wire.http());
    let mut opened = opened();
    // Somebody else may have connected meanwhile.
    if let Some(shared) = find(&mut opened, &name) {
        return Ok(shared);
    }
    let source = || Box::new(RestHints::new(Arc::clone(&http))) as Box<dyn HintSource>;
    let options = PollOptions { bounds, budget, hints: sse.then(source) };
    // The poll's own wire outlives the handles, each of which is closed for itself.
    let poll = Arc::new(Poll::new(Arc::new(RestWire::over(Arc::clone(&http))), options));
    let entry = Opened { name, http: Arc::downgrade(&http), poll: Arc::downgrade(&poll) };
    opened.push(entry);
    Ok((Arc::new(wire), poll))
}

fn opened() -> MutexGuard<'static, Vec<Opened>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn find(opened: &mut Vec<Opened>, name: &str) -> Option<(Arc<dyn Wire>, Arc<Poll>)> {
    opened.retain(|one| one.poll.strong_count() > 0);
    let shared = opened.iter().filter(|one| one.name == name).find_map(|one| {
        let (http, poll) = (one.http.upgrade()?, one.poll.upgrade()?);
        (!poll.is_over()).then_some((http, poll))
    });
    let (http, poll) = shared?;
    Some((Arc::new(RestWire::over(http)), poll))
}

/// All of a configuration, but of the token a digest: the list is no place for secrets. And the
/// runtime, with which connections and polls end.
fn name(config: &RestConfig) -> String {
    let token = config.token.as_ref().map(|token| token.expose_secret()).unwrap_or_default();
    let digest = sha1_smol::Sha1::from(token.as_bytes()).digest();
    let runtime = tokio::runtime::Handle::try_current().map(|handle| handle.id().to_string());
    format!("{} {digest} {config:?}", runtime.unwrap_or_default())
}
