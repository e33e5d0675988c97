//! Who waits for messages of which channel, and what wakes them: this handle's own publishes
//! and, where the system tells, changes of files that others make. Both are hints.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use popkit_protocol::Channel;
use tokio::sync::Notify;

use super::disk::layout::folder_of;

/// Readers, by the name of their channel's folder.
type Readers = HashMap<String, Vec<Weak<Notify>>>;

/// The readers of one handle.
#[derive(Default)]
pub(super) struct Hub {
    readers: Arc<Mutex<Readers>>,
    #[cfg(feature = "file-watch")]
    watcher: Mutex<Option<notify::RecommendedWatcher>>,
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("channels", &lock(&self.readers).len()).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// A hub that, where `watch` is set and the system can, learns of others' changes.
    pub(super) fn new(watch: bool) -> Self {
        let hub = Self::default();
        #[cfg(feature = "file-watch")]
        if watch {
            hub.start_watching();
        }
        #[cfg(not(feature = "file-watch"))]
        let _ = watch;
        hub
    }

    #[cfg(feature = "file-watch")]
    fn start_watching(&self) {
        let readers = Arc::clone(&self.readers);
        let told = move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else {
                // It may have been about anything.
                return lock(&readers).values_mut().for_each(wake);
            };
            if event.need_rescan() {
                return lock(&readers).values_mut().for_each(wake);
            }
            if matches!(event.kind, notify::EventKind::Access(_)) {
                return;
            }
            let mut readers = lock(&readers);
            // A segment, or a value in `latest`: the folder of the channel is above.
            for folder in event.paths.iter().flat_map(|path| path.ancestors().skip(1).take(2)) {
                let name = folder.file_name().and_then(|name| name.to_str());
                name.and_then(|name| readers.get_mut(name)).into_iter().for_each(wake);
            }
        };
        // Without notices, polling finds everything a little later.
        *lock(&self.watcher) = notify::recommended_watcher(told).ok();
    }

    /// Has `reader` woken when something happens in this channel's folder.
    pub(super) fn add(&self, channel: &Channel, folder: &Path, reader: &Arc<Notify>) {
        let mut readers = lock(&self.readers);
        let known = readers.entry(folder_of(channel)).or_default();
        let first = known.is_empty();
        // On a channel that is quiet nobody else forgets who no longer reads.
        known.retain(|reader| reader.strong_count() > 0);
        known.push(Arc::downgrade(reader));
        drop(readers);
        if first {
            self.watch(folder);
        }
    }

    #[cfg(feature = "file-watch")]
    fn watch(&self, folder: &Path) {
        use notify::Watcher as _;
        if let Some(watcher) = lock(&self.watcher).as_mut() {
            // The folder's own files, then the values, if there are any yet.
            let _ = watcher.watch(folder, notify::RecursiveMode::NonRecursive);
        }
    }

    #[cfg(not(feature = "file-watch"))]
    #[allow(clippy::unused_self, reason = "the same call in every build")]
    fn watch(&self, _: &Path) {}

    /// Wakes the readers of a channel.
    pub(super) fn wake(&self, channel: &Channel) {
        if let Some(readers) = lock(&self.readers).get_mut(&folder_of(channel)) {
            wake(readers);
        }
    }

    /// Wakes everybody.
    pub(super) fn wake_all(&self) {
        lock(&self.readers).values_mut().for_each(wake);
    }
}

/// Wakes who reads, and forgets who no longer does.
fn wake(readers: &mut Vec<Weak<Notify>>) {
    readers.retain(|reader| match reader.upgrade() {
        Some(reader) => {
            reader.notify_one();
            true
        }
        None => false,
    });
}
