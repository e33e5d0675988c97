//! `popkit run`, with real child processes.

mod apart;
mod bad_plan;
mod crash;
mod disk;
mod edit;
mod examples;
mod finish;
mod fresh;
mod json;
mod prompt;
mod resume;
mod stage;
mod stop;

use stage::Stage;
