//! The backends. Each folder can be read alone; knowing one, you know all.

pub mod memory;
#[cfg(feature = "sqlite")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
pub mod sqlite;
