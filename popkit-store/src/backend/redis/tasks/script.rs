//! The scripts, put together of their parts.

use popkit_redis::Script;

macro_rules! script {
    ($name:literal: $($part:literal)*) => {
        Script::new(
            $name,
            concat!(
                include_str!("script/base.lua"),
                $(include_str!(concat!("script/", $part, ".lua")),)*
                include_str!(concat!("script/", $name, ".lua")),
            ),
        )
    };
}

pub(super) static INSERT: Script = script!("insert": "cold" "release" "claim" "park" "lanes" "score");
pub(super) static STEP: Script = script!("step": "cold" "release" "claim" "park" "finish");
pub(super) static HEARTBEAT: Script = script!("heartbeat": "cold" "release" "claim" "park");
pub(super) static CHANGE: Script = script!("change": "cold" "release" "claim" "park" "lanes" "score");
pub(in crate::backend::redis) static WAIT: Script = script!("wait": "cold" "release" "claim" "park");
pub(in crate::backend::redis) static LEAVE: Script = script!("leave": "cold" "release" "claim" "park");
pub(super) static GET: Script = script!("get": "cold" "release");
pub(super) static PAGE: Script = script!("page": "cold" "release");
pub(super) static LOG: Script = script!("log":);
pub(super) static STORY: Script = script!("story": "cold" "release");
pub(super) static COUNTS: Script = script!("counts":);
pub(super) static ENDED: Script = script!("ended":);
pub(super) static PRUNE: Script = script!("prune": "cold" "release");
