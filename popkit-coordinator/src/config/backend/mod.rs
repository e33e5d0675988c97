//! Where a session runs: its mode, its server, its channels.

mod channels;
mod cloud;
mod mode;
mod native;
mod redis;
mod tier;

pub use channels::ChannelsConfig;
pub use cloud::CloudConfig;
pub use native::{NativeConfig, PlanModeConfig};
pub use redis::{Password, RedisConfig};
pub use tier::{Feature, TierConfig, TierLimits};
