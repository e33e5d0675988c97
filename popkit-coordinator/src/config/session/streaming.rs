//! `streaming`.

use crate::config::read::block;

block! {
    /// The block `streaming`: what tools put out while they run. The shipped file has it not.
    StreamingConfig {
        /// Whether each part is sent on to all agents.
        broadcast_chunks: bool = false,
    }
}
