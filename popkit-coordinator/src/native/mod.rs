//! Native mode: agents as child processes of this program.
//!
//! [`files`] holds what people look into meanwhile.

pub mod files;
