//! Reading text of others: licence expressions and the closing lines of test runners. Nothing here
//! touches a file or a process.

pub(crate) mod licence;
pub(crate) mod tally;
