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

pub(super) static INSERT: Script = script!(
    "insert": "quick_insert" "write" "claim" "release" "finish" "park" "insert_wants" "begin" "cold" "lanes" "score"
);
pub(super) static STEP: Script = script!(
    "step": "quick_step" "write" "claim" "release" "finish" "park" "step_wants" "begin" "cold"
);
pub(super) static HEARTBEAT: Script = script!(
    "heartbeat": "write" "claim" "release" "finish" "park" "heartbeat_wants" "begin" "cold"
);
pub(super) static CHANGE: Script = script!(
    "change": "write" "claim" "release" "finish" "park" "wants" "begin" "cold" "lanes" "score"
);
pub(in crate::backend::redis) static WAIT: Script =
    script!("wait": "write" "claim" "release" "finish" "park" "wants" "begin" "cold");
pub(in crate::backend::redis) static LEAVE: Script =
    script!("leave": "write" "claim" "release" "finish" "park" "wants" "begin" "cold");
#[cfg(feature = "upstash")]
pub(in crate::backend::redis) static LOOK: Script =
    script!("look": "write" "claim" "release" "finish" "park" "wants" "begin" "cold");
pub(super) static RULE: Script =
    script!("rule": "write" "claim" "release" "finish" "park" "wants" "begin" "cold" "lanes");
pub(super) static RULES: Script = script!("rules": "noclaim" "wants" "begin" "cold");
pub(super) static GET: Script = script!("get": "noclaim" "wants" "begin" "cold");
pub(super) static PAGE: Script = script!("page": "noclaim" "wants" "begin" "cold");
pub(super) static LOG: Script = script!("log": "noclaim" "wants" "begin");
pub(super) static STORY: Script = script!("story": "event" "noclaim" "wants" "begin");
pub(super) static COUNTS: Script = script!("counts": "noclaim" "wants" "begin" "cold");
pub(super) static ENDED: Script = script!("ended": "noclaim" "wants" "begin");
pub(super) static PRUNE: Script =
    script!("prune": "event" "write" "claim" "release" "finish" "park" "wants" "begin" "cold");

/// How many commands a script runs most likely, for a service that bills them.
pub(super) fn runs(script: &Script) -> u64 {
    match script.name() {
        "log" | "story" | "look" | "ended" => 3,
        "get" | "page" | "rules" => 4,
        "counts" | "insert" => 5,
        "heartbeat" => 6,
        "step" => 8,
        _ => 10,
    }
}
