//! The library alone: a durable queue in one file, and a worker that drains it.
//!
//! Run it: `cargo run -p popkit-examples --example embedded_queue`. It prints a line such as
//! `cat.png is 640 pixels wide` for each of three files.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::typed::{Handlers, TypedStoreExt as _, TypedTask};
use popkit_coordinator::{Shutdown, TaskError, Worker};
use popkit_store::{SqliteOptions, TaskStore};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Resize(String, u32);

impl TypedTask for Resize {
    const KIND: &'static str = "resize";
    type Output = String;
}

async fn resize(Resize(file, width): Resize) -> Result<String, TaskError> {
    Ok(format!("{file} is {width} pixels wide"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("tasks.db");
    let store: Arc<dyn TaskStore> = Arc::new(SqliteOptions::new(&file).open().await?);
    let handlers = Handlers::new().on(resize);
    let worker = Worker::builder("resizer-1").slots(2).build_typed(Arc::clone(&store), handlers)?;
    let shutdown = Shutdown::new();
    let (worked, printed) = tokio::join!(worker.run_until(&shutdown), async {
        for name in ["cat.png", "dog.png", "owl.png"] {
            let task = store.submit(&Resize(name.to_owned(), 640)).await?;
            writeln!(std::io::stdout(), "{}", task.result(Duration::from_secs(10)).await?)?;
        }
        shutdown.drain();
        Ok(())
    });
    worked?;
    printed
}
