//! The transports that are measured.

use std::path::Path;
use std::sync::Arc;

use popkit_benches::Failure;
use popkit_transport::{Durability, FileOptions, Keep, MemoryOptions, MemoryTransport, Transport};

/// One kind of transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Memory,
    Relaxed,
    Durable,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Memory, Self::Relaxed, Self::Durable];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Relaxed => "file relaxed",
            Self::Durable => "file durable",
        }
    }

    /// A transport that keeps everything; of files, in this folder.
    pub(crate) async fn open(self, folder: &Path) -> Result<Arc<dyn Transport>, Failure> {
        let files = |durability| {
            FileOptions::new(folder.join("messages")).durability(durability).keep(Keep::ALL).open()
        };
        Ok(match self {
            Self::Memory => {
                let memory: MemoryTransport = MemoryOptions::default().keep(Keep::ALL).open();
                Arc::new(memory)
            }
            Self::Relaxed => Arc::new(files(Durability::CrashSafe).await?),
            Self::Durable => Arc::new(files(Durability::PowerSafe).await?),
        })
    }
}
