//! The thread of a double.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::oneshot::{Receiver, Sender};

use super::backend::Backend;
use super::http::{Line, respond};
use super::options::UpstashOptions;

/// What a double is once it runs.
pub(super) type Started = (Arc<Backend>, SocketAddr);

/// Starts everything, says so, and serves until the other end of `stop` is gone.
///
/// The double has a runtime of its own, so that a test may pause its clock, or block its threads,
/// without stopping the service.
///
/// # Panics
///
/// When a server does not start, or there is no port.
pub(super) fn run(options: UpstashOptions, ready: Sender<Started>, stop: Receiver<()>) {
    let backend = Arc::new(Backend::start(options));
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => panic!("no runtime for the Upstash double: {error}"),
    };
    if let Err(error) = runtime.block_on(serve(backend, ready, stop)) {
        panic!("the Upstash double does not serve: {error}");
    }
}

async fn serve(
    backend: Arc<Backend>,
    ready: Sender<Started>,
    stop: Receiver<()>,
) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let started = (Arc::clone(&backend), listener.local_addr()?);
    let service = Router::new().fallback(respond).with_state(backend);
    let service = service.into_make_service_with_connect_info::<Line>();
    if ready.send(started).is_err() {
        return Ok(());
    }
    tokio::select! {
        served = axum::serve(listener, service) => served,
        _ = stop => Ok(()),
    }
}
