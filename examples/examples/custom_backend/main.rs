//! A backend of one's own: a durable store of about 200 lines (`journal.rs`) that passes
//! the public conformance suite (`examples/tests/it.rs` runs it).
//!
//! Run it: `cargo run -p popkit-examples --example custom_backend`. It prints
//!
//! ```text
//! after opening again: 1 done, 1 ready
//! ```

mod journal;

use std::io::Write as _;
use std::sync::Arc;

use popkit_protocol::{Kinds, NewTask, Outcome, Profile, RandomIds, SystemClock};
use popkit_store::{Claimant, CountQuery, TaskStore as _, TaskStoreExt as _};

use journal::JournalStore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("tasks.jsonl");
    {
        let store = JournalStore::open(&path, Arc::new(SystemClock)).await?.opened().tasks;
        for id in ["a", "b"] {
            store.insert(NewTask::new(id.try_into()?, "greet".try_into()?)).await?;
        }
        let profile = Profile::new("agent-1".try_into()?, Kinds::Any, []);
        let claimant = Claimant::new(&RandomIds, profile);
        let lease = store.claim(&claimant).await?.ok_or("nothing to claim")?;
        store.finish(&claimant, &lease, Outcome::done("hello")?).await?;
    }
    let store = JournalStore::open(&path, Arc::new(SystemClock)).await?.opened().tasks;
    let counts = store.counts(CountQuery::default()).await?;
    let mut out = std::io::stdout();
    writeln!(out, "after opening again: {} done, {} ready", counts.done, counts.ready)?;
    Ok(())
}
