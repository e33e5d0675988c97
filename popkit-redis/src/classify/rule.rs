//! The table of refusals.

use crate::ErrorKind::{
    self, Corrupt, Full, InvalidConfig, InvalidInput, PayloadTooLarge, PermissionDenied,
    RateLimited, Unauthenticated, Unavailable, Unsupported,
};
use crate::ServerError;

/// What an answer with this code, and these words in its text, means.
pub(super) struct Rule {
    code: &'static str,
    words: &'static str,
    pub(super) kind: ErrorKind,
    pub(super) text: &'static str,
}

impl Rule {
    pub(super) fn fits(&self, refused: &ServerError) -> bool {
        self.code == refused.code() && refused.text().contains(self.words)
    }
}

const fn rule(
    code: &'static str,
    words: &'static str,
    kind: ErrorKind,
    text: &'static str,
) -> Rule {
    Rule { code, words, kind, text }
}

/// The first that fits counts. Texts about quotas and sizes are Upstash's.
pub(super) const RULES: &[Rule] = &[
    rule(
        "WRONGPASS",
        "",
        Unauthenticated,
        "the server knows no such user and password; correct them in the URL or in REDIS_PASSWORD",
    ),
    rule(
        "NOAUTH",
        "",
        Unauthenticated,
        "the server wants a password; give it as redis://:PASSWORD@HOST or as REDIS_PASSWORD",
    ),
    rule(
        "DENIED",
        "",
        PermissionDenied,
        "the server is in protected mode and takes nobody from another machine; give it a password \
         or users (requirepass, aclfile), or connect from its own machine",
    ),
    rule(
        "ERR",
        "without any password configured",
        Unauthenticated,
        "the server wants no password and one was given; leave it out",
    ),
    rule(
        "ERR",
        "DB index",
        InvalidConfig,
        "the server has no such database; choose one from 0 to 15, as in redis://HOST/0",
    ),
    rule("LOADING", "", Unavailable, "the server still loads its data; try again"),
    rule(
        "BUSY",
        "",
        Unavailable,
        "a script keeps the server busy; wait, or end it with SCRIPT KILL",
    ),
    rule(
        "READONLY",
        "",
        Unavailable,
        "this server is a replica and takes no writes; connect to the primary, or through \
         redis+sentinel://",
    ),
    rule(
        "OOM",
        "",
        Full,
        "the server's memory is full (maxmemory); raise its limit, or remove what is old",
    ),
    rule(
        "MISCONF",
        "",
        Unavailable,
        "the server cannot write its files and takes no writes; look into its log",
    ),
    rule(
        "NOREPLICAS",
        "",
        Unavailable,
        "the server takes no writes without more replicas (min-replicas-to-write); start them",
    ),
    rule("MASTERDOWN", "", Unavailable, "this replica has lost its primary; wait for the failover"),
    rule("UNBLOCKED", "", Unavailable, "the server became a replica while it blocked; try again"),
    rule(
        "MOVED",
        "",
        InvalidConfig,
        "the server belongs to a cluster; use redis+cluster:// with the same hosts",
    ),
    rule(
        "ASK",
        "",
        InvalidConfig,
        "the server belongs to a cluster; use redis+cluster:// with the same hosts",
    ),
    rule(
        "CROSSSLOT",
        "",
        InvalidInput,
        "the keys of one call lie in several slots of the cluster; use those of one session",
    ),
    rule("TRYAGAIN", "", Unavailable, "the cluster is moving the keys; try again"),
    rule(
        "CLUSTERDOWN",
        "",
        Unavailable,
        "the cluster does not serve this key; wait for the failover, or look at CLUSTER INFO",
    ),
    rule(
        "WRONGTYPE",
        "",
        Corrupt,
        "a key holds another type than popkit writes; is its prefix used by something else?",
    ),
    rule("EXECABORT", "", InvalidInput, "the server refused a command of the transaction"),
    rule("NOSCRIPT", "", Unavailable, "the server forgot a script at once; try again"),
    rule(
        "ERR",
        "max number of clients",
        Unavailable,
        "the server takes no more connections (maxclients); close some, or raise the limit",
    ),
    rule(
        "ERR",
        "max concurrent connections exceeded",
        Unavailable,
        "the plan allows no more connections; close some, or raise it",
    ),
    rule(
        "ERR",
        "requests limit exceeded",
        RateLimited,
        "the plan's requests are used up; wait for the next period, or raise it",
    ),
    rule(
        "ERR",
        "daily request limit exceeded",
        RateLimited,
        "the plan's requests of today are used up; wait, or raise it",
    ),
    rule(
        "ERR",
        "DB capacity quota exceeded",
        Full,
        "the plan's storage is full; remove what is old, or raise it",
    ),
    rule(
        "ERR",
        "The user executing the script can't",
        PermissionDenied,
        "the Redis user may not do what a script does; ACL LOG shows which command or key",
    ),
    // The same in the words of Redis 7.2 and later, and of Valkey.
    rule(
        "ERR",
        "ACL failure in script",
        PermissionDenied,
        "the Redis user may not do what a script does; ACL LOG shows which command or key",
    ),
    rule(
        "ERR",
        "size exceeded",
        PayloadTooLarge,
        "a key, value or request is over the plan's size",
    ),
    rule(
        "ERR",
        "string exceeds maximum allowed size",
        PayloadTooLarge,
        "a value is over the server's size (proto-max-bulk-len)",
    ),
    rule(
        "ERR",
        "too big",
        PayloadTooLarge,
        "a value is over the server's size (proto-max-bulk-len)",
    ),
    rule(
        "ERR",
        "unknown command",
        Unsupported,
        "the server does not know a command; popkit needs Redis 7.0 or later",
    ),
    rule(
        "ERR",
        "unknown subcommand",
        Unsupported,
        "the server does not know a command; popkit needs Redis 7.0 or later",
    ),
    rule(
        "ERR",
        "not allowed",
        PermissionDenied,
        "the server does not allow a command at this place or to this client",
    ),
];
