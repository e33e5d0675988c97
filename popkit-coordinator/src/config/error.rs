//! What is wrong with a file, and what is odd about it.

use std::fmt;
use std::path::{Path, PathBuf};

/// Defines what is said about one place of the file.
macro_rules! remark {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $name {
            /// The file, as it was named.
            pub file: PathBuf,
            /// The line, from 1.
            pub line: u32,
            /// The column, from 1, in characters.
            pub column: u32,
            /// The whole path of the key, for instance `limits.max_runtime_minutes`; empty
            /// where the whole file is meant.
            pub key: String,
            /// What there is to say about it, in one line, without the key.
            pub message: String,
        }

        /// `config.json:3:5: limits.max_runtime_minutes: …`
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}:{}:{}: ", self.file.display(), self.line, self.column)?;
                if !self.key.is_empty() {
                    write!(f, "{}: ", self.key)?;
                }
                f.write_str(&self.message)
            }
        }
    };
}

remark! {
    /// Something because of which a file is refused.
    Mistake
}
remark! {
    /// Something that changes nothing, though its author may think so.
    Warning
}

/// A file that cannot be used. Displays one line per mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    file: PathBuf,
    mistakes: Vec<Mistake>,
    left_out: usize,
}

impl ConfigError {
    pub(super) fn new(file: &Path, mut mistakes: Vec<Mistake>, left_out: usize) -> Self {
        mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        Self { file: file.to_path_buf(), mistakes, left_out }
    }

    /// The file, as it was named.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// All that is wrong, in the order of the file; the first 100 of it.
    #[must_use]
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, mistake) in self.mistakes.iter().enumerate() {
            let end = if i + 1 < self.mistakes.len() { "\n" } else { "" };
            write!(f, "{mistake}{end}")?;
        }
        if self.left_out > 0 {
            write!(f, "\n{}: and {} mistakes more", self.file.display(), self.left_out)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
