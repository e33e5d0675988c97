//! Reading streams where nothing can be waited for.

mod poll;
mod stream;
