//! Where the REST service is and how it is talked to: from a URL, the environment, or both.
//! Nothing here connects.

mod check;
mod environment;
mod option;
mod rest_config;
mod show;
mod url;

pub use rest_config::RestConfig;
