//! The backends. The same rooms in each: `config`, `open`, `publish`, `read`.

pub mod memory;
