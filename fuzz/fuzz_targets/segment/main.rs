//! Files of messages: whatever bytes are in one of them, nothing panics, reading comes to an
//! end, and a message that is accepted afterwards is read.
//!
//! Run it with `-s none`: sanitizers take what a thread holds that is just ending for a leak.
//! With `TMPDIR=/dev/shm` it is twice as fast.

#![no_main]

mod folder;
mod pieces;

use libfuzzer_sys::fuzz_target;
use popkit_transport::backend::file::fuzz;

fuzz_target!(|bytes: &[u8]| {
    fuzz::head(bytes);
    fuzz::records(bytes);
    if let Some((place, rest)) = bytes.split_first() {
        fuzz::records(&pieces::content(rest, 0));
        folder::read(*place, rest);
    }
});
