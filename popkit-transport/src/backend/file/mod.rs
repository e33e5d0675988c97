//! Messages in files: for the processes of one host, without a server.
//!
//! Each channel is a folder of append-only segments. Appenders take turns by a lock that is
//! held for the time of a write, and sync after it: one sync makes everything durable that any
//! process wrote before. Readers need no lock; what wakes them (notices of the system) is a
//! hint, and polling the truth.
//!
//! Nothing is ever overwritten. A torn tail stays where it is and the log goes on in a new
//! segment; damage in the middle is skipped by its readers, who are told how many messages
//! they missed, and everything behind it is still read.
//!
//! | Room | Holds |
//! |---|---|
//! | `config`, `open` | options, and opening the folder |
//! | `disk` | what is in the files |
//! | `append` | the thread that writes |
//! | `read` | the source of a subscription |
//! | `hub` | who is woken |
//! | `position` | what a position says |

mod append;
mod classify;
mod config;
mod disk;
mod hub;
mod open;
mod position;
mod read;
mod shared;
mod transport;

pub use self::config::FileOptions;
pub use self::transport::FileTransport;

/// What fuzzing looks at: bytes that come from files.
#[doc(hidden)]
pub mod fuzz {
    /// Reads records, and what is behind damage, from bytes.
    pub fn records(bytes: &[u8]) {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let spot = super::disk::record::Spot { epoch: 0, at: at as u64 };
            match super::disk::record::parse(rest, spot) {
                super::disk::record::Parsed::Record(_, length) => at += length,
                _ => match super::disk::record::find(rest, spot) {
                    Some(found) => at += found,
                    None => return,
                },
            }
        }
    }

    /// Reads a segment's head from bytes.
    pub fn head(bytes: &[u8]) {
        let _ = super::disk::segment::Head::parse(bytes);
    }
}
