//! Listening to channels, by server-sent events: one request for each channel and pattern, for
//! that several can share one is not documented.

mod cap;
mod feed;
mod listener;
mod topic;

pub(super) use feed::Feed;
pub(super) use listener::RestListener;
pub(super) use topic::Topic;
