//! Messages in files.
