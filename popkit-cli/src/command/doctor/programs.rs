//! What could run a Redis server here.

use crate::backend::Check;
use crate::command::redis::{compose, program};

/// A server program, and docker. Neither is needed where Redis runs elsewhere.
pub(super) async fn look() -> Vec<Check> {
    let (program, compose) = tokio::join!(program(), compose());
    let docker = match &compose {
        Ok(_) => Check::good("docker", "its daemon answers, and compose is there"),
        Err(why) => Check::remark(
            "docker",
            format!("cannot be used: {why}; it is needed for popkit redis start --docker alone"),
        ),
    };
    let server = match program {
        Ok(found) => {
            let path = found.path.display();
            Check::good("redis-server", format!("{} at {path}", found.version))
        }
        Err(why) if compose.is_ok() => Check::remark("redis-server", why),
        Err(why) => Check::remark(
            "redis-server",
            format!("{why}; without one popkit redis start cannot start a Redis here"),
        ),
    };
    vec![server, docker]
}
