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

pub(super) static INSERT: Script =
    script!("insert": "claim" "cold" "release" "park" "look" "lanes" "score");
pub(super) static STEP: Script = script!("step": "claim" "cold" "release" "park" "finish" "look");
pub(super) static HEARTBEAT: Script =
    script!("heartbeat": "claim" "cold" "release" "park" "look");
pub(super) static CHANGE: Script =
    script!("change": "claim" "cold" "release" "park" "look" "lanes" "score");
pub(in crate::backend::redis) static WAIT: Script =
    script!("wait": "claim" "cold" "release" "park" "look");
pub(in crate::backend::redis) static LEAVE: Script =
    script!("leave": "claim" "cold" "release" "park" "look");
pub(super) static GET: Script = script!("get": "cold" "look");
pub(super) static PAGE: Script = script!("page": "cold" "look");
pub(super) static LOG: Script = script!("log":);
pub(super) static STORY: Script = script!("story": "cold" "look");
pub(super) static COUNTS: Script = script!("counts": "cold" "look");
pub(super) static ENDED: Script = script!("ended":);
pub(super) static PRUNE: Script = script!("prune": "cold" "look");
