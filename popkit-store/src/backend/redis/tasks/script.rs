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

pub(super) static INSERT: Script = script!("insert": "cold" "claim" "park" "lanes" "score");
pub(super) static STEP: Script = script!("step": "cold" "claim" "park");
pub(super) static HEARTBEAT: Script = script!("heartbeat": "cold" "claim" "park");
pub(super) static CHANGE: Script = script!("change": "cold" "claim" "park" "lanes" "score");
pub(in crate::backend::redis) static WAIT: Script = script!("wait": "cold" "claim" "park");
pub(in crate::backend::redis) static LEAVE: Script = script!("leave": "claim" "park");
pub(super) static GET: Script = script!("get":);
pub(super) static PAGE: Script = script!("page":);
pub(super) static LOG: Script = script!("log":);
pub(super) static STORY: Script = script!("story":);
pub(super) static COUNTS: Script = script!("counts":);
pub(super) static ENDED: Script = script!("ended":);
pub(super) static PRUNE: Script = script!("prune":);
