//! `popkit power`, with real coordinators and agents as processes.

mod crash;
mod files;
mod finish;
mod issue;
mod look;
mod messages;
mod place;
mod refuse;
mod resume;
mod scene;
mod stop;

use scene::{LONG, Scene};
